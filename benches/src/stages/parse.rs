//! Stages from the bytes of a delivery to records.

use std::hint::black_box;

use tailwater_parser::{
    ByteSize, DecodeError, Decoder, Event, Line, Origin, Receive,
    decode::{Envelope, More, Part, Scan, Utf8, Window, push_base64},
    derive::{Collect, Evidence, Invocation, Streams},
    line,
    record::EventId,
};

use super::{PreparedStage, count, input::StageInput};

pub(super) fn base64(input: &StageInput) -> PreparedStage<'_> {
    let expected = input.deliveries.iter().map(|delivery| count(delivery.gzip.len())).sum();
    PreparedStage::new(expected, || {
        let mut bytes = 0;
        for delivery in &input.deliveries {
            let taken = push_base64(delivery.base64.as_bytes(), |piece| {
                bytes += count(black_box(piece).len());
                Ok(())
            });
            taken.expect("generated base64 is valid");
        }
        bytes
    })
}

/// Scanner that consumes text without reading it.
#[derive(Debug, Default)]
struct Drain {
    bytes: u64,
}

impl Scan for Drain {
    fn scan(&mut self, window: &mut Window, _: More, _: &mut dyn Receive) -> Result<(), DecodeError> {
        let text = window.unread().len();
        self.bytes += count(text);
        window.consume(text);
        Ok(())
    }
}

pub(super) fn gunzip(input: &StageInput) -> PreparedStage<'_> {
    let mut decoder = Decoder::new(Drain::default(), ByteSize(u64::MAX));
    let mut counter = Counter::default();
    PreparedStage::new(input.inflated(), move || {
        let mut bytes = 0;
        for delivery in &input.deliveries {
            decoder.reset(Drain::default());
            decoder.push(&delivery.gzip, &mut counter).expect("generated gzip data is valid");
            decoder.finish(&mut counter).expect("generated gzip members are complete");
            bytes += decoder.scan_mut().bytes;
        }
        bytes
    })
}

/// Receiver that counts events and invocations.
#[derive(Debug, Default)]
pub(super) struct Counter {
    pub(super) events: u64,
    pub(super) invocations: u64,
}

impl Receive for Counter {
    fn batch(&mut self, origin: &Origin) {
        black_box(origin);
    }

    fn event(&mut self, event: &Event<'_>) {
        self.events += 1;
        black_box(event);
    }
}

impl Collect for Counter {
    fn invocation(&mut self, invocation: Invocation) {
        self.invocations += 1;
        black_box(invocation);
    }

    fn evidence(&mut self, evidence: Evidence) {
        black_box(evidence);
    }
}

pub(super) fn envelope(input: &StageInput) -> PreparedStage<'_> {
    let mut decoder: Decoder<Envelope> = Decoder::default();
    PreparedStage::new(input.events(), move || {
        let mut counter = Counter::default();
        for delivery in &input.deliveries {
            decoder.reset(Envelope::default());
            decoder.push(delivery.document.as_bytes(), &mut counter).expect("generated documents are valid");
            decoder.finish(&mut counter).expect("generated documents are complete");
        }
        counter.events
    })
}

pub(super) fn line(input: &StageInput) -> PreparedStage<'_> {
    let messages = || input.deliveries.iter().flat_map(|delivery| &delivery.events.all);
    PreparedStage::new(input.events(), move || messages().map(|event| read(&event.message)).sum())
}

/// Parsing of lines of one dialect.
pub(super) fn lines(lines: &[String]) -> PreparedStage<'_> {
    PreparedStage::new(count(lines.len()), || lines.iter().map(|text| read(text)).sum())
}

/// Parses one line. Returns the number of lines, 1.
fn read(text: &str) -> u64 {
    black_box(line::parse(text));
    1
}

/// Joining of parsed lines to streams and invocations.
pub(super) fn derive(input: &StageInput) -> PreparedStage<'_> {
    let reports = |line: &Line<'_>| matches!(line, Line::Report(_));
    let read: Vec<Vec<_>> = input
        .deliveries
        .iter()
        .map(|delivery| delivery.events.all.iter().map(|event| line::parse(&event.message)).collect())
        .collect();
    let expected = count(read.iter().flatten().filter(|line| reports(line)).count());
    PreparedStage::new(expected, move || {
        let (mut streams, mut counter) = (Streams::new(4096), Counter::default());
        for (delivery, lines) in input.deliveries.iter().zip(&read) {
            let events = &delivery.events;
            streams.enter(&events.origin, &mut counter);
            for (event, line) in events.all.iter().zip(lines) {
                let id = EventId::CloudWatch(&event.id);
                let (part, utf8) = (Part::Whole, Utf8::Valid);
                let (message, time) = (event.message.as_str(), event.time);
                let event = Event { id: Some(&event.id), time: Some(time), message, part, utf8 };
                black_box(streams.record(&event, id, time, line.clone(), &mut counter));
            }
            streams.finish(&mut counter);
        }
        counter.invocations
    })
}
