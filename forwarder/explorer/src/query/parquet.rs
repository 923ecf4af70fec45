//! Rows as Parquet: a file of row groups, each column with one type and compressed with Zstandard.

use std::io::{self, Write};

use parquet::{
    basic::{Compression, LogicalType, Repetition, TimeUnit, Type as PhysicalType, ZstdLevel},
    data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type},
    errors::ParquetError,
    file::{
        properties::WriterProperties,
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::types::Type,
};

use super::{
    print::text,
    result::Table,
    value::{Number, Value},
};

/// Number of rows of a result that make a row group.
const GROUP_ROWS: usize = 64 * 1024;

/// Type of a column. Every value of a column may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// `INT64`. A truth value is 1 or 0.
    Integer,
    /// `DOUBLE`.
    Float,
    /// `TIMESTAMP(MILLIS, UTC)`.
    Time,
    /// `STRING`; a list or map as JSON.
    Text,
}

/// Writer of a Parquet file. The file is complete only after [`ParquetWriter::finish`].
pub struct ParquetWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
    types: Vec<ColumnType>,
}

impl ColumnType {
    /// Type of a value; `None` if it is missing.
    fn of(value: &Value<'_>) -> Option<Self> {
        match value {
            Value::Missing => None,
            Value::Boolean(_) | Value::Number(Number::Integer(_)) => Some(Self::Integer),
            Value::Number(Number::Float(_)) => Some(Self::Float),
            Value::Time(_) => Some(Self::Time),
            Value::Text(_) | Value::List(_) | Value::Map(_) => Some(Self::Text),
        }
    }

    /// Type that holds the values of two types.
    fn joined(self, other: Self) -> Self {
        match (self, other) {
            (one, other) if one == other => one,
            (Self::Integer, Self::Float) | (Self::Float, Self::Integer) => Self::Float,
            _ => Self::Text,
        }
    }

    fn schema(self, name: &str) -> Result<Type, ParquetError> {
        let (physical, logical) = match self {
            Self::Integer => (PhysicalType::INT64, None),
            Self::Float => (PhysicalType::DOUBLE, None),
            Self::Time => (PhysicalType::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS))),
            Self::Text => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String)),
        };
        let column = Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
        column.with_logical_type(logical).build()
    }
}

impl<W: Write + Send> ParquetWriter<W> {
    /// Begins a file with these columns.
    ///
    /// # Errors
    /// Returns the error of the writer.
    pub fn new<'n>(columns: impl IntoIterator<Item = (&'n str, ColumnType)>, out: W) -> io::Result<Self> {
        let (names, types): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        let fields = names.iter().zip(&types).map(|(name, kind)| kind.schema(name).map(Into::into));
        let fields = fields.collect::<Result<_, _>>().map_err(io_error)?;
        let schema = Type::group_type_builder("rows").with_fields(fields).build().map_err(io_error)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(concat!("tailwater version ", env!("CARGO_PKG_VERSION")).to_owned());
        let file = SerializedFileWriter::new(out, schema.into(), properties.build().into());
        Ok(Self { file: file.map_err(io_error)?, types })
    }

    /// Writes rows as a row group. Each has a value for every column.
    ///
    /// # Errors
    /// Returns the error of the writer.
    pub fn write(&mut self, rows: &[Vec<Value<'static>>]) -> io::Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        self.write_group(rows).map_err(io_error)
    }

    fn write_group(&mut self, rows: &[Vec<Value<'static>>]) -> Result<(), ParquetError> {
        let mut group = self.file.next_row_group()?;
        for (index, kind) in self.types.iter().enumerate() {
            let values = rows.iter().map(|row| row.get(index).unwrap_or(&Value::Missing));
            if let Some(column) = group.next_column()? {
                write_column(column, *kind, values)?;
            }
        }
        group.close().map(drop)
    }

    /// Ends the file and returns the writer.
    ///
    /// # Errors
    /// Returns the error of the writer.
    pub fn finish(self) -> io::Result<W> {
        self.file.into_inner().map_err(io_error)
    }
}

/// Writes the values of a column. A value that does not have the type of the column counts as missing.
fn write_column<'v>(
    mut column: SerializedColumnWriter<'_>,
    kind: ColumnType,
    values: impl Iterator<Item = &'v Value<'static>>,
) -> Result<(), ParquetError> {
    let mut levels = Vec::new();
    match kind {
        ColumnType::Integer => {
            let values = present(values.map(integer), &mut levels);
            column.typed::<Int64Type>().write_batch(&values, Some(&levels), None)?;
        }
        ColumnType::Float => {
            let values = present(values.map(float), &mut levels);
            column.typed::<DoubleType>().write_batch(&values, Some(&levels), None)?;
        }
        ColumnType::Time => {
            let time = |value: &Value<'_>| if let Value::Time(millis) = value { Some(*millis) } else { None };
            let values = present(values.map(time), &mut levels);
            column.typed::<Int64Type>().write_batch(&values, Some(&levels), None)?;
        }
        ColumnType::Text => {
            let bytes = |value: &Value<'_>| value.is_present().then(|| ByteArray::from(&*text(value)));
            let values = present(values.map(bytes), &mut levels);
            column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
        }
    }
    column.close()
}

