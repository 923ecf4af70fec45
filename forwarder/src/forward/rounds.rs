//! Rounds: what became of the bodies of one decides what is read again for the next, until nothing is.

use std::{collections::BTreeMap, mem};

use super::{Forwarder, Item, lanes::Lanes, sending::Sending};
use crate::{
    body::{Body, Group, History, Plan, RangeSet, SinkIndex},
    deliver::{
        ParkReason, Rejection,
        obligations::{DeliveryIndex, End},
        refusals::Judgement,
        retry::Split,
        sender::{Fate, Sent},
    },
};

/// A sink that took no event in so many rounds, of a whole body, its halves and its quarters, refuses none of them for
/// what it is.
const IN_VAIN: u32 = 3;

/// Events of one sink that are not delivered, and why.
#[derive(Clone, Debug)]
pub(super) struct Undelivered {
    pub(super) sink: SinkIndex,
    pub(super) events: RangeSet,
    pub(super) end: End,
    /// Times that they were sent.
    pub(super) sends: u32,
    /// The backend's words.
    pub(super) words: Option<String>,
    /// How many of them are refused, where the backend took the others and does not say which. They have ended already.
    pub(super) refused: Option<u64>,
}

/// What a round left to be done.
#[derive(Default)]
pub(super) struct Left {
    /// For each sink the events that have to be encoded again, in which groups.
    pub(super) again: BTreeMap<SinkIndex, Vec<Group>>,
    pub(super) undelivered: Vec<Undelivered>,
}

