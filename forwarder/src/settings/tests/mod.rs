//! Settings as people write them: valid, invalid, hostile, and in several places at once.

mod addresses;
mod examples;
mod other_programs;
mod reading;
mod secrets;
mod values;

use std::time::Duration;

use tailwater_parser::ByteSize;

use super::*;
use crate::{
    outcome::{Onward, Reporting},
    value::{Secret, SecretRef, Url},
};

/// Builds a place with these settings.
fn values<'t>(place: Place, set: impl IntoIterator<Item = (&'t str, &'t str)>) -> Values {
    let mut values = Values::new(place);
    set.into_iter().for_each(|(name, text)| values.set(name, text.to_owned()));
    values
}

/// Builds an environment with these variables.
fn environment<'t>(set: impl IntoIterator<Item = (&'t str, &'t str)>) -> Values {
    Values::of_environment(set.into_iter().map(|(name, text)| (name.into(), text.into())))
}

/// Reads an environment without problems.
#[track_caller]
fn read(set: &[(&str, &str)]) -> Settings {
    Settings::read(&environment(set.iter().copied())).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Reads an environment with problems, and returns a line for each.
#[track_caller]
fn problems(set: &[(&str, &str)]) -> Vec<String> {
    let errors = Settings::read(&environment(set.iter().copied())).expect_err("it has problems");
    errors.0.iter().map(ToString::to_string).collect()
}
