//! Brings together invocations and evidence that stand in different inputs.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::{evidence::Evidence, invocation::Invocation};
use crate::origin::Origin;

/// Keeps the invocations whose lines may be spread over several inputs until all inputs are read.
///
/// One for each worker, merged at the end; the result does not depend on which worker read what, or when, as long as
/// no more is kept than the capacity.
#[derive(Debug)]
pub struct Joiner {
    capacity: usize,
    invocations: Vec<Invocation>,
    evidence: Vec<Evidence>,
}

/// What was joined, in order of time.
#[derive(Debug, Default)]
pub struct Joined {
    /// Every invocation that was kept, after all evidence.
    pub invocations: Vec<Invocation>,
    /// What belongs to none of them.
    pub leftover: Vec<Evidence>,
}

impl Joiner {
    /// Keeps at most `capacity` invocations and as many pieces of evidence.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity, invocations: Vec::new(), evidence: Vec::new() }
    }

    /// Takes an invocation. One that is complete, or for which there is no room, comes back at once.
    pub fn invocation(&mut self, invocation: Invocation) -> Option<Invocation> {
        if !invocation.at_edge || self.invocations.len() >= self.capacity {
            return Some(invocation);
        }
        self.invocations.push(invocation);
        None
    }

    /// Takes evidence. What there is no room for comes back.
    pub fn evidence(&mut self, evidence: Evidence) -> Option<Evidence> {
        if self.evidence.len() >= self.capacity {
            return Some(evidence);
        }
        self.evidence.push(evidence);
        None
    }

    /// Takes over all that another worker kept.
    pub fn merge(&mut self, other: Self) {
        self.capacity = self.capacity.saturating_add(other.capacity);
        self.invocations.extend(other.invocations);
        self.evidence.extend(other.evidence);
    }

    /// Gives every piece of evidence to the invocation of its request id that is nearest in time.
    #[must_use]
    pub fn finish(mut self) -> Joined {
        self.invocations.sort_by(|a, b| (a.time, &a.event_id).cmp(&(b.time, &b.event_id)));
        self.evidence.sort_by(|a, b| order(a).cmp(&order(b)));
        let mut kept = Kept::new(self.invocations);
        let leftover = self.evidence.into_iter().filter_map(|evidence| kept.apply(evidence)).collect();
        Joined { invocations: kept.invocations, leftover }
    }
}

/// A total order of evidence, so that nothing depends on how it arrived.
fn order(evidence: &Evidence) -> impl Ord + '_ {
    (evidence.time, evidence.kind, &evidence.error_type, &evidence.request_id, evidence.origin.log_stream())
}

/// Invocations in order of time, to be found by stream and request id, and by stream alone.
struct Kept {
    invocations: Vec<Invocation>,
    places: HashMap<u64, Vec<usize>, FixedState>,
}

impl Kept {
    fn new(invocations: Vec<Invocation>) -> Self {
        let mut places: HashMap<_, Vec<usize>, _> = HashMap::default();
        for (place, invocation) in invocations.iter().enumerate() {
            for request_id in [&*invocation.request_id, ""] {
                places.entry(key(&invocation.origin, request_id)).or_default().push(place);
            }
        }
        Self { invocations, places }
    }

    /// Applies evidence, or gives it back.
    fn apply(&mut self, evidence: Evidence) -> Option<Evidence> {
        let Some(place) = self.nearest(&evidence) else {
            return Some(evidence);
        };
        let invocation = self.invocations.get_mut(place)?;
        invocation.weigh(evidence.kind, evidence.error_type.as_deref());
        invocation.fill(evidence.details);
        None
    }

    fn nearest(&self, evidence: &Evidence) -> Option<usize> {
        let places = self.places.get(&key(&evidence.origin, &evidence.request_id))?;
        let candidates = places.iter().filter_map(|place| Some((*place, self.invocations.get(*place)?)));
        candidates
            .filter(|(_, invocation)| speaks_of(evidence, invocation))
            .min_by_key(|(place, invocation)| (invocation.distance(evidence.time), *place))
            .map(|(place, _)| place)
    }
}

fn speaks_of(evidence: &Evidence, invocation: &Invocation) -> bool {
    let names_it = evidence.request_id == invocation.request_id
        || (evidence.request_id.is_empty() && invocation.spans(evidence.time));
    names_it
        && evidence.origin.log_stream() == invocation.origin.log_stream()
        && evidence.origin.log_group() == invocation.origin.log_group()
}

