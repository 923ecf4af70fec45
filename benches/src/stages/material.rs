//! A corpus in all the forms that stages begin with.

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

/// Events in a delivery.
const PER_DELIVERY: usize = 1000;

/// Lines of one dialect that are kept.
const LINES: usize = 1000;

/// Longer lines would make a dialect's figure one of copying.
const USUAL_LINE: usize = 4096;

/// A corpus.
pub struct Material {
    pub(super) deliveries: Vec<Forms>,
    dialects: BTreeMap<&'static str, Vec<String>>,
}

/// A delivery as it comes, and what it is made of.
pub(super) struct Forms {
    /// The Lambda event.
    pub(super) payload: Vec<u8>,
    pub(super) base64: String,
    pub(super) gzip: Vec<u8>,
    pub(super) document: String,
    pub(super) events: Events,
}

/// A delivery's events, and where they are from.
#[derive(Default)]
pub(super) struct Events {
    pub(super) origin: Origin,
    pub(super) all: Vec<Logged>,
}

/// An event that outlives its window.
pub(super) struct Logged {
    pub(super) id: String,
    pub(super) time: UnixMillis,
    pub(super) message: String,
}

impl Receive for Events {
    fn batch(&mut self, origin: &Origin) {
        self.origin = origin.clone();
    }

    fn event(&mut self, event: &Event<'_>) {
        self.all.push(Logged {
            id: event.id.unwrap_or_default().to_owned(),
            time: event.time.unwrap_or_default(),
            message: event.message.to_owned(),
        });
    }
}

impl Material {
    /// About so many events of a mix; the same every time.
    ///
    /// # Panics
    /// When a delivery of our own making cannot be read.
    #[must_use]
    pub fn make(mix: Mix, events: u64) -> Self {
        let plan = Plan { seed: 1, size: Size::Events(events), per_delivery: PER_DELIVERY, mix };
        let deliveries: Vec<_> = Corpus::new(&plan).map(|delivery| Forms::of(delivery.document())).collect();
        let mut dialects: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let messages =
            deliveries.iter().flat_map(|delivery| &delivery.events.all).map(|event| &event.message);
        for message in messages.filter(|message| message.len() <= USUAL_LINE) {
            let lines = dialects.entry(dialect(message)).or_default();
            if lines.len() < LINES {
                lines.push(message.clone());
            }
        }
        Self { deliveries, dialects }
    }

    /// How many events there are.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.deliveries.iter().map(|delivery| super::count(delivery.events.all.len())).sum()
    }

    /// Bytes of all documents.
    #[must_use]
    pub fn inflated(&self) -> u64 {
        self.deliveries.iter().map(|delivery| super::count(delivery.document.len())).sum()
    }

    pub(super) fn dialects(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.dialects.iter().map(|(name, lines)| (*name, lines.as_slice()))
    }
}

impl Forms {
    fn of(document: String) -> Self {
        let gzip = gzip(document.as_bytes()).expect("memory takes what is written");
        let mut events = Events::default();
        let mut decoder: Decoder = Decoder::default();
        decoder.push(document.as_bytes(), &mut events).expect("a document of ours");
        decoder.finish(&mut events).expect("a whole document");
        Self {
            payload: lambda_event(&gzip).into_bytes(),
            base64: STANDARD.encode(&gzip),
            gzip,
            document,
            events,
        }
    }
}

/// In whose manner a line is written.
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
