//! Reading of deliveries in steps. Between two steps finished bodies are sent and the time left is checked.

use std::{borrow::Cow, collections::BTreeMap};

use tailwater_parser::DecodeError;
use tokio::time::timeout;

use super::{Payload, PendingDelivery, Scope, fanout::SinkFanout, redacted_copy::restore, run::Run};
use crate::{
    aws,
    batch::{RangeSet, SinkSignal},
    http::Stream,
    ledger::ParkReason,
    parking::RedactedReader,
    pipeline::Pipeline,
    source::{DeliveryError, ObjectRef, ObjectRefusal, Progress, Rest},
    tracker::DeliveryIndex,
};

/// Number of bytes of a parked delivery that are read in one step.
const STEP: usize = 12 * 1024;

/// Number of bytes of text of a redacted copy that are read in one step.
const STEP_TEXT: u64 = 128 * 1024;

/// Way in which reading a delivery ended.
#[derive(Debug)]
enum ReadEnd {
    /// The delivery was read to its end.
    Complete,
    /// The delivery is damaged, or does not exist any more.
    Damaged(DeliveryError),
    /// The delivery is not available now, or only a part of it was. The rest still has to be read and sent.
    Interrupted(ParkReason),
    /// The delivery is a parked object that cannot be used. It has to be left where it came from.
    Unreadable,
}

/// Result of reading a delivery again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reread {
    /// The delivery was read as far as the first time.
    Complete,
    /// Some of the delivery could not be read again.
    Incomplete,
}

/// Result of reading all deliveries for the first time.
#[derive(Debug, Default)]
pub(super) struct ReadResult {
    /// Damage that was found in deliveries.
    pub(super) damages: Vec<Damage>,
    /// Deliveries that were not read to their end, with the reason. The unread rest of each still has to be sent.
    pub(super) unread: BTreeMap<DeliveryIndex, ParkReason>,
    /// Parked deliveries that lack events which are owed. They have failed, so that they stay where they are.
    pub(super) lacking: BTreeMap<DeliveryIndex, Lacking>,
}

/// Events that a parked object owes and that are not in its delivery: an S3 object was overwritten or deleted, or the
/// delivery was truncated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lacking {
    /// Numbers of the events, counted from the first event of the delivery.
    pub(super) events: RangeSet,
    /// Error of reading the delivery; `None` if it was read to its end.
    error: Option<String>,
}

impl Lacking {
    /// Returns what a delivery lacks after `read` events; `None` if it lacks nothing.
    fn of(scope: &Scope, read: u32, error: Option<&DeliveryError>) -> Option<Self> {
        let Scope::Parked { events: owed, derived, .. } = scope else { return None };
        let mut events = owed.within(&(read..u32::MAX));
        // The object owes all events behind those that were read when it was parked. There may be none.
        let rest = owed.iter().last().filter(|range| range.end == u32::MAX).map(|range| range.start);
        if let Some(start) = rest.filter(|start| *start <= read) {
            events.remove(start..u32::MAX);
        }
        // Metrics and spans of a delivery that does not exist any more cannot be derived.
        let is_gone = matches!(error, Some(DeliveryError::Gone));
        let lacks_derived = is_gone && !derived.is_empty();
        let lacks_rest = is_gone && rest.is_some();
        if lacks_rest {
            events.insert_all(owed);
        }
        let lacks = !events.is_empty() || lacks_derived;
        lacks.then(|| Self { events, error: error.map(ToString::to_string) })
    }

    /// Describes what is lacking, for a person.
    pub(super) fn describe(&self, owed: &RangeSet) -> String {
        let what = if self.events.is_empty() {
            "the metrics or spans it owes cannot be derived".to_owned()
        } else if self.events.end() == u32::MAX || owed.end() == u32::MAX {
            "events that it owes are not in its delivery".to_owned()
        } else {
            let (lacking, owed) = (self.events.count(), owed.count());
            format!("{lacking} of {owed} events that it owes are not in its delivery")
        };
        let why = self.error.as_deref().unwrap_or("it was overwritten or truncated");
        format!("{what}: {why}")
    }
}