fn key(origin: &Origin, request_id: &str) -> u64 {
    use std::hash::BuildHasher;
    FixedState::default().hash_one((origin.log_group(), origin.log_stream(), request_id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        derive::{Details, EvidenceKind, Outcome, StartKind, invocation::tests::plain},
        units::{ByteSize, UnixMillis},
    };

    fn at(time: i64, event_id: &str) -> Invocation {
        Invocation { time: UnixMillis(time), event_id: event_id.into(), at_edge: true, ..plain() }
    }

    fn timeout(time: i64) -> Evidence {
        Evidence {
            origin: plain().origin,
            request_id: plain().request_id,
            time: UnixMillis(time),
            kind: EvidenceKind::Timeout,
            error_type: None,
            details: Details::default(),
        }
    }

    fn join(invocations: &[Invocation], evidence: Vec<Evidence>) -> Joined {
        let mut joiner = Joiner::new(10);
        for invocation in invocations {
            assert_eq!(joiner.invocation(invocation.clone()), None);
        }
        for piece in evidence {
            assert_eq!(joiner.evidence(piece), None);
        }
        joiner.finish()
    }

    #[test]
    fn a_complete_invocation_is_not_kept() {
        let complete = Invocation { at_edge: false, ..plain() };
        assert_eq!(Joiner::new(10).invocation(complete.clone()), Some(complete));
    }

    #[test]
    fn evidence_goes_to_the_retry_it_is_nearest_to() {
        let joined = join(&[at(100, "first"), at(60_100, "second")], vec![timeout(60_000)]);
        let outcomes: Vec<_> = joined.invocations.iter().map(|invocation| invocation.outcome).collect();
        assert_eq!(outcomes, [Outcome::Success, Outcome::Timeout]);
        assert_eq!(joined.leftover, []);
    }

    #[test]
    fn evidence_without_an_id_goes_to_what_ran_then() {
        let unnamed = |time| Evidence { request_id: "".into(), ..timeout(time) };
        let runs = [at(1_000, "first"), Invocation { request_id: "other".into(), ..at(60_000, "second") }];
        let joined = join(&runs, vec![unnamed(59_990), unnamed(30_000)]);
        let outcomes: Vec<_> = joined.invocations.iter().map(|invocation| invocation.outcome).collect();
        assert_eq!(outcomes, [Outcome::Success, Outcome::Timeout]);
        assert_eq!(joined.leftover, [unnamed(30_000)]);
    }

    #[test]
    fn evidence_of_another_stream_or_request_is_left_over() {
        let mut elsewhere = Origin::default();
        elsewhere.set_names("", "another stream");
        let strangers = vec![
            Evidence { request_id: "another".into(), ..timeout(99) },
            Evidence { origin: elsewhere.into(), ..timeout(100) },
        ];
        let joined = join(&[at(100, "a")], strangers.clone());
        assert_eq!(joined.leftover, strangers);
        assert_eq!(joined.invocations, [at(100, "a")]);
    }

    #[test]
    fn details_fill_what_the_report_lacks() {
        let details = Details {
            start: Some(StartKind::Cold),
            produced_bytes: Some(ByteSize(7)),
            trace_id: Some("other".into()),
            ..Details::default()
        };
        let traced = Invocation { trace_id: Some("own".into()), ..at(100, "a") };
        let joined = join(&[traced], vec![Evidence { kind: EvidenceKind::Seen, details, ..timeout(90) }]);
        let filled = &joined.invocations[0];
        assert_eq!((filled.start, filled.outcome), (StartKind::Cold, Outcome::Success));
        assert_eq!((filled.produced_bytes, filled.trace_id.as_deref()), (Some(ByteSize(7)), Some("own")));
    }

    #[test]
    fn what_there_is_no_room_for_comes_back() {
        let mut joiner = Joiner::new(1);
        assert_eq!(joiner.invocation(at(1, "a")), None);
        assert_eq!(joiner.invocation(at(2, "b")), Some(at(2, "b")));
        assert_eq!(joiner.evidence(timeout(1)), None);
        assert_eq!(joiner.evidence(timeout(2)), Some(timeout(2)));
    }

    #[test]
    fn merged_workers_give_what_one_would() {
        let (mut a, mut b) = (Joiner::new(2), Joiner::new(2));
        assert_eq!(a.evidence(timeout(60_000)), None);
        assert_eq!(b.invocation(at(60_100, "second")), None);
        assert_eq!(b.invocation(at(100, "first")), None);
        a.merge(b);
        let joined = join(&[at(100, "first"), at(60_100, "second")], vec![timeout(60_000)]);
        assert_eq!(a.finish().invocations, joined.invocations);
    }
}