impl Forwarder {
    /// Waits for the bodies of logs, and sends again in smaller ones what was refused, until every event was taken or
    /// given up.
    pub(super) async fn settle_logs(
        &mut self,
        items: &[Item<'_>],
        sending: &mut Sending,
    ) -> Vec<Undelivered> {
        let mut undelivered = Vec::new();
        for round in 1.. {
            let sent = sending.finish().await;
            sent.iter().for_each(|sent| self.tell_sent(sent));
            let left = self.pipeline.target_mut().settle_round(sent, &mut sending.bisections);
            undelivered.extend(left.undelivered);
            if left.again.is_empty() {
                break;
            }
            if round == IN_VAIN {
                self.give_up_search(sending);
            }
            self.send_again(items, left.again, sending).await;
        }
        self.doubt(&mut undelivered);
        undelivered
    }

    /// Divides nothing more for sinks that took no event so far, and none before. A redrive has the time to search on.
    fn give_up_search(&self, sending: &mut Sending) {
        let obligations = self.pipeline.target().obligations();
        for (index, (bisections, refusals)) in sending.bisections.iter_mut().zip(&self.refusals).enumerate() {
            let takes = obligations.has_delivered(SinkIndex(index)) || refusals.takes_others();
            if !takes && !self.is_redriving {
                *bisections = u32::MAX;
            }
        }
    }

    /// What a backend refuses that takes nothing at all is kept to be sent again: it may not be the events' fault.
    fn doubt(&mut self, undelivered: &mut [Undelivered]) {
        let is_refused =
            |part: &Undelivered| part.refused.is_none() && part.end == End::Rejected(Rejection::Refused);
        let obligations = self.pipeline.target().obligations();
        for (index, refusals) in self.refusals.iter_mut().enumerate() {
            let sink = SinkIndex(index);
            let of_sink = |part: &Undelivered| part.sink == sink && is_refused(part);
            let refused =
                undelivered.iter().filter(|part| of_sink(part)).map(|part| part.events.count()).sum();
            if refusals.judge(obligations.has_delivered(sink), refused) == Judgement::Doubtful {
                let doubtful = undelivered.iter_mut().filter(|part| of_sink(part));
                doubtful.for_each(|part| part.end = End::Parked(ParkReason::Refused));
            }
        }
    }

    async fn send_again(
        &mut self,
        items: &[Item<'_>],
        mut again: BTreeMap<SinkIndex, Vec<Group>>,
        sending: &mut Sending,
    ) {
        let mut wanted = RangeSet::default();
        again.values().flatten().for_each(|group| wanted.insert_all(&group.events));
        self.pipeline.target_mut().plan(|sink| again.remove(&sink).map_or_else(Plan::nothing, Plan::of));
        for (index, item) in items.iter().enumerate() {
            let delivery = DeliveryIndex(index);
            let span = self.pipeline.target().obligations().span(delivery);
            if !wanted.within(&span).is_empty() {
                self.read_again((delivery, item), sending, |_| false).await;
            }
        }
        self.pipeline.target_mut().close();
        self.hand_over(sending).await;
    }
}

impl Lanes {
    /// Takes note of what became of bodies.
    pub(super) fn settle_round(&mut self, sent: Vec<Sent>, bisections: &mut [u32]) -> Left {
        let mut left = Left::default();
        for mut sent in joined(sent) {
            let sink = sent.body.sink;
            let events = mem::take(&mut sent.body.covers);
            match sent.fate {
                Fate::Done { rejected } => {
                    let rejected = rejected.min(events.count());
                    self.end(sink, &events, rejected);
                    left.undelivered.extend(refused(sent, events, rejected));
                }
                Fate::Smaller(split) => {
                    left.again.entry(sink).or_default().extend(smaller(events, split, sent.body.history));
                }
                Fate::Bisect => {
                    if let Some(count) = bisections.get_mut(sink.0) {
                        *count = count.saturating_add(1);
                    }
                    let halves = smaller(events, Split::Halves, sent.body.history);
                    left.again.entry(sink).or_default().extend(halves);
                }
                Fate::Parked(reason) => left.undelivered.push(undelivered(sent, events, End::Parked(reason))),
                Fate::Rejected(rejection) => {
                    left.undelivered.push(undelivered(sent, events, End::Rejected(rejection)));
                }
            }
        }
        left.undelivered.extend(self.unfit());
        left
    }

    /// A sink has the events of a body.
    fn end(&mut self, sink: SinkIndex, events: &RangeSet, rejected: u64) {
        let obligations = self.obligations_mut();
        let ended = match rejected {
            0 => obligations.end(sink, events, End::Delivered),
            _ => obligations.end_partly(sink, events, rejected),
        };
        ended.expect("a body covers what its lane was given, once");
    }

    /// Events that fit into no body of their sinks.
    fn unfit(&mut self) -> Vec<Undelivered> {
        let sinks = (0..self.sinks()).map(SinkIndex);
        let unfit = sinks.map(|sink| (sink, self.take_unfit(sink)));
        unfit.filter(|(_, events)| !events.is_empty()).map(|(sink, events)| too_large(sink, events)).collect()
    }
}

fn too_large(sink: SinkIndex, events: RangeSet) -> Undelivered {
    Undelivered { sends: 1, ..Undelivered::new(sink, events, End::Parked(ParkReason::TooLarge)) }
}

/// An event whose parts are in several bodies ends once, as the worst of them: as that of the body that covers it. Parts
/// that were taken are sent again with the others.
fn joined(sent: Vec<Sent>) -> Vec<Sent> {
    let (parts, mut rest): (Vec<_>, Vec<_>) = sent.into_iter().partition(|sent| sent.body.begins.is_some());
    if parts.is_empty() {
        return rest;
    }
    let key = |body: &Body, event: u32| (body.sink, event);
    let alone = rest.iter().enumerate().filter(|(_, sent)| sent.body.covers.count() == 1);
    let ends: BTreeMap<_, _> =
        alone.map(|(at, sent)| (key(&sent.body, sent.body.covers.end().saturating_sub(1)), at)).collect();
    for part in parts {
        let end = part.body.begins.and_then(|event| ends.get(&key(&part.body, event)));
        // Where the body that ends it is missing, the event stays owed.
        let Some(last) = end.and_then(|at| rest.get_mut(*at)) else { continue };
        last.sends = last.sends.max(part.sends);
        last.body.history.refreshes = last.body.history.refreshes.max(part.body.history.refreshes);
        if gravity(&part.fate) > gravity(&last.fate) {
            (last.fate, last.words) = (part.fate, part.words);
        }
    }
    rest
}

/// How bad it is for an event if this became of one of its parts. What may still be delivered later is parked, although
/// another part is refused for good: whoever tries again will find that out.
fn gravity(fate: &Fate) -> u8 {
    match fate {
        Fate::Done { rejected: 0 } => 0,
        Fate::Smaller(_) | Fate::Bisect => 1,
        Fate::Done { .. } => 2,
        Fate::Rejected(_) => 3,
        Fate::Parked(_) => 4,
    }
}

fn smaller(events: RangeSet, split: Split, history: History) -> Vec<Group> {
    match (split, events.halve()) {
        (Split::Halves, Some((first, second))) => {
            [first, second].map(|events| Group { events, history }).into()
        }
        (Split::Halves, None) => vec![Group { events, history }],
        (Split::Event { parts }, _) => vec![Group { events, history: History { parts, ..history } }],
    }
}

fn undelivered(sent: Sent, events: RangeSet, end: End) -> Undelivered {
    Undelivered { sends: sent.sends, words: sent.words, ..Undelivered::new(sent.body.sink, events, end) }
}

/// What a backend refuses of a body that it took, if it does.
fn refused(sent: Sent, events: RangeSet, rejected: u64) -> Option<Undelivered> {
    let end = End::Rejected(Rejection::Refused);
    (rejected > 0).then(|| Undelivered { refused: Some(rejected), ..undelivered(sent, events, end) })
}

impl Undelivered {
    /// Events that were not sent.
    pub(super) fn new(sink: SinkIndex, events: RangeSet, end: End) -> Self {
        Self { sink, events, end, sends: 0, words: None, refused: None }
    }

    /// What was wrong, in words.
    pub(super) fn error(&self) -> Option<String> {
        let Some(refused) = self.refused else { return self.words.clone() };
        let words = self.words.as_deref().filter(|words| !words.is_empty());
        let words = words.map(|words| format!(": {words}")).unwrap_or_default();
        Some(format!("{refused} of these events were refused{words}"))
    }

    /// The name of why.
    pub(super) fn reason(&self) -> &'static str {
        match self.end {
            End::Parked(reason) => reason.name(),
            End::Rejected(rejection) => rejection.name(),
            End::Delivered | End::Filtered | End::Sampled => Rejection::Refused.name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{ledger::Tally, sink::Signal};

    const SINK: SinkIndex = SinkIndex(0);
    const TAKEN: Fate = Fate::Done { rejected: 0 };
    const TOO_LARGE: Fate = Fate::Smaller(Split::Event { parts: 4 });

    fn sent(begins: Option<u32>, covers: RangeSet, fate: Fate) -> Sent {
        let history = History { refreshes: 0, parts: 2 };
        let body = Body { sink: SINK, signal: Signal::Logs, bytes: Bytes::new(), covers, begins, history };
        Sent { body, fate, sends: 1, refreshes: 0, bytes: 0, words: None }
    }

    /// What is left of event 7, of which so many bodies had this fate, and of event 8, which was taken whole.
    fn left(fates: &[Fate]) -> Left {
        let mut lanes = Lanes::new(vec![None], vec![None], Vec::new().into());
        lanes.obligations_mut().begin_delivery();
        for _ in 0..9 {
            lanes.obligations_mut().receive(Tally::new(1, 10));
        }
        let (last, first) = fates.split_last().unwrap();
        let mut all = vec![sent(None, (7..8).into(), last.clone()), sent(None, (8..9).into(), TAKEN)];
        all.extend(first.iter().map(|fate| sent(Some(7), RangeSet::default(), fate.clone())));
        let left = lanes.settle_round(all, &mut [0]);
        assert!(!lanes.obligations().pending(SINK).contains(8));
        assert_eq!(lanes.obligations().pending(SINK).contains(7), fates.iter().any(|fate| *fate != TAKEN));
        left
    }

    #[test]
    fn an_event_in_parts_is_delivered_with_all_of_them() {
        let left = left(&[TAKEN, TAKEN, TAKEN]);
        assert!(left.again.is_empty() && left.undelivered.is_empty());
    }

    #[test]
    fn parts_that_are_too_large_are_divided_once() {
        for fates in [[TOO_LARGE, TOO_LARGE, TOO_LARGE], [TAKEN, TOO_LARGE, TAKEN], [TAKEN, TAKEN, TOO_LARGE]]
        {
            let left = left(&fates);
            let group = Group { events: (7..8).into(), history: History { refreshes: 0, parts: 4 } };
            assert_eq!(left.again, [(SINK, vec![group])].into(), "{fates:?}");
            assert!(left.undelivered.is_empty(), "{fates:?}");
        }
    }

    #[test]
    fn an_event_ends_as_its_worst_part() {
        let slow = Fate::Parked(ParkReason::Slow);
        let refused = Fate::Rejected(Rejection::Refused);
        for (fates, end) in [
            ([slow.clone(), TOO_LARGE, TAKEN], End::Parked(ParkReason::Slow)),
            ([TAKEN, TOO_LARGE, slow.clone()], End::Parked(ParkReason::Slow)),
            ([refused.clone(), TOO_LARGE, TAKEN], End::Rejected(Rejection::Refused)),
            ([slow, TAKEN, refused], End::Parked(ParkReason::Slow)),
        ] {
            let left = left(&fates);
            let ends: Vec<_> = left.undelivered.iter().map(|part| (part.events.clone(), part.end)).collect();
            assert_eq!(ends, [((7..8).into(), end)], "{fates:?}");
            assert!(left.again.is_empty(), "{fates:?}");
        }
    }
}
