//! The terminal's picture of a summary: a headline, a row a function, what is worth a look, and the ledger.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    time::Duration,
};

use tailwater_parser::{UnixMillis, Usd};

pub use super::paint::Palette;
use super::{
    columns::{Align, Context, Drawn, GAP, INDENT, Names, fitting},
    paint::{Flow, Paint, Text},
};
use crate::view::{LedgerCounts, Share, Summary, format};

/// What the picture is drawn on.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Columns of the terminal; 40 or more.
    pub width: usize,
    /// Its colours.
    pub palette: Palette,
    /// How long the run took; `None` where nothing was run.
    pub elapsed: Option<Duration>,
}

/// Columns below which nothing is dropped any more.
const NARROWEST: usize = 40;

/// Draws the whole picture.
///
/// # Errors
/// Those of `out`.
pub fn write(summary: &Summary, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let page = Page { width: page.width.max(NARROWEST), ..*page };
    headline(summary, &page, out)?;
    if summary.functions.is_empty() {
        nothing(&summary.ledger, &page, out)?;
    } else {
        totals(summary, &page, out)?;
        table(summary, &page, out)?;
        worth_a_look(summary, &page, out)?;
        notes(summary, &page, out)?;
    }
    ledger(&summary.ledger, &page, out)
}

/// `Tailwater  24 h to 4 Mar 2026 10:00 UTC · eu-west-1 · 12 functions`
fn headline(summary: &Summary, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let mut flow = Flow::new(page.width, INDENT, &page.palette, out);
    flow.piece(0, &Text::new(Paint::Strong, "Tailwater"))?;
    if let Some(range) = summary.range {
        let span = format::span(Duration::from_millis(range.to.distance(range.from)));
        flow.piece(GAP, &Text::plain(format!("{span} to {}", format::date_time(range.to))))?;
    }
    let regions: BTreeSet<_> = summary.functions.iter().filter_map(|row| row.region.as_deref()).collect();
    match regions.first() {
        Some(region) if regions.len() == 1 => flow.piece(1, &Text::plain(format!("· {region}")))?,
        Some(_) => flow.piece(1, &Text::plain(format!("· {} regions", regions.len())))?,
        None => {}
    }
    let n_functions = u64::try_from(summary.functions.len()).unwrap_or(u64::MAX);
    if n_functions > 0 {
        flow.piece(1, &Text::plain(format!("· {}", format::plural(n_functions, "function"))))?;
    }
    flow.end()
}

fn nothing(ledger: &LedgerCounts, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let why = match (ledger.delivered, ledger.filtered) {
        (0, 0) => "no invocations: nothing in the input could be read as logs",
        (0, _) => {
            "no invocations: every event was left out. Do --since and --until name the time of these logs?"
        }
        _ => {
            "no invocations: the input has no REPORT lines, which Lambda writes at the end of every run. Are these the \
             logs of a function, of the right time, with system logs at level INFO?"
        }
    };
    writeln!(out)?;
    let mut flow = Flow::new(page.width, INDENT, &page.palette, out);
    flow.words(INDENT, Paint::Plain, why)?;
    flow.end()
}

/// `48,213 invocations   0.94 % errors   p95 768 ms   3.1 % cold, 412 ms   $1.27, of it cold starts $0.110 …`
fn totals(summary: &Summary, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    const APART: usize = 3;
    let totals = &summary.totals;
    let of_all = |part| format::percent(Share { part, whole: totals.invocations });
    writeln!(out)?;
    let mut flow = Flow::new(page.width, INDENT, &page.palette, out);
    flow.piece(INDENT, &Text::quantity(&format::plural(totals.invocations, "invocation")))?;
    let errors = format!("{} errors", of_all(totals.outcomes.errors));
    let is_fine = totals.outcomes.errors == 0;
    flow.piece(APART, &if is_fine { Text::quantity(&errors) } else { Text::new(Paint::Wrong, errors) })?;
    if let Some(p95) = totals.times.duration.p95 {
        flow.piece(APART, &Text::quantity(&format!("p95 {}", format::duration(p95))))?;
    }
    let init = totals.times.init.avg.map(|init| format!(", {}", format::duration(init))).unwrap_or_default();
    flow.piece(APART, &Text::quantity(&format!("{} cold{init}", of_all(totals.starts.cold_starts))))?;
    if totals.starts.restores > 0 {
        flow.piece(APART, &Text::quantity(&format!("{} restored", of_all(totals.starts.restores))))?;
    }
    costs(summary, APART, &mut flow)?;
    flow.end()
}

/// `$1.27, of it cold starts $0.110, failures $0.040`; parts that are nothing are left out.
fn costs(summary: &Summary, gap: usize, flow: &mut Flow<'_>) -> io::Result<()> {
    let totals = &summary.totals;
    let Some(cost) = totals.billing.cost else {
        return flow.piece(gap, &Text::quantity(&format!("cost {}", format::UNKNOWN)));
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
        flow.piece(if idx == 0 { gap } else { 1 }, &Text::quantity(&format!("{piece}{comma}")))?;
    }
    Ok(())
}

