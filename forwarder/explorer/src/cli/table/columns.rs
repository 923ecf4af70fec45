//! Columns of the table of functions: their cells, and the order in which columns are dropped if the terminal
//! is narrow.

use std::time::Duration;

use tailwater_parser::UnixMillis;

use super::{
    Layout, Names, SortColumn, names,
    styled_text::{Emphasis, StyledText},
};
use crate::view::{
    FunctionSummary, Share,
    format::{self, UNKNOWN},
};

/// Column of the table of functions.
pub(super) struct Column {
    pub(super) title: &'static str,
    pub(super) align: Align,
    /// Order in which columns are dropped if the terminal is narrow: the highest rank first. A column of rank
    /// 0 is never dropped.
    rank: u8,
    cell: fn(&FunctionSummary, &CellContext) -> StyledText,
}

/// Alignment of the text in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// Information that a cell needs besides the function in its row.
pub(super) struct CellContext {
    /// End of the latest invocation; ages are relative to it, not to today.
    pub(super) latest: UnixMillis,
    /// Attributes shown next to the name, to distinguish functions of the same name.
    pub(super) scope: NameScope,
}

/// Attributes needed besides the name to distinguish the functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameScope {
    /// Every name is unique.
    Unique,
    /// Region: a name is used in several regions.
    ByRegion,
    /// Account and region: a name is used in several accounts.
    ByAccount,
}

impl NameScope {
    pub(super) fn from_functions(functions: &[&FunctionSummary]) -> Self {
        let mut scope = Self::Unique;
        for (idx, one) in functions.iter().enumerate() {
            for other in functions.iter().skip(idx + 1).filter(|other| other.function == one.function) {
                if other.account != one.account {
                    return Self::ByAccount;
                }
                scope = Self::ByRegion;
            }
        }
        scope
    }
}

/// All columns from left to right. Failures have lower ranks than the distribution of durations, so they are
/// dropped later.
const COLUMNS: [Column; 16] = [
    Column {
        title: "FUNCTION",
        align: Align::Left,
        rank: 0,
        cell: |row, _| StyledText::plain(&row.function),
    },
    Column { title: "REGION", align: Align::Left, rank: 1, cell: region },
    Column { title: "INVOCATIONS", align: Align::Right, rank: 2, cell: |row, _| number(row.invocations) },
    Column { title: "AVG", align: Align::Right, rank: 12, cell: |row, _| time(row.times.duration.avg) },
    Column { title: "P50", align: Align::Right, rank: 14, cell: |row, _| time(row.times.duration.p50) },
    Column { title: "P95", align: Align::Right, rank: 4, cell: |row, _| time(row.times.duration.p95) },
    Column { title: "P99", align: Align::Right, rank: 13, cell: |row, _| time(row.times.duration.p99) },
    Column { title: "ERRORS", align: Align::Right, rank: 3, cell: errors },
    Column {
        title: "TIMEOUT",
        align: Align::Right,
        rank: 10,
        cell: |row, _| failures(row.outcomes.timeouts),
    },
    Column {
        title: "OOM",
        align: Align::Right,
        rank: 11,
        cell: |row, _| failures(row.outcomes.out_of_memory),
    },
    Column { title: "THROTTLED", align: Align::Right, rank: 8, cell: throttles },
    Column { title: "COLD STARTS", align: Align::Right, rank: 6, cell: cold_starts },
    Column { title: "RESTORES", align: Align::Right, rank: 15, cell: restores },
    Column {
        title: "COST",
        align: Align::Right,
        rank: 5,
        cell: |row, _| or_unknown(row.billing.cost.map(format::dollars)),
    },
    Column { title: "MEMORY", align: Align::Right, rank: 7, cell: memory },
    Column { title: "LAST", align: Align::Right, rank: 9, cell: age },
];

fn region(row: &FunctionSummary, context: &CellContext) -> StyledText {
    let region = row.region.as_deref().unwrap_or(UNKNOWN);
    let account = row.account.as_deref().unwrap_or(UNKNOWN);
    match context.scope {
        NameScope::Unique => StyledText::default(),
        NameScope::ByRegion => StyledText::new(Emphasis::Dim, region),
        NameScope::ByAccount => StyledText::new(Emphasis::Dim, format!("{account} {region}")),
    }
}

fn number(n: u64) -> StyledText {
    StyledText::quantity(&format::count(n))
}

fn or_unknown(quantity: Option<String>) -> StyledText {
    quantity
        .map_or_else(|| StyledText::new(Emphasis::Dim, UNKNOWN), |quantity| StyledText::quantity(&quantity))
}

fn time(time: Option<Duration>) -> StyledText {
    or_unknown(time.map(format::duration))
}

/// Formats a number of failures: red, or dim if 0.
fn failures(n: u64) -> StyledText {
    StyledText::new(if n == 0 { Emphasis::Dim } else { Emphasis::Error }, format::count(n))
}

