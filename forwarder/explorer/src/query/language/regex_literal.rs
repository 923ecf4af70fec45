//! Regular expression written in a query.

use regex::Regex;

/// Regular expression of a query, checked and compiled.
#[derive(Clone, Debug)]
pub struct RegexLiteral {
    /// Expression without the slashes, `\/` resolved.
    pub source: String,
    /// Compiled form. Cloning it is cheap.
    pub regex: Regex,
}

impl PartialEq for RegexLiteral {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}
