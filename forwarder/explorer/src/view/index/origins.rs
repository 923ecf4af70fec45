//! Table of the distinct origins of invocations, so that each compact invocation stores only the number of
//! its origin.

use std::{collections::HashMap, sync::Arc};

use foldhash::fast::RandomState;
use tailwater_parser::Origin;

use crate::view::function_stats::{BatchName, batch_name};

/// Index of an origin in an [`OriginTable`].
pub(super) type OriginId = u32;

/// The members of an origin by which the view distinguishes functions and versions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct OriginKey {
    account: Box<str>,
    region: Box<str>,
    function: Box<str>,
    version: Box<str>,
    batch_name: BatchName,
    is_learned: bool,
    is_edge: bool,
}

/// Distinct origins; origins that differ only in their log stream share one entry.
#[derive(Clone, Debug, Default)]
pub(super) struct OriginTable {
    ids: HashMap<OriginKey, OriginId, RandomState>,
    origins: Vec<Arc<Origin>>,
    /// Result of the last lookup, kept because invocations of one log stream arrive one after another.
    last: Option<(Arc<Origin>, OriginId)>,
}

impl OriginTable {
    /// Returns the id of an origin. Adds the origin to the table if it is new.
    pub(super) fn id(&mut self, origin: &Arc<Origin>) -> OriginId {
        if let Some((last, id)) = &self.last
            && Arc::ptr_eq(last, origin)
        {
            return *id;
        }
        let key = OriginKey {
            account: origin.account.as_str().into(),
            region: origin.region.as_str().into(),
            function: origin.function().into(),
            version: origin.version().into(),
            batch_name: batch_name(origin),
            is_learned: origin.is_learned(),
            is_edge: origin.is_edge(),
        };
        let next = OriginId::try_from(self.origins.len())
            .expect("fewer origins than invocations, which fit in memory");
        let id = *self.ids.entry(key).or_insert(next);
        if id == next {
            self.origins.push(Arc::clone(origin));
        }
        self.last = Some((Arc::clone(origin), id));
        id
    }

    pub(super) fn len(&self) -> usize {
        self.origins.len()
    }

    /// All origins; the index of each is its id.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Origin>> {
        self.origins.iter()
    }

    /// Returns the origin with this id. The log stream in it is that of the first invocation with this id.
    pub(super) fn origin(&self, id: OriginId) -> &Arc<Origin> {
        to_index(id).and_then(|at| self.origins.get(at)).expect("ids come from this table")
    }

    pub(super) fn is_edge(&self, at: usize) -> bool {
        self.origins.get(at).is_some_and(|origin| origin.is_edge())
    }

    pub(super) fn version(&self, at: usize) -> &str {
        self.origins.get(at).map_or("", |origin| origin.version())
    }
}

pub(super) fn to_index(id: OriginId) -> Option<usize> {
    usize::try_from(id).ok()
}