fn errors(row: &FunctionSummary, _: &CellContext) -> StyledText {
    let share = Share { part: row.outcomes.errors, whole: row.invocations };
    if row.outcomes.errors == 0 { failures(0) } else { StyledText::new(Emphasis::Error, counted(share)) }
}

fn cold_starts(row: &FunctionSummary, _: &CellContext) -> StyledText {
    let share = Share { part: row.starts.cold_starts, whole: row.invocations };
    if share.part == 0 { StyledText::new(Emphasis::Dim, "0") } else { StyledText::quantity(&counted(share)) }
}

/// Formats the number of throttled requests; empty if it was not read, so that a table without any lacks the column.
fn throttles(row: &FunctionSummary, _: &CellContext) -> StyledText {
    row.throttles.map(failures).unwrap_or_default()
}

/// Formats the number of restores; empty if there are none, so that a table without restores lacks the column.
fn restores(row: &FunctionSummary, _: &CellContext) -> StyledText {
    let share = Share { part: row.starts.restores, whole: row.invocations };
    if share.part == 0 { StyledText::default() } else { StyledText::quantity(&counted(share)) }
}

fn counted(share: Share) -> String {
    format!("{} {:>5}", format::count(share.part), format::percent(share))
}

fn memory(row: &FunctionSummary, _: &CellContext) -> StyledText {
    let Some(used) = row.memory_used() else {
        return or_unknown(None);
    };
    let emphasis = if used.is_at_least(90) { Emphasis::Error } else { Emphasis::Plain };
    StyledText::new(emphasis, format!("{}/{} ", used.part, used.whole)).then(bar(used, emphasis))
}

/// Draws a bar of six blocks that fills from the left in eighths.
fn bar(used: Share, emphasis: Emphasis) -> StyledText {
    const BLOCKS: usize = 6;
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let filled = used.part.min(used.whole).saturating_mul(6 * 8).checked_div(used.whole).unwrap_or_default();
    let filled = usize::try_from(filled).unwrap_or_default();
    let full = "█".repeat(filled / 8) + EIGHTHS.get(filled % 8).unwrap_or(&"");
    let empty = "▁".repeat(BLOCKS - filled.div_ceil(8));
    StyledText::new(emphasis, full).then(StyledText::new(Emphasis::Dim, empty))
}

fn age(row: &FunctionSummary, context: &CellContext) -> StyledText {
    StyledText::quantity(&format::span(Duration::from_millis(context.latest.distance(row.last_start))))
}

/// Column with the formatted cells of all rows, and its width.
pub(super) struct ColumnLayout {
    pub(super) column: &'static Column,
    pub(super) cells: Vec<StyledText>,
    pub(super) width: usize,
}

/// Spaces left of the table.
pub(super) const INDENT: usize = 2;
/// Spaces between two columns.
pub(super) const GAP: usize = 2;

/// Returns the columns that fit into the width of the layout. If not all fit, function names are shortened a little first,
/// then the columns of the highest rank are dropped. The column that the rows are sorted by stays.
pub(super) fn fit_columns(
    functions: &[&FunctionSummary],
    context: &CellContext,
    layout: &Layout<'_>,
) -> Vec<ColumnLayout> {
    let sorted_by = layout.rows.sort.map(SortColumn::title);
    let rank_of =
        |column: &ColumnLayout| if Some(column.column.title) == sorted_by { 0 } else { column.column.rank };
    let mut columns: Vec<_> =
        COLUMNS.iter().filter_map(|column| lay_out(column, functions, context)).collect();
    let Some(names) = columns.first_mut() else {
        return columns;
    };
    let wanted = names.width;
    names.width = wanted.min(layout.width / 5).max(names.column.title.len());
    while total_width(&columns) > layout.width {
        let Some(rank) = columns.iter().map(rank_of).max().filter(|rank| *rank > 0) else {
            break;
        };
        columns.retain(|column| rank_of(column) < rank);
    }
    let room = layout.width.saturating_sub(total_width(&columns));
    if let Some(column) = columns.first_mut() {
        column.width = match layout.names {
            Names::Whole => wanted,
            Names::Cut => wanted.min(column.width + room),
        };
        let whole: Vec<&str> = functions.iter().map(|row| row.function.as_str()).collect();
        let short = names::shortened(&whole, column.width);
        column.cells = short.iter().map(StyledText::plain).collect();
    }
    columns
}

/// Formats the cells of a column and computes its width. Returns `None` if every cell is empty.
fn lay_out(
    column: &'static Column,
    functions: &[&FunctionSummary],
    context: &CellContext,
) -> Option<ColumnLayout> {
    let cells: Vec<_> = functions.iter().map(|row| (column.cell)(row, context)).collect();
    let widest = cells.iter().map(StyledText::width).max().filter(|width| *width > 0)?;
    Some(ColumnLayout { column, cells, width: widest.max(column.title.len()) })
}

fn total_width(columns: &[ColumnLayout]) -> usize {
    INDENT + columns.iter().map(|column| column.width + GAP).sum::<usize>().saturating_sub(GAP)
}
