//! Execution environments; each writes one log stream.

use std::rc::Rc;

use super::Function;
use crate::{rng::Rng, timestamp::Timestamp};

/// Execution environment, which writes one log stream.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    /// Function that it runs.
    pub(crate) function: Rc<Function>,
    /// Function version, such as `41` or `$LATEST`.
    pub(crate) version: String,
    /// Log stream name.
    pub(crate) stream: String,
}

impl Environment {
    /// Creates an environment and names its log stream by date, version and a random id.
    pub(crate) fn new(function: &Rc<Function>, version: &str, created: Timestamp, rng: &mut Rng) -> Self {
        let in_shared_group = if function.group.is_some() { function.name.as_str() } else { "" };
        let stream = format!("{}/{in_shared_group}[{version}]{}", created.day_path(), rng.hex(32));
        Self { function: Rc::clone(function), version: version.to_owned(), stream }
    }

    /// Log group name.
    pub(crate) fn group(&self) -> String {
        match self.function.group {
            Some(group) => group.to_owned(),
            None => format!("/aws/lambda/{}", self.function.name),
        }
    }
}
