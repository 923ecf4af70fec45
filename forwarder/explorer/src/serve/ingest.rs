//! `POST /api/v1/deliveries`: reads a Lambda event (the JSON document that AWS passes to the forwarder) and
//! stores the log events in it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::http::StatusCode;
use serde::Serialize;
use tailwater_forwarder::{
    ledger::{Disposition, Ledger, Rejection, Tally},
    pipeline::{Pipeline, RuleConfig, TimeRange},
    source::{Content, Delivery, DeliveryReader, read_event},
};
use tailwater_parser::{ByteSize, Origin, UnixMillis};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::response::Problem;
use crate::{
    store::{Store, StoreTarget, Writer},
    view::LedgerCounts,
};

/// Maximum size of a Lambda event in bytes; Lambda's own limit is 6 MB.
pub(super) const EVENT_LIMIT: usize = 16 * 1024 * 1024;
/// Maximum decompressed size of a delivery (compressed log data inside a Lambda event).
const INFLATED_LIMIT: ByteSize = ByteSize::mib(256);

/// Stores the log events of posted Lambda events, one Lambda event at a time.
#[derive(Debug)]
pub(super) struct Ingest {
    store: PathBuf,
    /// Rules that are applied to log events; `None` without rules.
    rules: Option<RuleConfig>,
    turn: Arc<Mutex<()>>,
}

/// Permission to write to the store. Waiting for it occupies no thread.
pub(super) type Turn = OwnedMutexGuard<()>;

/// Result of storing the log events of a Lambda event.
#[derive(Debug, Serialize)]
pub(super) struct IngestResult {
    /// Numbers of log events by outcome.
    ledger: LedgerCounts,
    /// Deliveries that could not be read completely: for each, its index in the Lambda event and the reason.
    rejected: Vec<String>,
}

impl Ingest {
    pub(super) fn new(store: &Path, rules: Option<RuleConfig>) -> Self {
        Self { store: store.to_owned(), rules, turn: Arc::default() }
    }

    /// Waits until no other Lambda event is being stored.
    pub(super) async fn turn(&self) -> Turn {
        Arc::clone(&self.turn).lock_owned().await
    }

    /// Stores all log events of a Lambda event. They are committed to the store when this method returns.
    ///
    /// # Errors
    /// Returns a [`Problem`] if the event is not a known Lambda event, or the store cannot be written.
    pub(super) fn store_event(&self, event: &mut [u8], turn: Turn) -> Result<IngestResult, Problem> {
        let writer = Store::open(&self.store)?.writer()?;
        let read = read(event, &writer, self.rules.as_ref());
        let written = writer.finish()?;
        let (mut ledger, rejected) = read?;
        ledger.note_duplicates(written.duplicates);
        drop(turn);
        Ok(IngestResult { ledger: LedgerCounts::from(&ledger), rejected })
    }
}

fn read(
    event: &mut [u8],
    writer: &Writer,
    rules: Option<&RuleConfig>,
) -> Result<(Ledger, Vec<String>), Problem> {
    let mut pipeline = Pipeline::new(TimeRange::default(), StoreTarget::new(writer.handle()));
    pipeline.set_default_time(now());
    pipeline.set_rules(rules);
    let mut reader = DeliveryReader::new(INFLATED_LIMIT, Origin::default());
    let mut rejected = Vec::new();
    let parsed = read_event(event)
        .map_err(|error| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()))?;
    for delivery in &parsed.deliveries {
        // Events without an id get one from the content of the delivery.
        pipeline.begin_input(content_bytes(delivery));
        if let Err(error) = reader.read(delivery, &mut pipeline) {
            rejected.push(format!("record {}: {error}", delivery.index));
            pipeline
                .ledger_mut()
                .receive_and_end(Disposition::Rejected(Rejection::Damaged), Tally::new(1, 0));
        }
        pipeline.end_input();
    }
    let (target, ledger) = pipeline.finish();
    target.finish();
    Ok((ledger, rejected))
}

/// Current time, which events without a time get.
pub(super) fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn content_bytes<'d>(delivery: &'d Delivery<'_>) -> &'d [u8] {
    match &delivery.content {
        Content::Base64(text) | Content::Text(text) => text.as_bytes(),
        Content::Parked(object) => object,
        Content::Object(_) | Content::Missing(_) => &[],
    }
}
