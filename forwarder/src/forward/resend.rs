//! Sending again: the results of a round, in which all bodies are sent, decide which events are encoded again for the
//! next round.

use std::{collections::BTreeMap, mem};

use super::{
    fanout::SinkFanout,
    run::{Mode, Run},
};
use crate::{
    batch::{Body, EventGroup, History, RangeSet, Selection, SinkIndex},
    ledger::{Disposition, ParkReason, Rejection},
    send::{
        client::Sent,
        refusals::RefusalCause,
        retry::{Completion, Split},
    },
    tracker::DeliveryIndex,
};

/// Number of rounds after which the search for refused events ends at a sink that accepted no event. It has then
/// refused whole bodies, halves and quarters, so its refusal cannot depend on single events.
const MAX_FRUITLESS_ROUNDS: u32 = 3;

/// Events that one sink did not accept, with the reason.
#[derive(Clone, Debug)]
pub(super) struct Undelivered {
    pub(super) sink: SinkIndex,
    pub(super) events: RangeSet,
    /// Final state that the events get once they are stored: parked or rejected.
    pub(super) disposition: Disposition,
    /// Number of requests that were made with these events.
    pub(super) sends: u32,
    /// Description of the failure, as in [`Sent`].
    pub(super) error_text: Option<String>,
    /// Number of refused events, if the backend accepted the others without saying which. All `events` have a final
    /// state then.
    pub(super) refused: Option<u64>,
}

/// Events without a final state after a round.
#[derive(Default)]
pub(super) struct Remaining {
    /// Events to be encoded again, by sink; each group goes into bodies of its own.
    pub(super) again: BTreeMap<SinkIndex, Vec<EventGroup>>,
    pub(super) undelivered: Vec<Undelivered>,
}

impl Run<'_, '_> {
    /// Waits for the request bodies of logs, and sends events again in smaller bodies until each is delivered or given
    /// up. Returns the events that are not delivered.
    pub(super) async fn deliver_logs(&mut self) -> Vec<Undelivered> {
        let mut undelivered = Vec::new();
        for round in 1.. {
            let sent = self.in_flight.finish().await;
            sent.iter().for_each(|sent| self.record_sent(sent));
            let fanout = self.forwarder.pipeline.target_mut();
            let remaining = fanout.settle_round(sent, self.in_flight.bisections_mut());
            undelivered.extend(remaining.undelivered);
            if remaining.again.is_empty() {
                break;
            }
            if round == MAX_FRUITLESS_ROUNDS && self.mode == Mode::Forward {
                self.abandon_fruitless_searches();
            }
            self.send_again(remaining.again).await;
        }
        self.treat_as_temporary(&mut undelivered);
        undelivered
    }

    /// Ends the search for refused events at sinks that accepted no event, neither in this run nor lately.
    fn abandon_fruitless_searches(&mut self) {
        let (tracker, refusals) = (self.forwarder.pipeline.target().tracker(), &self.forwarder.refusals);
        let counts = self.in_flight.bisections_mut().iter_mut().zip(refusals);
        for (sink, (bisections, refusals)) in (0..).map(SinkIndex).zip(counts) {
            if !tracker.has_delivered(sink) && !refusals.accepts_others() {
                *bisections = u32::MAX;
            }
        }
    }

    /// Parks the refused events of a backend that refuses everything, instead of rejecting them: the events may be
    /// valid.
    fn treat_as_temporary(&mut self, undelivered: &mut [Undelivered]) {
        const REFUSED: Disposition = Disposition::Rejected(Rejection::Refused);
        let tracker = self.forwarder.pipeline.target().tracker();
        for (sink, refusals) in (0..).map(SinkIndex).zip(&mut self.forwarder.refusals) {
            let is_refused = |part: &Undelivered| {
                part.sink == sink && part.refused.is_none() && part.disposition == REFUSED
            };
            let refused = undelivered.iter().filter(|part| is_refused(part));
            let refused = refused.map(|part| part.events.count()).sum();
            if refusals.record(tracker.has_delivered(sink), refused) == RefusalCause::Unknown {
                let doubtful = undelivered.iter_mut().filter(|part| is_refused(part));
                doubtful.for_each(|part| part.disposition = Disposition::Parked(ParkReason::Refused));
            }
        }
    }

