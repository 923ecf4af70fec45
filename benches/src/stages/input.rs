//! Input of the stages: a corpus at every level of encoding, from Lambda events to decoded log events.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tailwater_parser::{
    Decoder, Event, Line, Origin, Receive, UnixMillis,
    line::{Dialect, parse},
};

use crate::{
    corpus::{Corpus, Plan, Size},
    mix::Mix,
    pack::{gzip, lambda_event},
};

/// Events per delivery.
const PER_DELIVERY: usize = 1000;

/// Maximum number of lines per dialect.
const LINES: usize = 1000;

/// Maximum length of a line in bytes: with longer lines, the time per line would be that of copying.
const MAX_LINE_BYTES: usize = 4096;

/// Corpus at every level of encoding, from Lambda events to decoded log events.
pub struct StageInput {
    pub(super) deliveries: Vec<EncodedDelivery>,
    dialects: BTreeMap<&'static str, Vec<String>>,
}

/// Delivery at every level of encoding, from the Lambda event to the decoded log events.
pub(super) struct EncodedDelivery {
    /// Lambda event, with base64 of the gzipped document.
    pub(super) payload: Vec<u8>,
    pub(super) base64: String,
    pub(super) gzip: Vec<u8>,
    pub(super) document: String,
    pub(super) events: Events,
}

/// Events of a delivery with their origin.
#[derive(Default)]
pub(super) struct Events {
    pub(super) origin: Origin,
    pub(super) all: Vec<OwnedEvent>,
}

/// Copy of an event that outlives the decoder's window.
pub(super) struct OwnedEvent {
    pub(super) id: String,
    pub(super) time: UnixMillis,
    pub(super) message: String,
}

impl Receive for Events {
    fn batch(&mut self, origin: &Origin) {
        self.origin = origin.clone();
    }

    fn event(&mut self, event: &Event<'_>) {
        self.all.push(OwnedEvent {
            id: event.id.unwrap_or_default().to_owned(),
            time: event.time.unwrap_or_default(),
            message: event.message.to_owned(),
        });
    }
}

impl StageInput {
    /// Generates the input: about `events` events of a mix, always the same.
    ///
    /// # Panics
    /// Panics if a generated delivery cannot be decoded.
    #[must_use]
    pub fn make(mix: Mix, events: u64) -> Self {
        let plan = Plan { seed: 1, size: Size::Events(events), per_delivery: PER_DELIVERY, mix };
        let deliveries: Vec<_> =
            Corpus::new(&plan).map(|delivery| EncodedDelivery::of(delivery.document())).collect();
        let mut dialects: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let messages =
            deliveries.iter().flat_map(|delivery| &delivery.events.all).map(|event| &event.message);
        for message in messages.filter(|message| message.len() <= MAX_LINE_BYTES) {
            let lines = dialects.entry(dialect(message)).or_default();
            if lines.len() < LINES {
                lines.push(message.clone());
            }
        }
        Self { deliveries, dialects }
    }

    /// Number of events.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.deliveries.iter().map(|delivery| super::count(delivery.events.all.len())).sum()
    }

    /// Total size of the documents, in bytes.
    #[must_use]
    pub fn inflated(&self) -> u64 {
        self.deliveries.iter().map(|delivery| super::count(delivery.document.len())).sum()
    }

    pub(super) fn dialects(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.dialects.iter().map(|(name, lines)| (*name, lines.as_slice()))
    }
}

impl EncodedDelivery {
    fn of(document: String) -> Self {
        let gzip = gzip(document.as_bytes()).expect("writing to memory does not fail");
        let mut events = Events::default();
        let mut decoder: Decoder = Decoder::default();
        decoder.push(document.as_bytes(), &mut events).expect("generated documents are valid");
        decoder.finish(&mut events).expect("generated documents are complete");
        Self {
            payload: lambda_event(&gzip).into_bytes(),
            base64: STANDARD.encode(&gzip),
            gzip,
            document,
            events,
        }
    }
}

/// Name of a line's dialect.
fn dialect(message: &str) -> &'static str {
    match parse(message) {
        Line::Emf(_) => "emf",
        Line::App(app) => match app.dialect {
            Dialect::Node => "node",
            Dialect::Python => "python",
            Dialect::Java => "java",
            Dialect::DotNet => "dotnet",
            Dialect::Ruby => "ruby",
            Dialect::Go => "go",
            Dialect::Json => "json",
            Dialect::Text => "text",
        },
        Line::InitStart(_)
        | Line::InitReport(_)
        | Line::InitRuntimeDone(_)
        | Line::RestoreStart(_)
        | Line::RestoreReport(_)
        | Line::RestoreRuntimeDone(_)
        | Line::Start(_)
        | Line::RuntimeDone(_)
        | Line::End(_)
        | Line::Report(_)
        | Line::Fault(_)
        | Line::Extension(_)
        | Line::Subscription(_)
        | Line::LogsDropped(_)
        | Line::OtherPlatform(_) => {
            if message.starts_with('{') {
                "platform-json"
            } else {
                "platform"
            }
        }
    }
}
