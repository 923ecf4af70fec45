//! Joins invocations and evidence that come from different inputs.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::{evidence::Evidence, invocation::Invocation};
use crate::origin::Origin;

/// Holds invocations whose lines may be spread over several inputs, and evidence for them, until all inputs are read.
///
/// Each worker thread has its own joiner; [`Joiner::merge`] combines them at the end. The result does not depend on
/// which worker read which input, or in which order, as long as the capacity is not exceeded.
#[derive(Debug)]
pub struct Joiner {
    capacity: usize,
    invocations: Vec<Invocation>,
    evidence: Vec<Evidence>,
}

/// Result of [`Joiner::finish`], ordered by time.
#[derive(Debug, Default)]
pub struct Joined {
    /// All invocations that were held, with the evidence applied.
    pub invocations: Vec<Invocation>,
    /// Evidence that is about none of [`Joined::invocations`].
    pub leftover: Vec<Evidence>,
}

impl Joiner {
    /// Creates a joiner that holds at most `capacity` invocations and as many pieces of evidence.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity, invocations: Vec::new(), evidence: Vec::new() }
    }

    /// Holds an invocation until [`Joiner::finish`]. Returns it at once if all its lines were in one input
    /// ([`Invocation::at_edge`] is false), or if the capacity is reached.
    pub fn invocation(&mut self, invocation: Invocation) -> Option<Invocation> {
        if !invocation.at_edge || self.invocations.len() >= self.capacity {
            return Some(invocation);
        }
        self.invocations.push(invocation);
        None
    }

    /// Holds evidence until [`Joiner::finish`]. Returns it at once if the capacity is reached.
    pub fn evidence(&mut self, evidence: Evidence) -> Option<Evidence> {
        if self.evidence.len() >= self.capacity {
            return Some(evidence);
        }
        self.evidence.push(evidence);
        None
    }

    /// Adds the invocations and the evidence that another joiner holds, and its capacity.
    pub fn merge(&mut self, other: Self) {
        self.capacity = self.capacity.saturating_add(other.capacity);
        self.invocations.extend(other.invocations);
        self.evidence.extend(other.evidence);
    }

    /// Applies every piece of evidence to the invocation of its request id that is nearest in time. Evidence without a
    /// request id goes to the invocation that ran in its stream at its time.
    #[must_use]
    pub fn finish(mut self) -> Joined {
        self.invocations.sort_by(|a, b| (a.time, &a.event_id).cmp(&(b.time, &b.event_id)));
        self.evidence.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
        let mut index = InvocationIndex::new(self.invocations);
        let leftover = self.evidence.into_iter().filter_map(|evidence| index.apply(evidence)).collect();
        Joined { invocations: index.invocations, leftover }
    }
}

/// Sort key of evidence, so that the result does not depend on the order in which evidence was added.
fn sort_key(evidence: &Evidence) -> impl Ord + '_ {
    (evidence.time, evidence.kind, &evidence.error_type, &evidence.request_id, evidence.origin.log_stream())
}

/// Invocations ordered by time, indexed by stream and request id, and by stream alone.
struct InvocationIndex {
    invocations: Vec<Invocation>,
    positions: HashMap<u64, Vec<usize>, FixedState>,
}

impl InvocationIndex {
    fn new(invocations: Vec<Invocation>) -> Self {
        let mut positions: HashMap<_, Vec<usize>, _> = HashMap::default();
        for (position, invocation) in invocations.iter().enumerate() {
            for request_id in [&*invocation.request_id, ""] {
                positions.entry(key(&invocation.origin, request_id)).or_default().push(position);
            }
        }
        Self { invocations, positions }
    }

    /// Applies evidence to the invocation that it is about; returns the evidence if the index has no such invocation.
    fn apply(&mut self, evidence: Evidence) -> Option<Evidence> {
        let Some(position) = self.nearest(&evidence) else {
            return Some(evidence);
        };
        let invocation = self.invocations.get_mut(position)?;
        invocation.apply_evidence(evidence.kind, evidence.error_type.as_deref());
        invocation.fill_missing(evidence.details);
        None
    }

