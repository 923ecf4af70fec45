//! Request to redrive parked objects, which an EventBridge schedule sends.

use simd_json::{prelude::*, tape::Value};
use tailwater_parser::UnixMillis;

use super::{json::tape, unknown_event::UnknownEvent};
use crate::value::sink_name;

/// Selection of the parked objects to redrive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RedriveFilter {
    /// Redrive only objects that were parked for the sink of this name; `None` for objects of all sinks.
    pub sink: Option<String>,
    /// Redrive only objects that were parked at or after this time.
    pub since: Option<UnixMillis>,
    /// Maximum number of parked objects to redrive.
    pub limit: Option<u64>,
}

impl RedriveFilter {
    /// True if objects that were parked for this sink at this time are selected. Ignores the maximum number.
    #[must_use]
    pub fn includes(&self, sink: &str, time: UnixMillis) -> bool {
        self.sink.as_ref().is_none_or(|only| only == sink) && self.since.is_none_or(|since| since <= time)
    }
}

/// Reads the event `{"tailwater":{"redrive":{"sink":"otlp","since_ms":1772618400000,"limit":1000}}}`; the three members are
/// optional.
pub(super) fn read(event: &[u8]) -> Result<RedriveFilter, UnknownEvent> {
    let mut copy = event.to_vec();
    let tape = tape(&mut copy)?;
    let value = tape.as_value();
    let request = value.get("tailwater").ok_or_else(|| UnknownEvent::shape(event.len(), value))?;
    filter(request)
}

/// Reads the value of the member `tailwater`. Unknown and invalid members are errors: if they were ignored, the request
/// would select more parked objects than was intended.
pub(super) fn filter(request: Value<'_, '_>) -> Result<RedriveFilter, UnknownEvent> {
    let only = request.as_object().filter(|object| object.len() == 1);
    let members = only.and_then(|object| object.get("redrive")?.into_object());
    let members = members.ok_or(UnknownEvent::Member("tailwater"))?;
    let mut redrive = RedriveFilter::default();
    for (name, value) in members.iter() {
        match name {
            _ if value.is_null() => {}
            "sink" => redrive.sink = Some(sink(value).ok_or(wrong("sink"))?),
            "since_ms" => redrive.since = Some(UnixMillis(value.as_i64().ok_or(wrong("since_ms"))?)),
            "limit" => redrive.limit = Some(value.as_u64().ok_or(wrong("limit"))?),
            _ => return Err(wrong("redrive")),
        }
    }
    Ok(redrive)
}

fn sink(value: Value<'_, '_>) -> Option<String> {
    sink_name(value.as_str()?).ok()
}

fn wrong(member: &'static str) -> UnknownEvent {
    UnknownEvent::Member(member)
}
