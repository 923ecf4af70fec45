//! Settings of the program itself: settings file, log, and colours of its output.

use std::path::PathBuf;

use super::{
    kind::Kind,
    problem::{Problem, Reason},
    reader::Reader,
    setting::{Setting, TypedSetting},
};
use crate::{
    telemetry::log,
    value::{self, ValueError},
};

/// Colours of output for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Colours if the output goes to a terminal.
    Auto,
    /// No colours: `NO_COLOR` is set.
    Never,
}

pub(super) const CONFIG_FILE: TypedSetting<PathBuf> = Setting::new("TAILWATER_CONFIG", Kind::File)
    .doc("TOML file with settings, read by the command line only; environment variables take precedence over it, and flags over both.")
    .accepts(&["tailwater.toml"])
    .parsed_by(value::path);
/// Path of the settings file, which only the command line reads.
pub const CONFIG: Setting = CONFIG_FILE.setting;

pub(super) const CORRELATION_FIELDS: TypedSetting<String> = Setting::new("TAILWATER_CORRELATION_FIELDS", Kind::Text)
    .doc("Members of JSON log lines that are correlation ids, too, as dotted paths with commas; read by the command line only, for lines that it stores afterwards.")
    .accepts(&["order.number,cart"])
    .rejects(&[("a\tb", ValueError::ControlCharacter)])
    .parsed_by(|text| Ok(text.to_owned()));

pub(super) const RUST_LOG: TypedSetting<log::Filter> = Setting::new("RUST_LOG", Kind::Levels)
    .default("info")
    .doc("Level of Tailwater's own log; libraries never log, whatever the level.")
    .accepts(&["debug", "off,tailwater_forwarder::send=trace"])
    .rejects(&[("loud", ValueError::BadFilter)])
    .parsed_by(|text| log::Filter::read(text).map_err(|_| ValueError::BadFilter));

pub(super) const NO_COLOR: TypedSetting<Colour> = Setting::new("NO_COLOR", Kind::Text)
    .doc("Any value turns colours off.")
    .accepts(&["1"])
    .rejects(&[("a\tb", ValueError::ControlCharacter)])
    .parsed_by(|_| Ok(Colour::Never));

impl Problem {
    /// Builds the problem of a settings file that cannot be read.
    pub fn of_file(error: String) -> Self {
        Self { name: CONFIG.name.to_owned(), place: None, reason: Reason::File(error) }
    }
}

/// Reports a problem if `TAILWATER_CONFIG` is set for a program that reads no settings file.
pub(super) fn config_file(reader: &mut Reader<'_>) {
    if !reader.reads_files() {
        reader.refuse(&CONFIG);
    }
}

/// Checks the setting of correlation ids, whose paths only the command line reads.
pub(super) fn check_correlation_fields(reader: &mut Reader<'_>) {
    let _: Option<String> = reader.optional(&CORRELATION_FIELDS);
}

/// Reads the level filter of Tailwater's own log.
pub(super) fn log_filter(reader: &mut Reader<'_>) -> Option<log::Filter> {
    reader.value(&RUST_LOG)
}

/// Reads the setting for colours in output for people.
pub(super) fn colour(reader: &mut Reader<'_>) -> Colour {
    reader.optional(&NO_COLOR).unwrap_or(Colour::Auto)
}
