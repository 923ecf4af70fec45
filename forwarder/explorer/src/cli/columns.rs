//! The columns of the table: what each shows, and which go first where there is no room for all.

use std::time::Duration;

use tailwater_parser::UnixMillis;

use super::paint::{Paint, Text};
use crate::view::{
    FunctionSummary, Share,
    format::{self, UNKNOWN},
};

/// A column of the table.
pub(super) struct Column {
    pub(super) title: &'static str,
    pub(super) align: Align,
    /// The narrower the terminal, the fewer ranks are shown; 0 always is.
    rank: u8,
    cell: fn(&FunctionSummary, &Context) -> Text,
}

/// On which side of a column its text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// What a cell needs to know beside its row.
pub(super) struct Context {
    /// When the latest invocation ended: ages count from there, not from today.
    pub(super) latest: UnixMillis,
    /// Whether rows need more than a name to be told apart.
    pub(super) names: Names,
}

/// What tells functions apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    Unique,
    /// A name is used in several regions.
    ByRegion,
    /// A name is used in several accounts.
    ByAccount,
}

impl Names {
    pub(super) fn of(functions: &[FunctionSummary]) -> Self {
        let mut names = Self::Unique;
        for (idx, one) in functions.iter().enumerate() {
            for other in functions.iter().skip(idx + 1).filter(|other| other.function == one.function) {
                if other.account != one.account {
                    return Self::ByAccount;
                }
                names = Self::ByRegion;
            }
        }
        names
    }
}

/// From left to right. What failed is shown before how the durations are spread.
const COLUMNS: [Column; 14] = [
    Column { title: "FUNCTION", align: Align::Left, rank: 0, cell: |row, _| Text::plain(&row.function) },
    Column { title: "REGION", align: Align::Left, rank: 1, cell: place },
    Column { title: "INVOCATIONS", align: Align::Right, rank: 2, cell: |row, _| number(row.invocations) },
    Column { title: "AVG", align: Align::Right, rank: 11, cell: |row, _| time(row.times.duration.avg) },
    Column { title: "P50", align: Align::Right, rank: 13, cell: |row, _| time(row.times.duration.p50) },
    Column { title: "P95", align: Align::Right, rank: 4, cell: |row, _| time(row.times.duration.p95) },
    Column { title: "P99", align: Align::Right, rank: 12, cell: |row, _| time(row.times.duration.p99) },
    Column { title: "ERRORS", align: Align::Right, rank: 3, cell: errors },
    Column { title: "TIMEOUT", align: Align::Right, rank: 9, cell: |row, _| faults(row.outcomes.timeouts) },
    Column { title: "OOM", align: Align::Right, rank: 10, cell: |row, _| faults(row.outcomes.out_of_memory) },
    Column { title: "COLD STARTS", align: Align::Right, rank: 6, cell: cold_starts },
    Column {
        title: "COST",
        align: Align::Right,
        rank: 5,
        cell: |row, _| or_unknown(row.billing.cost.map(format::dollars)),
    },
    Column { title: "MEMORY", align: Align::Right, rank: 7, cell: memory },
    Column { title: "LAST", align: Align::Right, rank: 8, cell: age },
];

fn place(row: &FunctionSummary, context: &Context) -> Text {
    let region = row.region.as_deref().unwrap_or(UNKNOWN);
    let account = row.account.as_deref().unwrap_or(UNKNOWN);
    match context.names {
        Names::Unique => Text::default(),
        Names::ByRegion => Text::new(Paint::Dim, region),
        Names::ByAccount => Text::new(Paint::Dim, format!("{account} {region}")),
    }
}

fn number(n: u64) -> Text {
    Text::quantity(&format::count(n))
}

fn or_unknown(quantity: Option<String>) -> Text {
    quantity.map_or_else(|| Text::new(Paint::Dim, UNKNOWN), |quantity| Text::quantity(&quantity))
}

