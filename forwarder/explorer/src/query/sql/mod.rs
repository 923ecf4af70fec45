//! SQL over four tables: `events`, `invocations`, `functions` and `errors`.
//!
//! A statement runs on a temporary database that has only these tables, never on the store. SQLite tells which columns
//! the statement reads, and only those are filled. An authorizer allows nothing but reading them.

mod columns;
mod fill;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{
    Batch, Connection, ErrorCode, Statement,
    fallible_iterator::FallibleIterator as _,
    hooks::{AuthAction, AuthContext, Authorization},
    limits::Limit,
    types::ValueRef,
};
use tailwater_forwarder::pipeline::TimeRange;

use self::columns::TABLES;
use super::{Answer, DEFAULT_MEMORY, Partial, Table, value::Value};
use crate::{store::StoreError, view::Catalog};

/// Greatest size in bytes of a text or of a row while a statement runs.
const MAX_LENGTH: i32 = 16 * 1024 * 1024;
/// Greatest length in bytes of a statement.
const MAX_STATEMENT: i32 = 100_000;
/// Greatest size of the temporary database, in pages of 4 KiB: 8 GiB.
const MAX_PAGES: i64 = 2 * 1024 * 1024;
/// Memory that SQLite may use, in bytes.
const MAX_HEAP: i64 = 256 * 1024 * 1024;
/// Number of steps of SQLite's virtual machine between two checks for cancellation.
const STEPS: i32 = 100_000;
/// Beginnings of the names of SQLite's own tables. Every other name is one of ours, or one that the statement defines.
const OWN_TABLES: [&str; 3] = ["sqlite_", "pragma_", "dbstat"];

/// Log, options and limits of a statement.
pub struct SqlOptions<'o> {
    /// File of the store to read.
    pub store: &'o Path,
    /// Prices and names that the log does not tell.
    pub catalog: &'o Catalog,
    /// Only events and invocations in this range.
    pub range: TimeRange,
    /// Greatest number of rows.
    pub limit: usize,
    /// True once the statement is to be stopped.
    pub must_cancel: Arc<dyn Fn() -> bool + Send + Sync>,
}

/// Failure to run a statement.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// SQLite cannot read the statement, or it does something else than reading the tables.
    #[error("{0}")]
    Refused(String),
    /// SQLite failed while the statement ran, for example because a value was too large.
    #[error("the statement failed: {0}")]
    Failed(String),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Columns that a statement reads, with their tables.
type Reads = BTreeSet<(String, String)>;

/// Runs a statement.
///
/// # Errors
/// Returns an error if the statement is no query of the tables, or fails.
pub fn run(sql: &str, options: &SqlOptions<'_>) -> Result<Answer, SqlError> {
    let mut connection = open().map_err(|error| SqlError::Failed(error.to_string()))?;
    let reads = reads(&mut connection, sql)?;
    let no_hook = None::<fn(AuthContext<'_>) -> Authorization>;
    connection.authorizer(no_hook).map_err(|error| SqlError::Failed(error.to_string()))?;
    let events = fill::fill(&mut connection, &reads, options)?;
    if (options.must_cancel)() {
        return Ok(partial(Table::default(), events));
    }
    let must_cancel = Arc::clone(&options.must_cancel);
    let guarded = connection
        .authorizer(Some(|context: AuthContext<'_>| permission(&context.action)))
        .and_then(|()| connection.progress_handler(STEPS, Some(move || must_cancel())));
    guarded.map_err(|error| SqlError::Failed(error.to_string()))?;
    let mut statement = connection.prepare(sql).map_err(|error| SqlError::Refused(message(&error)))?;
    rows(&mut statement, options.limit, events)
}

fn partial(table: Table, events: u64) -> Answer {
    Answer { table, places: Vec::new(), cut: 0, events, partial: Some(Partial::Cancelled) }
}

/// Opens a temporary database with the empty tables.
fn open() -> rusqlite::Result<Connection> {
    let connection = Connection::open("")?;
    connection.pragma_update(None, "max_page_count", MAX_PAGES)?;
    connection.pragma_update(None, "hard_heap_limit", MAX_HEAP)?;
    connection.pragma_update(None, "journal_mode", "OFF")?;
    for (table, columns) in TABLES {
        connection.execute_batch(&format!("CREATE TABLE {table} ({})", columns.join(", ")))?;
    }
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_LENGTH)?;
    connection.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, MAX_STATEMENT)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    Ok(connection)
}

/// Returns the columns that a statement reads. Refuses everything but one statement that reads.
fn reads(connection: &mut Connection, sql: &str) -> Result<Reads, SqlError> {
    let seen = Arc::new(Mutex::new(Reads::new()));
    let found = Arc::clone(&seen);
    let note = move |context: AuthContext<'_>| {
        if let AuthAction::Read { table_name, column_name } = context.action {
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            found.insert((table_name.to_owned(), column_name.to_owned()));
        }
        permission(&context.action)
    };
    connection.authorizer(Some(note)).map_err(|error| SqlError::Failed(error.to_string()))?;
    let refused = |error: rusqlite::Error| SqlError::Refused(message(&error));
    let mut statements = Batch::new(connection, sql);
    let first = statements.next().map_err(refused)?;
    let first = first.ok_or_else(|| SqlError::Refused("there is no statement".to_owned()))?;
    if !first.readonly() || first.column_count() == 0 {
        return Err(SqlError::Refused("only SELECT is allowed".to_owned()));
    }
    drop(first);
    if statements.next().map_err(refused)?.is_some() {
        return Err(SqlError::Refused("only one statement is allowed".to_owned()));
    }
    let mut reads = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
    add_hidden_reads(sql, &mut reads);
    Ok(reads)
}

