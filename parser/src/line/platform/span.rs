//! Parts of an invocation that the platform measured: the member `spans` of an event in JSON.

use std::time::Duration;

use super::json::millis;
use crate::{
    json::{self, Value},
    timestamp,
    units::UnixMillis,
};

/// Part of an invocation that the platform measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlatformSpan {
    /// Name of the part.
    pub name: PlatformSpanName,
    /// Time at which the part began.
    pub start: UnixMillis,
    /// Duration of the part.
    pub duration: Duration,
}

/// Name of a [`PlatformSpan`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlatformSpanName {
    /// From the start of the invocation until the first byte of the response.
    ResponseLatency,
    /// From the first to the last byte of the response.
    ResponseDuration,
    /// From the end of the response until the runtime was ready for the next invocation.
    RuntimeOverhead,
    /// From the end of the runtime until the extensions were ready for the next invocation.
    ExtensionOverhead,
}

impl PlatformSpanName {
    const ALL: [Self; 4] =
        [Self::ResponseLatency, Self::ResponseDuration, Self::RuntimeOverhead, Self::ExtensionOverhead];

    /// Returns the name as AWS writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ResponseLatency => "responseLatency",
            Self::ResponseDuration => "responseDuration",
            Self::RuntimeOverhead => "runtimeOverhead",
            Self::ExtensionOverhead => "extensionOverhead",
        }
    }
}

impl PlatformSpan {
    /// Parses the member `spans`, a list in JSON. Each name is taken once. Entries with an unknown name or an invalid time
    /// are skipped: the times in AWS's own example are invalid.
    #[must_use]
    pub fn read_all(spans: &str) -> Vec<Self> {
        let mut read: Vec<Self> = Vec::new();
        // The list is valid JSON, because the whole line is.
        let _ = json::elements(spans, |entry| {
            read.extend(Self::read(entry.raw).filter(|new| read.iter().all(|known| known.name != new.name)));
        });
        read
    }

    fn read(entry: &str) -> Option<Self> {
        let Entry { name, start, duration } = Entry::read(entry)?;
        let name = PlatformSpanName::ALL.into_iter().find(|known| known.name() == name)?;
        Some(Self { name, start: time(start?)?, duration })
    }
}

/// Entry of `spans` as it is written.
struct Entry<'a> {
    name: &'a str,
    start: Option<&'a str>,
    duration: Duration,
}

impl<'a> Entry<'a> {
    fn read(entry: &'a str) -> Option<Self> {
        let (mut name, mut start, mut duration) = (None, None, None);
        json::members(entry, |member, value| match member {
            "name" => name = value.plain(),
            "start" => start = value.plain(),
            "durationMs" => duration = millis(value),
            _ => {}
        })?;
        Some(Self { name: name?, start, duration: duration? })
    }
}

/// Parses a time that fills the whole text.
fn time(text: &str) -> Option<UnixMillis> {
    timestamp::read(text).filter(|(_, rest)| rest.is_empty()).map(|(time, _)| time)
}

/// Duration of the span `responseLatency`, whose start time may be invalid.
pub(super) fn response_latency(spans: Value<'_>) -> Option<Duration> {
    let latency = PlatformSpanName::ResponseLatency.name();
    let mut found = None;
    json::elements(spans.raw, |entry| {
        let entry = Entry::read(entry.raw).filter(|entry| entry.name == latency);
        found = found.or_else(|| entry.map(|entry| entry.duration));
    })?;
    found
}
