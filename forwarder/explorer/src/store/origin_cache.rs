//! Cache of origins (account, region, log group, stream and function), built from the tables `functions` and
//! `streams`.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use foldhash::fast::RandomState;
use rusqlite::{Connection, OptionalExtension, Row};
use tailwater_parser::Origin;

use super::{
    checksum::{self, OF_BLOCK_HEAD, OF_STREAM},
    error::StoreError,
};

/// Origins by log stream and function, one for each function version. Each origin is built once and shared.
#[derive(Debug, Default)]
pub(super) struct OriginCache {
    origins: HashMap<StreamRow, Vec<Arc<Origin>>, RandomState>,
}

/// Row ids of a log stream and of the function under which it is shown.
///
/// The function is that of a block or an invocation: it differs from the function in the row of the stream if
/// a log line named another function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct StreamRow {
    pub(super) stream: i64,
    pub(super) function: i64,
}

impl OriginCache {
    /// Returns the origin of the events of a block; an empty origin if no block has this row id.
    pub(super) fn of_block(
        &mut self,
        connection: &Connection,
        block: i64,
    ) -> Result<Arc<Origin>, StoreError> {
        let source = connection
            .prepare_cached(&format!(
                "SELECT stream_id, function_id, head = {OF_BLOCK_HEAD}
                 FROM blocks LEFT JOIN block_sums ON block_id = blocks.id WHERE blocks.id = ?1"
            ))?
            .query_row([block], |row| {
                let source = StreamRow { stream: row.get(0)?, function: row.get(1)? };
                Ok((source, row.get::<_, Option<bool>>(2)?))
            })
            .optional()?;
        let Some((source, is_intact)) = source else { return Ok(Arc::default()) };
        checksum::verify(is_intact == Some(true), "blocks", block)?;
        let cached = self.cached(connection, source)?;
        Ok(cached.first().map(Arc::clone).unwrap_or_default())
    }

    /// Returns the origin of invocations of a stream that ran function version `version`.
    pub(super) fn of_version(
        &mut self,
        connection: &Connection,
        source: StreamRow,
        version: &str,
    ) -> Result<Arc<Origin>, StoreError> {
        let cached = self.cached(connection, source)?;
        if let Some(origin) = cached.iter().find(|origin| origin.version() == version) {
            return Ok(Arc::clone(origin));
        }
        let mut origin = cached.first().map(|origin| Origin::clone(origin)).unwrap_or_default();
        origin.set_version(version);
        let origin = Arc::new(origin);
        cached.push(Arc::clone(&origin));
        Ok(origin)
    }

    /// Returns the cached origins of a log stream; the first is the origin without a function version.
    fn cached(
        &mut self,
        connection: &Connection,
        source: StreamRow,
    ) -> Result<&mut Vec<Arc<Origin>>, StoreError> {
        match self.origins.entry(source) {
            Entry::Occupied(cached) => Ok(cached.into_mut()),
            Entry::Vacant(vacant) => Ok(vacant.insert(vec![Arc::new(stored(connection, source)?)])),
        }
    }
}

/// Reads the origin of a stream as shown under a function.
///
/// # Errors
/// Returns [`StoreError::Damaged`] if the row of the stream or of a function is damaged or missing.
fn stored(connection: &Connection, source: StreamRow) -> Result<Origin, StoreError> {
    let mut select = connection.prepare_cached(&format!(
        "SELECT named.account, region, named.log_group, log_stream, named.name, shown.account, shown.name,
            streams.sum = {OF_STREAM}
            AND named.sum = checksum(named.account, named.log_group, named.name)
            AND shown.sum = checksum(shown.account, shown.log_group, shown.name)
         FROM streams JOIN functions AS named ON named.id = function_id JOIN functions AS shown ON shown.id = ?2
         WHERE streams.id = ?1"
    ))?;
    let found = select.query_row([source.stream, source.function], |row| Ok((row.get(7)?, origin(row)?)));
    let (is_intact, origin) = found.optional()?.unwrap_or_default();
    checksum::verify(is_intact, "streams", source.stream)?;
    Ok(origin)
}

fn origin(row: &Row<'_>) -> rusqlite::Result<Origin> {
    let mut origin = Origin::default();
    (origin.account, origin.region) = (row.get(0)?, row.get(1)?);
    origin.set_names(row.get_ref(2)?.as_str()?, row.get_ref(3)?.as_str()?);
    origin.set_function(row.get_ref(4)?.as_str()?);
    origin.learn_account(row.get_ref(5)?.as_str()?);
    origin.learn_function(row.get_ref(6)?.as_str()?);
    Ok(origin)
}
