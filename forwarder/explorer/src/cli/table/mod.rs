//! The summary on the terminal: a headline, totals, a row per function, findings, notes, and the ledger.

mod columns;
mod names;
mod rows;
mod styled_text;

use std::{
    collections::BTreeSet,
    io::{self, Write},
    time::Duration,
};

use tailwater_parser::{ByteSize, UnixMillis, Usd};

use self::{
    columns::{Align, CellContext, ColumnLayout, GAP, INDENT, NameScope, fit_columns},
    styled_text::{Emphasis, LineWrapper, StyledText},
};
pub use self::{
    rows::{NameFilter, Rows, SortColumn},
    styled_text::Palette,
};
use super::terminal;
use crate::view::{LedgerCounts, Share, Summary, format};

/// Width, rows, styles and run time with which a summary is written.
#[derive(Clone, Copy, Debug)]
pub struct Layout<'r> {
    /// Width in columns; values below 40 are taken as 40.
    pub width: usize,
    /// Treatment of function names that do not fit into the width.
    pub names: Names,
    /// Functions that have a row, and their order.
    pub rows: &'r Rows,
    /// Terminal styles of the text.
    pub palette: Palette,
    /// Duration of the run; `None` leaves the duration and the event rate out.
    pub elapsed: Option<Duration>,
}

/// Treatment of function names that are too long for their column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// They are cut in the middle, for a terminal.
    Cut,
    /// They stay whole, and lines may be longer than the width, for a file or another program.
    Whole,
}

/// Minimum width in columns.
const MIN_WIDTH: usize = 40;

/// Width of the summary in columns if the output is not a terminal.
const PIPE_WIDTH: usize = 120;

impl<'r> Layout<'r> {
    /// Layout for the terminal, or for an output that is none. Its stream has to remove the styles if it is not a terminal or
    /// if `NO_COLOR` is set.
    pub(super) fn new(is_terminal: bool, rows: &'r Rows, elapsed: Option<Duration>) -> Self {
        Self {
            width: terminal::columns(is_terminal).unwrap_or(PIPE_WIDTH),
            names: if is_terminal { Names::Cut } else { Names::Whole },
            rows,
            palette: Palette::colourful(),
            elapsed,
        }
    }
}

/// Writes the summary to `out`.
///
/// # Errors
/// Returns the errors of `out`.
pub fn write(summary: &Summary, layout: &Layout<'_>, out: &mut dyn Write) -> io::Result<()> {
    let layout = Layout { width: layout.width.max(MIN_WIDTH), ..*layout };
    headline(summary, &layout, out)?;
    if summary.functions.is_empty() {
        no_invocations(&summary.ledger, &layout, out)?;
    } else {
        totals(summary, &layout, out)?;
        logs(summary, &layout, out)?;
        functions(summary, &layout, out)?;
        findings(summary, &layout, out)?;
        notes(summary, &layout, out)?;
    }
    ledger(&summary.ledger, &layout, out)
}

/// Writes `Tailwater  24 h to 4 Mar 2026 10:00 UTC · eu-west-1 · 12 functions`
fn headline(summary: &Summary, layout: &Layout<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut wrapper = LineWrapper::new(layout.width, INDENT, &layout.palette, out);
    wrapper.write(0, &StyledText::new(Emphasis::Bold, "Tailwater"))?;
    if let Some(range) = summary.range {
        let span = format::span(Duration::from_millis(range.to.distance(range.from)));
        wrapper.write(GAP, &StyledText::plain(format!("{span} to {}", format::date_time(range.to))))?;
    }
    let regions: BTreeSet<_> = summary.functions.iter().filter_map(|row| row.region.as_deref()).collect();
    match regions.first() {
        Some(region) if regions.len() == 1 => wrapper.write(1, &StyledText::plain(format!("· {region}")))?,
        Some(_) => wrapper.write(1, &StyledText::plain(format!("· {} regions", regions.len())))?,
        None => {}
    }
    let n_functions = u64::try_from(summary.functions.len()).unwrap_or(u64::MAX);
    if n_functions > 0 {
        wrapper.write(1, &StyledText::plain(format!("· {}", format::plural(n_functions, "function"))))?;
    }
    wrapper.finish()
}

/// Writes the reason why the summary has no invocations.
fn no_invocations(ledger: &LedgerCounts, layout: &Layout<'_>, out: &mut dyn Write) -> io::Result<()> {
    let why = match (ledger.delivered, ledger.filtered) {
        (0, 0) => "no invocations: the input has no readable log events",
        (0, _) => "no invocations: all events were filtered out; check --since and --until",
        _ => {
            "no invocations: the input has no REPORT lines, which Lambda writes at the end of every invocation; check \
             that these are the logs of a function, for the right time, with system logs at level INFO"
        }
    };
    writeln!(out)?;
    let mut wrapper = LineWrapper::new(layout.width, INDENT, &layout.palette, out);
    wrapper.write_words(INDENT, Emphasis::Plain, why)?;
    wrapper.finish()
}

