//! Parent of a run: the run that caused it, with the evidence.

use std::cmp::Reverse;

use serde::Serialize;
use tailwater_parser::{UnixMillis, line::correlation::IdKind};

use super::{
    chains::{Chains, Group},
    roles::Roles,
    run::{IdKey, LinkedRun, index, number},
};

/// Difference of clocks in milliseconds that is tolerated where a run may enclose another one.
const TOLERANCE_MS: i64 = 5;
/// Difference of clocks that is tolerated where lines prove which run sent the message that the other one handles.
const PROVEN_TOLERANCE_MS: i64 = 60_000;

/// Evidence that a run caused another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The run's X-Ray parent is the span of the other one.
    ParentSpan,
    /// They share an id, and tags declare that the one function calls the other.
    Tag,
    /// They share an id, and the one ran within the time of the other.
    Enclosing,
    /// They share an id, and the one is the last that had begun before.
    Order,
}

impl Evidence {
    /// Confidence in percent.
    #[must_use]
    pub fn confidence_pct(self) -> u8 {
        match self {
            Self::ParentSpan => 100,
            Self::Tag => 90,
            Self::Enclosing => 80,
            Self::Order => 50,
        }
    }
}

/// Link of a run to the one that caused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Index of the parent.
    pub parent: u32,
    /// Evidence.
    pub evidence: Evidence,
    /// Strongest id that both have.
    pub shared: Option<(IdKind, IdKey)>,
    /// Id of the message, event or execution that both have: it says more than the id of the whole request.
    pub hop: Option<(IdKind, IdKey)>,
}

impl Link {
    /// Confidence in percent: that of the evidence, unless the shared id is of a weaker kind.
    #[must_use]
    pub fn confidence_pct(&self) -> u8 {
        let evidence = self.evidence.confidence_pct();
        match (self.evidence, self.shared) {
            (Evidence::ParentSpan, _) | (_, None) => evidence,
            (Evidence::Tag | Evidence::Enclosing | Evidence::Order, Some((kind, _))) => {
                evidence.min(kind.confidence_pct())
            }
        }
    }
}

/// Finds the parent of each run that is in a group or names a parent span.
pub(super) fn find(runs: &[LinkedRun], found: &Chains, roles: &Roles) -> Vec<Option<Link>> {
    let search = Search { runs, found, roles };
    let mut links: Vec<Option<Link>> = (0..runs.len()).map(|at| search.parent(number(at))).collect();
    // Attempts after the first were caused by what caused the first, unless their own span says otherwise.
    for at in 0..links.len() {
        let first = found.first_attempts.get(at).map_or(at, |first| index(*first));
        let own = links.get(at).copied().flatten();
        let is_inferred = own.is_none_or(|link| link.evidence != Evidence::ParentSpan);
        if first != at && is_inferred {
            let of_first = links.get(first).copied().flatten();
            if let Some(slot) = links.get_mut(at) {
                *slot = of_first;
            }
        }
    }
    cut_cycles(&mut links);
    links
}

struct Search<'s> {
    runs: &'s [LinkedRun],
    found: &'s Chains,
    roles: &'s Roles,
}

/// Best candidate so far with its sort key; the run is `None` if several are equally good.
type Best<K> = Option<(K, Option<u32>)>;

/// Sort key by which the innermost enclosing run is the greatest: its start, then its end reversed.
type Innermost = (UnixMillis, Reverse<UnixMillis>);

fn offer<K: Ord>(best: &mut Best<K>, key: K, run: u32) {
    match best {
        Some((known, _)) if key < *known => {}
        Some((known, winner)) if key == *known => {
            if *winner != Some(run) {
                *winner = None;
            }
        }
        Some(_) | None => *best = Some((key, Some(run))),
    }
}

