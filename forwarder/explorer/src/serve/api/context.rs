//! Data that the handlers of API requests read: store, catalog and snapshot.

use std::sync::RwLockReadGuard;

use crate::{
    serve::{
        query_params::QueryParams,
        response::Problem,
        snapshot::{LiveStore, Snapshot},
    },
    store::{Assumption, Store},
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
