//! Filling of the tables with the columns that a statement reads.

use rusqlite::{Connection, ToSql, types::Value as Sql};

use super::{Reads, SqlError, SqlOptions};
use crate::{
    query::{
        columns::{event_value, invocation_value},
        print,
        value::{Number, Value},
    },
    store::{BlockOrigins, Store},
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
    if uses(reads, "functions") || uses(reads, "errors") {
        functions_and_errors(&transaction, &store, options)?;
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

fn functions_and_errors(
    connection: &Connection,
    store: &Store,
    options: &SqlOptions<'_>,
) -> Result<(), SqlError> {
    let functions = store.functions()?;
    for function in &functions {
        let values = [text(&function.name), text(&function.account), text(&function.log_group)];
        let insert = "INSERT INTO functions (function, account, log_group) VALUES (?1, ?2, ?3)";
        connection.execute(insert, values).map_err(failed)?;
    }
    for group in store.problems(&[], options.range)? {
        let function = functions.iter().find(|function| function.id == group.function);
        let name = function.map(|function| text(&function.name)).unwrap_or(Sql::Null);
        let events = i64::try_from(group.events).unwrap_or(i64::MAX);
        let values: [&dyn ToSql; 7] = [
            &name,
            &group.title,
            &events,
            &group.first.0,
            &group.last.0,
            &text(&group.first_version),
            &text(&group.last_version),
        ];
        let insert =
            "INSERT INTO errors (function, title, events, first_ms, last_ms, first_version, last_version)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        connection.execute(insert, values).map_err(failed)?;
    }
    Ok(())
}
