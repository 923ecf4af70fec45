//! From records to bodies, and the whole way from a Lambda event to them.

use std::sync::Arc;

use tailwater_forwarder::{
    batch::{Batcher, Compressor, Level, Selection, SinkIndex},
    pipeline::{Pipeline, Target, TimeRange},
    sink::{
        Encoding, Endpoint, LogsBody, Sink,
        datadog::{Datadog, Endpoints, Labels},
        ndjson::Ndjson,
        otlp::{self, Enrichment, Otlp},
    },
    source::{DeliveryReader, read_event},
};
use tailwater_parser::{
    ByteSize, Event, Origin, Receive as _, Record, UnixMillis,
    decode::{Part, Utf8},
    derive::{Collect, Evidence, Invocation},
};

use super::{Work, count, material::Material, parse::Tally};

/// When everything is forwarded: shortly after it was logged.
const NOW: UnixMillis = UnixMillis(1_772_600_000_000);

const REGION: &str = "eu-west-1";

fn otlp(encoding: Encoding) -> Arc<dyn Sink> {
    let url = "http://localhost:4318/v1/logs".to_owned();
    let logs = Some(Endpoint { url, content_type: otlp::CONTENT_TYPE, encoding });
    let enrichment = Enrichment { region: REGION.to_owned(), ..Enrichment::default() };
    Arc::new(Otlp { logs, metrics: None, enrichment })
}

fn datadog() -> Arc<dyn Sink> {
    Arc::new(Datadog::new(Endpoints::at_url("http://localhost:8080"), Labels::in_region(REGION)))
}

pub(super) fn encode_otlp(material: &Material) -> Work<'_> {
    encode(material, &*otlp(Encoding::Gzip))
}

pub(super) fn encode_datadog(material: &Material) -> Work<'_> {
    encode(material, &*datadog())
}

pub(super) fn encode_ndjson(material: &Material) -> Work<'_> {
    encode(material, &Ndjson)
}

/// Makes an open body's text of records, and lets it fall.
struct Encode {
    body: Box<dyn LogsBody>,
    text: Vec<u8>,
    /// Events in bodies.
    added: u64,
}

impl Encode {
    fn of(sink: &dyn Sink) -> Self {
        Self { body: sink.logs(), text: Vec::new(), added: 0 }
    }

    fn end_body(&mut self) {
        self.body.finish(&mut self.text);
        assert!(!self.text.is_empty(), "events have a text");
        self.text.clear();
    }
}

impl Collect for Encode {
    fn invocation(&mut self, _: Invocation) {}

    fn evidence(&mut self, _: Evidence) {}
}

impl Target for Encode {
    fn record(&mut self, record: &Record<'_>) {
        if self.body.add(record, NOW).is_err() {
            self.end_body();
            self.body.add(record, NOW).expect("an empty body takes a usual event");
        }
        self.body.take(&mut self.text);
        self.text.clear();
        self.added += 1;
    }
}

/// Includes what makes a record of an event: reading its line and finding its stream.
fn encode<'m>(material: &'m Material, sink: &dyn Sink) -> Work<'m> {
    let mut pipeline = Pipeline::new(TimeRange::default(), Encode::of(sink));
    Work::new(material.events(), move || {
        pipeline.target_mut().added = 0;
        for delivery in &material.deliveries {
            pipeline.batch(&delivery.events.origin);
            for event in &delivery.events.all {
                let (part, utf8) = (Part::Whole, Utf8::Valid);
                let (id, time, message) = (Some(event.id.as_str()), Some(event.time), event.message.as_str());
                pipeline.event(&Event { id, time, message, part, utf8 });
            }
            pipeline.end_input();
            pipeline.target_mut().end_body();
        }
        pipeline.target().added
    })
}

pub(super) fn compress_gzip(material: &Material) -> Work<'_> {
    compress(material, Encoding::Gzip)
}

