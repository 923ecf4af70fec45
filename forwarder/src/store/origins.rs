//! Where rows come from: origins put together again from the tables of functions and streams.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use foldhash::fast::RandomState;
use rusqlite::{Connection, OptionalExtension, Row};
use tailwater_parser::Origin;

use super::error::StoreError;

/// Origins by stream, and within it by version. Each is made once and shared.
#[derive(Debug, Default)]
pub(super) struct Origins {
    streams: HashMap<i64, Vec<Arc<Origin>>, RandomState>,
}

impl Origins {
    /// The origin of a stream as its name tells it.
    pub(super) fn of_stream(
        &mut self,
        connection: &Connection,
        stream: i64,
    ) -> Result<Arc<Origin>, StoreError> {
        let known = self.known(connection, stream)?;
        Ok(known.first().map(Arc::clone).unwrap_or_default())
    }

    /// The origin of what ran in a stream as `version`.
    pub(super) fn of_version(
        &mut self,
        connection: &Connection,
        stream: i64,
        version: &str,
    ) -> Result<Arc<Origin>, StoreError> {
        let known = self.known(connection, stream)?;
        if let Some(origin) = known.iter().find(|origin| origin.version() == version) {
            return Ok(Arc::clone(origin));
        }
        let mut origin = known.first().map(|origin| Origin::clone(origin)).unwrap_or_default();
        origin.set_version(version);
        let origin = Arc::new(origin);
        known.push(Arc::clone(&origin));
        Ok(origin)
    }

    fn known(&mut self, connection: &Connection, stream: i64) -> Result<&mut Vec<Arc<Origin>>, StoreError> {
        match self.streams.entry(stream) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(vec![Arc::new(stored(connection, stream)?)])),
        }
    }
}

/// The origin of a stream's row; an empty one when there is none.
fn stored(connection: &Connection, stream: i64) -> Result<Origin, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT account, region, log_group, log_stream, name
         FROM streams JOIN functions ON functions.id = function_id WHERE streams.id = ?1",
    )?;
    Ok(select.query_row([stream], origin).optional()?.unwrap_or_default())
}

fn origin(row: &Row<'_>) -> rusqlite::Result<Origin> {
    let mut origin = Origin::default();
    (origin.account, origin.region) = (row.get(0)?, row.get(1)?);
    origin.set_names(row.get_ref(2)?.as_str()?, row.get_ref(3)?.as_str()?);
    origin.set_function(row.get_ref(4)?.as_str()?);
    Ok(origin)
}
