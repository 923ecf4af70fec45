//! Regular expression written in a query.

use regex::{Regex, RegexBuilder};

/// Greatest size of a compiled expression in bytes.
const SIZE_LIMIT: usize = 2 * 1024 * 1024;

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

impl RegexLiteral {
    /// Compiles an expression.
    ///
    /// # Errors
    ///
    /// Describes the first problem, or says that the compiled expression is too large.
    pub fn new(source: &str) -> Result<Self, String> {
        let regex = RegexBuilder::new(source).size_limit(SIZE_LIMIT).build();
        let problem = |error: regex::Error| match error {
            regex::Error::CompiledTooBig(_) => "regular expression is too large".to_owned(),
            error => {
                let text = error.to_string();
                let reason = text.rsplit("error: ").next().unwrap_or(&text).trim();
                format!("invalid regular expression: {reason}")
            }
        };
        regex.map(|regex| Self { source: source.to_owned(), regex }).map_err(problem)
    }

    /// Names of the named groups, in order.
    pub fn group_names(&self) -> Vec<String> {
        self.regex.capture_names().flatten().map(str::to_owned).collect()
    }
}
