//! Patterns of log group names.

use super::{ValueError, list};

/// Pattern of log group names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogGroupPattern {
    /// The log group of this name.
    Named(String),
    /// All log groups whose names begin with this text.
    StartingWith(String),
}

impl LogGroupPattern {
    /// Parses names that are separated by commas. A `*` at the end of a name matches any text.
    ///
    /// # Errors
    /// Returns an error if a name is empty.
    pub fn read(text: &str) -> Result<Vec<Self>, ValueError> {
        let names = list(text)?.into_iter();
        let groups = names.map(|name| match name.strip_suffix('*') {
            Some(start) => Self::StartingWith(start.to_owned()),
            None => Self::Named(name),
        });
        Ok(groups.collect())
    }

    /// Returns the text that all matching names begin with.
    #[must_use]
    pub fn prefix(&self) -> &str {
        match self {
            Self::Named(name) | Self::StartingWith(name) => name,
        }
    }

    /// True if `name` matches.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::Named(own) => own == name,
            Self::StartingWith(start) => name.starts_with(start.as_str()),
        }
    }
}
