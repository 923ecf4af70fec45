//! Tables that rows are compared with: CSV files for `lookup`, and the rows of the inner query of a `join`.

use std::{collections::HashMap, fs, net::IpAddr, path::PathBuf};

use foldhash::fast::RandomState;

use super::{
    csv::Rows,
    key,
    result::Table,
    value::{Value, function::Network},
};

/// Greatest number of keys of a `join`.
const MAX_JOIN_KEYS: usize = 50_000;
/// Greatest size in bytes of a table's file.
const MAX_TABLE_BYTES: u64 = 64 * 1024 * 1024;

/// Folder with the tables of `lookup`: one CSV file each, named after the table.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// Path of the folder; `None` if there are no tables.
    pub folder: Option<PathBuf>,
}

/// Table with an index of its key columns.
#[derive(Clone, Debug)]
pub(super) struct Matcher {
    table: Table,
    index: Index,
}

#[derive(Clone, Debug)]
enum Index {
    Exact(HashMap<Box<[u8]>, usize, RandomState>),
    /// Networks and their rows, the narrowest first.
    Networks(Vec<(Network, usize)>),
}

/// Rows of an inner query by their key.
#[derive(Debug, Default)]
pub(super) struct Partners {
    rows: HashMap<Box<[u8]>, Vec<Vec<Value<'static>>>, RandomState>,
}

impl Tables {
    /// Reads a table and indexes the columns `keys`. A column without a name is the first one that holds networks.
    ///
    /// # Errors
    /// Returns a sentence that says why there is no such table or column.
    pub(super) fn matcher(
        &self,
        name: &str,
        keys: &[Option<&str>],
        is_network: bool,
    ) -> Result<Matcher, String> {
        let table = self.read(name)?;
        let mut columns = Vec::with_capacity(keys.len());
        for column in keys {
            columns.push(match column {
                Some(column) => table
                    .columns
                    .iter()
                    .position(|known| known == column)
                    .ok_or_else(|| format!("the table {name} has no column {column}"))?,
                None => network_column(&table)
                    .ok_or_else(|| format!("the table {name} has no column of networks"))?,
            });
        }
        let index = if is_network { networks(&table, &columns) } else { exact(&table, &columns) };
        Ok(Matcher { table, index })
    }

    fn read(&self, name: &str) -> Result<Table, String> {
        let Some(folder) = &self.folder else {
            return Err(format!("there is no table {name}: name the folder of the tables with --tables"));
        };
        let is_plain = !name.is_empty() && !name.contains(['/', '\\']) && !name.starts_with('.');
        if !is_plain {
            return Err(format!(
                "{name} is no name of a table: give the name of a file in the folder of --tables"
            ));
        }
        let path = folder.join(format!("{}.csv", name.trim_end_matches(".csv")));
        let failed = |error: std::io::Error| format!("cannot read the table {}: {error}", path.display());
        let size = fs::metadata(&path).map_err(failed)?.len();
        if size > MAX_TABLE_BYTES {
            return Err(format!("the table {} is larger than 64 MiB", path.display()));
        }
        let text = fs::read_to_string(&path).map_err(failed)?;
        Ok(parse(text.trim_start_matches('\u{FEFF}')))
    }
}

impl Matcher {
    /// Index of a column of the table.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.table.columns.iter().position(|known| known == name)
    }

    /// Returns the row that matches these values.
    pub(super) fn find(&self, values: &[Value<'_>]) -> Option<&[Value<'static>]> {
        let row = match &self.index {
            Index::Exact(rows) => *rows.get(combined(values.iter())?.as_slice())?,
            Index::Networks(networks) => {
                let address: IpAddr = values.first()?.to_text()?.trim().parse().ok()?;
                networks.iter().find(|(network, _)| network.contains(address))?.1
            }
        };
        self.table.rows.get(row).map(Vec::as_slice)
    }
}

impl Partners {
    /// Indexes the rows of a table by a column; `None` if there are too many keys.
    pub(super) fn new(table: Table, column: usize) -> Option<Self> {
        let mut partners = Self::default();
        for row in table.rows {
            if let Some(key) = row.get(column).and_then(key::of) {
                partners.rows.entry(key).or_default().push(row);
            }
        }
        (partners.rows.len() <= MAX_JOIN_KEYS).then_some(partners)
    }

