//! Globs for names: `*` is any text, `?` any character, `{name}` captures the shortest text without a `/`.

/// A compiled glob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Glob {
    text: String,
    parts: Vec<Part>,
}

/// Names and texts that globs captured.
pub(super) type Captures = Vec<(String, String)>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Char(char),
    /// `?`
    AnyChar,
    /// `*`, also across `/`.
    AnyText,
    /// `{name}`: at least one character, none of them `/`.
    Capture(String),
}

/// Longest glob in characters. A match takes time and memory in proportion to its length times that of the name.
const MAX_PARTS: usize = 1024;

impl Glob {
    /// Compiles a glob.
    ///
    /// # Errors
    /// Returns a description of the problem.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let (mut parts, mut chars) = (Vec::new(), text.chars());
        while let Some(c) = chars.next() {
            let part = match c {
                '?' => Part::AnyChar,
                '*' => Part::AnyText,
                '{' => {
                    let Some((name, rest)) = chars.as_str().split_once('}') else {
                        return Err(format!("the glob `{text}` has a `{{` without a `}}`"));
                    };
                    if !is_name(name) {
                        return Err(format!(
                            "`{{{name}}}` in the glob `{text}` is not a name of letters, digits and _"
                        ));
                    }
                    chars = rest.chars();
                    Part::Capture(name.to_owned())
                }
                c => Part::Char(c),
            };
            // Several stars in a row mean the same as one.
            if part != Part::AnyText || parts.last() != Some(&Part::AnyText) {
                parts.push(part);
            }
        }
        if parts.len() > MAX_PARTS {
            return Err(format!("the glob is longer than {MAX_PARTS} characters"));
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    /// The glob as written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Names of the captures.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Capture(name) => Some(name.as_str()),
            Part::Char(_) | Part::AnyChar | Part::AnyText => None,
        })
    }

    /// Adds what it captures in `text` to `captures`. Returns false if the glob does not match all of `text`.
    pub(super) fn capture(&self, text: &str, captures: &mut Captures) -> bool {
        let text: Vec<char> = text.chars().collect();
        let mut search =
            Search { text: &text, failed: vec![false; (self.parts.len() + 1) * (text.len() + 1)] };
        let mut found = Vec::new();
        let is_match = search.run(&self.parts, 0, &mut found);
        if is_match {
            // Found from the last one to the first one.
            captures.extend(found.into_iter().rev());
        }
        is_match
    }
}

/// True if the text may be the name of a capture.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Search for a match that remembers what failed, so that no combination is tried twice.
struct Search<'t> {
    text: &'t [char],
    /// True for the remaining parts and the position in the text from which there is no match.
    failed: Vec<bool>,
}

impl Search<'_> {
    fn run(&mut self, parts: &[Part], at: usize, captures: &mut Captures) -> bool {
        let Some((part, rest)) = parts.split_first() else { return at == self.text.len() };
        let state = parts.len() * (self.text.len() + 1) + at;
        if self.failed.get(state).is_none_or(|failed| *failed) {
            return false;
        }
        let is_match = match part {
            Part::Char(c) => self.text.get(at) == Some(c) && self.run(rest, at + 1, captures),
            Part::AnyChar => at < self.text.len() && self.run(rest, at + 1, captures),
            Part::AnyText => (at..=self.text.len()).any(|end| self.run(rest, end, captures)),
            Part::Capture(name) => {
                let slash = self.text.iter().skip(at).position(|c| *c == '/').map(|len| at + len);
                let last = slash.unwrap_or(self.text.len());
                let end = (at + 1..=last).find(|end| self.run(rest, *end, captures));
                let found = end.and_then(|end| self.text.get(at..end));
                captures.extend(found.map(|found| (name.clone(), found.iter().collect())));
                found.is_some()
            }
        };
        if let Some(failed) = self.failed.get_mut(state).filter(|_| !is_match) {
            *failed = true;
        }
        is_match
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks a match by its captures, joined; `None` if there is no match.
    fn check(glob: &str, text: &str, expected: Option<&str>) {
        let mut captures = Captures::new();
        let is_match = Glob::new(glob).unwrap().capture(text, &mut captures);
        let shown: Vec<_> = captures.iter().map(|(name, text)| format!("{name}={text}")).collect();
        assert_eq!(is_match.then(|| shown.join(" ")).as_deref(), expected, "{glob} on {text}");
    }

    #[test]
    fn stars_cross_slashes() {
        check("/aws/lambda/shop-*", "/aws/lambda/shop-a/b", Some(""));
        check("*", "", Some(""));
        check("/ecs/shop", "/ecs/shop2", None);
        check("*shop*", "my/shop", Some(""));
        check("a**b?", "a-b-bc", Some(""));
        check("grün?", "grünx", Some(""));
    }

    #[test]
    fn captures_are_the_shortest_text_without_a_slash() {
        check(
            "/aws/lambda/{team}-{service}-*",
            "/aws/lambda/shop-cart-prod-1",
            Some("team=shop service=cart"),
        );
        check("/aws/lambda/{service}", "/aws/lambda/a/b", None);
        check("/aws/lambda/{service}*", "/aws/lambda/abc", Some("service=a"));
        check("{a}-{b}", "x-y-z", Some("a=x b=y-z"));
        check("{a}", "", None);
    }

    #[test]
    fn malformed_globs_are_refused() {
        assert_eq!(Glob::new("a{b").unwrap_err(), "the glob `a{b` has a `{` without a `}`");
        assert_eq!(
            Glob::new("{a b}").unwrap_err(),
            "`{a b}` in the glob `{a b}` is not a name of letters, digits and _"
        );
        assert!(Glob::new(&"?".repeat(2000)).is_err());
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        check(&format!("{}b", "*a".repeat(400)), &"a".repeat(500), None);
        check(&format!("{}/", "{x}a".repeat(100)), &"a".repeat(500), None);
    }
}
