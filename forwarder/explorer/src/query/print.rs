//! Result of a query as text: JSON, a JSON object a line, CSV, or a table for people.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use super::{
    result::Table,
    value::{Value, json},
};
use crate::view::format::{head, width as width_of};

/// Greatest width of a column of a table for people, except the last one.
const MAX_WIDTH: usize = 60;

/// Writes one array of objects, and a line feed. A value that a row lacks has no key.
///
/// # Errors
/// Returns the error of the writer.
pub fn write_json(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"[")?;
    for (number, row) in table.rows.iter().enumerate() {
        let separator = if number == 0 { "\n" } else { ",\n" };
        out.write_all(separator.as_bytes())?;
        out.write_all(object(&table.columns, row).as_bytes())?;
    }
    out.write_all(if table.rows.is_empty() { b"]\n" } else { b"\n]\n" })
}

/// Writes one object a line.
///
/// # Errors
/// Returns the error of the writer.
pub fn write_ndjson(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    for row in &table.rows {
        out.write_all(object(&table.columns, row).as_bytes())?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Writes CSV with a row of names.
///
/// # Errors
/// Returns the error of the writer.
pub fn write_csv(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    let line = |cells: Vec<Cow<'_, str>>| {
        let quoted: Vec<_> = cells.into_iter().map(quoted).collect();
        format!("{}\r\n", quoted.join(","))
    };
    out.write_all(line(table.columns.iter().map(|name| name.as_str().into()).collect()).as_bytes())?;
    for row in &table.rows {
        out.write_all(line(row.iter().map(text).collect()).as_bytes())?;
    }
    Ok(())
}

/// Writes aligned columns, numbers to the right. Long texts are cut, and line breaks are shown as spaces.
///
/// # Errors
/// Returns the error of the writer.
pub fn write_table(table: &Table, width: usize, out: &mut dyn Write) -> io::Result<()> {
    if table.columns.is_empty() {
        return Ok(());
    }
    let cells: Vec<Vec<String>> =
        table.rows.iter().map(|row| row.iter().map(|value| shown(value)).collect()).collect();
    let is_number = |column: usize| {
        let mut values = table.rows.iter().filter_map(|row| row.get(column));
        values.all(|value| matches!(value, Value::Missing | Value::Number(_) | Value::Boolean(_)))
    };
    let mut columns = Vec::with_capacity(table.columns.len());
    for (index, name) in table.columns.iter().enumerate() {
        let longest = cells.iter().filter_map(|row| row.get(index)).map(|cell| width_of(cell)).max();
        let most = longest.unwrap_or(0).max(width_of(name));
        let is_last = index + 1 == table.columns.len();
        columns.push((if is_last { most } else { most.min(MAX_WIDTH) }, is_number(index)));
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut line = String::new();
        for (cell, (width, is_right)) in cells.zip(&columns) {
            let cut = shortened(cell, *width);
            let padding = " ".repeat(width.saturating_sub(width_of(&cut)));
            let gap = if line.is_empty() { "" } else { "  " };
            line.push_str(gap);
            line.push_str(if *is_right { &padding } else { "" });
            line.push_str(&cut);
            line.push_str(if *is_right { "" } else { &padding });
        }
        format!("{}\n", shortened(line.trim_end(), width))
    };
    out.write_all(line(&mut table.columns.iter().map(String::as_str)).as_bytes())?;
    for row in &cells {
        out.write_all(line(&mut row.iter().map(String::as_str)).as_bytes())?;
    }
    Ok(())
}

/// Returns a text of at most `width` columns. One that is longer ends in `…`.
fn shortened(text: &str, width: usize) -> String {
    if width_of(text) <= width {
        return text.to_owned();
    }
    format!("{}…", head(text, width.saturating_sub(1)))
}

/// Writes a row as a JSON object.
fn object(columns: &[String], row: &[Value<'_>]) -> String {
    let mut object = String::from("{");
    for (name, value) in columns.iter().zip(row).filter(|(_, value)| value.is_present()) {
        if object.len() > 1 {
            object.push(',');
        }
        object.push_str(&json::write(&Value::text(name.as_str())));
        object.push(':');
        object.push_str(&json_cell(value));
    }
    object.push('}');
    object
}

/// Writes a value of a row as JSON: a missing one is `null`, a truth value 1 or 0.
#[must_use]
pub fn json_cell(value: &Value<'_>) -> String {
    match value {
        Value::Boolean(truth) => if *truth { "1" } else { "0" }.to_owned(),
        value => json::write(value),
    }
}

/// Text of a value; of a list or map its JSON.
pub(super) fn text<'v>(value: &'v Value<'_>) -> Cow<'v, str> {
    if value.is_structure() {
        return Cow::Owned(json::write(value));
    }
    value.to_text().unwrap_or_default()
}

/// Text of a value on one line of a table. Numbers have at most four decimals.
fn shown(value: &Value<'_>) -> String {
    let text = match value {
        Value::Number(number) => {
            let rounded = (number.to_f64() * 1e4).round() / 1e4;
            let has_more = number.normal().to_string().len() > 12 && number.to_f64().fract() != 0.0;
            if has_more { Cow::Owned(rounded.to_string()) } else { Cow::Owned(number.to_string()) }
        }
        value => text(value),
    };
    text.trim_end().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn quoted(cell: Cow<'_, str>) -> Cow<'_, str> {
    if cell.contains(['"', ',', '\n', '\r']) {
        Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\"")))
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let rows = vec![
            vec![Value::text("a \"b\",\nc"), Value::integer(5), Value::Time(0)],
            vec![Value::Missing, Value::float(0.25), Value::Boolean(true)],
        ];
        Table { columns: vec!["x".to_owned(), "count(*)".to_owned(), "t".to_owned()], rows }
    }

    fn written(write: fn(&Table, &mut dyn Write) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&table(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn json_leaves_missing_values_out() {
        let expected = "[\n{\"x\":\"a \\\"b\\\",\\nc\",\"count(*)\":5,\"t\":\"1970-01-01 00:00:00.000\"},\n{\"count(*)\":0.25,\"t\":1}\n]\n";
        assert_eq!(written(write_json), expected);
        assert_eq!(written(write_ndjson).lines().count(), 2);
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        let expected = "x,count(*),t\r\n\"a \"\"b\"\",\nc\",5,1970-01-01 00:00:00.000\r\n,0.25,1\r\n";
        assert_eq!(written(write_csv), expected);
    }

    #[test]
    fn table_is_aligned() {
        let shown = written(|table, out| write_table(table, 80, out));
        assert_eq!(shown.lines().next(), Some("x         count(*)  t"));
        assert!(shown.contains("a \"b\", c         5  1970-01-01 00:00:00.000"), "{shown}");
    }
}
