//! Filling of the tables with the columns that a statement reads.

use rusqlite::{Connection, ToSql, types::Value as Sql};

use super::{Reads, SqlError, SqlOptions, columns::TABLES};
use crate::{
    query::{
        columns::{event_value, invocation_value},
        print,
        value::{Number, Value},
    },
    store::{BlockOrigins, Store},
    stored_index::read_index,
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
    let mut origins = BlockOrigins::default();
    let mut read = 0;
    for block in store.blocks(options.range)? {
        let origin = origins.of(store, &block)?;
        for event in store.scan_block(&block)?.events() {
            // Of a message in several parts only the first is read, as in queries.
            if !options.range.contains(event.time) || !event.part.is_first() {
                continue;
            }
            read += 1;
            if read % ASK_EVERY == 0 && (options.must_cancel)() {
                return Ok(read);
            }
            let values: Vec<_> =
                columns.iter().map(|column| sql(&event_value(column, &event, &origin))).collect();
            insert.execute(rusqlite::params_from_iter(values)).map_err(failed)?;
        }
    }
    Ok(read)
}

fn text(text: &str) -> Sql {
    if text.is_empty() { Sql::Null } else { Sql::Text(text.to_owned()) }
}

/// Converts a value. A time is its text.
fn sql(value: &Value<'_>) -> Sql {
    match value {
        Value::Missing => Sql::Null,
        Value::Boolean(truth) => Sql::Integer(i64::from(*truth)),
        Value::Number(Number::Integer(number)) => Sql::Integer(*number),
        Value::Number(Number::Float(number)) => Sql::Real(*number),
        Value::Time(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => {
            Sql::Text(print::text(value).into_owned())
        }
    }
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
        let value = |column: &String| sql(&invocation_value(column, &invocation, options.catalog));
        let values: Vec<_> = columns.iter().map(value).collect();
        if failure.is_none() {
            failure = insert.execute(rusqlite::params_from_iter(values)).err();
        }
    })?;
    failure.map_or(Ok(()), |error| Err(failed(error)))
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
    let found = read_index(store)?.error_groups(options.range, options.catalog);
    let too_many =
        || SqlError::Failed("the store has too many errors to group; set --since or --until".to_owned());
    for group in &found.ok_or_else(too_many)?.errors.groups {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let optional = |value: Option<&String>| value.map_or(Sql::Null, |value| text(value));
        let kind = serde_json::to_value(group.kind).ok();
        let values: [&dyn ToSql; 12] = [
            &group.id.to_string(),
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
