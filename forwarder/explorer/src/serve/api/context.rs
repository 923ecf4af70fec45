//! Data that the handlers of API requests read: store, catalog and snapshot.

use std::{num::NonZeroUsize, path::Path, sync::RwLockReadGuard, thread};

use tailwater_forwarder::pipeline::TimeRange;

use crate::{
    query::{self, Answer, DEFAULT_MEMORY, Options, RunError, Tables, language::Query},
    serve::{
        ingest::now,
        query_params::QueryParams,
        query_slots::Stop,
        response::Problem,
        snapshot::{LiveStore, Snapshot},
    },
    store::{Assumption, EventFilter, Store},
    view::{Catalog, insight::Dimension},
};

/// Data that the handlers of API requests read: store, catalog and snapshot.
pub(in crate::serve) struct RequestContext<'a> {
    pub(in crate::serve) store: &'a Store,
    pub(in crate::serve) catalog: &'a Catalog,
    pub(in crate::serve) live: &'a LiveStore,
}

impl<'a> RequestContext<'a> {
    /// Locks the current snapshot for reading. The lock delays refreshes: drop the guard before a query of
    /// the store.
    pub(super) fn snapshot(&self) -> RwLockReadGuard<'a, Snapshot> {
        self.live.snapshot()
    }

    /// Dimensions that the cost is divided by: those of the request, else those that the store keeps.
    pub(super) fn dimensions(&self, params: &QueryParams) -> Result<Vec<Dimension>, Problem> {
        match params.dimensions()? {
            Some(dimensions) => Ok(Dimension::or_default(dimensions)),
            None => Ok(Dimension::kept(self.store.assumption(Assumption::Dimensions)?.as_deref())),
        }
    }
}

/// Data that the handlers of queries read.
pub(in crate::serve) struct QueryContext<'a> {
    pub(in crate::serve) request: RequestContext<'a>,
    /// File of the store.
    pub(in crate::serve) path: &'a Path,
    pub(in crate::serve) stop: &'a Stop,
}

/// Events that a query reads, and the number of rows that it returns.
#[derive(Clone, Copy, Default)]
pub(super) struct Selection<'s> {
    pub(super) range: TimeRange,
    pub(super) filter: Option<&'s EventFilter<'s>>,
    pub(super) limit: Option<usize>,
}

impl QueryContext<'_> {
    /// Runs a query.
    pub(super) fn run(&self, query: &Query, selection: Selection<'_>) -> Result<Answer, RunError> {
        let options = Options {
            store: self.path,
            catalog: self.request.catalog,
            tables: &Tables::default(),
            range: selection.range,
            filter: selection.filter,
            now: now().0,
            jobs: thread::available_parallelism().map_or(1, NonZeroUsize::get),
            memory: DEFAULT_MEMORY,
            limit: selection.limit,
            must_cancel: &|| self.stop.is_due(),
        };
        query::run(query, &options)
    }
}