    async fn send_again(&mut self, mut again: BTreeMap<SinkIndex, Vec<EventGroup>>) {
        let mut wanted = RangeSet::default();
        again.values().flatten().for_each(|group| wanted.insert_all(&group.events));
        self.fanout_mut().select(|sink| again.remove(&sink).map_or_else(Selection::nothing, Selection::of));
        for delivery in (0..self.items.len()).map(DeliveryIndex) {
            let span = self.tracker().span(delivery);
            if !wanted.within(&span).is_empty() {
                self.read_again(delivery, |_| false).await;
            }
        }
        self.fanout_mut().close();
        self.send_finished_bodies().await;
    }
}

impl SinkFanout {
    /// Applies the results of all bodies of a round. Adds to `bisections`, for each sink, the number of bodies that are
    /// halved in search of refused events.
    pub(super) fn settle_round(&mut self, sent: Vec<Sent>, bisections: &mut [u32]) -> Remaining {
        let mut remaining = Remaining::default();
        for mut sent in join_parts(sent) {
            let sink = sent.body.sink;
            let events = mem::take(&mut sent.body.covers);
            match sent.result {
                Ok(Completion { disposition: Disposition::Delivered, rejected }) => {
                    let rejected = rejected.min(events.count());
                    self.end(sink, &events, rejected);
                    remaining.undelivered.extend(partly_refused(sent, events, rejected));
                }
                Ok(Completion { disposition, rejected: _ }) => {
                    remaining.undelivered.push(Undelivered::sent(sent, events, disposition));
                }
                Err(split) => {
                    if split == Split::Bisect
                        && let Some(count) = bisections.get_mut(sink.0)
                    {
                        *count = count.saturating_add(1);
                    }
                    let groups = smaller_groups(events, split, sent.body.history);
                    remaining.again.entry(sink).or_default().extend(groups);
                }
            }
        }
        remaining.undelivered.extend(self.unfit());
        remaining
    }

    /// Ends the events of an accepted body: `rejected` of them as rejected, the others as delivered.
    fn end(&mut self, sink: SinkIndex, events: &RangeSet, rejected: u64) {
        let tracker = self.tracker_mut();
        let ended = match rejected {
            0 => tracker.end(sink, events, Disposition::Delivered),
            _ => tracker.end_partly(sink, events, rejected),
        };
        ended.expect("a body covers events that its batcher was given, each once");
    }

    /// Takes the events that are too large for any body of their sinks, even in parts.
    fn unfit(&mut self) -> Vec<Undelivered> {
        let unfit = self.sinks().map(|sink| (sink, self.take_unfit(sink)));
        unfit.filter(|(_, events)| !events.is_empty()).map(|(sink, events)| too_large(sink, events)).collect()
    }
}

fn too_large(sink: SinkIndex, events: RangeSet) -> Undelivered {
    let disposition = Disposition::Parked(ParkReason::TooLarge);
    Undelivered { sends: 1, ..Undelivered::new(sink, events, disposition) }
}

