//! Settings of the NDJSON sink.

use std::path::PathBuf;

use super::{
    kind::Kind,
    reader::Reader,
    setting::{Setting, TypedSetting},
    sink_name::SinkName,
};
use crate::value::ValueError;

/// Output of the NDJSON sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ndjson {
    /// Standard output.
    Stdout,
    /// File that records are appended to.
    File(PathBuf),
}

pub(super) const NDJSON: TypedSetting<Ndjson> = Setting::new("TAILWATER_NDJSON", Kind::FileOrStdout)
    .sink(SinkName::Ndjson)
    .default("-")
    .doc("File that records are appended to.")
    .accepts(&["-", "records.ndjson"])
    .rejects(&[("a\tb", ValueError::ControlCharacter)])
    .parsed_by(|text| Ok(if text == "-" { Ndjson::Stdout } else { Ndjson::File(text.into()) }));

impl Ndjson {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        reader.value(&NDJSON)
    }
}
