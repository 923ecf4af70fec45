//! Data that the handlers of API requests read: store, catalog and snapshot.

use std::sync::RwLockReadGuard;

use crate::{
    serve::snapshot::{LiveStore, Snapshot},
    store::Store,
    view::Catalog,
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
}