/// Adds all columns of the tables that are read if some may be read without SQLite telling: those by which `USING` and
/// `NATURAL` join.
fn add_hidden_reads(sql: &str, reads: &mut Reads) {
    let sql = sql.to_ascii_lowercase();
    if !sql.contains("using") && !sql.contains("natural") {
        return;
    }
    for (table, columns) in TABLES {
        if reads.iter().any(|(known, _)| known == table) {
            reads.extend(columns.iter().map(|column| (table.to_owned(), (*column).to_owned())));
        }
    }
}

/// Permission for an action of a statement.
fn permission(action: &AuthAction<'_>) -> Authorization {
    let is_allowed = match action {
        AuthAction::Select | AuthAction::Recursive => true,
        AuthAction::Read { table_name, .. } => !OWN_TABLES.iter().any(|own| table_name.starts_with(own)),
        AuthAction::Function { function_name } => {
            !matches!(*function_name, "load_extension" | "fts3_tokenizer" | "sqlite_compileoption_get")
        }
        _ => false,
    };
    if is_allowed { Authorization::Allow } else { Authorization::Deny }
}

/// Reads the rows of a statement.
fn rows(statement: &mut Statement<'_>, limit: usize, events: u64) -> Result<Answer, SqlError> {
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let width = columns.len();
    let mut table = Table { columns, rows: Vec::new() };
    let mut size = 0;
    let mut found = statement.query([]).map_err(|error| SqlError::Failed(message(&error)))?;
    loop {
        let row = match found.next() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(Answer { table, places: Vec::new(), cut: 0, events, partial: None }),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
                return Ok(partial(table, events));
            }
            Err(error) => return Err(SqlError::Failed(message(&error))),
        };
        if table.rows.len() >= limit {
            return Ok(Answer { table, places: Vec::new(), cut: 1, events, partial: None });
        }
        let value = |column| row.get_ref(column).map(value_of);
        let values = (0..width).map(value).collect::<Result<Vec<_>, _>>();
        let values = values.map_err(|error| SqlError::Failed(error.to_string()))?;
        size += values.iter().map(Value::size).sum::<usize>();
        if size > DEFAULT_MEMORY {
            let partial = Some(Partial::Memory { limit: DEFAULT_MEMORY });
            return Ok(Answer { table, places: Vec::new(), cut: 0, events, partial });
        }
        table.rows.push(values);
    }
}

fn value_of(value: ValueRef<'_>) -> Value<'static> {
    match value {
        ValueRef::Null => Value::Missing,
        ValueRef::Integer(number) => Value::integer(number),
        ValueRef::Real(number) => Value::float(number),
        ValueRef::Text(text) | ValueRef::Blob(text) => {
            Value::text(String::from_utf8_lossy(text).into_owned())
        }
    }
}

/// Message of an error without SQLite's code.
fn message(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqlInputError { msg, .. } => explained(msg),
        rusqlite::Error::SqliteFailure(_, Some(msg)) => explained(msg),
        other => other.to_string(),
    }
}

/// Says what is allowed where SQLite only says that something is not.
fn explained(message: &str) -> String {
    if message.contains("not authorized") || message.contains("prohibited") {
        let names: Vec<_> = TABLES.iter().map(|(table, _)| *table).collect();
        return format!("{message}: a statement may only read the tables {}", names.join(", "));
    }
    message.to_owned()
}
