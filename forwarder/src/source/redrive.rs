//! The request to deliver what is parked, which a schedule sends.

use simd_json::{prelude::*, tape::Value};
use tailwater_parser::UnixMillis;

use super::{ParsedEvent, UnknownEvent, tape};

/// What of the parking is to be delivered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RedriveFilter {
    /// Only what this sink is owed; else what any is.
    pub sink: Option<String>,
    /// Only what was parked at or after this time.
    pub since: Option<UnixMillis>,
    /// No more than so many parked objects.
    pub limit: Option<u64>,
}

impl RedriveFilter {
    /// Whether what was parked for this sink at this time is to be delivered.
    #[must_use]
    pub fn includes(&self, sink: &str, time: UnixMillis) -> bool {
        self.sink.as_ref().is_none_or(|only| only == sink) && self.since.is_none_or(|since| since <= time)
    }
}

/// Opens `{"tailwater":{"redrive":{"sink":"otlp","since_ms":1772618400000,"limit":1000}}}`, each member optional.
pub(super) fn open(event: &[u8], parsed: &mut ParsedEvent<'_>) -> Result<(), UnknownEvent> {
    let mut copy = event.to_vec();
    let tape = tape(&mut copy)?;
    let value = tape.as_value();
    let request = value.get("tailwater").ok_or_else(|| UnknownEvent::shape(event.len(), value))?;
    parsed.redrives.push(read(request)?);
    Ok(())
}

/// Reads what stands under `tailwater`. A member that is not known or not right is refused: a request that asks for more
/// than was meant is worse than one that fails.
pub(super) fn read(request: Value<'_, '_>) -> Result<RedriveFilter, UnknownEvent> {
    let only = request.as_object().filter(|object| object.len() == 1);
    let members = only.and_then(|object| object.get("redrive")?.into_object());
    let members = members.ok_or(UnknownEvent::Member("tailwater"))?;
    let mut redrive = RedriveFilter::default();
    for (name, value) in members.iter() {
        match name {
            _ if value.is_null() => {}
            "sink" => redrive.sink = Some(value.as_str().ok_or(wrong("sink"))?.to_owned()),
            "since_ms" => redrive.since = Some(UnixMillis(value.as_i64().ok_or(wrong("since_ms"))?)),
            "limit" => redrive.limit = Some(value.as_u64().ok_or(wrong("limit"))?),
            _ => return Err(wrong("redrive")),
        }
    }
    Ok(redrive)
}

fn wrong(member: &'static str) -> UnknownEvent {
    UnknownEvent::Member(member)
}
