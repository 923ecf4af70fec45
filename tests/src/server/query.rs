//! Query part of URLs.

use std::fmt::Write as _;

/// Builds `PATH?NAME=VALUE&…` with percent-encoding.
#[must_use]
pub fn target(path: &str, parameters: &[(&str, &str)]) -> String {
    let pairs: Vec<_> =
        parameters.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    format!("{path}?{}", pairs.join("&"))
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("writing to a string cannot fail");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_characters_are_percent_encoded() {
        let parameters = [("query", "{a=\"b\"} |= `ü`"), ("limit", "5")];
        let expected = "/q?query=%7Ba%3D%22b%22%7D%20%7C%3D%20%60%C3%BC%60&limit=5";
        assert_eq!(target("/q", &parameters), expected);
    }
}
