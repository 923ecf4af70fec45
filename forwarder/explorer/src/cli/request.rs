//! `tailwater request`: one request across its functions, as a waterfall with the log lines of all of them.

use std::{
    io::{self, IsTerminal as _},
    time::Duration,
};

use tailwater_forwarder::telemetry::escape::escape_controls;
use tailwater_parser::{Level, UnixMillis};

use super::{
    args::RequestArgs, assumptions::AssumptionFlags, exit::Exit, stderr, stdout, store::open_existing,
    terminal, wrap::wrapped,
};
use crate::{
    query::value::time::print as print_time,
    requests::{Evidence, Link, LinkedRun},
    serve::line_document,
    store::StoredInvocation,
    stored_request::{self, Candidate, Lookup, MAX_LISTED, SharedId, StoredRequest},
    view::format::{UNKNOWN, dollars, duration, head, plural, width},
};

/// Width if the terminal does not tell its own.
const USUAL_WIDTH: usize = 100;
/// Greatest width of the names of functions.
const MAX_NAME: usize = 32;
/// Deepest indentation of a caller's callees.
const MAX_INDENT: usize = 6;
/// Greatest width of a drawing.
const MAX_BARS: usize = 60;

/// Runs the command.
pub(super) fn run(args: &RequestArgs) -> anyhow::Result<Exit> {
    let store = open_existing(&args.store)?;
    let flags =
        AssumptionFlags { region: args.region.as_deref(), arch: args.arch, functions: None, log_price: None };
    let catalog = flags.catalog_for_reading(&store)?;
    match stored_request::find(&store, &catalog, &args.id)? {
        Lookup::Found(request) if args.json => {
            stdout::write_json(&request.document(line_document, &catalog))?;
            Ok(Exit::Success)
        }
        Lookup::Found(request) => {
            let is_terminal = io::stdout().is_terminal();
            let columns = terminal::columns(is_terminal).unwrap_or(USUAL_WIDTH);
            lines(&request, columns, is_terminal).iter().try_for_each(stdout::write_line)?;
            Ok(Exit::Success)
        }
        Lookup::None(missing) => {
            let place = args.store.display().to_string();
            missing.sentences(&place).iter().for_each(stderr::log);
            Ok(Exit::Failure)
        }
        Lookup::Ambiguous(candidates) => {
            stderr::log(format_args!(
                "{:?} is the prefix of several ids; show the one that you mean:",
                args.id
            ));
            commands(&candidates, args).iter().for_each(stderr::write_line);
            if candidates.len() == MAX_LISTED {
                stderr::write_line("  …  there may be more: give more characters");
            }
            Ok(Exit::Failure)
        }
    }
}

/// For each id the command that shows its request, with the function and the time of the first run.
fn commands(candidates: &[Candidate], args: &RequestArgs) -> Vec<String> {
    const USUAL_STORE: &str = "tailwater.db";
    let store = args.store.display().to_string();
    let option = if store == USUAL_STORE { String::new() } else { [" --store ", &store].concat() };
    let columns = candidates.iter().map(|candidate| width(&candidate.id)).max().unwrap_or(0);
    let line = |candidate: &Candidate| {
        format!("  tailwater request {}{option}   {}", padded(&candidate.id, columns), candidate.place())
    };
    candidates.iter().map(line).collect()
}

/// Lines of the answer: a summary, the waterfall, and the log lines.
fn lines(request: &StoredRequest, columns: usize, is_cut: bool) -> Vec<String> {
    let mut lines = vec![summary(request)];
    if request.is_truncated {
        lines.push("  more invocations have these ids than are shown".to_owned());
    }
    lines.push(String::new());
    let names = names_width(request, is_cut);
    lines.extend(Waterfall::new(request, columns, names, is_cut).lines());
    lines.push(String::new());
    for (step, event) in &request.lines {
        let name = request.graph.function_of(u32::try_from(*step).unwrap_or(u32::MAX));
        let level = event.level.map_or("", Level::name);
        let message = event.message.trim_end().replace(['\t', '\n', '\r'], " ");
        let line = format!("{}  {}  {level:5}  {message}", clock(event.position.time), padded(name, names));
        let line = escape_controls(line).into_owned();
        lines.push(if is_cut { cut(&line, columns) } else { line });
    }
    if request.are_lines_truncated {
        lines.push("  …  more lines are left out; the logs of a function: tailwater show ID".to_owned());
    }
    lines
}

