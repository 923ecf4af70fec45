//! Files of CloudWatch's export to S3, read as the Lambda function reads the objects.

use std::path::Path;

pub use tailwater_forwarder::source::export::WRITE_TEST as WRITE_TEST_FILE;
use tailwater_forwarder::source::export::{self, ExportKey};

use super::boundary::EventStart;

/// Parses the first line of an event. A line without a time continues the event before.
pub(super) fn event_start(text: &str) -> Option<EventStart<'_>> {
    let (time, message) = export::event_start(text)?;
    Some(EventStart { time: Some(time), message, ..EventStart::default() })
}

/// Parses the path of an exported file. Returns `None` if it is not a path that an export creates.
pub(super) fn key_of_path(path: &Path) -> Option<ExportKey> {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    ExportKey::parse(&parts.join("/"))
}
