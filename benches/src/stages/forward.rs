//! Stages from records to request bodies, and the whole pipeline from Lambda event to bodies.

use std::sync::Arc;

use tailwater_forwarder::{
    batch::{Batcher, Compressor, Level, Selection, SinkIndex},
    ledger::Disposition,
    pipeline::{Pipeline, RuleConfig, Target, TimeRange},
    rules::Sinks,
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

use super::{PreparedStage, count, input::StageInput, parse::Counter};

/// Time of forwarding: shortly after the events.
const NOW: UnixMillis = UnixMillis(1_772_600_000_000);

const REGION: &str = "eu-west-1";

fn otlp(encoding: Encoding) -> Arc<dyn Sink> {
    let url = "http://localhost:4318/v1/logs".to_owned();
    let logs = Some(Endpoint { url, content_type: otlp::CONTENT_TYPE, encoding, header: None });
    let enrichment = Enrichment { region: REGION.to_owned(), ..Enrichment::default() };
    Arc::new(Otlp { logs, enrichment, ..Otlp::default() })
}

fn datadog() -> Arc<dyn Sink> {
    Arc::new(Datadog::new(
        Endpoints::of_site("datadoghq.com").expect("a site").with_logs_at("http://localhost:8080"),
        Labels::in_region(REGION),
    ))
}

pub(super) fn encode_otlp(input: &StageInput) -> PreparedStage<'_> {
    encode(input, &*otlp(Encoding::Gzip))
}

pub(super) fn encode_datadog(input: &StageInput) -> PreparedStage<'_> {
    encode(input, &*datadog())
}

pub(super) fn encode_ndjson(input: &StageInput) -> PreparedStage<'_> {
    encode(input, &Ndjson)
}

/// Receiver of records that encodes them for one sink and discards the encoded text.
struct Encode {
    body: Box<dyn LogsBody>,
    text: Vec<u8>,
    /// Number of events that were encoded.
    added: u64,
}

impl Encode {
    fn of(sink: &dyn Sink) -> Self {
        Self { body: sink.logs(), text: Vec::new(), added: 0 }
    }

    fn end_body(&mut self) {
        self.body.finish(&mut self.text);
        assert!(!self.text.is_empty(), "the body has no text");
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
            self.body.add(record, NOW).expect("an empty body accepts an event of normal size");
        }
        self.body.take(&mut self.text);
        self.text.clear();
        self.added += 1;
    }
}

/// Encoding of records for a sink. It includes the parsing of each line and the assignment to its log stream, because
/// records are made from these.
fn encode<'m>(input: &'m StageInput, sink: &dyn Sink) -> PreparedStage<'m> {
    let mut pipeline = Pipeline::new(TimeRange::default(), Encode::of(sink));
    PreparedStage::new(input.events(), move || {
        pipeline.target_mut().added = 0;
        for delivery in &input.deliveries {
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

pub(super) fn compress_gzip(input: &StageInput) -> PreparedStage<'_> {
    compress(input, Encoding::Gzip)
}

pub(super) fn compress_zstd(input: &StageInput) -> PreparedStage<'_> {
    compress(input, Encoding::Zstd)
}

/// Size of the chunks that the compressor is given.
const PIECE: usize = 64 * 1024;

fn compress(input: &StageInput, encoding: Encoding) -> PreparedStage<'_> {
    let mut compressor = Compressor::new(encoding, Level::default());
    PreparedStage::new(input.inflated(), move || {
        let mut bytes = 0;
        for delivery in &input.deliveries {
            for piece in delivery.document.as_bytes().chunks(PIECE) {
                compressor.write(piece);
                bytes += count(piece.len());
            }
            let body = compressor.finish();
            assert!(
                !body.is_empty() && body.len() < delivery.document.len(),
                "compression does not reduce the size"
            );
        }
        bytes
    })
}

pub(super) fn pipeline_none(input: &StageInput) -> PreparedStage<'_> {
    pipeline(input, &[])
}

pub(super) fn pipeline_otlp_gzip(input: &StageInput) -> PreparedStage<'_> {
    pipeline(input, &[otlp(Encoding::Gzip)])
}

