//! File of one day, which appears under its name once it is complete.

use std::{
    fmt,
    fs::{self, File},
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use tailwater_parser::{
    UnixMillis,
    calendar::{Date, DateTime},
};

use super::{Format, WriteError};
use crate::query::{
    Table,
    parquet::{ColumnType, ParquetWriter},
    print,
    value::Value,
};

/// Greatest number of rows of a row group.
const GROUP_ROWS: usize = 50_000;
/// Size of the texts in bytes after which a row group ends.
const GROUP_BYTES: usize = 16 * 1024 * 1024;

/// Day in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Day(Date);

/// File under construction. It is deleted if it is dropped before [`Partition::finish`].
pub(super) struct Partition {
    unfinished: Unfinished,
    target: PathBuf,
    output: Output,
    rows: Table,
    bytes: usize,
}

/// File with a temporary name, which is deleted at the end.
struct Unfinished(PathBuf);

enum Output {
    Parquet(Box<ParquetWriter<BufWriter<File>>>),
    Ndjson(BufWriter<File>),
}

impl Day {
    pub(super) fn of(time: UnixMillis) -> Self {
        Self(DateTime::from(time).date)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Date { year, month, day } = self.0;
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl Partition {
    /// Begins the file of a day in the folder of a table.
    pub(super) fn create(
        folder: &Path,
        table: &str,
        day: Day,
        format: Format,
        columns: &[(&str, ColumnType)],
    ) -> Result<Self, WriteError> {
        let folder = folder.join(table).join(format!("date={day}"));
        fs::create_dir_all(&folder).map_err(|cause| WriteError::new(&folder, cause))?;
        let name = match format {
            Format::Parquet => "part-0.parquet",
            Format::Ndjson => "part-0.ndjson",
        };
        let (target, path) = (folder.join(name), folder.join(format!(".{name}.tmp")));
        let failed = |cause| WriteError::new(&path, cause);
        // What a killed export has left.
        match fs::remove_file(&path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(failed(cause)),
            Ok(()) | Err(_) => {}
        }
        let file = BufWriter::new(File::create_new(&path).map_err(failed)?);
        let unfinished = Unfinished(path.clone());
        let output = match format {
            Format::Parquet => {
                let writer = ParquetWriter::new(columns.iter().copied(), file).map_err(failed)?;
                Output::Parquet(Box::new(writer))
            }
            Format::Ndjson => Output::Ndjson(file),
        };
        let columns = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        Ok(Self { unfinished, target, output, rows: Table { columns, rows: Vec::new() }, bytes: 0 })
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: Vec<Value<'static>>) -> Result<(), WriteError> {
        let size = |value: &Value<'_>| if let Value::Text(text) = value { text.len() } else { 0 };
        self.bytes += row.iter().map(size).sum::<usize>();
        self.rows.rows.push(row);
        if self.rows.rows.len() >= GROUP_ROWS || self.bytes >= GROUP_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), WriteError> {
        let written = match &mut self.output {
            Output::Parquet(writer) => writer.write(&self.rows.rows),
            Output::Ndjson(file) => print::write_ndjson(&self.rows, file),
        };
        self.rows.rows.clear();
        self.bytes = 0;
        written.map_err(|cause| WriteError::new(&self.unfinished.0, cause))
    }

    /// Completes the file and gives it its name.
    pub(super) fn finish(mut self) -> Result<(), WriteError> {
        self.flush()?;
        let Self { unfinished, target, output, .. } = self;
        let complete = || {
            let mut file = match output {
                Output::Parquet(writer) => writer.finish()?,
                Output::Ndjson(file) => file,
            };
            file.flush()?;
            file.get_ref().sync_all()?;
            fs::rename(&unfinished.0, &target)
        };
        complete().map_err(|cause| WriteError::new(&unfinished.0, cause))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After the file got its name there is none left. One that cannot be deleted is replaced by the next export.
        let _ = fs::remove_file(&self.0);
    }
}
