//! Idempotent inserts of blocks, invocations and evidence (facts about an invocation from other lines than
//! its REPORT).

use std::{collections::HashMap, sync::Arc};

use foldhash::fast::RandomState;
use rusqlite::{Connection, params, types::ValueRef};
use tailwater_parser::{
    Origin,
    derive::{Details, Evidence, Invocation},
    line::correlation::Scanner,
};

use super::{
    block::{Block, BlockEncoder, read_keys},
    checksum::{self, OF_EVIDENCE, OF_INVOCATION},
    codes::Code,
    error::StoreError,
    identity::StreamKey,
    key_cache::KeyCache,
    mentions,
    origin_cache::StreamRow,
    row,
    totals::Total,
};

/// Maximum number of log streams whose row ids are cached. When it is reached, the cache is cleared.
const MAX_STREAMS: usize = 100_000;

/// Number of log events and invocations that a writer has processed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteCounts {
    /// Number of log events that were new in the store. The parts of a split message count once.
    pub events: u64,
    /// Number of log events that were already stored, or were received more than once.
    pub duplicates: u64,
    /// Number of invocations received, new or already stored.
    pub invocations: u64,
}

/// Cached row ids of a log stream, and true if its region is stored already.
#[derive(Clone, Copy, Debug)]
struct CachedStream {
    row: StreamRow,
    region_known: bool,
}

/// Insert operations on a connection. They run in the transaction that the caller has opened.
pub(super) struct Inserter<'c> {
    connection: &'c Connection,
    streams: HashMap<StreamKey, CachedStream, RandomState>,
    stored_keys: KeyCache,
    encoder: BlockEncoder,
    /// SQLite's `data_version` for which `stored_keys` is valid.
    data_version: Option<i64>,
    /// Numbers of log events and invocations processed so far.
    pub(super) counts: WriteCounts,
    /// Number of stored events, and last row ids, at the beginning of the transaction.
    before: Stored,
}

/// Number of stored events, and last row ids of the tables to which a transaction only adds rows.
#[derive(Clone, Copy, Debug, Default)]
struct Stored {
    events: u64,
    invocations: i64,
    evidence: i64,
    blocks: i64,
    mentions: i64,
}

impl<'c> Inserter<'c> {
    /// Creates an inserter; `scanner` finds the correlation ids in blocks of which a part is stored already.
    pub(super) fn new(connection: &'c Connection, scanner: Arc<Scanner>) -> Self {
        Self {
            connection,
            streams: HashMap::default(),
            stored_keys: KeyCache::default(),
            encoder: BlockEncoder::new(scanner),
            data_version: None,
            counts: WriteCounts::default(),
            before: Stored::default(),
        }
    }

    /// Clears the cache of stored keys if another program has written to the file. Call it after each `BEGIN`.
    pub(super) fn begin(&mut self) -> Result<(), StoreError> {
        let version = self.connection.pragma_query_value(None, "data_version", |row| row.get(0))?;
        if self.data_version.replace(version).is_some_and(|before| before != version) {
            self.stored_keys = KeyCache::default();
        }
        self.before = self.stored()?;
        Ok(())
    }

    /// Adds the rows of the transaction to the stored numbers of rows. Call it before each `COMMIT`.
    pub(super) fn end(&self) -> Result<(), StoreError> {
        let (before, after) = (self.before, self.stored()?);
        let events = row::signed(after.events - before.events);
        for (total, rows) in [
            (Total::Invocations, after.invocations - before.invocations),
            (Total::Evidence, after.evidence - before.evidence),
            (Total::Blocks, after.blocks - before.blocks),
            (Total::Mentions, after.mentions - before.mentions),
            (Total::Events, events),
        ] {
            total.add(self.connection, rows)?;
        }
        Ok(())
    }

