//! What happens to a block, an invocation and a piece of evidence in the file. Doing any of it twice changes nothing.

use std::{collections::HashMap, sync::Arc};

use foldhash::fast::RandomState;
use rusqlite::{Connection, params};
use tailwater_parser::{
    Origin,
    derive::{Details, Evidence, Invocation},
};

use super::{
    block::{Block, Sealer},
    codes::Code,
    error::StoreError,
    identity::StreamKey,
    overlap::Overlap,
    problem, row,
    writer::Written,
};

/// Streams whose rows are remembered; beyond it all are forgotten, and looked up again as they come.
const MAX_SOURCES: usize = 100_000;

/// Rows of a log stream and of the function that it is shown under.
#[derive(Clone, Debug)]
struct Source {
    function: i64,
    stream: i64,
    region_known: bool,
}

/// Puts things into the file, in whatever transaction is open.
pub(super) struct Inserter<'c> {
    connection: &'c Connection,
    sources: HashMap<StreamKey, Source, RandomState>,
    overlap: Overlap,
    sealer: Sealer,
    /// The file's version when `overlap` was right.
    version: Option<i64>,
    /// What became of all that was taken.
    pub(super) written: Written,
}

impl<'c> Inserter<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self {
            connection,
            sources: HashMap::default(),
            overlap: Overlap::default(),
            sealer: Sealer::default(),
            version: None,
            written: Written::default(),
        }
    }

    /// A transaction began. What is remembered of the file is forgotten if another program has written to it.
    pub(super) fn begin(&mut self) -> Result<(), StoreError> {
        let version = self.connection.pragma_query_value(None, "data_version", |row| row.get(0))?;
        if self.version.replace(version).is_some_and(|before| before != version) {
            self.overlap = Overlap::default();
        }
        Ok(())
    }

    /// Stores the events of a block that are not stored yet.
    pub(super) fn block(&mut self, block: &Block) -> Result<(), StoreError> {
        let source = self.source(&block.origin)?;
        self.written.duplicates += block.duplicates;
        let known = self.overlap.known(self.connection, source.stream, block.first)?;
        let keys = super::block::read_keys(&block.packed.event_keys);
        if known.is_empty() || !keys.into_iter().any(|key| known.contains(&key)) {
            known.extend(super::block::read_keys(&block.packed.event_keys));
            return self.insert(&source, block);
        }
        let events = block.packed.open().ok_or(StoreError::Damaged { block: 0 })?;
        let fresh = events.unseen(known);
        self.written.duplicates += block.counted - fresh.counted();
        match self.sealer.seal(Arc::clone(&block.origin), &fresh) {
            Some(block) => self.insert(&source, &block),
            None => Ok(()),
        }
    }

    fn insert(&mut self, source: &Source, block: &Block) -> Result<(), StoreError> {
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO blocks (stream_id, function_id, first_ms, last_ms, events, levels, event_keys, columns, messages)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        let packed = &block.packed;
        let id = insert.insert(params![
            source.stream,
            source.function,
            block.first.0,
            block.last.0,
            row::signed(block.counted),
            block.levels.0,
            packed.event_keys,
            packed.columns,
            packed.messages,
        ])?;
        self.connection
            .prepare_cached("INSERT INTO block_words (block_id, bloom) VALUES (?1, ?2)")?
            .execute(params![id, block.bloom])?;
        problem::insert(self.connection, (source.function, id), block.origin.version(), &block.problems)?;
        self.written.events += block.counted;
        Ok(())
    }

    /// Stores an invocation, or completes the one that is stored.
    pub(super) fn invocation(&mut self, invocation: &Invocation) -> Result<(), StoreError> {
        let source = self.source(&invocation.origin)?;
        let mut upsert = self.connection.prepare_cached(row::UPSERT)?;
        row::bind(invocation, source.function, source.stream, |values| upsert.execute(values))?;
        self.written.invocations += 1;
        Ok(())
    }

    /// Stores a piece of evidence, or completes the one that is stored.
    pub(super) fn evidence(&mut self, evidence: &Evidence) -> Result<(), StoreError> {
        let source = self.source(&evidence.origin)?;
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO evidence (stream_id, request_id, time_ms, kind, error_type,
                start, produced_bytes, response_latency_ns, trace_id, tenant)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT DO UPDATE SET
                start = coalesce(start, excluded.start),
                produced_bytes = coalesce(produced_bytes, excluded.produced_bytes),
                response_latency_ns = coalesce(response_latency_ns, excluded.response_latency_ns),
                trace_id = coalesce(trace_id, excluded.trace_id),
                tenant = coalesce(tenant, excluded.tenant)",
        )?;
        let Details { start, produced_bytes, response_latency, trace_id, tenant } = &evidence.details;
        insert.execute(params![
            source.stream,
            evidence.request_id,
            evidence.time.0,
            evidence.kind.code(),
            evidence.error_type.as_deref().unwrap_or_default(),
            start.map(Code::code),
            produced_bytes.map(|size| row::signed(size.0)),
            response_latency.map(row::nanos),
            trace_id,
            tenant,
        ])?;
        Ok(())
    }

    /// The rows of a stream and its function, which are made where there are none.
    fn source(&mut self, origin: &Origin) -> Result<Source, StoreError> {
        let key = StreamKey::of(origin);
        if let Some(source) = self.sources.get(&key)
            && (source.region_known || origin.region.is_empty())
        {
            return Ok(source.clone());
        }
        let source = self.stored_source(origin)?;
        if self.sources.len() >= MAX_SOURCES {
            self.sources.clear();
        }
        self.sources.insert(key, source.clone());
        Ok(source)
    }

    fn stored_source(&self, origin: &Origin) -> Result<Source, StoreError> {
        let group = origin.log_group();
        let named = self.stored_function([origin.named_account(), group, origin.named_function()])?;
        let function = self.stored_function([&origin.account, group, origin.function()])?;
        // A stream lives in one region: the first that is named holds.
        let (stream, region_known) = self
            .connection
            .prepare_cached(
                "INSERT INTO streams (function_id, log_stream, region) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET region = iif(region = '', excluded.region, region)
                 RETURNING id, region <> ''",
            )?
            .query_row(params![named, origin.log_stream(), origin.region], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        Ok(Source { function, stream, region_known })
    }

    /// The row of a function by account, log group and name.
    fn stored_function(&self, names: [&str; 3]) -> Result<i64, StoreError> {
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO functions (account, log_group, name) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET name = name RETURNING id",
        )?;
        Ok(insert.query_row(names, |row| row.get(0))?)
    }
}
