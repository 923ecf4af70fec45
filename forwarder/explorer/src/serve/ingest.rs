//! `POST /api/v1/deliveries`: a Lambda event, read as the Lambda would and kept in the store.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use axum::http::StatusCode;
use serde::Serialize;
use tailwater_forwarder::{
    ledger::{Ending, Ledger, Tally},
    pipeline::{Pipeline, TimeRange},
    source::{Content, Delivery, DeliveryReader, read_event},
};
use tailwater_parser::{ByteSize, Origin};

use super::answer::Problem;
use crate::{
    store::{Store, StoreTarget, Writer},
    view::LedgerCounts,
};

/// Larger than any event of Lambda's (6 MB).
pub(super) const EVENT_LIMIT: usize = 16 * 1024 * 1024;
/// What a delivery inside an event may inflate to.
const INFLATED_LIMIT: ByteSize = ByteSize::mib(256);

/// The one place that writes: events are kept one after the other.
#[derive(Debug)]
pub(super) struct Ingest {
    store: PathBuf,
    writing: Mutex<()>,
}

/// What became of an event.
#[derive(Debug, Serialize)]
pub(super) struct Kept {
    /// Where each log event went.
    ledger: LedgerCounts,
    /// Deliveries that could not be read to their end, each with its place in the event and the reason.
    rejected: Vec<String>,
}

impl Ingest {
    pub(super) fn new(store: &Path) -> Self {
        Self { store: store.to_owned(), writing: Mutex::default() }
    }

    /// Keeps everything in a Lambda event; when this returns it is in the file.
    pub(super) fn keep(&self, mut event: Vec<u8>) -> Result<Kept, Problem> {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let writer = Store::open(&self.store)?.writer()?;
        let read = read(&mut event, &writer);
        let written = writer.finish()?;
        let (mut ledger, rejected) = read?;
        ledger.note_duplicates(written.duplicates);
        Ok(Kept { ledger: LedgerCounts::from(&ledger), rejected })
    }
}

fn read(event: &mut [u8], writer: &Writer) -> Result<(Ledger, Vec<String>), Problem> {
    let mut pipeline = Pipeline::new(TimeRange::default(), StoreTarget::new(writer.handle()));
    let mut reader = DeliveryReader::new(INFLATED_LIMIT, Origin::default());
    let mut rejected = Vec::new();
    let opened = read_event(event).map_err(|unknown| Problem {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        reason: unknown.to_string(),
    })?;
    for delivery in &opened.deliveries {
        // Raw lines have no ids but the delivery's: its content tells them from those of others.
        pipeline.begin_input(beginning(delivery));
        if let Err(error) = reader.read(delivery, &mut pipeline) {
            rejected.push(format!("record {}: {error}", delivery.index));
            pipeline.ledger_mut().receive_and_end(Ending::Rejected, Tally::new(1, 0));
        }
        pipeline.end_input();
    }
    let (target, ledger) = pipeline.finish();
    target.finish();
    Ok((ledger, rejected))
}

fn beginning<'d>(delivery: &'d Delivery<'_>) -> &'d [u8] {
    match &delivery.content {
        Content::Base64(text) | Content::Text(text) => text.as_bytes(),
        Content::Parked(object) => object,
        Content::Object(_) | Content::Missing(_) => &[],
    }
}
