//! Export of the store: events and invocations as Parquet or NDJSON, a folder for each day.
//!
//! The folders are named as Hive names partitions, `events/date=2026-03-04/part-0.parquet`, which DuckDB, Athena and Spark
//! read as a column `date`. A file appears under its name once it is complete.

mod partition;
#[cfg(test)]
mod tests;
mod write_error;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::{UnixMillis, decode::Part};

use self::partition::{Day, Partition};
pub use self::write_error::WriteError;
use crate::{
    query::{
        columns::{event_value, invocation_value},
        parquet::ColumnType,
        value::Value,
    },
    store::{BlockInfo, BlockOrigins, Change, Cursor, Store, StoreError},
    view::Catalog,
};

/// Columns of the events. Those of a message that was split have the number of their part, from 0.
const EVENTS: &[(&str, ColumnType)] = &[
    ("time", ColumnType::Time),
    ("account", ColumnType::Text),
    ("region", ColumnType::Text),
    ("log_group", ColumnType::Text),
    ("log_stream", ColumnType::Text),
    ("function", ColumnType::Text),
    ("version", ColumnType::Text),
    ("level", ColumnType::Text),
    ("type", ColumnType::Text),
    ("request_id", ColumnType::Text),
    ("trace_id", ColumnType::Text),
    (PART, ColumnType::Integer),
    ("message", ColumnType::Text),
];

/// Column with the number of the part of a split message; missing for a whole message.
const PART: &str = "part";

/// Columns of the invocations.
const INVOCATIONS: &[(&str, ColumnType)] = &[
    ("time", ColumnType::Time),
    ("account", ColumnType::Text),
    ("region", ColumnType::Text),
    ("log_group", ColumnType::Text),
    ("log_stream", ColumnType::Text),
    ("function", ColumnType::Text),
    ("version", ColumnType::Text),
    ("request_id", ColumnType::Text),
    ("trace_id", ColumnType::Text),
    ("tenant", ColumnType::Text),
    ("status", ColumnType::Text),
    ("error_type", ColumnType::Text),
    ("cold_start", ColumnType::Integer),
    ("duration_ms", ColumnType::Float),
    ("billed_ms", ColumnType::Float),
    ("init_ms", ColumnType::Float),
    ("restore_ms", ColumnType::Float),
    ("memory_mb", ColumnType::Integer),
    ("max_memory_mb", ColumnType::Integer),
    ("cost_usd", ColumnType::Float),
];

/// Number of invocations that are read at once.
const INVOCATIONS_AT_ONCE: usize = 1024;

/// Format of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Apache Parquet.
    Parquet,
    /// A JSON object a line.
    Ndjson,
}

/// Files in the folder that an export may replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// None: the folder must be new or empty.
    Refuse,
    /// Files of the same table, day and format. All others stay.
    Replace,
}

/// Source, extent and destination of an export.
#[derive(Clone, Copy)]
pub struct Options<'o> {
    /// File of the store to read.
    pub store: &'o Path,
    /// Prices and names that the log does not tell.
    pub catalog: &'o Catalog,
    /// Only events and invocations in this range.
    pub range: TimeRange,
    /// Folder to write into; created if it does not exist.
    pub folder: &'o Path,
    /// Format of the files.
    pub format: Format,
    /// Files that may be replaced.
    pub existing: Existing,
    /// True once the export is to be stopped. It is asked between blocks.
    pub must_cancel: &'o dyn Fn() -> bool,
    /// Is told what was exported so far.
    pub progress: &'o dyn Fn(&Exported),
}

/// Number of rows and files that were written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Number of events; the parts of a split message count each.
    pub events: u64,
    /// Number of invocations.
    pub invocations: u64,
    /// Number of complete files.
    pub files: u64,
    /// True if the export was stopped before its end.
    pub is_cancelled: bool,
}

/// Failure of an export. Complete files stay.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The folder has files already.
    #[error(
        "{} is not empty: name another folder, or replace what an earlier export wrote there with --force",
        .0.display()
    )]
    NotEmpty(PathBuf),
    /// A file or folder cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Exports the store.
///
/// # Errors
/// Returns an error if the folder is not empty, a file cannot be written, or the store cannot be read.
pub fn run(options: &Options<'_>) -> Result<Exported, ExportError> {
    let store = Store::open_read_only(options.store)?;
    prepare(options.folder, options.existing)?;
    let mut exported = Exported::default();
    events(&store, options, &mut exported)?;
    if !exported.is_cancelled {
        invocations(&store, options, &mut exported)?;
    }
    Ok(exported)
}

