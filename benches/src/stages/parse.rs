//! From the bytes of a delivery to records.

use std::hint::black_box;

use tailwater_parser::{
    ByteSize, DecodeError, Decoder, Event, Line, Origin, Receive,
    decode::{Envelope, More, Part, Scan, Utf8, Window, push_base64},
    derive::{Collect, Evidence, Invocation, Streams},
    line,
    record::EventId,
};

use super::{Work, count, material::Material};

pub(super) fn base64(material: &Material) -> Work<'_> {
    let expected = material.deliveries.iter().map(|delivery| count(delivery.gzip.len())).sum();
    Work::new(expected, || {
        let mut bytes = 0;
        for delivery in &material.deliveries {
            let taken = push_base64(delivery.base64.as_bytes(), |piece| {
                bytes += count(black_box(piece).len());
                Ok(())
            });
            taken.expect("base64 of ours");
        }
        bytes
    })
}

/// Takes text and does nothing with it.
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

pub(super) fn gunzip(material: &Material) -> Work<'_> {
    let mut decoder = Decoder::new(Drain::default(), ByteSize(u64::MAX));
    let mut nobody = Tally::default();
    Work::new(material.inflated(), move || {
        let mut bytes = 0;
        for delivery in &material.deliveries {
            decoder.reset(Drain::default());
            decoder.push(&delivery.gzip, &mut nobody).expect("gzip of ours");
            decoder.finish(&mut nobody).expect("a whole member");
            bytes += decoder.scan_mut().bytes;
        }
        bytes
    })
}

/// Counts what it is handed.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) events: u64,
    pub(super) invocations: u64,
}

impl Receive for Tally {
    fn batch(&mut self, origin: &Origin) {
        black_box(origin);
    }

    fn event(&mut self, event: &Event<'_>) {
        self.events += 1;
        black_box(event);
    }
}

impl Collect for Tally {
    fn invocation(&mut self, invocation: Invocation) {
        self.invocations += 1;
        black_box(invocation);
    }

    fn evidence(&mut self, evidence: Evidence) {
        black_box(evidence);
    }
}

pub(super) fn envelope(material: &Material) -> Work<'_> {
    let mut decoder: Decoder<Envelope> = Decoder::default();
    Work::new(material.events(), move || {
        let mut tally = Tally::default();
        for delivery in &material.deliveries {
            decoder.reset(Envelope::default());
            decoder.push(delivery.document.as_bytes(), &mut tally).expect("a document of ours");
            decoder.finish(&mut tally).expect("a whole document");
        }
        tally.events
    })
}

pub(super) fn line(material: &Material) -> Work<'_> {
    let messages = || material.deliveries.iter().flat_map(|delivery| &delivery.events.all);
    Work::new(material.events(), move || messages().map(|event| read(&event.message)).sum())
}

/// Reading lines of one dialect.
pub(super) fn lines(lines: &[String]) -> Work<'_> {
    Work::new(count(lines.len()), || lines.iter().map(|text| read(text)).sum())
}

/// Reads one line.
fn read(text: &str) -> u64 {
    black_box(line::parse(text));
    1
}

/// Joining lines that are read with their streams, and making invocations of them.
pub(super) fn derive(material: &Material) -> Work<'_> {
    let reports = |line: &Line<'_>| matches!(line, Line::Report(_));
    let read: Vec<Vec<_>> = material
        .deliveries
        .iter()
        .map(|delivery| delivery.events.all.iter().map(|event| line::parse(&event.message)).collect())
        .collect();
    let expected = count(read.iter().flatten().filter(|line| reports(line)).count());
    Work::new(expected, move || {
        let (mut streams, mut tally) = (Streams::new(4096), Tally::default());
        for (delivery, lines) in material.deliveries.iter().zip(&read) {
            let events = &delivery.events;
            streams.enter(&events.origin, &mut tally);
            for (event, line) in events.all.iter().zip(lines) {
                let id = EventId::CloudWatch(&event.id);
                let (part, utf8) = (Part::Whole, Utf8::Valid);
                let (message, time) = (event.message.as_str(), event.time);
                let event = Event { id: Some(&event.id), time: Some(time), message, part, utf8 };
                black_box(streams.record(&event, id, time, line.clone(), &mut tally));
            }
            streams.finish(&mut tally);
        }
        tally.invocations
    })
}
