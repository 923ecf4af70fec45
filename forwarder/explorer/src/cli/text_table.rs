//! Table of aligned texts.

use std::io::{self, IsTerminal as _};

use tailwater_forwarder::telemetry::escape::escape_controls;

use crate::{
    cli::terminal,
    view::format::{head, width},
};

/// Column of a table.
#[derive(Clone, Copy)]
pub(in crate::cli) enum Column {
    /// Texts, from the left.
    Text(&'static str),
    /// Numbers, from the right.
    Number(&'static str),
}

impl Column {
    fn title(self) -> &'static str {
        match self {
            Self::Text(title) | Self::Number(title) => title,
        }
    }
}

/// Table of aligned texts. On a terminal, its lines are cut at the width.
pub(in crate::cli) struct TextTable {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

impl TextTable {
    pub(in crate::cli) fn new(columns: &[Column]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row with a cell for each column. Control characters are escaped here, before widths are measured.
    pub(in crate::cli) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.map(|cell| escape_controls(cell).into_owned()).to_vec());
    }

    pub(in crate::cli) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the lines: titles, then rows.
    pub(in crate::cli) fn lines(&self) -> Vec<String> {
        let is_terminal = io::stdout().is_terminal();
        let most = is_terminal.then(|| terminal::columns(is_terminal)).flatten().unwrap_or(usize::MAX);
        let titles: Vec<String> = self.columns.iter().map(|column| column.title().to_owned()).collect();
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|index| {
                let cells = self.rows.iter().chain([&titles]).filter_map(|row| row.get(index));
                cells.map(|cell| width(cell)).max().unwrap_or(0)
            })
            .collect();
        let line = |row: &Vec<String>| {
            let mut line = String::new();
            for ((cell, column), wanted) in row.iter().zip(&self.columns).zip(&widths) {
                let pad = " ".repeat(wanted.saturating_sub(width(cell)));
                line += match column {
                    Column::Text(_) => ["  ", cell, &pad],
                    Column::Number(_) => ["  ", &pad, cell],
                }
                .concat()
                .as_str();
            }
            let line = line.trim_end();
            if width(line) <= most {
                line.to_owned()
            } else {
                format!("{}…", head(line, most.saturating_sub(1)))
            }
        };
        [&titles].into_iter().chain(&self.rows).map(line).collect()
    }
}