impl Search<'_> {
    fn parent(&self, at: u32) -> Option<Link> {
        let run = self.runs.get(index(at))?;
        let groups = self.found.groups_of.get(index(at))?;
        let link = |parent, evidence| Link {
            parent,
            evidence,
            shared: self.shared(at, parent, |_| true),
            hop: self.shared(at, parent, |kind| is_of_hop(kind) || kind == IdKind::Execution),
        };
        if let Some(parent) = self.by_span(run, at) {
            return Some(link(parent, Evidence::ParentSpan));
        }
        let groups = || groups.iter().filter_map(|group| self.found.groups.get(index(*group)));
        // An id of one message or event says more than one that the whole request has.
        let of_hop = self
            .sender(
                run,
                at,
                groups().filter(|group| is_of_hop(group.kind) || group.kind == IdKind::Execution),
            )
            .or_else(|| self.publisher(run, at, groups().filter(|group| is_of_many(group.kind))))
            .or_else(|| self.nearest(run, at, groups().filter(|group| is_of_hop(group.kind))));
        let (parent, evidence) = of_hop.or_else(|| self.nearest(run, at, groups()))?;
        Some(link(parent?, evidence))
    }

    /// Finds the run that sent the message that a run handles, where lines of both name its queue, topic, bus or state
    /// machine. Their clocks do not decide which of the two is the sender.
    fn sender<'g>(
        &self,
        run: &LinkedRun,
        at: u32,
        groups: impl Iterator<Item = &'g Group>,
    ) -> Option<(Option<u32>, Evidence)> {
        let mut best: Best<(bool, UnixMillis)> = None;
        for other in groups.flat_map(|group| group.runs.iter().copied()).filter(|other| *other != at) {
            let Some(candidate) = self.runs.get(index(other)) else { continue };
            let is_early = candidate.begin.0 <= run.begin.0.saturating_add(PROVEN_TOLERANCE_MS);
            if is_early && candidate.function != run.function && self.roles.between(other, at).is_some() {
                // The last that had begun before, else the one whose clock is least ahead.
                let is_before = candidate.begin <= run.begin;
                let key =
                    if is_before { candidate.begin } else { UnixMillis(candidate.begin.0.saturating_neg()) };
                offer(&mut best, (is_before, key), other);
            }
        }
        let (_, parent) = best?;
        let encloses =
            parent.and_then(|parent| self.runs.get(index(parent))).is_some_and(|outer| encloses(outer, run));
        Some((parent, if encloses { Evidence::Enclosing } else { Evidence::Order }))
    }

    /// Finds the run that published a message or an event that several functions get: the first with its id, not the
    /// receiver that happened to begin last.
    fn publisher<'g>(
        &self,
        run: &LinkedRun,
        at: u32,
        groups: impl Iterator<Item = &'g Group>,
    ) -> Option<(Option<u32>, Evidence)> {
        let mut best: Best<Reverse<UnixMillis>> = None;
        for group in groups {
            for (other, candidate) in self.candidates(run, at, group) {
                if encloses(candidate, run) {
                    // A run that called this one while it handled the same message is nearer.
                    return None;
                }
                if candidate.begin < run.begin {
                    offer(&mut best, Reverse(candidate.begin), other);
                }
            }
        }
        best.map(|(_, parent)| (parent, Evidence::Order))
    }

    fn by_span(&self, run: &LinkedRun, at: u32) -> Option<u32> {
        let parent = (*self.found.spans.get(&run.link.parent_span?.get())?)?;
        (parent != at).then_some(parent)
    }

    /// Finds, of other functions' runs in the groups, the innermost that encloses a run, else the last begun before it.
    fn nearest<'g>(
        &self,
        run: &LinkedRun,
        at: u32,
        groups: impl Iterator<Item = &'g Group>,
    ) -> Option<(Option<u32>, Evidence)> {
        let (mut enclosing, mut before): (Best<Innermost>, Best<UnixMillis>) = (None, None);
        for group in groups {
            for (other, candidate) in self.candidates(run, at, group) {
                if encloses(candidate, run) {
                    offer(&mut enclosing, (candidate.begin, Reverse(candidate.end)), other);
                } else if candidate.begin < run.begin {
                    offer(&mut before, candidate.begin, other);
                }
            }
        }
        match (enclosing, before) {
            (Some((_, parent)), _) => Some((parent, Evidence::Enclosing)),
            (None, Some((_, parent))) => Some((parent, Evidence::Order)),
            (None, None) => None,
        }
    }

    /// Other functions' runs of a group that had begun when a run began, within the tolerance, and that nothing proves to be
    /// no callers of it.
    fn candidates<'s>(
        &'s self,
        run: &'s LinkedRun,
        at: u32,
        group: &'s Group,
    ) -> impl Iterator<Item = (u32, &'s LinkedRun)> {
        let of_group = group.runs.iter().filter_map(|other| Some((*other, self.runs.get(index(*other))?)));
        of_group.take_while(|(_, other)| other.begin.0 <= run.begin.0.saturating_add(TOLERANCE_MS)).filter(
            move |(other, candidate)| {
                *other != at && candidate.function != run.function && !self.are_apart(*other, at, group.kind)
            },
        )
    }

    /// True if a run did not cause another one, although they share an id: one span caused both, both got the same message,
    /// or the other one sent what this one handles.
    fn are_apart(&self, one: u32, other: u32, kind: IdKind) -> bool {
        let span = |run: u32| self.runs.get(index(run))?.link.parent_span;
        let have_one_caller = span(one).is_some() && span(one) == span(other);
        have_one_caller
            || (is_of_hop(kind)
                && (self.roles.are_receivers(one, other) || self.roles.between(other, one).is_some()))
    }

    /// Strongest id of some kinds that two runs share.
    fn shared(&self, one: u32, other: u32, is_wanted: impl Fn(IdKind) -> bool) -> Option<(IdKind, IdKey)> {
        let groups = |run: u32| self.found.groups_of.get(index(run));
        let of_other = groups(other)?;
        let both = groups(one)?.iter().filter(|group| of_other.contains(group));
        both.filter_map(|group| self.found.groups.get(index(*group)))
            .map(|group| (group.kind, group.id))
            .filter(|(kind, _)| is_wanted(*kind))
            .min()
    }
}

