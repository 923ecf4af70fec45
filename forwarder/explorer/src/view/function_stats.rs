//! Statistics of one function of one account and region, by version.

use std::{
    collections::{HashMap, HashSet},
    hash::BuildHasher,
};

use foldhash::fast::{FixedState, RandomState};
use tailwater_parser::{Origin, derive::Invocation};

use super::{resolved::not_empty, stats::Stats};

/// Statistics of one function of one account and region.
#[derive(Clone, Debug)]
pub(super) struct FunctionStats {
    account: Box<str>,
    region: Box<str>,
    name: Box<str>,
    /// Statistics by version name. The empty name is for invocations of unknown version.
    versions: HashMap<Box<str>, Stats, RandomState>,
    /// Batches in which a log line contained the real function name.
    learned_from: HashSet<BatchName, RandomState>,
    /// Batches in which no log line contained a function name other than that of the batch itself.
    named_by: HashSet<BatchName, RandomState>,
    attached: Vec<usize>,
}

/// Identity of a batch (log events of one log stream that were read together): a hash of the account, log
/// group and function name that its input gave, before log lines correct them.
pub(super) type BatchName = u64;

impl FunctionStats {
    /// Creates empty statistics for the function of `origin`.
    pub(super) fn new(origin: &Origin) -> Self {
        Self {
            account: origin.account.as_str().into(),
            region: origin.region.as_str().into(),
            name: origin.listed_name().into(),
            versions: HashMap::default(),
            learned_from: HashSet::default(),
            named_by: HashSet::default(),
            attached: Vec::new(),
        }
    }

    pub(super) fn is_of(&self, origin: &Origin) -> bool {
        *self.account == *origin.account
            && *self.region == *origin.region
            && *self.name == *origin.listed_name()
    }

    pub(super) fn is_same_function(&self, other: &Self) -> bool {
        self.account == other.account && self.region == other.region && self.name == other.name
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Account; `None` if the logs do not contain it.
    pub(super) fn account(&self) -> Option<&str> {
        not_empty(&self.account)
    }

    /// Region; `None` if the logs do not contain it.
    pub(super) fn region(&self) -> Option<&str> {
        not_empty(&self.region)
    }

    /// Names and statistics of the known versions, in order of their first start.
    pub(super) fn versions(&self) -> Vec<(&str, &Stats)> {
        let known = self.versions.iter().filter(|(name, _)| !name.is_empty());
        let mut versions: Vec<_> = known.map(|(name, stats)| (&**name, stats)).collect();
        versions.sort_by_key(|(name, stats)| (stats.bounds.first_start, *name));
        versions
    }

    /// Statistics of all versions together.
    pub(super) fn total(&self) -> Stats {
        let mut total = Stats::default();
        self.versions.values().for_each(|version| total.merge(version));
        total
    }

    /// Ids that [`Self::attach`] added to this function, and to the functions merged into it. Only the caller
    /// knows what an id stands for.
    pub(super) fn attached(&self) -> &[usize] {
        &self.attached
    }

    /// Attaches `id` to the function, and records the batch name of `origin` as [`Self::add`] does.
    pub(super) fn attach(&mut self, origin: &Origin, id: usize) {
        self.note_batch(origin);
        self.attached.push(id);
    }

    /// True if the function name was learned from log lines, not only from the input.
    pub(super) fn is_learned(&self) -> bool {
        !self.learned_from.is_empty()
    }

    /// True if `other`, whose name was not learned from log lines, can be merged into this function: this
    /// function's name was learned in every batch that `other` is named after, and the region of `other` is
    /// unknown or the same.
    pub(super) fn covers_batches_of(&self, other: &Self) -> bool {
        let is_region_compatible = other.region.is_empty() || other.region == self.region;
        is_region_compatible && other.named_by.is_subset(&self.learned_from)
    }

    pub(super) fn add(&mut self, invocation: &Invocation) {
        self.note_batch(&invocation.origin);
        let version = invocation.origin.version();
        if let Some(stats) = self.versions.get_mut(version) {
            stats.add(invocation);
        } else {
            self.versions.entry(version.into()).or_default().add(invocation);
        }
    }

    /// Adds all invocations of `other`; account, region and name stay unchanged.
    pub(super) fn merge(&mut self, other: &Self) {
        for (name, stats) in &other.versions {
            self.versions.entry(name.clone()).or_default().merge(stats);
        }
        self.learned_from.extend(&other.learned_from);
        self.named_by.extend(&other.named_by);
        self.attached.extend(&other.attached);
    }

    fn note_batch(&mut self, origin: &Origin) {
        let batches = if origin.is_learned() { &mut self.learned_from } else { &mut self.named_by };
        batches.insert(batch_name(origin));
    }
}

pub(super) fn batch_name(origin: &Origin) -> BatchName {
    let names = (origin.batch_account(), origin.log_group(), origin.batch_function());
    FixedState::default().hash_one(names)
}
