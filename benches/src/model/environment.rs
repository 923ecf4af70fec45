//! Execution environments, each of which is one log stream.

use std::rc::Rc;

use super::Function;
use crate::{moment::Moment, rng::Rng};

/// An execution environment: one log stream.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    /// The function it runs.
    pub(crate) function: Rc<Function>,
    /// The version it runs, such as `41` or `$LATEST`.
    pub(crate) version: String,
    /// Name of its log stream.
    pub(crate) stream: String,
}

impl Environment {
    /// A new environment that came to be at `born`.
    pub(crate) fn new(function: &Rc<Function>, version: &str, born: Moment, rng: &mut Rng) -> Self {
        let in_shared_group = if function.group.is_some() { function.name.as_str() } else { "" };
        let stream = format!("{}/{in_shared_group}[{version}]{}", born.day_path(), rng.hex(32));
        Self { function: Rc::clone(function), version: version.to_owned(), stream }
    }

    /// Name of its log group.
    pub(crate) fn group(&self) -> String {
        match self.function.group {
            Some(group) => group.to_owned(),
            None => format!("/aws/lambda/{}", self.function.name),
        }
    }
}
