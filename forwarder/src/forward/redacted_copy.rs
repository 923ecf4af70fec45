//! Redacted copies of deliveries, which are parked instead of the deliveries when rules redact what a sink gets.

use std::sync::Arc;

use tailwater_parser::{
    Arrival, Event, Origin, Record, UnixMillis,
    decode::{Part, Utf8},
    record::{Additions, EventId},
};

use super::{PendingDelivery, read::Reread, run::Run};
use crate::{
    batch::{RangeSet, Selection, SinkIndex},
    ledger::Tally,
    parking::{RedactedEvent, RedactedLine, RedactedWriter},
    pipeline::{Pipeline, Target},
    rules::Sinks,
    tracker::DeliveryIndex,
};

/// Redacted copy of a delivery.
#[derive(Debug)]
pub(super) struct RedactedCopy {
    pub(super) bytes: Vec<u8>,
    /// Numbers of the events that the sink gets, counted from the first event of the delivery.
    pub(super) delivered: RangeSet,
}

/// Records what one sink gets of a delivery that is read again.
#[derive(Debug)]
pub(super) struct Recorder {
    sink: Sinks,
    writer: RedactedWriter,
    pending: Option<Box<RedactedEvent>>,
    position: u32,
    delivered: RangeSet,
}

impl Recorder {
    pub(super) fn new(SinkIndex(sink): SinkIndex) -> Self {
        Self {
            sink: Sinks::one(sink),
            writer: RedactedWriter::default(),
            pending: None,
            position: 0,
            delivered: RangeSet::default(),
        }
    }

    /// Begins an event, of which the sink gets nothing so far.
    pub(super) fn begin(&mut self, record: &Record<'_>, followers: &[u32]) {
        self.push_pending();
        self.pending = Some(Box::new(RedactedEvent { followers: followers.to_vec(), ..event_of(record) }));
    }

    /// Records what some sinks get of the event.
    pub(super) fn deliver(&mut self, sinks: Sinks, record: &Record<'_>) {
        if let Some(pending) = self.pending.as_deref_mut().filter(|_| sinks.overlaps(self.sink)) {
            let followers = std::mem::take(&mut pending.followers);
            *pending = RedactedEvent { followers, ..event_of(record) };
            self.delivered.insert(self.position..self.position.saturating_add(1));
            for after in &pending.followers {
                let follower = self.position.saturating_add(*after);
                self.delivered.insert(follower..follower.saturating_add(1));
            }
        }
    }

    pub(super) fn absorb(&mut self) {
        self.push_pending();
        self.writer.push(RedactedLine::Absorbed);
        self.position = self.position.saturating_add(1);
    }

    fn push_pending(&mut self) {
        if let Some(event) = self.pending.take() {
            self.writer.push(RedactedLine::Event(event));
            self.position = self.position.saturating_add(1);
        }
    }

    fn finish(mut self) -> RedactedCopy {
        self.push_pending();
        RedactedCopy { bytes: self.writer.finish(), delivered: self.delivered }
    }
}

impl Run<'_, '_> {
    /// True if a delivery must not be parked as AWS sent it, because rules redact what the sink gets. `None` stands for
    /// input that no sink gets.
    pub(super) fn must_redact(&self, item: &PendingDelivery<'_>, sink: Option<SinkIndex>) -> bool {
        let sinks = sink.map_or(Sinks::ALL, |SinkIndex(sink)| Sinks::one(sink));
        let has_content = !item.raw_is_empty() && item.redacted().is_none();
        has_content && self.forwarder.rules.as_ref().is_some_and(|config| config.rules.redacts(sinks))
    }

    /// Reads a delivery again, and returns a copy of it with what the sink gets; `None` if the delivery cannot be read to
    /// its end in the time that is left for parking.
    pub(super) async fn redacted_copy(
        &mut self,
        delivery: DeliveryIndex,
        sink: SinkIndex,
    ) -> Option<RedactedCopy> {
        self.fanout_mut().select(|_| Selection::nothing());
        self.fanout_mut().recorder = Some(Box::new(Recorder::new(sink)));
        self.is_parking = true;
        let reread = self.read_again(delivery, |_| false).await;
        self.is_parking = false;
        let recorder = self.fanout_mut().recorder.take()?;
        (reread == Reread::Complete).then(|| recorder.finish())
    }
}

/// Returns the line of a redacted copy that holds a record.
fn event_of(record: &Record<'_>) -> RedactedEvent {
    let origin = record.origin;
    let nothing = Additions::default();
    let additions = record.additions.unwrap_or(&nothing);
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    RedactedEvent {
        time: record.time.0,
        event_id: record.event_id.to_string(),
        account: origin.batch_account().to_owned(),
        region: origin.region.clone(),
        log_group: origin.log_group().to_owned(),
        log_stream: origin.log_stream().to_owned(),
        function: origin.batch_function().to_owned(),
        service: additions.service.map(str::to_owned),
        tags: additions.tags.iter().map(|tag| (*tag).to_owned()).collect(),
        attributes: additions.attributes.iter().map(owned).collect(),
        joined: additions.joined,
        sampling_one_in: additions.sampling_one_in,
        part: match record.part {
            Part::Whole => None,
            Part::Piece(n) | Part::Last(n) => Some(n),
        },
        has_more_parts: matches!(record.part, Part::Piece(_)),
        invalid_utf8: record.utf8 == Utf8::Repaired,
        body: record.message.to_owned(),
        ..RedactedEvent::default()
    }
}

/// Passes a line of a redacted copy to the pipeline. No rule is applied again, except those that make metrics.
pub(super) fn restore<T: Target>(
    pipeline: &mut Pipeline<T>,
    line: RedactedLine,
    arrival: Option<&Arc<Arrival>>,
) {
    let RedactedLine::Event(line) = line else {
        pipeline.target_mut().absorb();
        return;
    };
    pipeline.restore_batch(&origin_of(&line, arrival));
    let part = match (line.part, line.has_more_parts) {
        (None, _) => Part::Whole,
        (Some(n), true) => Part::Piece(n),
        (Some(n), false) => Part::Last(n),
    };
    let additions = Additions {
        service: line.service.as_deref(),
        tags: line.tags.iter().map(String::as_str).collect(),
        attributes: line.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
        joined: line.joined,
        sampling_one_in: line.sampling_one_in,
    };
    let events = if part.is_first() { u64::from(line.joined.max(1)) } else { 0 };
    let time = UnixMillis(line.time);
    let utf8 = if line.invalid_utf8 { Utf8::Repaired } else { Utf8::Valid };
    let event = Event { id: Some(&line.event_id), time: Some(time), message: &line.body, part, utf8 };
    let tally = Tally::new(events, line.body.len());
    let id = EventId::CloudWatch(&line.event_id);
    pipeline.restore_event(&event, id, tally, &line.followers, &additions);
}

fn origin_of(line: &RedactedEvent, arrival: Option<&Arc<Arrival>>) -> Origin {
    let mut origin = Origin::default();
    origin.account.clone_from(&line.account);
    origin.region.clone_from(&line.region);
    origin.arrival = arrival.map(Arc::clone);
    origin.set_names(&line.log_group, &line.log_stream);
    if !line.function.is_empty() && origin.function() != line.function {
        origin.set_function(&line.function);
    }
    origin
}