/// Damage in a delivery.
#[derive(Debug)]
pub(super) struct Damage {
    pub(super) delivery: DeliveryIndex,
    pub(super) error: DeliveryError,
}

/// Content of a delivery, by the way it is read in steps.
enum Steps<'i> {
    Content(Rest<'i>),
    Bytes(std::slice::Chunks<'i, u8>),
    Redacted(Box<RedactedReader<'i>>),
    Object(Box<Stream>),
}

impl Run<'_, '_> {
    /// Reads all deliveries for the first time. Registers each event with the tracker as pending, and encodes it.
    pub(super) async fn read_all(&mut self) -> ReadResult {
        let mut result = ReadResult::default();
        for item in self.items {
            let delivery = self.fanout_mut().begin_delivery(&item.scope);
            let end = self.read(item).await;
            if let Some(lacking) = self.lacking(item, delivery, &end) {
                self.tracker_mut().fail(delivery);
                result.lacking.insert(delivery, lacking);
                continue;
            }
            match end {
                ReadEnd::Complete => {}
                ReadEnd::Damaged(error) => {
                    self.tracker_mut().receive_damage(item.scope.damage_recipients());
                    let damage = Damage { delivery, error };
                    if damage.error != DeliveryError::Gone {
                        // That an object is gone was logged with AWS's error.
                        self.warn_of_damage(item, &damage);
                    }
                    result.damages.push(damage);
                }
                ReadEnd::Interrupted(reason) => {
                    result.unread.insert(delivery, reason);
                }
                ReadEnd::Unreadable => self.tracker_mut().fail(delivery),
            }
        }
        self.fanout_mut().close();
        self.send_finished_bodies().await;
        result
    }

    /// Returns what a parked delivery lacks after it was read as far as possible. `None` if it can be read further later.
    fn lacking(&self, item: &PendingDelivery<'_>, delivery: DeliveryIndex, end: &ReadEnd) -> Option<Lacking> {
        let error = match end {
            ReadEnd::Complete => None,
            ReadEnd::Damaged(error) => Some(error),
            ReadEnd::Interrupted(_) | ReadEnd::Unreadable => return None,
        };
        let span = self.tracker().span(delivery);
        Lacking::of(&item.scope, span.end.saturating_sub(span.start), error)
    }

    /// Reads a delivery again. Batchers take the events that were selected for them; a derived signal is aggregated
    /// if `wants` returns true for it. Damage is not reported again.
    pub(super) async fn read_again(
        &mut self,
        delivery: DeliveryIndex,
        wants: impl Fn(SinkSignal) -> bool,
    ) -> Reread {
        let Some(item) = self.items.get(delivery.0) else { return Reread::Incomplete };
        self.fanout_mut().begin_again(delivery, wants);
        match self.read(item).await {
            ReadEnd::Damaged(DeliveryError::Gone) | ReadEnd::Interrupted(_) | ReadEnd::Unreadable => {
                Reread::Incomplete
            }
            ReadEnd::Complete | ReadEnd::Damaged(_) => Reread::Complete,
        }
    }

    async fn read(&mut self, item: &PendingDelivery<'_>) -> ReadEnd {
        self.forwarder.pipeline.begin_input(item.delivery.name.as_bytes());
        let end = match self.open(item).await {
            Ok(steps) => self.read_steps(item, steps).await,
            Err(end) => end,
        };
        if let ReadEnd::Interrupted(_) = end {
            // What rules hold back counts as not read, so that a later reading decides the same about it.
            self.forwarder.pipeline.abandon_held();
        }
        self.forwarder.pipeline.end_input();
        self.fanout_mut().end_delivery();
        end
    }

    async fn open<'i>(&mut self, item: &'i PendingDelivery<'_>) -> Result<Steps<'i>, ReadEnd> {
        let reader = &mut self.forwarder.reader;
        match &item.payload {
            Payload::Inline => reader.begin(&item.delivery).map(Steps::Content).map_err(ReadEnd::Damaged),
            Payload::Bytes(bytes) => {
                reader.expect(&item.delivery, &item.region);
                Ok(Steps::Bytes(bytes.chunks(STEP)))
            }
            Payload::Redacted { copy, .. } => {
                let limit = self.forwarder.limits.inflated.0;
                Ok(Steps::Redacted(Box::new(RedactedReader::new(copy, limit))))
            }
            Payload::Object(object) => {
                reader.expect(&item.delivery, &item.region);
                let address = self.forwarder.objects.check(object).map_err(refused)?;
                let within = self.time_left();
                // Connecting and pauses count, too.
                let Ok(opened) = timeout(within, self.forwarder.objects.open(&address, within)).await else {
                    return Err(ReadEnd::Interrupted(ParkReason::OutOfTime));
                };
                opened
                    .map(|stream| Steps::Object(Box::new(stream)))
                    .map_err(|error| not_opened(object, &error))
            }
            Payload::Unreadable => Err(ReadEnd::Unreadable),
        }
    }

    async fn read_steps(&mut self, item: &PendingDelivery<'_>, mut steps: Steps<'_>) -> ReadEnd {
        while !self.time_left().is_zero() {
            match self.step(item, &mut steps).await {
                Ok(Progress::Begun) => self.send_finished_bodies().await,
                Ok(Progress::Complete) => return ReadEnd::Complete,
                Err(end) => return end,
            }
        }
        ReadEnd::Interrupted(ParkReason::OutOfTime)
    }

    async fn step(&mut self, item: &PendingDelivery<'_>, steps: &mut Steps<'_>) -> Result<Progress, ReadEnd> {
        let left = self.time_left();
        let (reader, pipeline) = (&mut self.forwarder.reader, &mut self.forwarder.pipeline);
        let next: Option<Cow<'_, [u8]>> = match steps {
            Steps::Content(rest) => return reader.step(rest, pipeline).map_err(ReadEnd::Damaged),
            Steps::Bytes(_) | Steps::Object(_) if reader.has_unread() => {
                return reader.read_on(pipeline).map(|()| Progress::Begun).map_err(ReadEnd::Damaged);
            }
            Steps::Bytes(chunks) => chunks.next().map(Cow::Borrowed),
            Steps::Redacted(copy) => return restore_some(copy, item, pipeline),
            Steps::Object(stream) => match timeout(left, stream.chunk()).await {
                Ok(Ok(chunk)) => chunk.map(|bytes| Cow::Owned(bytes.to_vec())),
                Ok(Err(error)) => {
                    let object = item.object().unwrap_or_default();
                    tracing::warn!(bucket = object.bucket, key = object.key, %error, "an S3 object cannot be read to its end");
                    return Err(ReadEnd::Interrupted(ParkReason::Unreadable));
                }
                Err(_) => return Err(ReadEnd::Interrupted(ParkReason::OutOfTime)),
            },
        };
        let progress = match next {
            Some(bytes) => reader.push(&bytes, pipeline).map(|()| Progress::Begun),
            None => reader.finish(pipeline),
        };
        progress.map_err(ReadEnd::Damaged)
    }
}

/// Passes the next lines of a redacted copy to the pipeline.
fn restore_some(
    copy: &mut RedactedReader<'_>,
    item: &PendingDelivery<'_>,
    pipeline: &mut Pipeline<SinkFanout>,
) -> Result<Progress, ReadEnd> {
    let until = copy.offset().saturating_add(STEP_TEXT);
    while copy.offset() < until {
        let offset = copy.offset();
        match copy.next_line() {
            Ok(None) => return Ok(Progress::Complete),
            Ok(Some(line)) => restore(pipeline, line, item.delivery.origin.arrival.as_ref()),
            Err(_) => return Err(ReadEnd::Damaged(DecodeError::IncompleteDocument { offset }.into())),
        }
    }
    Ok(Progress::Begun)
}

/// Returns the result for an S3 object that cannot be opened. An object that does not exist any more counts as damaged.
fn not_opened(object: &ObjectRef, error: &aws::Error) -> ReadEnd {
    if matches!(error, aws::Error::OtherPartition { .. }) {
        return refused(ObjectRefusal::OtherPartition);
    }
    tracing::warn!(bucket = object.bucket, key = object.key, %error, "an S3 object cannot be read");
    if matches!(error, aws::Error::NotFound { .. }) {
        ReadEnd::Damaged(DeliveryError::Gone)
    } else {
        ReadEnd::Interrupted(ParkReason::Unreadable)
    }
}

/// Returns the result for an S3 object that is not requested. It counts as damaged: asking again would not change it.
fn refused(refusal: ObjectRefusal) -> ReadEnd {
    ReadEnd::Damaged(refusal.into())
}

impl Damage {
    /// Returns the byte offset of the damage: in the decompressed delivery, or in its base64.
    pub(super) fn offset(&self) -> Option<u64> {
        match &self.error {
            DeliveryError::Decode(
                DecodeError::Base64 { offset }
                | DecodeError::Damaged { offset, .. }
                | DecodeError::Truncated { offset, .. }
                | DecodeError::TrailingGarbage { offset, .. }
                | DecodeError::Envelope { offset, .. }
                | DecodeError::IncompleteDocument { offset },
            )
            | DeliveryError::Aggregate { offset, .. } => Some(*offset),
            DeliveryError::Decode(DecodeError::InflatedLimit { .. } | DecodeError::TooManyLayers { .. })
            | DeliveryError::Missing(_)
            | DeliveryError::Elsewhere(_)
            | DeliveryError::Gone
            | DeliveryError::Refused(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        batch::SinkIndex,
        sink::{Signal, Signals},
    };

    const REST: u32 = u32::MAX;

    #[track_caller]
    fn check(owed: &[(u32, u32)], read: u32, expected: &[(u32, u32)]) {
        let set =
            |ranges: &[(u32, u32)]| ranges.iter().map(|(start, end)| *start..*end).collect::<RangeSet>();
        let scope = Scope::Parked { sink: SinkIndex(0), events: set(owed), derived: Signals::DERIVED };
        let lacking = Lacking::of(&scope, read, None).map(|lacking| lacking.events);
        assert_eq!(lacking.unwrap_or_default(), set(expected), "{owed:?} of {read}");
    }

    #[test]
    fn events_behind_the_end_of_the_delivery_are_lacking() {
        check(&[(0, 3)], 3, &[]);
        check(&[(0, 3)], 2, &[(2, 3)]);
        check(&[(1, 2), (5, 9)], 7, &[(7, 9)]);
        check(&[(5, 9)], 0, &[(5, 9)]);
    }

    #[test]
    fn unread_rest_may_be_empty_but_what_was_read_before_must_be_there() {
        check(&[(4, REST)], 9, &[]);
        check(&[(4, REST)], 4, &[]);
        check(&[(0, REST)], 0, &[]);
        check(&[(4, REST)], 3, &[(4, REST)]);
        check(&[(1, 2), (4, REST)], 1, &[(1, 2), (4, REST)]);
    }

    #[test]
    fn delivery_that_is_gone_lacks_all_events_and_derived_signals() {
        let of = |owed: RangeSet, derived| {
            Lacking::of(
                &Scope::Parked { sink: SinkIndex(0), events: owed, derived },
                0,
                Some(&DeliveryError::Gone),
            )
        };
        let none = Signals::default();
        assert_eq!(of(RangeSet::from(2..REST), none).unwrap().events, RangeSet::from(2..REST));
        assert_eq!(of(RangeSet::default(), none), None);
        for signal in Signal::DERIVED {
            let derived = [signal].into_iter().collect();
            assert_eq!(of(RangeSet::default(), derived).unwrap().events, RangeSet::default());
        }
        assert_eq!(Lacking::of(&Scope::Everything, 0, Some(&DeliveryError::Gone)), None);
    }

    #[test]
    fn description_names_numbers_and_cause() {
        let owed = RangeSet::from(0..5);
        let lacking = |end, error: Option<&str>| Lacking {
            events: RangeSet::from(3..end),
            error: error.map(str::to_owned),
        };
        assert_eq!(
            lacking(5, None).describe(&owed),
            "2 of 5 events that it owes are not in its delivery: it was overwritten or truncated"
        );
        assert_eq!(
            lacking(REST, Some("gone")).describe(&RangeSet::from(3..REST)),
            "events that it owes are not in its delivery: gone"
        );
    }
}