/// Creates the folder, or checks that it is empty.
fn prepare(folder: &Path, existing: Existing) -> Result<(), ExportError> {
    let failed = |cause| WriteError::new(folder, cause);
    fs::create_dir_all(folder).map_err(failed)?;
    let is_empty = fs::read_dir(folder).map_err(failed)?.next().is_none();
    match existing {
        Existing::Refuse if !is_empty => Err(ExportError::NotEmpty(folder.to_owned())),
        Existing::Refuse | Existing::Replace => Ok(()),
    }
}

fn events(store: &Store, options: &Options<'_>, exported: &mut Exported) -> Result<(), ExportError> {
    let mut origins = BlockOrigins::default();
    for (day, blocks) in blocks_by_day(store, options)? {
        let mut partition = Partition::create(options.folder, "events", day, options.format, EVENTS)?;
        for block in blocks {
            if (options.must_cancel)() {
                exported.is_cancelled = true;
                return Ok(());
            }
            let origin = origins.of(store, &block)?;
            for event in store.scan_block(&block)?.events() {
                if Day::of(event.time) != day || !options.range.contains(event.time) {
                    continue;
                }
                let value = |(column, _): &(&str, _)| match *column {
                    PART => part(event.part),
                    column => event_value(column, &event, &origin).into_owned(),
                };
                partition.push(EVENTS.iter().map(value).collect())?;
                exported.events += 1;
            }
            (options.progress)(exported);
        }
        partition.finish()?;
        exported.files += 1;
    }
    Ok(())
}

fn part(part: Part) -> Value<'static> {
    match part {
        Part::Whole => Value::Missing,
        Part::Piece(index) | Part::Last(index) => Value::integer(i64::from(index)),
    }
}

/// Lists the blocks with events of each day, the earliest first. A block of several days is decoded to find them.
fn blocks_by_day(store: &Store, options: &Options<'_>) -> Result<BTreeMap<Day, Vec<BlockInfo>>, StoreError> {
    let mut days: BTreeMap<Day, Vec<BlockInfo>> = BTreeMap::new();
    let mut blocks = store.blocks(options.range)?;
    blocks.sort_by_key(|block| (block.first, block.id));
    for block in blocks {
        if (options.must_cancel)() {
            break;
        }
        let is_within = Day::of(block.first) == Day::of(block.last)
            && options.range.contains(block.first)
            && options.range.contains(block.last);
        if is_within {
            days.entry(Day::of(block.first)).or_default().push(block);
            continue;
        }
        for event in store.scan_block(&block)?.events() {
            if !options.range.contains(event.time) {
                continue;
            }
            let of_day = days.entry(Day::of(event.time)).or_default();
            if of_day.last() != Some(&block) {
                of_day.push(block);
            }
        }
    }
    Ok(days)
}

fn invocations(store: &Store, options: &Options<'_>, exported: &mut Exported) -> Result<(), ExportError> {
    let ids = invocation_ids(store, options.range)?;
    let mut current: Option<(Day, Partition)> = None;
    for ids in ids.chunks(INVOCATIONS_AT_ONCE) {
        if (options.must_cancel)() {
            exported.is_cancelled = true;
            return Ok(());
        }
        let ids: Vec<_> = ids.iter().map(|(_, id)| *id).collect();
        for stored in store.invocations(&ids)? {
            let run = stored.invocation;
            let day = Day::of(run.time);
            let mut partition = match current.take() {
                Some((known, partition)) if known == day => partition,
                finished => {
                    exported.files += finish(finished)?;
                    Partition::create(options.folder, "invocations", day, options.format, INVOCATIONS)?
                }
            };
            let value =
                |(column, _): &(&str, _)| invocation_value(column, &run, options.catalog).into_owned();
            partition.push(INVOCATIONS.iter().map(value).collect())?;
            exported.invocations += 1;
            current = Some((day, partition));
        }
        (options.progress)(exported);
    }
    exported.files += finish(current)?;
    Ok(())
}

/// Completes the file of a day. Returns the number of files.
fn finish(partition: Option<(Day, Partition)>) -> Result<u64, WriteError> {
    match partition {
        Some((_, partition)) => partition.finish().map(|()| 1),
        None => Ok(0),
    }
}

/// Times and row ids of the invocations, the earliest first.
fn invocation_ids(store: &Store, range: TimeRange) -> Result<Vec<(UnixMillis, i64)>, StoreError> {
    let mut ids = Vec::new();
    store.changes(Cursor::default(), |change| {
        if let Change::Invocation(id, invocation) = change
            && range.contains(invocation.time)
        {
            ids.push((invocation.time, id));
        }
    })?;
    ids.sort_unstable();
    Ok(ids)
}
