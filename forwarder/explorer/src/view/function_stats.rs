//! One function of one account and region, with what each of its versions did.

use std::{
    collections::{HashMap, HashSet},
    hash::BuildHasher,
};

use foldhash::fast::{FixedState, RandomState};
use tailwater_parser::{Origin, derive::Invocation};

use super::{known::not_empty, sums::Sums};

/// One function of one account and region.
#[derive(Clone, Debug)]
pub(super) struct Row {
    account: Box<str>,
    region: Box<str>,
    function: Box<str>,
    /// By name; an empty one stands for invocations whose version no line tells.
    versions: HashMap<Box<str>, Sums, RandomState>,
    /// What batches called it before a line taught its name.
    learned_from: HashSet<Called, RandomState>,
    /// What batches called it where no line taught another name.
    named: HashSet<Called, RandomState>,
    /// Whatever whoever holds the invocations calls what went into it.
    marks: Vec<Mark>,
}

/// A name of the holder's own for what went into a row.
pub(super) type Mark = usize;

/// Hash of the account, log group and function by which a batch called a function.
pub(super) type Called = u64;

impl Row {
    /// A row of a function that has done nothing yet.
    pub(super) fn of(origin: &Origin) -> Self {
        Self {
            account: origin.account.as_str().into(),
            region: origin.region.as_str().into(),
            function: origin.function().into(),
            versions: HashMap::default(),
            learned_from: HashSet::default(),
            named: HashSet::default(),
            marks: Vec::new(),
        }
    }

    pub(super) fn is_of(&self, origin: &Origin) -> bool {
        *self.account == *origin.account
            && *self.region == *origin.region
            && *self.function == *origin.function()
    }

    pub(super) fn is_same_function(&self, other: &Self) -> bool {
        self.account == other.account && self.region == other.region && self.function == other.function
    }

    pub(super) fn function(&self) -> &str {
        &self.function
    }

    /// Account, where a log tells.
    pub(super) fn account(&self) -> Option<&str> {
        not_empty(&self.account)
    }

    /// Region, where a log tells.
    pub(super) fn region(&self) -> Option<&str> {
        not_empty(&self.region)
    }

    /// Names of its versions, with what each did, in order of first sight.
    pub(super) fn versions(&self) -> Vec<(&str, &Sums)> {
        let named = self.versions.iter().filter(|(name, _)| !name.is_empty());
        let mut versions: Vec<_> = named.map(|(name, sums)| (&**name, sums)).collect();
        versions.sort_by_key(|(name, sums)| (sums.seen.first_start, *name));
        versions
    }

    /// What all its versions did.
    pub(super) fn sums(&self) -> Sums {
        let mut all = Sums::default();
        self.versions.values().for_each(|version| all.merge(version));
        all
    }

    /// The marks of all that went into it.
    pub(super) fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Takes note of what may go into it, without an invocation.
    pub(super) fn mark(&mut self, origin: &Origin, mark: Mark) {
        self.note_call(origin);
        self.marks.push(mark);
    }

    /// Whether lines taught its name.
    pub(super) fn is_learned(&self) -> bool {
        !self.learned_from.is_empty()
    }

    /// Whether all of `other`, whose name no line taught, was called what this one was called before its name was
    /// learned. A region that is known must be this one's.
    pub(super) fn was_called(&self, other: &Self) -> bool {
        let is_here = other.region.is_empty() || other.region == self.region;
        is_here && other.named.is_subset(&self.learned_from)
    }

    pub(super) fn add(&mut self, invocation: &Invocation) {
        self.note_call(&invocation.origin);
        let version = invocation.origin.version();
        if let Some(sums) = self.versions.get_mut(version) {
            sums.add(invocation);
        } else {
            self.versions.entry(version.into()).or_default().add(invocation);
        }
    }

    /// Adds what another row has counted; account and region stay this one's.
    pub(super) fn merge(&mut self, other: &Self) {
        for (name, sums) in &other.versions {
            self.versions.entry(name.clone()).or_default().merge(sums);
        }
        self.learned_from.extend(&other.learned_from);
        self.named.extend(&other.named);
        self.marks.extend(&other.marks);
    }

    fn note_call(&mut self, origin: &Origin) {
        let calls = if origin.is_learned() { &mut self.learned_from } else { &mut self.named };
        calls.insert(called(origin));
    }
}

pub(super) fn called(origin: &Origin) -> Called {
    let names = (origin.named_account(), origin.log_group(), origin.named_function());
    FixedState::default().hash_one(names)
}