fn summary(request: &StoredRequest) -> String {
    let all = request.all();
    let (kind, id) = request.name();
    let invocations = plural(u64::try_from(all.len()).unwrap_or(u64::MAX), "invocation");
    let mut functions: Vec<&str> = all.iter().map(|run| request.graph.function_of(*run)).collect();
    functions.sort_unstable();
    functions.dedup();
    let functions = plural(u64::try_from(functions.len()).unwrap_or(u64::MAX), "function");
    let total = duration(Duration::from_millis(request.graph.total_ms(&all)));
    let cost = request.graph.cost(&all).map_or_else(|| UNKNOWN.to_owned(), dollars);
    let failed = if request.graph.is_failed(&all) { ", failed" } else { "" };
    let begin = print_time(request.graph.begin(&all).0);
    format!(
        "{} {id}: {invocations} of {functions} in {total} from {begin}, {cost}{failed}",
        kind.replace('_', " ")
    )
}

/// Width of the names of functions; on a terminal, long ones are cut.
fn names_width(request: &StoredRequest, is_cut: bool) -> usize {
    let names = request.graph.functions.iter().map(|function| width(&function.label));
    names.max().unwrap_or(0).min(if is_cut { MAX_NAME } else { usize::MAX })
}

/// Time of day with milliseconds.
fn clock(time: UnixMillis) -> String {
    let text = print_time(time.0);
    text.split_once(' ').map_or_else(|| text.clone(), |(_, clock)| clock.to_owned())
}

/// Text in exactly this number of columns.
fn padded(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    let blanks = columns.saturating_sub(width(&text));
    [&*text, &" ".repeat(blanks)].concat()
}

fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        text.to_owned()
    } else {
        format!("{}…", head(text, columns.saturating_sub(1)))
    }
}

/// Drawing of the runs over time.
struct Waterfall<'r> {
    request: &'r StoredRequest,
    columns: usize,
    is_cut: bool,
    names: usize,
    bars: usize,
    begin: UnixMillis,
    total_ms: u64,
}

impl<'r> Waterfall<'r> {
    fn new(request: &'r StoredRequest, columns: usize, names: usize, is_cut: bool) -> Self {
        let all = request.all();
        // Beside the name: start and duration with their gaps.
        const NUMBERS: usize = 24;
        let names = (names + MAX_INDENT).min(if is_cut { columns / 3 } else { usize::MAX });
        Self {
            request,
            columns,
            is_cut,
            names,
            bars: columns.saturating_sub(names + NUMBERS).clamp(10, MAX_BARS),
            begin: request.graph.begin(&all),
            total_ms: request.graph.total_ms(&all).max(1),
        }
    }

    fn lines(&self) -> Vec<String> {
        let steps = self.request.graph.runs.iter().zip(&self.request.runs).zip(0_u32..);
        steps
            .flat_map(|((run, stored), at)| {
                let mut lines = vec![self.bar(run, at)];
                lines.extend(self.note(run, stored, at));
                lines
            })
            .collect()
    }