    fn stored(&self) -> Result<Stored, StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT (SELECT coalesce(max(id), 0) FROM invocations), (SELECT coalesce(max(id), 0) FROM evidence),
                (SELECT coalesce(max(id), 0) FROM blocks), (SELECT coalesce(max(id), 0) FROM mentions)",
        )?;
        let events = self.counts.events;
        Ok(select.query_row([], |row| {
            let (invocations, evidence) = (row.get(0)?, row.get(1)?);
            Ok(Stored { events, invocations, evidence, blocks: row.get(2)?, mentions: row.get(3)? })
        })?)
    }

    /// Inserts the events of a block that are not stored yet.
    pub(super) fn block(&mut self, block: &Block) -> Result<(), StoreError> {
        let stream = self.stream(&block.origin)?;
        self.counts.duplicates += block.duplicates;
        let stored = self.stored_keys.stream_keys(self.connection, stream.stream, block.first)?;
        if stored.is_empty() || !read_keys(&block.encoded.event_keys).any(|key| stored.contains(&key)) {
            stored.extend(read_keys(&block.encoded.event_keys));
            return self.insert(stream, block);
        }
        let events = block.encoded.decode().ok_or(StoreError::Damaged { table: "blocks", row: 0 })?;
        let new = events.unseen(stored);
        self.counts.duplicates += block.counted - new.counted();
        match self.encoder.encode(Arc::clone(&block.origin), &new) {
            Some(block) => self.insert(stream, &block),
            None => Ok(()),
        }
    }

    /// Inserts a block, none of whose events is stored.
    pub(super) fn insert(&mut self, stream: StreamRow, block: &Block) -> Result<(), StoreError> {
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO blocks (stream_id, function_id, first_ms, last_ms, events, levels, event_keys, columns, messages)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        let encoded = &block.encoded;
        let id = insert.insert(params![
            stream.stream,
            stream.function,
            block.first.0,
            block.last.0,
            row::signed(block.counted),
            block.levels.0,
            encoded.event_keys,
            encoded.columns,
            encoded.messages,
        ])?;
        self.connection
            .prepare_cached("INSERT INTO block_words (block_id, bloom) VALUES (?1, ?2)")?
            .execute(params![id, block.bloom])?;
        self.insert_sums(id, stream, block)?;
        mentions::insert(self.connection, stream.stream, &block.mentions)?;
        self.counts.events += block.counted;
        Ok(())
    }

    /// Inserts the checksums of a block. They are those of the SQL expressions in [`checksum`].
    fn insert_sums(&self, id: i64, stream: StreamRow, block: &Block) -> Result<(), StoreError> {
        let [first, last, levels] = [block.first.0, block.last.0, i64::from(block.levels.0)];
        let head = [id, stream.stream, stream.function, first, last, levels].map(ValueRef::Integer);
        let encoded = &block.encoded;
        let event_keys = [ValueRef::Integer(row::signed(block.counted)), ValueRef::Blob(&encoded.event_keys)];
        let content = [&encoded.columns, &encoded.messages].map(|bytes| ValueRef::Blob(bytes));
        self.connection
            .prepare_cached(
                "INSERT INTO block_sums (block_id, head, event_keys, content, words)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                id,
                checksum::of_values(head),
                checksum::of_values(event_keys),
                checksum::of_values(content),
                checksum::of_values([ValueRef::Blob(&block.bloom)]),
            ])?;
        Ok(())
    }

    /// Inserts an invocation, or merges it into the stored one.
    pub(super) fn invocation(&mut self, invocation: &Invocation) -> Result<(), StoreError> {
        let stream = self.stream(&invocation.origin)?;
        let mut insert = self.connection.prepare_cached(row::INSERT)?;
        if row::bind(invocation, stream, |values| insert.execute(values))? == 0 {
            let mut merge = self.connection.prepare_cached(row::MERGE)?;
            let (id, sum) = row::bind(invocation, stream, |values| merge.query_row(values, row::id_and_sum))?;
            checksum::verify(sum == checksum::NOT_COMPUTED, "invocations", id)?;
            checksum::update(self.connection, "invocations", OF_INVOCATION, id)?;
        }
        self.counts.invocations += 1;
        Ok(())
    }

    /// Inserts a piece of evidence. If it is stored already, fills in the details that are missing in the
    /// stored row.
    pub(super) fn evidence(&mut self, evidence: &Evidence) -> Result<(), StoreError> {
        let stream = self.stream(&evidence.origin)?;
        // As for invocations, the checksum of a stored row is computed again only if it was right.
        let mut insert = self.connection.prepare_cached(&format!(
            "INSERT INTO evidence (stream_id, request_id, time_ms, kind, error_type,
                start, produced_bytes, response_latency_ns, trace_id, tenant, sum)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,
                checksum(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10))
             ON CONFLICT DO UPDATE SET
                sum = iif(sum = {OF_EVIDENCE}, 0, sum),
                start = coalesce(start, excluded.start),
                produced_bytes = coalesce(produced_bytes, excluded.produced_bytes),
                response_latency_ns = coalesce(response_latency_ns, excluded.response_latency_ns),
                trace_id = coalesce(trace_id, excluded.trace_id),
                tenant = coalesce(tenant, excluded.tenant)
             RETURNING id, sum"
        ))?;
        // Segments and times of START lines are joined within an input only (see [`Details::is_evidence`]).
        let Details {
            start,
            produced_bytes,
            response_latency,
            trace_id,
            tenant,
            segment: _,
            start_time: _,
            init_start_time: _,
            spans: _,
        } = &evidence.details;
        let values = params![
            stream.stream,
            evidence.request_id,
            evidence.time.0,
            evidence.kind.code(),
            evidence.error_type.as_deref().unwrap_or_default(),
            start.map(Code::code),
            produced_bytes.map(|size| row::signed(size.0)),
            response_latency.map(row::nanos),
            trace_id,
            tenant,
        ];
        let (id, sum) = insert.query_row(values, row::id_and_sum)?;
        if sum == checksum::NOT_COMPUTED {
            checksum::update(self.connection, "evidence", OF_EVIDENCE, id)?;
        }
        Ok(())
    }

    /// Returns the row ids of a log stream and its function. Inserts the rows if they are missing.
    fn stream(&mut self, origin: &Origin) -> Result<StreamRow, StoreError> {
        let key = StreamKey::of(origin);
        if let Some(cached) = self.streams.get(&key)
            && (cached.region_known || origin.region.is_empty())
        {
            return Ok(cached.row);
        }
        let stream = self.upsert_stream(origin)?;
        if self.streams.len() >= MAX_STREAMS {
            self.streams.clear();
        }
        self.streams.insert(key, stream);
        Ok(stream.row)
    }

    fn upsert_stream(&self, origin: &Origin) -> Result<CachedStream, StoreError> {
        let group = origin.log_group();
        let named = self.upsert_function([origin.batch_account(), group, origin.batch_function()])?;
        let function = self.upsert_function([&origin.account, group, origin.function()])?;
        // A stream exists in one region only, so the first known region is kept.
        let (stream, region_known) = self
            .connection
            .prepare_cached(
                "INSERT INTO streams (function_id, log_stream, region, sum)
                 VALUES (?1, ?2, ?3, checksum(?1, ?2, ?3))
                 ON CONFLICT DO UPDATE SET
                    sum = iif(region = '', excluded.sum, sum),
                    region = iif(region = '', excluded.region, region)
                 RETURNING id, region <> ''",
            )?
            .query_row(params![named, origin.log_stream(), origin.region], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        Ok(CachedStream { row: StreamRow { stream, function }, region_known })
    }

    /// Returns the row id of the function with these names (account, log group, function). Inserts the row if
    /// it is missing.
    fn upsert_function(&self, names: [&str; 3]) -> Result<i64, StoreError> {
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO functions (account, log_group, name, sum)
             VALUES (?1, ?2, ?3, checksum(?1, ?2, ?3))
             ON CONFLICT DO UPDATE SET name = name RETURNING id",
        )?;
        Ok(insert.query_row(names, |row| row.get(0))?)
    }
}