/// True for ids of a message or an event that several functions get.
fn is_of_many(kind: IdKind) -> bool {
    matches!(kind, IdKind::SnsMessage | IdKind::Event)
}

/// True for ids of one message, event or call.
fn is_of_hop(kind: IdKind) -> bool {
    match kind {
        IdKind::SqsMessage | IdKind::SnsMessage | IdKind::Event => true,
        IdKind::Trace | IdKind::Correlation | IdKind::Field | IdKind::ApiRequest | IdKind::Execution => false,
    }
}

/// True if one run ran within the time of another. Where each does within the tolerance, the exact times decide.
fn encloses(outer: &LinkedRun, inner: &LinkedRun) -> bool {
    let within = |outer: &LinkedRun, inner: &LinkedRun, tolerance: i64| {
        outer.begin.0 <= inner.begin.0.saturating_add(tolerance)
            && inner.end.0 <= outer.end.0.saturating_add(tolerance)
    };
    let is_mutual = within(inner, outer, TOLERANCE_MS);
    within(outer, inner, TOLERANCE_MS)
        && (!is_mutual || (within(outer, inner, 0) && !within(inner, outer, 0)))
}

/// Removes links that would make a run its own ancestor: of those in a circle the one with the least confidence.
fn cut_cycles(links: &mut [Option<Link>]) {
    /// State of a run: not visited, on the path that is being followed, or known to lead to a root.
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum State {
        New,
        OnPath,
        Done,
    }
    let mut states = vec![State::New; links.len()];
    for start in 0..links.len() {
        let (mut path, mut at) = (Vec::new(), start);
        while states.get(at) == Some(&State::New) {
            path.push(at);
            states.iter_mut().skip(at).take(1).for_each(|state| *state = State::OnPath);
            match links.get(at).copied().flatten() {
                Some(link) => at = index(link.parent),
                None => break,
            }
        }
        if states.get(at) == Some(&State::OnPath) && path.last() != Some(&at) || is_own_parent(links, at) {
            let circle = path.iter().copied().skip_while(|run| *run != at);
            let confidence =
                |run: &usize| links.get(*run).copied().flatten().map(|link| link.confidence_pct());
            if let Some(slot) = circle.min_by_key(confidence).and_then(|weakest| links.get_mut(weakest)) {
                *slot = None;
            }
        }
        for run in path {
            states.iter_mut().skip(run).take(1).for_each(|state| *state = State::Done);
        }
    }
}

fn is_own_parent(links: &[Option<Link>], at: usize) -> bool {
    links.get(at).copied().flatten().is_some_and(|link| index(link.parent) == at)
}