/// Writes `48,213 invocations   0.94 % errors   p95 768 ms   3.1 % cold, 412 ms   $1.27, of it cold starts $0.110 …`
fn totals(summary: &Summary, layout: &Layout<'_>, out: &mut dyn Write) -> io::Result<()> {
    const TOTALS_GAP: usize = 3;
    let totals = &summary.totals;
    let of_all = |part| format::percent(Share { part, whole: totals.invocations });
    writeln!(out)?;
    let mut wrapper = LineWrapper::new(layout.width, INDENT, &layout.palette, out);
    wrapper.write(INDENT, &StyledText::quantity(&format::plural(totals.invocations, "invocation")))?;
    let errors = format!("{} errors", of_all(totals.outcomes.errors));
    let is_fine = totals.outcomes.errors == 0;
    wrapper.write(
        TOTALS_GAP,
        &if is_fine { StyledText::quantity(&errors) } else { StyledText::new(Emphasis::Error, errors) },
    )?;
    if let Some(p95) = totals.times.duration.p95 {
        wrapper.write(TOTALS_GAP, &StyledText::quantity(&format!("p95 {}", format::duration(p95))))?;
    }
    let init = totals.times.init.avg.map(|init| format!(", {}", format::duration(init))).unwrap_or_default();
    wrapper.write(
        TOTALS_GAP,
        &StyledText::quantity(&format!("{} cold{init}", of_all(totals.starts.cold_starts))),
    )?;
    if totals.starts.restores > 0 {
        wrapper.write(
            TOTALS_GAP,
            &StyledText::quantity(&format!("{} restored", of_all(totals.starts.restores))),
        )?;
    }
    costs(summary, TOTALS_GAP, &mut wrapper)?;
    wrapper.finish()
}

/// Writes `$1.27, of it cold starts $0.110, failures $0.040`, without the parts that are 0.
fn costs(summary: &Summary, gap: usize, wrapper: &mut LineWrapper<'_>) -> io::Result<()> {
    let totals = &summary.totals;
    let Some(cost) = totals.billing.cost else {
        return wrapper.write(gap, &StyledText::quantity(&format!("cost {}", format::UNKNOWN)));
    };
    let parts = [
        ("cold starts", totals.billing.cold_start_cost),
        ("restores", totals.cost_parts.restore_cost),
        ("failures", totals.cost_parts.failure_cost),
    ];
    let mut pieces = vec![format::dollars(cost)];
    for (name, part) in parts {
        let Some(part) = part.filter(|part| *part > Usd::ZERO) else {
            continue;
        };
        let lead = if pieces.len() == 1 { "of it " } else { "" };
        pieces.push(format!("{lead}{name} {}", format::dollars(part)));
    }
    let last = pieces.len() - 1;
    for (idx, piece) in pieces.iter().enumerate() {
        let comma = if idx < last { "," } else { "" };
        wrapper.write(if idx == 0 { gap } else { 1 }, &StyledText::quantity(&format!("{piece}{comma}")))?;
    }
    Ok(())
}

/// Writes `logs 11.3 MiB, $0.0060: INFO 51 %, platform 35 %, DEBUG 9.1 %`, with the levels of most bytes.
fn logs(summary: &Summary, layout: &Layout<'_>, out: &mut dyn Write) -> io::Result<()> {
    const LEVELS: usize = 3;
    let logs = summary.insight.as_ref().and_then(|insight| insight.logs.as_ref());
    let Some(logs) = logs.filter(|logs| logs.events > 0) else { return Ok(()) };
    let mut wrapper = LineWrapper::new(layout.width, INDENT, &layout.palette, out);
    let price = logs.ingest.map_or_else(|| format!("price {}", format::UNKNOWN), format::dollars);
    wrapper.write(INDENT, &StyledText::quantity(&format!("logs {},", ByteSize(logs.ingest_bytes))))?;
    wrapper.write(1, &StyledText::quantity(&format!("{price}:")))?;
    let shown = logs.by_level.iter().take(LEVELS);
    let last = shown.len().saturating_sub(1);
    for (idx, row) in shown.enumerate() {
        let share = Share { part: row.volume.ingest_bytes, whole: logs.ingest_bytes };
        let comma = if idx < last { "," } else { "" };
        let text = format!("{} {}{comma}", row.level.name(), format::percent(share));
        wrapper.write(1, &StyledText::quantity(&text))?;
    }
    wrapper.finish()
}

fn functions(summary: &Summary, layout: &Layout<'_>, out: &mut dyn Write) -> io::Result<()> {
    let shown = layout.rows.of(&summary.functions);
    let context = CellContext {
        latest: summary.range.map_or(UnixMillis(0), |range| range.to),
        scope: NameScope::from_functions(&shown),
    };
    writeln!(out)?;
    let columns = fit_columns(&shown, &context, layout);
    if !shown.is_empty() {
        row(&columns, layout, out, |column| StyledText::new(Emphasis::Dim, column.column.title))?;
    }
    for idx in 0..shown.len() {
        row(&columns, layout, out, |column| column.cells.get(idx).cloned().unwrap_or_default())?;
    }
    let Some(note) = layout.rows.note(shown.len(), summary.functions.len()) else { return Ok(()) };
    let mut wrapper = LineWrapper::new(layout.width, INDENT * 2, &layout.palette, out);
    wrapper.write_words(INDENT, Emphasis::Dim, &note)?;
    wrapper.finish()
}

