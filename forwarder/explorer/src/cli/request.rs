//! `tailwater request`: one request across its functions, as a waterfall with the log lines of all of them.

use std::{
    io::{self, IsTerminal as _},
    time::Duration,
};

use tailwater_forwarder::telemetry::escape::escape_controls;
use tailwater_parser::{Level, UnixMillis};

use super::{
    args::RequestArgs, assumptions::AssumptionFlags, exit::Exit, stderr, stdout, store::open_existing,
    terminal,
};
use crate::{
    query::value::time::print as print_time,
    requests::{Link, LinkedRun},
    serve::line_document,
    store::StoredInvocation,
    stored_request::{self, Lookup, StoredRequest},
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
        Lookup::None => {
            stderr::log(format_args!(
                "no invocation of {} has the id {:?}: give a request id, trace id, correlation id or message id, or its \
                 first 8 characters at least",
                args.store.display(),
                args.id
            ));
            Ok(Exit::Failure)
        }
        Lookup::Ambiguous(ids) => {
            stderr::log(format_args!(
                "{:?} is the prefix of several ids; give more characters of one:",
                args.id
            ));
            ids.iter().for_each(|id| stderr::log(format_args!("  {id}")));
            Ok(Exit::Failure)
        }
    }
}

/// Lines of the answer: a summary, the waterfall, and the log lines.
fn lines(request: &StoredRequest, columns: usize, is_cut: bool) -> Vec<String> {
    let mut lines = vec![summary(request)];
    if request.is_truncated {
        lines.push("  more invocations have these ids than are shown".to_owned());
    }
    lines.push(String::new());
    lines.extend(Waterfall::new(request, columns).lines());
    lines.push(String::new());
    let names = names_width(request);
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

fn names_width(request: &StoredRequest) -> usize {
    let names = request.graph.functions.iter().map(|name| width(name));
    names.max().unwrap_or(0).min(MAX_NAME)
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
    names: usize,
    bars: usize,
    begin: UnixMillis,
    total_ms: u64,
}

impl<'r> Waterfall<'r> {
    fn new(request: &'r StoredRequest, columns: usize) -> Self {
        let all = request.all();
        // Beside the name: start and duration with their gaps.
        const NUMBERS: usize = 24;
        let names = (names_width(request) + MAX_INDENT).min(columns / 3);
        Self {
            request,
            columns,
            names,
            bars: columns.saturating_sub(names + NUMBERS).clamp(10, MAX_BARS),
            begin: request.graph.begin(&all),
            total_ms: request.graph.total_ms(&all).max(1),
        }
    }

    fn lines(&self) -> Vec<String> {
        let steps = self.request.graph.runs.iter().zip(&self.request.runs).zip(0_u32..);
        steps
            .flat_map(|((run, stored), at)| [Some(self.bar(run, at)), self.note(run, stored, at)])
            .flatten()
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
        cut(escape_controls(line).trim_end(), self.columns)
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

    /// Second line of a run: its end if it failed, and the evidence that links it to its caller.
    fn note(&self, run: &LinkedRun, stored: &StoredInvocation, at: u32) -> Option<String> {
        let mut parts = Vec::new();
        let attempt = self.request.graph.attempt(at);
        parts.extend((attempt > 1).then(|| format!("attempt {attempt}")));
        if run.outcome.is_failure() {
            let error = stored.invocation.error_type.as_deref().unwrap_or_default();
            parts.push(["ended with ", run.outcome.name(), " ", error].concat().trim_end().to_owned());
        }
        parts.extend(self.request.graph.link(at).map(|link| self.evidence(run, link)));
        let line = ["  ".repeat(self.depth(at) + 1), parts.join("; ")].concat();
        (!parts.is_empty()).then(|| cut(&escape_controls(line), self.columns))
    }

    fn evidence(&self, run: &LinkedRun, link: &Link) -> String {
        use crate::requests::Evidence;
        let parent = self.request.graph.function_of(link.parent);
        let how = match link.evidence {
            Evidence::ParentSpan => "parent span",
            Evidence::Tag => "declared by a tag",
            Evidence::Enclosing => "ran within it",
            Evidence::Order => "next after it",
        };
        let shared = self.request.shared(link);
        let id = shared.map(|shared| format!(", same {}", shared.kind.replace('_', " "))).unwrap_or_default();
        let gap = self.request.gap_ms(run, link).map(|gap| duration(Duration::from_millis(gap)));
        let gap = gap.map(|gap| format!(", {gap} later")).unwrap_or_default();
        format!("called by {parent} ({} %): {how}{id}{gap}", link.confidence_pct())
    }
}
