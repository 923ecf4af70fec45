//! Settings as people write them: right, wrong, hostile, and in several places at once.

mod address;
mod hidden;
mod others;
mod reading;
mod values;

use std::time::Duration;

use tailwater_parser::ByteSize;

use super::*;
use crate::value::{Secret, SecretRef, Url};

/// Everything set in one place.
fn values<'t>(place: Place, set: impl IntoIterator<Item = (&'t str, &'t str)>) -> Values {
    let mut values = Values::new(place);
    set.into_iter().for_each(|(name, text)| values.set(name, text.to_owned()));
    values
}

/// An environment, as it comes.
fn environment<'t>(set: impl IntoIterator<Item = (&'t str, &'t str)>) -> Values {
    Values::of_environment(set.into_iter().map(|(name, text)| (name.into(), text.into())))
}

/// What is set right reads so.
#[track_caller]
fn read(set: &[(&str, &str)]) -> Settings {
    Settings::read(&environment(set.iter().copied())).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The problems, a line each.
#[track_caller]
fn problems(set: &[(&str, &str)]) -> Vec<String> {
    let errors = Settings::read(&environment(set.iter().copied())).expect_err("something is wrong");
    errors.0.iter().map(ToString::to_string).collect()
}