/// Merges the results of the bodies that hold an event in parts into the result of the last one, which covers the
/// event. The event gets the worst result of its parts. If it is sent again, all parts are.
fn join_parts(sent: Vec<Sent>) -> Vec<Sent> {
    let (parts, mut rest): (Vec<_>, Vec<_>) = sent.into_iter().partition(|sent| sent.body.part_of.is_some());
    if parts.is_empty() {
        return rest;
    }
    let key = |body: &Body, event: u32| (body.sink, event);
    let alone = rest.iter().enumerate().filter(|(_, sent)| sent.body.covers.count() == 1);
    let last_bodies: BTreeMap<_, _> =
        alone.map(|(at, sent)| (key(&sent.body, sent.body.covers.end().saturating_sub(1)), at)).collect();
    for part in parts {
        let last = part.body.part_of.and_then(|event| last_bodies.get(&key(&part.body, event)));
        // Where the last body is missing, the event stays owed.
        let Some(last) = last.and_then(|at| rest.get_mut(*at)) else { continue };
        last.sends = last.sends.max(part.sends);
        last.body.history.refreshes = last.body.history.refreshes.max(part.body.history.refreshes);
        if severity(&part.result) > severity(&last.result) {
            (last.result, last.error_text) = (part.result, part.error_text);
        }
    }
    rest
}

/// Returns how bad a result of one part is for the whole event; higher is worse. Parked is worse than rejected, since
/// the event may still be delivered: if not, the next try will show it.
fn severity(result: &Result<Completion, Split>) -> u8 {
    match result {
        Ok(Completion { disposition: Disposition::Delivered, rejected: 0 }) => 0,
        Err(_) => 1,
        Ok(Completion { disposition: Disposition::Delivered, .. }) => 2,
        Ok(Completion { disposition: Disposition::Rejected(_), .. }) => 3,
        Ok(_) => 4,
    }
}

fn smaller_groups(events: RangeSet, split: Split, history: History) -> Vec<EventGroup> {
    match (split, events.halve()) {
        (Split::Halves | Split::Bisect, Some((first, second))) => {
            [first, second].map(|events| EventGroup { events, history }).into()
        }
        (Split::Halves | Split::Bisect, None) => vec![EventGroup { events, history }],
        (Split::Event { parts }, _) => vec![EventGroup { events, history: History { parts, ..history } }],
    }
}

/// Returns the events of a body that the backend accepted except for `rejected` of them.
fn partly_refused(sent: Sent, events: RangeSet, rejected: u64) -> Option<Undelivered> {
    let disposition = Disposition::Rejected(Rejection::Refused);
    let undelivered = || Undelivered::sent(sent, events, disposition);
    (rejected > 0).then(|| Undelivered { refused: Some(rejected), ..undelivered() })
}

impl Undelivered {
    /// Creates the value for events that were not sent.
    pub(super) fn new(sink: SinkIndex, events: RangeSet, disposition: Disposition) -> Self {
        Self { sink, events, disposition, sends: 0, error_text: None, refused: None }
    }

    fn sent(sent: Sent, events: RangeSet, disposition: Disposition) -> Self {
        let Sent { sends, error_text, .. } = sent;
        Self { sends, error_text, ..Self::new(sent.body.sink, events, disposition) }
    }

    /// Returns the error text for the header of the parked object that holds the events.
    pub(super) fn error(&self) -> Option<String> {
        let Some(refused) = self.refused else { return self.error_text.clone() };
        let error_text = self.error_text.as_deref().filter(|error_text| !error_text.is_empty());
        let error_text = error_text.map(|error_text| format!(": {error_text}")).unwrap_or_default();
        Some(format!("{refused} of these events were refused{error_text}"))
    }

    /// Returns the name of the reason why the events were not delivered.
    pub(super) fn reason(&self) -> &'static str {
        self.disposition.reason().unwrap_or(Rejection::Refused.name())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{
        ledger::Tally,
        sink::{EmfScope, Signal},
    };

    type Outcome = Result<Completion, Split>;

    const SINK: SinkIndex = SinkIndex(0);
    const TOO_LARGE: Outcome = Err(Split::Event { parts: 4 });

    fn accepted() -> Outcome {
        Ok(Completion::accepted(0))
    }