/// Collects the values that are present, and for each value whether it is: 1 or 0.
fn present<T>(values: impl Iterator<Item = Option<T>>, levels: &mut Vec<i16>) -> Vec<T> {
    values.inspect(|value| levels.push(i16::from(value.is_some()))).flatten().collect()
}

fn integer(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Boolean(truth) => Some(i64::from(*truth)),
        Value::Number(number) => number.to_integer(),
        Value::Missing | Value::Time(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => None,
    }
}

fn float(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Boolean(truth) => Some(f64::from(*truth)),
        Value::Number(number) => Some(number.to_f64()),
        Value::Missing | Value::Time(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => None,
    }
}

/// Writes a result. A column has the type that all of its values have: integers among fractions become doubles, values of
/// other different types become texts.
///
/// # Errors
/// Returns the error of the writer.
pub fn write_parquet<W: Write + Send>(table: &Table, out: W) -> io::Result<W> {
    let kind = |column: usize| {
        let kinds = table.rows.iter().filter_map(|row| row.get(column).and_then(ColumnType::of));
        kinds.reduce(ColumnType::joined).unwrap_or(ColumnType::Text)
    };
    let columns = table.columns.iter().enumerate().map(|(index, name)| (name.as_str(), kind(index)));
    let mut writer = ParquetWriter::new(columns, out)?;
    for rows in table.rows.chunks(GROUP_ROWS) {
        writer.write(rows)?;
    }
    writer.finish()
}

/// Returns the error of the writer below, where there is one.
fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(cause) => io::Error::other(cause),
        },
        error => io::Error::other(error),
    }
}

#[cfg(test)]
mod tests {
    use parquet::{
        file::reader::{FileReader as _, SerializedFileReader},
        record::Field,
    };

    use super::*;

    /// Rows as the library reads them.
    fn read(table: &Table) -> Vec<Vec<(String, Field)>> {
        let bytes = bytes::Bytes::from(write_parquet(table, Vec::new()).unwrap());
        let reader = SerializedFileReader::new(bytes).unwrap();
        let rows = reader.get_row_iter(None).unwrap();
        let row = |row: parquet::record::Row| {
            row.get_column_iter().map(|(name, field)| (name.clone(), field.clone())).collect()
        };
        rows.map(|found| row(found.unwrap())).collect()
    }

    fn check(column: Vec<Value<'static>>, expected: &[Field]) {
        let rows = column.into_iter().map(|value| vec![value]).collect();
        let read = read(&Table { columns: vec!["count(*)".to_owned()], rows });
        let expected: Vec<_> =
            expected.iter().map(|field| vec![("count(*)".to_owned(), field.clone())]).collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn column_has_the_type_of_its_values() {
        check(vec![Value::integer(7), Value::Boolean(true)], &[Field::Long(7), Field::Long(1)]);
        check(
            vec![Value::integer(7), Value::Missing, Value::float(0.25)],
            &[Field::Double(7.0), Field::Null, Field::Double(0.25)],
        );
        check(
            vec![Value::Time(-1), Value::Time(5)],
            &[Field::TimestampMillis(-1), Field::TimestampMillis(5)],
        );
        check(
            vec![Value::text("é\0\""), Value::text("")],
            &[Field::Str("é\0\"".into()), Field::Str(String::new())],
        );
    }

    #[test]
    fn values_of_different_types_become_texts() {
        let list = Value::List([Value::integer(1), Value::Missing].into());
        check(
            vec![Value::integer(7), Value::Time(0), list],
            &[
                Field::Str("7".into()),
                Field::Str("1970-01-01 00:00:00.000".into()),
                Field::Str("[1,null]".into()),
            ],
        );
        check(vec![Value::Missing], &[Field::Null]);
    }

    #[test]
    fn many_rows_are_several_row_groups() {
        let rows: Vec<_> =
            (0..i64::try_from(GROUP_ROWS).unwrap() + 5).map(|n| vec![Value::integer(n)]).collect();
        let found = read(&Table { columns: vec!["n".to_owned()], rows: rows.clone() });
        assert_eq!(found.len(), rows.len());
        assert_eq!(found.last().unwrap()[0].1, Field::Long(i64::try_from(GROUP_ROWS).unwrap() + 4));
        assert!(read(&Table { columns: vec!["n".to_owned()], rows: Vec::new() }).is_empty());
    }
}