    /// Name, start, duration and bar of a run: `·` for INIT or the restore, `█` for the handler.
    fn bar(&self, run: &LinkedRun, at: u32) -> String {
        let name = [&"  ".repeat(self.depth(at)), self.request.graph.function_of(at)].concat();
        let start = duration(Duration::from_millis(run.begin.distance(self.begin)));
        let took = run.duration.map_or_else(|| UNKNOWN.to_owned(), duration);
        let handler = run.end.before(run.duration.unwrap_or_default()).max(run.begin);
        let (from, middle, to) = (self.place(run.begin), self.place(handler), self.place(run.end));
        let bar = [
            " ".repeat(from),
            "·".repeat(middle.saturating_sub(from)),
            "█".repeat(to.saturating_sub(middle).max(1)),
        ]
        .concat();
        let line = format!("{}  {start:>9}  {took:>9}  {bar}", padded(&name, self.names));
        let line = escape_controls(line);
        if self.is_cut { cut(line.trim_end(), self.columns) } else { line.trim_end().to_owned() }
    }

    /// Column of a time in the drawing.
    fn place(&self, time: UnixMillis) -> usize {
        let bars = u64::try_from(self.bars.saturating_sub(1)).unwrap_or(0);
        let place = time.distance(self.begin).saturating_mul(bars) / self.total_ms;
        usize::try_from(place.min(bars)).unwrap_or(0)
    }

    /// Number of callers above a run, as far as it is shown.
    fn depth(&self, at: u32) -> usize {
        let parent = |at: &u32| self.request.graph.link(*at).map(|link| link.parent);
        std::iter::successors(parent(&at), parent).take(MAX_INDENT / 2).count()
    }

    /// Lines below a run: its end if it failed, and the evidence that links it to its caller.
    fn note(&self, run: &LinkedRun, stored: &StoredInvocation, at: u32) -> Vec<String> {
        let mut parts = Vec::new();
        let attempt = self.request.graph.attempt(at);
        parts.extend((attempt > 1).then(|| format!("attempt {attempt}")));
        if run.outcome.is_failure() {
            let error = stored.invocation.error_type.as_deref().unwrap_or_default();
            parts.push(["ended with ", run.outcome.name(), " ", error].concat().trim_end().to_owned());
        }
        parts.extend(self.request.graph.link(at).map(|link| self.evidence(run, at, link)));
        let indent = 2 * (self.depth(at) + 1);
        wrapped(&parts.join("; "), indent, self.columns)
    }

    /// Sentence about the run that caused a run, with the ids and lines by which this can be checked.
    fn evidence(&self, run: &LinkedRun, at: u32, link: &Link) -> String {
        let parent = self.request.graph.function_of(link.parent);
        let how = match link.evidence {
            Evidence::ParentSpan => {
                let span = run.link.parent_span.map(|span| format!(" {span:016x}"));
                ["parent span", &span.unwrap_or_default()].concat()
            }
            Evidence::Tag => "declared by a tag".to_owned(),
            Evidence::Enclosing => "ran within it".to_owned(),
            Evidence::Order => "next after it".to_owned(),
        };
        let is_one = link.hop == link.shared;
        let ids = [link.shared, link.hop.filter(|_| !is_one)].into_iter().flatten();
        let ids: String =
            ids.filter_map(|id| self.request.shared(at, link, id)).map(|id| place(&id, parent)).collect();
        let begun = self.request.graph.run(link.parent).map_or(run.begin, |parent| parent.begin);
        let gap = if run.begin < begun {
            let ahead = duration(Duration::from_millis(begun.distance(run.begin)));
            format!(", {ahead} before it began by their clocks")
        } else {
            let gap = self.request.gap_ms(run, link).map(|gap| duration(Duration::from_millis(gap)));
            gap.map(|gap| format!(", {gap} later")).unwrap_or_default()
        };
        format!("called by {parent} ({} %): {how}{ids}{gap}", link.confidence_pct())
    }
}

/// Id that a run shares with its parent, and the times of the lines that have it.
fn place(shared: &SharedId, parent: &str) -> String {
    let time = |time: Option<i64>| {
        time.map_or_else(|| "REPORT".to_owned(), |time| format!("line of {}", clock(UnixMillis(time))))
    };
    let SharedId { kind, id, .. } = shared;
    format!(
        ", same {} {id} (its {}, {parent}'s {})",
        kind.replace('_', " "),
        time(shared.time),
        time(shared.parent_time)
    )
}