    fn sent(part_of: Option<u32>, covers: RangeSet, result: Outcome) -> Sent {
        let history = History { refreshes: 0, parts: 2 };
        let body = Body { sink: SINK, signal: Signal::Logs, bytes: Bytes::new(), covers, part_of, history };
        Sent { body, result, sends: 1, refreshes: 0, bytes: 0, error_text: None }
    }

    fn fanout() -> SinkFanout {
        let mut fanout = SinkFanout::new(vec![None], Vec::new(), EmfScope::default(), Vec::new().into());
        fanout.tracker_mut().begin_delivery();
        for _ in 0..9 {
            fanout.tracker_mut().receive(Tally::new(1, 10));
        }
        fanout
    }

    /// Returns what remains of event 7, sent in as many bodies as there are results, and of event 8, which was accepted whole.
    fn remaining(results: &[Outcome]) -> Remaining {
        let mut fanout = fanout();
        let (last, first) = results.split_last().unwrap();
        let mut all = vec![sent(None, (7..8).into(), *last), sent(None, (8..9).into(), accepted())];
        all.extend(first.iter().map(|result| sent(Some(7), RangeSet::default(), *result)));
        let remaining = fanout.settle_round(all, &mut [0]);
        assert!(!fanout.tracker().pending(SINK).contains(8));
        let is_pending = results.iter().any(|result| *result != accepted());
        assert_eq!(fanout.tracker().pending(SINK).contains(7), is_pending);
        remaining
    }

    #[test]
    fn event_in_parts_is_delivered_when_all_parts_are() {
        let remaining = remaining(&[accepted(), accepted(), accepted()]);
        assert!(remaining.again.is_empty() && remaining.undelivered.is_empty());
    }

    #[test]
    fn parts_that_are_too_large_are_divided_once() {
        for results in [
            [TOO_LARGE, TOO_LARGE, TOO_LARGE],
            [accepted(), TOO_LARGE, accepted()],
            [accepted(), accepted(), TOO_LARGE],
        ] {
            let remaining = remaining(&results);
            let group = EventGroup { events: (7..8).into(), history: History { refreshes: 0, parts: 4 } };
            assert_eq!(remaining.again, [(SINK, vec![group])].into(), "{results:?}");
            assert!(remaining.undelivered.is_empty(), "{results:?}");
        }
    }

    #[test]
    fn event_in_parts_ends_as_its_worst_part() {
        let slow = Ok(Completion::parked(ParkReason::Slow));
        let refused = Ok(Completion::refused());
        for (results, disposition) in [
            ([slow, TOO_LARGE, accepted()], Disposition::Parked(ParkReason::Slow)),
            ([accepted(), TOO_LARGE, slow], Disposition::Parked(ParkReason::Slow)),
            ([refused, TOO_LARGE, accepted()], Disposition::Rejected(Rejection::Refused)),
            ([slow, accepted(), refused], Disposition::Parked(ParkReason::Slow)),
        ] {
            let remaining = remaining(&results);
            let ends = remaining.undelivered.iter().map(|part| (part.events.clone(), part.disposition));
            assert_eq!(ends.collect::<Vec<_>>(), [((7..8).into(), disposition)], "{results:?}");
            assert!(remaining.again.is_empty(), "{results:?}");
        }
    }

    #[test]
    fn event_in_parts_has_the_most_sends_and_refreshes_of_any_part() {
        let mut part = sent(Some(7), RangeSet::default(), accepted());
        (part.sends, part.body.history.refreshes) = (4, 1);
        let last = sent(None, (7..8).into(), Ok(Completion::parked(ParkReason::Slow)));
        let parked = fanout().settle_round(vec![part.clone(), last], &mut [0]).undelivered;
        assert_eq!(parked.iter().map(|part| part.sends).collect::<Vec<_>>(), [4]);
        let again = fanout().settle_round(vec![part, sent(None, (7..8).into(), TOO_LARGE)], &mut [0]).again;
        assert_eq!(again[&SINK][0].history, History { refreshes: 1, parts: 4 });
    }
}
