//! Filling of the tables with the columns that a statement reads.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use rusqlite::{Connection, ToSql, types::Value as Sql};
use tailwater_parser::{
    MemoryMib, Origin, UnixMillis,
    derive::{Invocation, StartKind},
    millis_f64,
};

use super::{Reads, SqlError, SqlOptions, columns::TABLES};
use crate::{
    query::value::time,
    store::{ScannedEvent, Store},
};

/// Number of events after which the scan asks if it is to be stopped.
const ASK_EVERY: u64 = 4096;

/// Fills the tables that a statement reads. Returns the number of events that were read.
pub(super) fn fill(
    connection: &mut Connection,
    reads: &Reads,
    options: &SqlOptions<'_>,
) -> Result<u64, SqlError> {
    let store = Store::open_read_only(options.store)?;
    let transaction = connection.transaction().map_err(failed)?;
    let mut read = 0;
    if uses(reads, "events") {
        read = events(&transaction, &columns_of(reads, "events"), &store, options)?;
    }
    if uses(reads, "invocations") {
        invocations(&transaction, &columns_of(reads, "invocations"), &store, options)?;
    }
    if uses(reads, "functions") {
        functions(&transaction, &store)?;
    }
    if uses(reads, "errors") {
        errors(&transaction, &store, options)?;
    }
    transaction.commit().map_err(failed)?;
    Ok(read)
}

#[expect(clippy::needless_pass_by_value, reason = "it is a function for map_err")]
fn failed(error: rusqlite::Error) -> SqlError {
    SqlError::Failed(super::message(&error))
}

fn uses(reads: &Reads, table: &str) -> bool {
    reads.iter().any(|(known, _)| known == table)
}

/// Columns of a table that are read. A statement that only counts rows reads none: then the first one is filled.
fn columns_of(reads: &Reads, table: &str) -> Vec<String> {
    let of_table = reads.iter().filter(|(known, _)| known == table);
    let columns: Vec<_> =
        of_table.map(|(_, column)| column.clone()).filter(|name| !name.is_empty()).collect();
    if columns.is_empty() { vec!["time_ms".to_owned()] } else { columns }
}

fn all_columns(table: &str) -> Vec<String> {
    let columns = TABLES.iter().find(|(name, _)| *name == table).map(|(_, columns)| *columns);
    columns.unwrap_or_default().iter().map(|column| (*column).to_owned()).collect()
}

fn insert_of(table: &str, columns: &[String]) -> String {
    let marks = vec!["?"; columns.len()].join(", ");
    format!("INSERT INTO {table} ({}) VALUES ({marks})", columns.join(", "))
}

fn events(
    connection: &Connection,
    columns: &[String],
    store: &Store,
    options: &SqlOptions<'_>,
) -> Result<u64, SqlError> {
    let mut insert = connection.prepare(&insert_of("events", columns)).map_err(failed)?;
    let mut origins: HashMap<(i64, i64), _, RandomState> = HashMap::default();
    let mut read = 0;
    for block in store.blocks(options.range)? {
        let origin = match origins.entry((block.stream, block.function)) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(vacant) => vacant.insert(store.block_origin(&block)?),
        };
        for event in store.scan_block(&block)?.events() {
            // Of a message in several parts only the first is read, as in queries.
            if !options.range.contains(event.time) || !event.part.is_first() {
                continue;
            }
            read += 1;
            if read % ASK_EVERY == 0 && (options.must_cancel)() {
                return Ok(read);
            }
            let values: Vec<_> = columns.iter().map(|column| event_value(column, &event, origin)).collect();
            insert.execute(rusqlite::params_from_iter(values)).map_err(failed)?;
        }
    }
    Ok(read)
}

fn text(text: &str) -> Sql {
    if text.is_empty() { Sql::Null } else { Sql::Text(text.to_owned()) }
}

fn origin_value(column: &str, origin: &Origin) -> Option<Sql> {
    Some(match column {
        "account" => text(&origin.account),
        "region" => text(&origin.region),
        "log_group" => text(origin.log_group()),
        "log_stream" => text(origin.log_stream()),
        "function" => text(origin.function()),
        "version" => text(origin.version()),
        _ => return None,
    })
}