/// Writes a row of cells, without spaces after the last cell.
fn row(
    columns: &[ColumnLayout],
    layout: &Layout<'_>,
    out: &mut dyn Write,
    cell: impl Fn(&ColumnLayout) -> StyledText,
) -> io::Result<()> {
    let mut spaces = INDENT;
    for column in columns {
        let cell = cell(column);
        let pad = column.width.saturating_sub(cell.width());
        let (before, after) = match column.column.align {
            Align::Left => (0, pad),
            Align::Right => (pad, 0),
        };
        write!(out, "{:spaces$}", "", spaces = spaces + before)?;
        cell.write(&layout.palette, out)?;
        spaces = after + GAP;
    }
    writeln!(out)
}

fn findings(summary: &Summary, layout: &Layout<'_>, out: &mut dyn Write) -> io::Result<()> {
    let findings = summary.main_findings();
    let whole: Vec<_> = findings.iter().map(|finding| finding.function.as_str()).collect();
    let most = match layout.names {
        Names::Whole => usize::MAX,
        Names::Cut => layout.width / 3,
    };
    let short: Vec<_> = names::shortened(&whole, most).iter().map(StyledText::plain).collect();
    let Some(names) = short.iter().map(StyledText::width).max() else { return Ok(()) };
    writeln!(out)?;
    heading("worth a look", layout, out)?;
    for (finding, name) in findings.into_iter().zip(short) {
        let gap = names.saturating_sub(name.width()) + GAP;
        let mut wrapper = LineWrapper::new(layout.width, INDENT + names + GAP, &layout.palette, out);
        wrapper.write(INDENT, &name)?;
        wrapper.write_words(gap, Emphasis::Plain, &finding.text)?;
        wrapper.finish()?;
    }
    Ok(())
}

fn heading(title: &str, layout: &Layout<'_>, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{:INDENT$}", "")?;
    StyledText::new(Emphasis::Bold, title).write(&layout.palette, out)?;
    writeln!(out)
}

fn notes(summary: &Summary, layout: &Layout<'_>, out: &mut dyn Write) -> io::Result<()> {
    if !summary.notes.is_empty() {
        writeln!(out)?;
    }
    for note in &summary.notes {
        let mut wrapper = LineWrapper::new(layout.width, INDENT * 2, &layout.palette, out);
        wrapper.write_words(INDENT, Emphasis::Dim, note)?;
        wrapper.finish()?;
    }
    Ok(())
}

/// Writes `1,204,530 events received = 1,204,530 delivered + 0 filtered + 0 parked + 0 rejected · 3.1 s · 388,000 events/s`
fn ledger(ledger: &LedgerCounts, layout: &Layout<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    let mut wrapper = LineWrapper::new(layout.width, INDENT * 2, &layout.palette, out);
    let sign = if ledger.closes() { StyledText::plain("=") } else { StyledText::new(Emphasis::Error, "≠") };
    let received = format!("{} received", format::plural(ledger.received, "event"));
    wrapper.write(INDENT, &StyledText::quantity(&received))?;
    wrapper.write(1, &sign)?;
    wrapper.write(1, &term(ledger.delivered, "delivered", Emphasis::Plain))?;
    if ledger.duplicates > 0 {
        let duplicates = format!("({} already stored)", format::count(ledger.duplicates));
        wrapper.write(1, &StyledText::new(Emphasis::Dim, duplicates))?;
    }
    wrapper.write(1, &StyledText::plain("+ ").then(term(ledger.filtered, "filtered", Emphasis::Plain)))?;
    if ledger.sampled > 0 {
        wrapper.write(1, &StyledText::plain("+ ").then(term(ledger.sampled, "sampled", Emphasis::Plain)))?;
    }
    wrapper.write(1, &StyledText::plain("+ ").then(term(ledger.parked, "parked", Emphasis::Plain)))?;
    wrapper.write(1, &StyledText::plain("+ ").then(term(ledger.rejected, "rejected", Emphasis::Error)))?;
    speed(ledger, layout, &mut wrapper)?;
    wrapper.finish()
}

/// Formats a count and its name, in `emphasis` unless it is 0.
fn term(n: u64, name: &str, emphasis: Emphasis) -> StyledText {
    let text = format!("{} {name}", format::count(n));
    if n == 0 || emphasis == Emphasis::Plain {
        StyledText::quantity(&text)
    } else {
        StyledText::new(emphasis, text)
    }
}

/// Writes the duration of the run and the event rate.
fn speed(ledger: &LedgerCounts, layout: &Layout<'_>, wrapper: &mut LineWrapper<'_>) -> io::Result<()> {
    let Some(elapsed) = layout.elapsed else {
        return Ok(());
    };
    wrapper.write(1, &StyledText::plain("· ").then(StyledText::quantity(&format::duration(elapsed))))?;
    match format::rate(ledger.received, elapsed) {
        Some(rate) => {
            wrapper.write(1, &StyledText::plain("· ").then(StyledText::quantity(&format!("{rate} events/s"))))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
