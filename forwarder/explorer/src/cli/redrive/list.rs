//! `--dry-run`: what is parked, a line an object, and nothing sent.

use std::{
    io::{self, Write as _},
    time::Duration,
};

use serde_json::json;
use tailwater_forwarder::{
    parking::{self, Header, Listing, ParkedError, ParkedRef, ParkingError, ParkingStore},
    source::RedriveFilter,
};
use tailwater_parser::{ByteSize, UnixMillis};

use super::{ALL_FINE, SOME_REJECTED, now, plural};
use crate::view::format::{count, span};

/// Something that is parked.
struct Found {
    key: String,
    size: ByteSize,
    what: What,
}

enum What {
    Parked(Box<Header>),
    /// An event that AWS put away.
    Event,
    /// It cannot be delivered.
    Unreadable(String),
}

/// Says what is parked and meant; the answer is the exit code.
pub(super) async fn run(lot: &ParkingStore, which: &RedriveFilter, as_json: bool) -> anyhow::Result<u8> {
    let mut walk = Listing::new(lot, which.sink.as_deref());
    let listed = along(&mut walk, lot, which, as_json).await;
    walk.end().await;
    listed
}

async fn along(
    walk: &mut Listing<'_>,
    lot: &ParkingStore,
    which: &RedriveFilter,
    as_json: bool,
) -> anyhow::Result<u8> {
    let (mut n, mut unreadable, mut total) = (0, 0, ByteSize(0));
    while which.limit.is_none_or(|limit| n < limit) {
        let Some(ticket) = walk.next().await? else { break };
        let found = Found::at(&ticket, lot, which).await;
        walk.leave(ticket);
        let Some(found) = found? else { continue };
        n += 1;
        total.0 += found.size.0;
        unreadable += u64::from(matches!(found.what, What::Unreadable(_)));
        let line = if as_json { found.to_json().to_string() } else { found.to_line(now()) };
        writeln!(io::stdout().lock(), "{line}")?;
    }
    if !as_json {
        let unreadable = if unreadable == 0 { String::new() } else { format!(", {unreadable} unreadable") };
        let n = plural(n, "parked object");
        writeln!(io::stdout().lock(), "{n}, {total}{unreadable}; nothing was sent")?;
    }
    Ok(if unreadable == 0 { ALL_FINE } else { SOME_REJECTED })
}

impl Found {
    /// What a ticket stands for; `None` when it is gone or not meant.
    async fn at(
        ticket: &ParkedRef,
        lot: &ParkingStore,
        which: &RedriveFilter,
    ) -> Result<Option<Self>, ParkingError> {
        let found = |size: usize, what| Self {
            key: ticket.key.clone(),
            size: ByteSize(u64::try_from(size).unwrap_or(u64::MAX)),
            what,
        };
        let bytes = match lot.read(ticket).await {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Ok(None),
            Err(error @ ParkingError::Damaged) => {
                return Ok(Some(found(0, What::Unreadable(error.to_string()))));
            }
            Err(error) => return Err(error),
        };
        let what = match parking::decode(&bytes) {
            Ok(parked) if !which.includes(&parked.header.sink, parked.header.time_ms) => return Ok(None),
            Ok(parked) => What::Parked(Box::new(parked.header)),
            // It is owed to all, and so not meant where only what one is owed is.
            Err(ParkedError::NotParked) if which.sink.is_some() => return Ok(None),
            Err(ParkedError::NotParked) => What::Event,
            Err(error) => What::Unreadable(error.to_string()),
        };
        Ok(Some(found(bytes.len(), what)))
    }

    fn to_line(&self, now: UnixMillis) -> String {
        let Self { key, size, what } = self;
        match what {
            What::Parked(header) => {
                let age = u64::try_from(now.0.saturating_sub(header.time_ms.0)).unwrap_or_default();
                let (age, reason) = (span(Duration::from_millis(age)), &header.reason);
                format!("{key}  {}: {}, {size}, {reason}, {age} ago", header.sink, owed(header))
            }
            What::Event => format!("{key}  all: an event that AWS put away, {size}"),
            What::Unreadable(reason) => format!("{key}  {size}, {reason}"),
        }
    }

    /// Times as numbers, since they are read by programs; no number of events where only reading it would tell.
    fn to_json(&self) -> serde_json::Value {
        let mut found = json!({"key": self.key, "bytes": self.size.0});
        let more = match &self.what {
            What::Parked(header) => json!({
                "sink": header.sink, "reason": header.reason, "events": events(header), "metrics": header.owes_metrics,
                "attempts": header.attempts, "group": header.group, "stream": header.stream, "time_ms": header.time_ms.0,
            }),
            What::Event => json!({"reason": "put_away_by_aws"}),
            What::Unreadable(reason) => json!({"unreadable": reason}),
        };
        if let (Some(found), serde_json::Value::Object(more)) = (found.as_object_mut(), more) {
            found.extend(more);
        }
        found
    }
}

fn owed(header: &Header) -> String {
    match (events(header), header.owes_metrics) {
        (Some(0), true) => "metrics".to_owned(),
        (Some(n), metrics) => with_metrics(plural(n, "event"), metrics),
        (None, metrics) => {
            let read: u64 = header
                .owed
                .iter()
                .filter(|range| range.end != u32::MAX)
                .map(|range| u64::from(range.end.saturating_sub(range.start)))
                .sum();
            let rest = "all that was not read".to_owned();
            let text = if read == 0 { rest } else { format!("{} events and {rest}", count(read)) };
            with_metrics(text, metrics)
        }
    }
}

fn with_metrics(text: String, metrics: bool) -> String {
    if metrics { text + " and metrics" } else { text }
}

/// How many events are owed; `None` where the delivery was not read to its end.
fn events(header: &Header) -> Option<u64> {
    (header.owed.end() != u32::MAX).then(|| header.owed.count())
}