fn time_value(column: &str, at: UnixMillis) -> Option<Sql> {
    match column {
        "time" => Some(Sql::Text(time::print(at.0))),
        "time_ms" => Some(Sql::Integer(at.0)),
        _ => None,
    }
}

fn event_value(column: &str, event: &ScannedEvent<'_>, origin: &Origin) -> Sql {
    let common = time_value(column, event.time).or_else(|| origin_value(column, origin));
    common.unwrap_or_else(|| match column {
        "level" => event.level.map_or(Sql::Null, |level| text(level.name())),
        "type" => text(event.kind),
        "request_id" => text(event.request_id.unwrap_or_default()),
        "trace_id" => text(event.trace_id.unwrap_or_default()),
        "message" => Sql::Text(event.message.to_owned()),
        _ => Sql::Null,
    })
}

fn invocations(
    connection: &Connection,
    columns: &[String],
    store: &Store,
    options: &SqlOptions<'_>,
) -> Result<(), SqlError> {
    let mut insert = connection.prepare(&insert_of("invocations", columns)).map_err(failed)?;
    let mut failure = None;
    store.for_each_invocation(options.range, |invocation| {
        let values: Vec<_> =
            columns.iter().map(|column| invocation_value(column, &invocation, options)).collect();
        if failure.is_none() {
            failure = insert.execute(rusqlite::params_from_iter(values)).err();
        }
    })?;
    failure.map_or(Ok(()), |error| Err(failed(error)))
}

fn invocation_value(column: &str, run: &Invocation, options: &SqlOptions<'_>) -> Sql {
    let millis =
        |time: Option<std::time::Duration>| time.map_or(Sql::Null, |time| Sql::Real(millis_f64(time)));
    let memory = |size: Option<MemoryMib>| size.map_or(Sql::Null, |size| Sql::Integer(i64::from(size.0)));
    let optional = |value: &Option<Box<str>>| text(value.as_deref().unwrap_or_default());
    let common = time_value(column, run.time).or_else(|| origin_value(column, &run.origin));
    common.unwrap_or_else(|| match column {
        "request_id" => text(&run.request_id),
        "trace_id" => optional(&run.trace_id),
        "tenant" => optional(&run.tenant),
        "status" => text(run.outcome.name()),
        "error_type" => optional(&run.error_type),
        "cold_start" => Sql::Integer(i64::from(run.start != StartKind::Warm)),
        "duration_ms" => millis(run.duration),
        "billed_ms" => millis(run.billed_duration),
        "init_ms" => millis(run.init_duration),
        "restore_ms" => millis(run.restore_duration),
        "memory_mb" => memory(run.memory_size),
        "max_memory_mb" => memory(run.max_memory_used),
        "cost_usd" => {
            let cost = run.cost(&options.catalog.terms(&run.origin));
            cost.map_or(Sql::Null, |cost| Sql::Real(cost.total.dollars()))
        }
        _ => Sql::Null,
    })
}

fn functions(connection: &Connection, store: &Store) -> Result<(), SqlError> {
    for function in &store.functions()? {
        let values = [text(&function.name), text(&function.account), text(&function.log_group)];
        let insert = "INSERT INTO functions (function, account, log_group) VALUES (?1, ?2, ?3)";
        connection.execute(insert, values).map_err(failed)?;
    }
    Ok(())
}

fn errors(connection: &Connection, store: &Store, options: &SqlOptions<'_>) -> Result<(), SqlError> {
    let found = store.invocation_index()?.error_groups(options.range, options.catalog);
    let too_many =
        || SqlError::Failed("the store has too many errors to group; set --since or --until".to_owned());
    for group in found.ok_or_else(too_many)?.groups {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let optional = |value: Option<&String>| value.map_or(Sql::Null, |value| text(value));
        let kind = serde_json::to_value(group.kind).ok();
        let values: [&dyn ToSql; 12] = [
            &group.id,
            &text(&group.identity.function),
            &text(kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or_default()),
            &optional(group.error_type.as_ref()),
            &group.title,
            &optional(group.culprit.as_ref()),
            &number(group.events),
            &number(group.failed_invocations),
            &group.first_seen.0,
            &group.last_seen.0,
            &optional(group.versions.first()),
            &optional(group.versions.last()),
        ];
        connection.execute(&insert_of("errors", &all_columns("errors")), values).map_err(failed)?;
    }
    Ok(())
}
