//! Splitting of an event's text into parts, for a backend that does not accept it whole.

/// Splits `text` into at most `n` parts of about the same length, at character boundaries. No part is empty. Joined
/// together the parts are `text`.
///
/// ```
/// use tailwater_forwarder::batch::parts::split;
/// assert_eq!(split("añb", 2).collect::<Vec<_>>(), ["a", "ñb"]);
/// ```
pub fn split(text: &str, n: u32) -> impl Iterator<Item = &str> {
    let end = move |i: u32| {
        let part = u128::from(i) * u128::try_from(text.len()).unwrap_or(u128::MAX) / u128::from(n.max(1));
        text.floor_char_boundary(usize::try_from(part).unwrap_or(usize::MAX))
    };
    (0..n.max(1)).filter_map(move |i| text.get(end(i)..end(i + 1))).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_add_up_to_the_text_and_have_equal_lengths(text in "\\PC{0,60}", n in 0_u32..80) {
            let parts: Vec<_> = split(&text, n).collect();
            prop_assert_eq!(parts.concat(), text.clone());
            let max = text.len().div_ceil(usize::try_from(n.max(1)).unwrap()) + 3;
            prop_assert!(parts.iter().all(|part| !part.is_empty() && part.len() <= max), "{:?}", parts);
        }
    }
}