pub(super) fn compress_zstd(material: &Material) -> Work<'_> {
    compress(material, Encoding::Zstd)
}

/// Text is handed to a compressor in pieces of about this size.
const PIECE: usize = 64 * 1024;

fn compress(material: &Material, encoding: Encoding) -> Work<'_> {
    let mut compressor = Compressor::new(encoding, Level::default());
    Work::new(material.inflated(), move || {
        let mut bytes = 0;
        for delivery in &material.deliveries {
            for piece in delivery.document.as_bytes().chunks(PIECE) {
                compressor.write(piece);
                bytes += count(piece.len());
            }
            let body = compressor.finish();
            assert!(!body.is_empty() && body.len() < delivery.document.len(), "it is smaller");
        }
        bytes
    })
}

pub(super) fn pipeline_none(material: &Material) -> Work<'_> {
    pipeline(material, &[])
}

pub(super) fn pipeline_otlp_gzip(material: &Material) -> Work<'_> {
    pipeline(material, &[otlp(Encoding::Gzip)])
}

pub(super) fn pipeline_otlp_zstd(material: &Material) -> Work<'_> {
    pipeline(material, &[otlp(Encoding::Zstd)])
}

pub(super) fn pipeline_datadog(material: &Material) -> Work<'_> {
    pipeline(material, &[datadog()])
}

pub(super) fn pipeline_both(material: &Material) -> Work<'_> {
    pipeline(material, &[otlp(Encoding::Gzip), datadog()])
}

/// Lanes to sinks, without an account of what is owed.
struct ToLanes {
    lanes: Vec<Batcher>,
    next: u32,
    tally: Tally,
}

impl ToLanes {
    fn to(sinks: &[Arc<dyn Sink>]) -> Self {
        let lane = |(index, sink): (usize, &Arc<dyn Sink>)| {
            Batcher::new(SinkIndex(index), &**sink, Level::default())
        };
        let lanes = sinks.iter().enumerate().map(lane).collect();
        Self { lanes, next: 0, tally: Tally::default() }
    }

    fn begin(&mut self) {
        self.next = 0;
        self.lanes.iter_mut().for_each(|lane| lane.select(Selection::Everything));
    }

    /// Ends the open bodies; gives how many events are in bodies, all lanes together.
    fn end(&mut self) -> u64 {
        let mut covered = 0;
        for lane in &mut self.lanes {
            lane.close();
            while let Some(body) = lane.pop() {
                assert!(!body.bytes.is_empty(), "a body has bytes");
                covered += body.covers.count();
            }
        }
        covered
    }
}

impl Collect for ToLanes {
    fn invocation(&mut self, invocation: Invocation) {
        self.tally.invocation(invocation);
    }

    fn evidence(&mut self, evidence: Evidence) {
        self.tally.evidence(evidence);
    }
}

impl Target for ToLanes {
    fn record(&mut self, record: &Record<'_>) {
        self.tally.events += 1;
        for lane in &mut self.lanes {
            lane.add(self.next, record, NOW);
        }
        self.next += 1;
    }
}

fn pipeline<'m>(material: &'m Material, sinks: &[Arc<dyn Sink>]) -> Work<'m> {
    let mut pipeline = Pipeline::new(TimeRange::default(), ToLanes::to(sinks));
    let mut reader = DeliveryReader::new(ByteSize(u64::MAX), Origin::default());
    let lanes = count(sinks.len());
    Work::new(material.events() * (1 + lanes), move || {
        pipeline.target_mut().tally = Tally::default();
        let mut covered = 0;
        for forms in &material.deliveries {
            let mut payload = forms.payload.clone();
            let opened = read_event(&mut payload).expect("an event of ours");
            pipeline.target_mut().begin();
            for delivery in &opened.deliveries {
                reader.read(delivery, &mut pipeline).expect("a delivery of ours");
            }
            pipeline.end_input();
            covered += pipeline.target_mut().end();
        }
        pipeline.target().tally.events + covered
    })
}