pub(super) fn pipeline_otlp_zstd(input: &StageInput) -> PreparedStage<'_> {
    pipeline(input, &[otlp(Encoding::Zstd)])
}

pub(super) fn pipeline_datadog(input: &StageInput) -> PreparedStage<'_> {
    pipeline(input, &[datadog()])
}

pub(super) fn pipeline_both(input: &StageInput) -> PreparedStage<'_> {
    pipeline(input, &[otlp(Encoding::Gzip), datadog()])
}

/// Receiver of records that adds them to one lane per sink. A lane collects the request bodies of its sink. Delivery is
/// not tracked.
struct ToLanes {
    lanes: Vec<Batcher>,
    next: u32,
    counter: Counter,
    /// Number of events that rules have dropped or sampled away.
    left_out: u64,
}

impl ToLanes {
    fn to(sinks: &[Arc<dyn Sink>]) -> Self {
        let lane = |(index, sink): (usize, &Arc<dyn Sink>)| {
            Batcher::new(SinkIndex(index), &**sink, Level::default())
        };
        let lanes = sinks.iter().enumerate().map(lane).collect();
        Self { lanes, next: 0, counter: Counter::default(), left_out: 0 }
    }

    fn begin(&mut self) {
        self.next = 0;
        self.lanes.iter_mut().for_each(|lane| lane.select(Selection::Everything));
    }

    /// Completes the open request bodies. Returns the number of events in all bodies, summed over the lanes.
    fn end(&mut self) -> u64 {
        let mut covered = 0;
        for lane in &mut self.lanes {
            lane.close();
            while let Some(body) = lane.pop() {
                assert!(!body.bytes.is_empty(), "the body is empty");
                covered += body.covers.count();
            }
        }
        covered
    }
}

impl Collect for ToLanes {
    fn invocation(&mut self, invocation: Invocation) {
        self.counter.invocation(invocation);
    }

    fn evidence(&mut self, evidence: Evidence) {
        self.counter.evidence(evidence);
    }
}

impl Target for ToLanes {
    fn record(&mut self, record: &Record<'_>) {
        self.counter.events += 1;
        for lane in &mut self.lanes {
            lane.add(self.next, record, NOW);
        }
        self.next += 1;
    }

    fn leave_out(&mut self, _: Sinks, _: Disposition) {
        self.left_out += 1;
        self.next += 1;
    }
}

/// The pipeline to OTLP with rules. An event that they drop counts as done.
pub(super) fn pipeline_with_rules<'m>(input: &'m StageInput, rules: &RuleConfig) -> PreparedStage<'m> {
    ruled_pipeline(input, &[otlp(Encoding::Gzip)], Some(rules))
}

fn pipeline<'m>(input: &'m StageInput, sinks: &[Arc<dyn Sink>]) -> PreparedStage<'m> {
    ruled_pipeline(input, sinks, None)
}

fn ruled_pipeline<'m>(
    input: &'m StageInput,
    sinks: &[Arc<dyn Sink>],
    rules: Option<&RuleConfig>,
) -> PreparedStage<'m> {
    let mut pipeline = Pipeline::new(TimeRange::default(), ToLanes::to(sinks));
    pipeline.set_rules(rules);
    let mut reader = DeliveryReader::new(ByteSize(u64::MAX), Origin::default());
    let lanes = count(sinks.len());
    PreparedStage::new(input.events() * (1 + lanes), move || {
        pipeline.target_mut().counter = Counter::default();
        pipeline.target_mut().left_out = 0;
        let mut covered = 0;
        for forms in &input.deliveries {
            let mut payload = forms.payload.clone();
            let opened = read_event(&mut payload).expect("generated events are valid");
            pipeline.target_mut().begin();
            for delivery in &opened.deliveries {
                reader.read(delivery, &mut pipeline).expect("generated deliveries are valid");
            }
            pipeline.end_input();
            covered += pipeline.target_mut().end();
        }
        let target = pipeline.target();
        target.counter.events + covered + target.left_out * (1 + lanes)
    })
}