    fn nearest(&self, evidence: &Evidence) -> Option<usize> {
        let positions = self.positions.get(&key(&evidence.origin, &evidence.request_id))?;
        let candidates =
            positions.iter().filter_map(|position| Some((*position, self.invocations.get(*position)?)));
        candidates
            .filter(|(_, invocation)| concerns(evidence, invocation))
            .min_by_key(|(position, invocation)| (invocation.distance(evidence.time), *position))
            .map(|(position, _)| position)
    }
}

/// True if the evidence is about this invocation.
fn concerns(evidence: &Evidence, invocation: &Invocation) -> bool {
    let is_same_request = evidence.request_id == invocation.request_id
        || (evidence.request_id.is_empty() && invocation.spans(evidence.time));
    is_same_request
        && evidence.origin.log_stream() == invocation.origin.log_stream()
        && evidence.origin.log_group() == invocation.origin.log_group()
}

/// Hash of a stream and a request id.
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
    fn complete_invocation_is_returned_at_once() {
        let complete = Invocation { at_edge: false, ..plain() };
        assert_eq!(Joiner::new(10).invocation(complete.clone()), Some(complete));
    }

    #[test]
    fn evidence_is_applied_to_the_nearest_retry() {
        let joined = join(&[at(100, "first"), at(60_100, "second")], vec![timeout(60_000)]);
        let outcomes: Vec<_> = joined.invocations.iter().map(|invocation| invocation.outcome).collect();
        assert_eq!(outcomes, [Outcome::Success, Outcome::Timeout]);
        assert_eq!(joined.leftover, []);
    }

    #[test]
    fn evidence_without_request_id_is_applied_to_the_invocation_at_its_time() {
        let unnamed = |time| Evidence { request_id: "".into(), ..timeout(time) };
        let invocations =
            [at(1_000, "first"), Invocation { request_id: "other".into(), ..at(60_000, "second") }];
        let joined = join(&invocations, vec![unnamed(59_990), unnamed(30_000)]);
        let outcomes: Vec<_> = joined.invocations.iter().map(|invocation| invocation.outcome).collect();
        assert_eq!(outcomes, [Outcome::Success, Outcome::Timeout]);
        assert_eq!(joined.leftover, [unnamed(30_000)]);
    }

    #[test]
    fn evidence_of_another_stream_or_request_is_not_applied() {
        let mut elsewhere = Origin::default();
        elsewhere.set_names("", "another stream");
        let unrelated = vec![
            Evidence { request_id: "another".into(), ..timeout(99) },
            Evidence { origin: elsewhere.into(), ..timeout(100) },
        ];
        let joined = join(&[at(100, "a")], unrelated.clone());
        assert_eq!(joined.leftover, unrelated);
        assert_eq!(joined.invocations, [at(100, "a")]);
    }

    #[test]
    fn details_fill_values_missing_in_the_report() {
        let details = Details {
            start: Some(StartKind::Cold),
            produced_bytes: Some(ByteSize(7)),
            trace_id: Some("other".into()),
            ..Details::default()
        };
        let traced = Invocation { trace_id: Some("own".into()), ..at(100, "a") };
        let joined =
            join(&[traced], vec![Evidence { kind: EvidenceKind::DetailsOnly, details, ..timeout(90) }]);
        let filled = &joined.invocations[0];
        assert_eq!((filled.start, filled.outcome), (StartKind::Cold, Outcome::Success));
        assert_eq!((filled.produced_bytes, filled.trace_id.as_deref()), (Some(ByteSize(7)), Some("own")));
    }

    #[test]
    fn items_beyond_the_capacity_are_returned() {
        let mut joiner = Joiner::new(1);
        assert_eq!(joiner.invocation(at(1, "a")), None);
        assert_eq!(joiner.invocation(at(2, "b")), Some(at(2, "b")));
        assert_eq!(joiner.evidence(timeout(1)), None);
        assert_eq!(joiner.evidence(timeout(2)), Some(timeout(2)));
    }

    #[test]
    fn merged_joiners_give_the_same_result_as_one() {
        let (mut a, mut b) = (Joiner::new(2), Joiner::new(2));
        assert_eq!(a.evidence(timeout(60_000)), None);
        assert_eq!(b.invocation(at(60_100, "second")), None);
        assert_eq!(b.invocation(at(100, "first")), None);
        a.merge(b);
        let joined = join(&[at(100, "first"), at(60_100, "second")], vec![timeout(60_000)]);
        assert_eq!(a.finish().invocations, joined.invocations);
    }
}