    /// Returns the rows with this key.
    pub(super) fn find(&self, value: &Value<'_>) -> &[Vec<Value<'static>>] {
        key::of(value).and_then(|key| self.rows.get(&key)).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Key of several values together; `None` if one is missing.
fn combined<'v, 'a: 'v>(values: impl Iterator<Item = &'v Value<'a>>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for value in values {
        if !value.is_present() {
            return None;
        }
        key::write(value, &mut out);
    }
    Some(out)
}

fn exact(table: &Table, columns: &[usize]) -> Index {
    let mut rows: HashMap<Box<[u8]>, usize, RandomState> = HashMap::default();
    for (index, row) in table.rows.iter().enumerate() {
        if let Some(key) = combined(columns.iter().filter_map(|column| row.get(*column))) {
            rows.entry(key.into_boxed_slice()).or_insert(index);
        }
    }
    Index::Exact(rows)
}

/// First column whose first value is a network.
fn network_column(table: &Table) -> Option<usize> {
    let first = table.rows.first()?;
    let is_network = |value: &Value<'_>| {
        value.to_text().is_some_and(|text| text.contains('/') && Network::parse(text.trim()).is_some())
    };
    first.iter().position(is_network)
}

fn networks(table: &Table, columns: &[usize]) -> Index {
    let column = columns.first().copied().unwrap_or(0);
    let network = |row: &Vec<Value<'_>>| Network::parse(row.get(column)?.to_text()?.trim());
    let rows = table.rows.iter().enumerate();
    let mut found: Vec<_> = rows.filter_map(|(index, row)| Some((network(row)?, index))).collect();
    found.sort_by_key(|(network, index)| (std::cmp::Reverse(network.prefix()), *index));
    Index::Networks(found)
}

/// Parses a CSV text whose first row has the names of the columns.
fn parse(text: &str) -> Table {
    let mut rows = Rows::new(text).filter(|row| row.iter().any(|cell| !cell.is_empty()));
    let columns = rows.next().unwrap_or_default();
    let width = columns.len();
    let value = |cell: String| if cell.is_empty() { Value::Missing } else { Value::text(cell) };
    let rows = rows.map(|row| {
        let mut row: Vec<_> = row.into_iter().map(value).collect();
        row.resize(width, Value::Missing);
        row
    });
    Table { rows: rows.collect(), columns }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(csv: &str) -> (tempfile::TempDir, Tables) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("t.csv"), csv).unwrap();
        let tables = Tables { folder: Some(folder.path().to_owned()) };
        (folder, tables)
    }

    #[test]
    fn row_is_found_by_equal_values() {
        let (_folder, tables) = tables("id,name\r\n7,\"a, b\"\r\nx,c\r\n");
        let matcher = tables.matcher("t", &[Some("id")], false).unwrap();
        let name = matcher.column("name").unwrap();
        let found = matcher.find(&[Value::integer(7)]).map(|row| row[name].clone());
        assert_eq!(found, Some(Value::text("a, b")));
        assert!(matcher.find(&[Value::text("y")]).is_none() && matcher.find(&[Value::Missing]).is_none());
    }

    #[test]
    fn quote_inside_a_cell_is_text() {
        let (_folder, tables) = tables("id,name\n7,5\" disk\n8,other\n");
        let matcher = tables.matcher("t", &[Some("id")], false).unwrap();
        let names = [7, 8].map(|id| matcher.find(&[Value::integer(id)]).map(|row| row[1].clone()));
        assert_eq!(names, [Some(Value::text("5\" disk")), Some(Value::text("other"))]);
    }

    #[test]
    fn narrowest_network_is_found() {
        let (_folder, tables) = tables("net,name\n10.0.0.0/8,wide\n10.1.0.0/16,narrow\n");
        let matcher = tables.matcher("t", &[None], true).unwrap();
        let name = |address: &str| matcher.find(&[Value::text(address.to_owned())]).map(|row| row[1].clone());
        assert_eq!(name("10.1.2.3"), Some(Value::text("narrow")));
        assert_eq!(name("10.2.2.3"), Some(Value::text("wide")));
        assert_eq!(name("11.2.2.3"), None);
    }

    #[test]
    fn only_files_of_the_folder_are_tables() {
        let (_folder, tables) = tables("a\n1\n");
        for name in ["../t", "/etc/passwd", ".t", ""] {
            assert!(
                tables.matcher(name, &[Some("a")], false).unwrap_err().contains("no name of a table"),
                "{name}"
            );
        }
        assert!(tables.matcher("t", &[Some("b")], false).unwrap_err().contains("no column b"));
        assert!(Tables::default().matcher("t", &[Some("a")], false).unwrap_err().contains("--tables"));
    }
}
