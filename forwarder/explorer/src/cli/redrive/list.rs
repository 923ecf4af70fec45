//! `redrive --dry-run`: lists parked objects, one per line, without sending anything.

use std::time::Duration;

use serde_json::json;
use tailwater_forwarder::{
    parking::{self, ErrorScope, Header, Listing, ParkedError, ParkedRef, ParkingError, ParkingStore},
    source::RedriveFilter,
};
use tailwater_parser::{ByteSize, UnixMillis};

use crate::{
    cli::{clock::now, exit::Exit, interrupt::Interrupt, stdout},
    view::format::{count, plural, span},
};

/// Parked object, or failed event that AWS stored, as it is listed.
struct Listed {
    key: String,
    size: ByteSize,
    content: Content,
}

/// Content of a listed parked object.
enum Content {
    /// The forwarder parked the object; its header tells what is left to deliver.
    Parked(Box<Header>),
    /// AWS itself stored the object: a Lambda event whose invocation of the forwarder failed.
    AwsEvent,
    /// The object cannot be read, and so cannot be delivered; holds the reason.
    Unreadable(String),
}

/// Prints the selected parked objects.
///
/// # Errors
/// Returns an error if the parking location cannot be read or standard output cannot be written.
pub(super) async fn run(
    store: &ParkingStore,
    filter: &RedriveFilter,
    as_json: bool,
    interrupt: &Interrupt,
) -> anyhow::Result<Exit> {
    let mut listing = Listing::new(store, filter.sink.as_deref());
    let listed = print_all(&mut listing, store, filter, as_json, interrupt).await;
    listing.end().await;
    listed
}

async fn print_all(
    listing: &mut Listing<'_>,
    store: &ParkingStore,
    filter: &RedriveFilter,
    as_json: bool,
    interrupt: &Interrupt,
) -> anyhow::Result<Exit> {
    let (mut n, mut unreadable, mut total) = (0, 0, ByteSize(0));
    while filter.limit.is_none_or(|limit| n < limit) {
        let next = interrupt.unless_overdue(listing.next()).await.transpose()?.flatten();
        let Some(parked_ref) = next else { break };
        let found = interrupt.unless_overdue(Listed::read(&parked_ref, store, filter)).await;
        listing.leave(parked_ref);
        let Some(found) = found.transpose()?.flatten() else { continue };
        n += 1;
        total.0 += found.size.0;
        unreadable += u64::from(matches!(found.content, Content::Unreadable(_)));
        if as_json {
            stdout::write_json(&found.to_json())?;
        } else {
            stdout::write_line(found.to_line(now()))?;
        }
    }
    if interrupt.is_requested() {
        return Ok(Exit::Interrupted);
    }
    if !as_json {
        let unreadable = if unreadable == 0 { String::new() } else { format!(", {unreadable} unreadable") };
        let n = plural(n, "parked object");
        stdout::write_line(format_args!("{n}, {total}{unreadable}; nothing was sent"))?;
    }
    Ok(if unreadable == 0 { Exit::Success } else { Exit::Failure })
}

impl Listed {
    /// Reads a parked object. Returns `None` if it no longer exists, or `filter` does not select it.
    async fn read(
        parked_ref: &ParkedRef,
        store: &ParkingStore,
        filter: &RedriveFilter,
    ) -> Result<Option<Self>, ParkingError> {
        let listed = |size: usize, content| Self {
            key: parked_ref.key.clone(),
            size: ByteSize(u64::try_from(size).unwrap_or(u64::MAX)),
            content,
        };
        let bytes = match store.read(parked_ref).await {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Ok(None),
            Err(error) => {
                return match error.scope() {
                    ErrorScope::Store => Err(error),
                    ErrorScope::Object | ErrorScope::Temporary => {
                        let reason = format!("it cannot be read: {error}");
                        Ok(Some(listed(0, Content::Unreadable(reason))))
                    }
                };
            }
        };
        let content = match parking::decode_under(&parked_ref.key, &bytes) {
            Ok(parked) if !filter.includes(&parked.header.sink, parked.header.time_ms) => return Ok(None),
            Ok(parked) => Content::Parked(Box::new(parked.header)),
            // Such an event is for all sinks, and so not selected by `--sink`.
            Err(_) if parked_ref.is_from_aws() && filter.sink.is_some() => return Ok(None),
            Err(ParkedError::NotParked) if parked_ref.is_from_aws() => Content::AwsEvent,
            Err(error) => Content::Unreadable(error.to_string()),
        };
        Ok(Some(listed(bytes.len(), content)))
    }

    fn to_line(&self, now: UnixMillis) -> String {
        let Self { key, size, content } = self;
        match content {
            Content::Parked(header) => {
                let age = u64::try_from(now.0.saturating_sub(header.time_ms.0)).unwrap_or_default();
                let (age, reason) = (span(Duration::from_millis(age)), &header.reason);
                format!("{key}  {}: {}, {size}, {reason}, {age} ago", header.sink, describe_owed(header))
            }
            Content::AwsEvent => format!("{key}  all sinks: failed event stored by AWS, {size}"),
            Content::Unreadable(reason) => format!("{key}  {size}, {reason}"),
        }
    }

    /// Formats the listed object as a JSON object. Times are Unix milliseconds. `events` is null or missing
    /// if the number of events is not known without reading the delivery (the log data in the parked object).
    fn to_json(&self) -> serde_json::Value {
        let mut found = json!({"key": self.key, "bytes": self.size.0});
        let more = match &self.content {
            Content::Parked(header) => json!({
                "sink": header.sink, "reason": header.reason, "events": events(header),
                "metrics": header.owes_metrics, "spans": header.owes_spans,
                "attempts": header.attempts, "group": header.group, "stream": header.stream, "time_ms": header.time_ms.0,
            }),
            Content::AwsEvent => json!({"reason": "put_away_by_aws"}),
            Content::Unreadable(reason) => json!({"unreadable": reason}),
        };
        if let (Some(found), serde_json::Value::Object(more)) = (found.as_object_mut(), more) {
            found.extend(more);
        }
        found
    }
}

/// Describes the contents of a parked object that are left to deliver: `3 events and metrics`.
fn describe_owed(header: &Header) -> String {
    let events = match events(header) {
        Some(0) => None,
        Some(n) => Some(plural(n, "event")),
        None => {
            let read: u64 = header
                .owed
                .iter()
                .filter(|range| range.end != u32::MAX)
                .map(|range| u64::from(range.end.saturating_sub(range.start)))
                .sum();
            let rest = "all unread events".to_owned();
            Some(if read == 0 { rest } else { format!("{} events and {rest}", count(read)) })
        }
    };
    let derived = [("metrics", header.owes_metrics), ("traces", header.owes_spans)];
    let derived = derived.into_iter().filter(|(_, owes)| *owes).map(|(name, _)| name.to_owned());
    let all: Vec<_> = events.into_iter().chain(derived).collect();
    if all.is_empty() { plural(0, "event") } else { all.join(" and ") }
}

/// Returns the number of events left to deliver; `None` if the forwarder had not read the delivery to its end
/// when it parked it.
fn events(header: &Header) -> Option<u64> {
    (header.owed.end() != u32::MAX).then(|| header.owed.count())
}