fn table(summary: &Summary, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let context = Context {
        latest: summary.range.map_or(UnixMillis(0), |range| range.to),
        names: Names::of(&summary.functions),
    };
    let columns = fitting(&summary.functions, &context, page.width);
    writeln!(out)?;
    row(&columns, page, out, |drawn| Text::new(Paint::Dim, drawn.column.title))?;
    for idx in 0..summary.functions.len() {
        row(&columns, page, out, |drawn| drawn.cells.get(idx).cloned().unwrap_or_default())?;
    }
    Ok(())
}

/// Writes a line of cells; nothing is padded on the right that has nothing behind it.
fn row(columns: &[Drawn], page: &Page, out: &mut dyn Write, cell: impl Fn(&Drawn) -> Text) -> io::Result<()> {
    let mut spaces = INDENT;
    for drawn in columns {
        let cell = cell(drawn).shortened(drawn.width);
        let pad = drawn.width - cell.width();
        let (before, behind) = match drawn.column.align {
            Align::Left => (0, pad),
            Align::Right => (pad, 0),
        };
        write!(out, "{:spaces$}", "", spaces = spaces + before)?;
        cell.write(&page.palette, out)?;
        spaces = behind + GAP;
    }
    writeln!(out)
}

fn worth_a_look(summary: &Summary, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let findings = &summary.findings;
    let Some(widest) = findings.iter().map(|finding| finding.function.chars().count()).max() else {
        return Ok(());
    };
    let names = widest.min(page.width / 3);
    writeln!(out)?;
    row_of_title("worth a look", page, out)?;
    for finding in findings {
        let name = Text::plain(&finding.function).shortened(names);
        let gap = names - name.width() + GAP;
        let mut flow = Flow::new(page.width, INDENT + names + GAP, &page.palette, out);
        flow.piece(INDENT, &name)?;
        flow.words(gap, Paint::Plain, &finding.text)?;
        flow.end()?;
    }
    Ok(())
}

fn row_of_title(title: &str, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{:INDENT$}", "")?;
    Text::new(Paint::Strong, title).write(&page.palette, out)?;
    writeln!(out)
}

fn notes(summary: &Summary, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    if !summary.notes.is_empty() {
        writeln!(out)?;
    }
    for note in &summary.notes {
        let mut flow = Flow::new(page.width, INDENT * 2, &page.palette, out);
        flow.words(INDENT, Paint::Dim, note)?;
        flow.end()?;
    }
    Ok(())
}

/// `1,204,530 events received = 1,204,530 delivered + 0 filtered + 0 parked + 0 rejected · 3.1 s · 388,000 events/s`
fn ledger(ledger: &LedgerCounts, page: &Page, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    let mut flow = Flow::new(page.width, INDENT * 2, &page.palette, out);
    let sign = if ledger.closes() { Text::plain("=") } else { Text::new(Paint::Wrong, "≠") };
    let received = format!("{} received", format::plural(ledger.received, "event"));
    flow.piece(INDENT, &Text::quantity(&received))?;
    flow.piece(1, &sign)?;
    flow.piece(1, &term(ledger.delivered, "delivered", Paint::Plain))?;
    if ledger.duplicates > 0 {
        let duplicates = format!("({} of them stored before)", format::count(ledger.duplicates));
        flow.piece(1, &Text::new(Paint::Dim, duplicates))?;
    }
    flow.piece(1, &Text::plain("+ ").then(term(ledger.filtered, "filtered", Paint::Plain)))?;
    if ledger.sampled > 0 {
        flow.piece(1, &Text::plain("+ ").then(term(ledger.sampled, "sampled", Paint::Plain)))?;
    }
    flow.piece(1, &Text::plain("+ ").then(term(ledger.parked, "parked", Paint::Plain)))?;
    flow.piece(1, &Text::plain("+ ").then(term(ledger.rejected, "rejected", Paint::Wrong)))?;
    speed(ledger, page, &mut flow)?;
    flow.end()
}

/// A count and what it counts, in `paint` unless it is 0.
fn term(n: u64, name: &str, paint: Paint) -> Text {
    let text = format!("{} {name}", format::count(n));
    if n == 0 || paint == Paint::Plain { Text::quantity(&text) } else { Text::new(paint, text) }
}

fn speed(ledger: &LedgerCounts, page: &Page, flow: &mut Flow<'_>) -> io::Result<()> {
    let Some(elapsed) = page.elapsed else {
        return Ok(());
    };
    flow.piece(1, &Text::plain("· ").then(Text::quantity(&format::duration(elapsed))))?;
    match format::rate(ledger.received, elapsed) {
        Some(rate) => flow.piece(1, &Text::plain("· ").then(Text::quantity(&format!("{rate} events/s")))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
