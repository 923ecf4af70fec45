//! State of the server that all request handlers share.

use std::{path::Path, sync::Arc};

use tailwater_forwarder::pipeline::RuleConfig;

use super::{
    export::Exports,
    guard::Guard,
    ingest::Ingest,
    query_slots::QuerySlots,
    reader_pool::ReaderPool,
    response_cache::ResponseCache,
    snapshot::{LiveStore, Refresher, StartError},
    uploads::Uploads,
};
use crate::{store::Store, view::Catalog};

/// State of the server that all request handlers share.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) live: Arc<LiveStore>,
    pub(super) readers: ReaderPool,
    pub(super) response_cache: ResponseCache,
    pub(super) ingest: Ingest,
    pub(super) uploads: Uploads,
    pub(super) exports: Exports,
    pub(super) query_slots: QuerySlots,
    pub(super) guard: Guard,
    pub(super) catalog: Catalog,
}

impl Site {
    /// Opens the store, which is created or migrated if necessary, and starts the thread that watches it.
    pub(super) fn open(
        path: &Path,
        guard: Guard,
        catalog: Catalog,
        rules: Option<RuleConfig>,
    ) -> Result<(Self, Refresher), StartError> {
        // Creates or migrates the file; everything after this only reads it, except `ingest`.
        drop(Store::open(path)?);
        let (live, refresher) = LiveStore::start(path)?;
        let site = Self {
            live,
            readers: ReaderPool::new(path),
            response_cache: ResponseCache::default(),
            ingest: Ingest::new(path, rules),
            uploads: Uploads::default(),
            exports: Exports::default(),
            query_slots: QuerySlots::default(),
            guard,
            catalog,
        };
        Ok((site, refresher))
    }
}
