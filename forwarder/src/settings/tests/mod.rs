//! Tests of settings as people write them: valid, invalid, hostile, and in several places at once.

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

/// Builds the values of a place from pairs of name and value.
fn values<'t>(place: Place, set: impl IntoIterator<Item = (&'t str, &'t str)>) -> Values {
    let mut values = Values::new(place);
    set.into_iter().for_each(|(name, text)| values.set(name, text.to_owned()));
    values
}

/// Builds the values of the environment from pairs of name and value.
fn environment<'t>(set: impl IntoIterator<Item = (&'t str, &'t str)>) -> Values {
    Values::of_environment(set.into_iter().map(|(name, text)| (name.into(), text.into())))
}

/// Reads valid settings from environment variables.
#[track_caller]
fn read(set: &[(&str, &str)]) -> Settings {
    Settings::read(&environment(set.iter().copied())).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Reads invalid settings from environment variables, and returns one line for each problem.
#[track_caller]
fn problems(set: &[(&str, &str)]) -> Vec<String> {
    let errors = Settings::read(&environment(set.iter().copied())).expect_err("it has problems");
    errors.0.iter().map(ToString::to_string).collect()
}