fn time(time: Option<Duration>) -> Text {
    or_unknown(time.map(format::duration))
}

/// Failures are red; none are no news.
fn faults(n: u64) -> Text {
    Text::new(if n == 0 { Paint::Dim } else { Paint::Wrong }, format::count(n))
}

fn errors(row: &FunctionSummary, _: &Context) -> Text {
    let share = Share { part: row.outcomes.errors, whole: row.invocations };
    if row.outcomes.errors == 0 { faults(0) } else { Text::new(Paint::Wrong, counted(share)) }
}

fn cold_starts(row: &FunctionSummary, _: &Context) -> Text {
    let share = Share { part: row.starts.cold_starts + row.starts.restores, whole: row.invocations };
    if share.part == 0 { Text::new(Paint::Dim, "0") } else { Text::quantity(&counted(share)) }
}

fn counted(share: Share) -> String {
    format!("{} {:>5}", format::count(share.part), format::percent(share))
}

fn memory(row: &FunctionSummary, _: &Context) -> Text {
    let Some(used) = row.memory_used() else {
        return or_unknown(None);
    };
    let paint = if used.is_at_least(90) { Paint::Wrong } else { Paint::Plain };
    Text::new(paint, format!("{}/{} ", used.part, used.whole)).then(bar(used, paint))
}

/// Six blocks that fill from the left in eighths.
fn bar(used: Share, paint: Paint) -> Text {
    const BLOCKS: usize = 6;
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let filled = used.part.min(used.whole).saturating_mul(6 * 8).checked_div(used.whole).unwrap_or_default();
    let filled = usize::try_from(filled).unwrap_or_default();
    let full = "█".repeat(filled / 8) + EIGHTHS.get(filled % 8).unwrap_or(&"");
    let empty = "▁".repeat(BLOCKS - filled.div_ceil(8));
    Text::new(paint, full).then(Text::new(Paint::Dim, empty))
}

fn age(row: &FunctionSummary, context: &Context) -> Text {
    Text::quantity(&format::span(Duration::from_millis(context.latest.distance(row.last_start))))
}

/// A column as it is drawn: its cells, and the width it was given.
pub(super) struct Drawn {
    pub(super) column: &'static Column,
    pub(super) cells: Vec<Text>,
    pub(super) width: usize,
}

/// Left of the table.
pub(super) const INDENT: usize = 2;
/// Between two columns.
pub(super) const GAP: usize = 2;

/// The columns that fit into `width`: names are shortened a bit first, then the highest rank goes, then the next.
pub(super) fn fitting(functions: &[FunctionSummary], context: &Context, width: usize) -> Vec<Drawn> {
    let mut drawn: Vec<_> = COLUMNS.iter().filter_map(|column| draw(column, functions, context)).collect();
    let Some(names) = drawn.first_mut() else {
        return drawn;
    };
    let wanted = names.width;
    names.width = wanted.min(width / 5).max(names.column.title.len());
    while total_width(&drawn) > width {
        let Some(rank) = drawn.iter().map(|drawn| drawn.column.rank).max().filter(|rank| *rank > 0) else {
            break;
        };
        drawn.retain(|drawn| drawn.column.rank < rank);
    }
    let room = width.saturating_sub(total_width(&drawn));
    if let Some(names) = drawn.first_mut() {
        names.width = wanted.min(names.width + room);
    }
    drawn
}

/// `None` where every cell is empty.
fn draw(column: &'static Column, functions: &[FunctionSummary], context: &Context) -> Option<Drawn> {
    let cells: Vec<_> = functions.iter().map(|row| (column.cell)(row, context)).collect();
    let widest = cells.iter().map(Text::width).max().filter(|width| *width > 0)?;
    Some(Drawn { column, cells, width: widest.max(column.title.len()) })
}

fn total_width(drawn: &[Drawn]) -> usize {
    INDENT + drawn.iter().map(|drawn| drawn.width + GAP).sum::<usize>().saturating_sub(GAP)
}
