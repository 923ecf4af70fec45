//! Where rows come from: origins put together again from the tables of functions and streams.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use foldhash::fast::RandomState;
use rusqlite::{Connection, OptionalExtension, Row};
use tailwater_parser::Origin;

use super::error::StoreError;

/// Origins by stream and function, and within it by version. Each is made once and shared.
#[derive(Debug, Default)]
pub(super) struct Origins {
    sources: HashMap<Source, Vec<Arc<Origin>>, RandomState>,
}

/// Rows of a stream and of the function that it is shown under.
type Source = (i64, i64);

impl Origins {
    /// The origin of a block's events.
    pub(super) fn of_block(
        &mut self,
        connection: &Connection,
        block: i64,
    ) -> Result<Arc<Origin>, StoreError> {
        let source = connection
            .prepare_cached("SELECT stream_id, function_id FROM blocks WHERE id = ?1")?
            .query_row([block], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some(source) = source else { return Ok(Arc::default()) };
        let known = self.known(connection, source)?;
        Ok(known.first().map(Arc::clone).unwrap_or_default())
    }

    /// The origin of what ran in a stream as `version`.
    pub(super) fn of_version(
        &mut self,
        connection: &Connection,
        source: Source,
        version: &str,
    ) -> Result<Arc<Origin>, StoreError> {
        let known = self.known(connection, source)?;
        if let Some(origin) = known.iter().find(|origin| origin.version() == version) {
            return Ok(Arc::clone(origin));
        }
        let mut origin = known.first().map(|origin| Origin::clone(origin)).unwrap_or_default();
        origin.set_version(version);
        let origin = Arc::new(origin);
        known.push(Arc::clone(&origin));
        Ok(origin)
    }

    fn known(
        &mut self,
        connection: &Connection,
        source: Source,
    ) -> Result<&mut Vec<Arc<Origin>>, StoreError> {
        match self.sources.entry(source) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(vec![Arc::new(stored(connection, source)?)])),
        }
    }
}

/// The origin of a stream's row shown under a function's; an empty one when there is none.
fn stored(connection: &Connection, (stream, function): Source) -> Result<Origin, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT named.account, region, named.log_group, log_stream, named.name, shown.account, shown.name
         FROM streams JOIN functions AS named ON named.id = function_id JOIN functions AS shown ON shown.id = ?2
         WHERE streams.id = ?1",
    )?;
    Ok(select.query_row([stream, function], origin).optional()?.unwrap_or_default())
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
