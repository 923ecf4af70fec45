//! The answers: one function, all errors, one error group, one invocation.

use serde_json::{Value, json};
use tailwater_forwarder::{pipeline::TimeRange, sink::ndjson};
use tailwater_parser::{
    Level, UnixMillis,
    derive::{Invocation, StartKind},
};

use super::{Context, answer::Answer};
use crate::{
    cli::text_table::{
        Column::{Number, Text},
        TextTable,
    },
    query::value::time::print as print_time,
    store::{LogEvent, StoredInvocation},
    view::{
        FunctionSummary, Share,
        errors::{ErrorGroup, Trend},
        format::{UNKNOWN, count, dollars, duration, percent, plural},
        index::{FunctionFilter, InvocationFilter, ListContext, ListOptions, OutcomeFilter, SortOrder},
    },
};

/// Number of invocations and error groups in a list.
const LISTED: usize = 10;
/// Number of invocations of an error group.
const OF_GROUP: usize = 20;
/// Number of last lines that are shown of a failed invocation without a line of level ERROR.
const LAST_LINES: usize = 8;

/// All error groups.
pub(super) fn errors(context: &Context<'_>) -> Answer {
    let Some(errors) = context.errors() else {
        let mut answer = Answer::new(Value::Null);
        let is_empty = context.summary.functions.is_empty();
        answer.line(if is_empty { "no invocations" } else { "there are too many errors to group them" });
        return answer;
    };
    let mut answer = Answer::new(json!(errors));
    let groups = u64::try_from(errors.groups.len()).unwrap_or(u64::MAX);
    let failed = plural(errors.failed_invocations, "failed invocation");
    answer.line(format!("{failed} in {}", plural(groups, "error group")));
    let mut table = TextTable::new(&[
        Text("ID"),
        Number("FAILED"),
        Number("LINES"),
        Text("TREND"),
        Text("FIRST"),
        Text("LAST"),
        Text("VERSIONS"),
        Text("FUNCTION"),
        Text("ERROR"),
    ]);
    for group in &errors.groups {
        table.row([
            group.id.to_string(),
            count(group.failed_invocations),
            count(group.events),
            trend(group.trend).to_owned(),
            time(group.first_seen),
            time(group.last_seen),
            versions(group),
            group.identity.function.clone(),
            group.title.clone(),
        ]);
    }
    answer.table("", &table);
    if errors.groups_truncated {
        answer.line("  …  more groups are left out");
    }
    if let Some(first) = errors.groups.first() {
        answer.next(&context.next.command(&first.id.to_string()));
    }
    answer
}

fn trend(trend: Trend) -> &'static str {
    match trend {
        Trend::Rising => "rising",
        Trend::Falling => "falling",
        Trend::Steady => "steady",
    }
}

fn versions(group: &ErrorGroup) -> String {
    match group.versions.as_slice() {
        [first, .., last] if group.versions.len() > 2 => format!("{first}…{last}"),
        few => few.join(","),
    }
}

fn time(time: UnixMillis) -> String {
    print_time(time.0)
}

/// One function, in each account and region that has it.
pub(super) fn function(context: &Context<'_>, name: &str) -> anyhow::Result<Answer> {
    let rows: Vec<_> = context.summary.functions.iter().filter(|row| row.function == name).collect();
    let groups = context.errors().map(|errors| errors.groups.as_slice()).unwrap_or_default();
    let groups: Vec<_> = groups.iter().filter(|group| group.identity.function == name).collect();
    let of_function = FunctionFilter { function: Some(name), ..FunctionFilter::default() };
    let failed = InvocationFilter { outcomes: OutcomeFilter::Failed, ..InvocationFilter::default() };
    let list = |filter, order| listed(context, &of_function, filter, order, LISTED);
    let failing = list(failed, SortOrder::Latest)?;
    let slowest = list(InvocationFilter::default(), SortOrder::Slowest)?;
    let mut answer = Answer::new(json!({
        "functions": rows,
        "errors": groups,
        "failing": records(context, &failing)?,
        "slowest": records(context, &slowest)?,
    }));
    for row in rows {
        describe(row, &mut answer);
    }
    answer.table("errors", &errors_of_function(&groups));
    if groups.len() > LISTED {
        answer.line(format!("  …  {} lists all", context.next.command("errors")));
    }
    answer.table("newest failed invocations", &runs(context, &failing));
    answer.table("slowest invocations", &runs(context, &slowest));
    let next = groups.first().map(|group| group.id.to_string());
    if let Some(next) =
        next.or_else(|| slowest.first().map(|stored| stored.invocation.request_id.to_string()))
    {
        answer.next(&context.next.command(&next));
    }
    Ok(answer)
}

/// Table of the first error groups of a function.
fn errors_of_function(groups: &[&ErrorGroup]) -> TextTable {
    let mut table = TextTable::new(&[
        Text("ID"),
        Number("FAILED"),
        Number("LINES"),
        Text("TREND"),
        Text("LAST"),
        Text("ERROR"),
    ]);
    for group in groups.iter().take(LISTED) {
        table.row([
            group.id.to_string(),
            count(group.failed_invocations),
            count(group.events),
            trend(group.trend).to_owned(),
            time(group.last_seen),
            group.title.clone(),
        ]);
    }
    table
}

/// Describes a function and its versions.
fn describe(row: &FunctionSummary, answer: &mut Answer) {
    let share = |part| percent(Share { part, whole: row.invocations });
    let place: Vec<_> = [&row.account, &row.region].into_iter().flatten().map(String::as_str).collect();
    answer.line([row.function.as_str(), &place.join(" ")].join("  ").trim_end());
    let (outcomes, starts) = (&row.outcomes, &row.starts);
    answer.line(format!(
        "  {}, {} failed ({}), {} timed out, {} out of memory",
        plural(row.invocations, "invocation"),
        count(outcomes.errors),
        share(outcomes.errors),
        count(outcomes.timeouts),
        count(outcomes.out_of_memory)
    ));
    let times = &row.times.duration;
    let [avg, p50, p95, p99, max] =
        [times.avg, times.p50, times.p95, times.p99, times.max].map(|time| known(time.map(duration)));
    answer.line(format!("  duration: avg {avg}, p50 {p50}, p95 {p95}, p99 {p99}, max {max}"));
    let [init, longest] = [row.times.init.avg, row.times.init.max].map(|time| known(time.map(duration)));
    answer.line(format!(
        "  {} ({}), INIT avg {init}, max {longest}; {}",
        plural(starts.cold_starts, "cold start"),
        share(starts.cold_starts),
        plural(starts.restores, "restore")
    ));
    let [cost, cold] = [row.billing.cost, row.billing.cold_start_cost].map(|cost| known(cost.map(dollars)));
    let [size, used] =
        [row.memory, row.max_memory].map(|size| known(size.map(|size| format!("{} MB", size.0))));
    answer.line(format!("  cost {cost}, of it cold starts {cold}; memory {size}, at most {used} used"));
    answer.table("versions", &versions_of_function(row));
}

/// Table of the versions of a function.
fn versions_of_function(row: &FunctionSummary) -> TextTable {
    let mut table = TextTable::new(&[
        Text("VERSION"),
        Text("FIRST"),
        Text("LAST"),
        Number("INVOCATIONS"),
        Number("ERRORS"),
        Number("P50"),
        Number("P95"),
        Number("P99"),
        Number("MAX"),
    ]);
    for version in &row.by_version {
        let times = &version.duration;
        let [p50, p95, p99, max] =
            [times.p50, times.p95, times.p99, times.max].map(|time| known(time.map(duration)));
        table.row([
            version.version.clone(),
            time(version.first_start),
            time(version.last_start),
            count(version.invocations),
            count(version.errors),
            p50,
            p95,
            p99,
            max,
        ]);
    }
    table
}

/// Formats a value that may be unknown.
fn known(value: Option<String>) -> String {
    value.unwrap_or_else(|| UNKNOWN.to_owned())
}

/// Returns the first invocations of functions that match `filter`, in an order.
fn listed(
    context: &Context<'_>,
    functions: &FunctionFilter<'_>,
    filter: InvocationFilter<'_>,
    order: SortOrder,
    limit: usize,
) -> anyhow::Result<Vec<StoredInvocation>> {
    let range = TimeRange::default();
    let selection = context.index.select(range, context.catalog, functions);
    let errors = context.index.error_groups(range, context.catalog);
    let data = ListContext { selection: &selection, catalog: context.catalog, errors: errors.as_deref() };
    let page = context.index.list(range, &data, &ListOptions { filter, order, limit, after: None });
    Ok(context.store.invocations(&page.ids)?)
}

/// Returns invocations as the records of `--to stdout`.
fn records(context: &Context<'_>, stored: &[StoredInvocation]) -> anyhow::Result<Vec<Value>> {
    let record = |stored: &StoredInvocation| {
        let (mut json, invocation) = (Vec::new(), &stored.invocation);
        ndjson::write_invocation(invocation, &context.catalog.terms(&invocation.origin), &mut json);
        Ok(serde_json::from_slice(&json)?)
    };
    stored.iter().map(record).collect()
}

fn runs(context: &Context<'_>, stored: &[StoredInvocation]) -> TextTable {
    let errors = context.index.error_groups(TimeRange::default(), context.catalog);
    let mut table = TextTable::new(&[
        Text("REQUEST"),
        Text("END"),
        Text("VERSION"),
        Text("STATUS"),
        Number("DURATION"),
        Text("START"),
        Text("ERROR"),
    ]);
    for StoredInvocation { id, invocation, .. } in stored {
        let group = errors.as_ref().and_then(|errors| errors.group(*id));
        let error = group.and_then(|group| group.error_type.as_deref()).or(invocation.error_type.as_deref());
        table.row([
            invocation.request_id.to_string(),
            time(invocation.time),
            invocation.origin.version().to_owned(),
            invocation.outcome.name().to_owned(),
            invocation.duration.map_or_else(|| UNKNOWN.to_owned(), duration),
            start(invocation.start).to_owned(),
            error.unwrap_or_default().to_owned(),
        ]);
    }
    table
}

fn start(start: StartKind) -> &'static str {
    match start {
        StartKind::Warm => "warm",
        StartKind::Cold => "cold",
        StartKind::Restored => "restored",
    }
}

/// One error group: its numbers, its newest invocations, and the lines that tell the newest failure.
pub(super) fn group(context: &Context<'_>, group: &ErrorGroup) -> anyhow::Result<Answer> {
    let identity = &group.identity;
    let of_function = FunctionFilter {
        function: Some(&identity.function),
        account: identity.account.as_deref(),
        region: identity.region.as_deref(),
        version: None,
    };
    let filter = InvocationFilter { error_group: Some(group.id), ..InvocationFilter::default() };
    let found = listed(context, &of_function, filter, SortOrder::Latest, OF_GROUP)?;
    let newest = found.first();
    let lines =
        newest.map(|stored| context.store.invocation_log(stored.key)).transpose()?.unwrap_or_default();
    let shown = error_lines(&lines);
    let mut answer = Answer::new(json!({
        "error": group,
        "invocations": records(context, &found)?,
        "newest_failure": shown.iter().map(|line| line_record(line)).collect::<Vec<_>>(),
    }));
    answer.line(format!("{}  {}", group.identity.function, group.title));
    if let Some(culprit) = &group.culprit {
        answer.line(format!("  in {culprit}"));
    }
    answer.line(format!(
        "  {}, {}, {}",
        plural(group.failed_invocations, "failed invocation"),
        plural(group.events, "line"),
        trend(group.trend)
    ));
    answer.line(format!(
        "  first {}, last {}, in versions {}",
        time(group.first_seen),
        time(group.last_seen),
        versions(group)
    ));
    answer.lines.extend(group.new_in_version.as_ref().map(|version| format!("  new in version {version}")));
    let back = group.regressed_in_version.as_ref();
    answer.lines.extend(back.map(|version| format!("  back since version {version}")));
    answer.table("newest failed invocations", &runs(context, &found));
    if let Some(stored) = newest {
        answer.line("");
        answer.line(format!("the newest failure, {}", stored.invocation.request_id));
        shown.iter().for_each(|line| write_line(line, &mut answer));
        answer.next(&context.next.command(&stored.invocation.request_id));
    }
    Ok(answer)
}

/// Returns the lines that tell why an invocation failed: those of level ERROR and above, else its last ones.
fn error_lines(lines: &[LogEvent]) -> Vec<&LogEvent> {
    let errors: Vec<_> = lines.iter().filter(|line| line.level >= Some(Level::Error)).collect();
    if errors.is_empty() {
        lines.iter().skip(lines.len().saturating_sub(LAST_LINES)).collect()
    } else {
        errors
    }
}

/// Invocations with a request id: the last attempt with its lines, and a list of the others.
pub(super) fn invocation(context: &Context<'_>, request: &str) -> anyhow::Result<Answer> {
    let attempts = context.store.invocations_of_request(request)?;
    let Some((last, earlier)) = attempts.split_last() else {
        anyhow::bail!("the invocation {request} is not in the store any more; run the command again");
    };
    let lines = context.store.invocation_log(last.key)?;
    let mut answer = Answer::new(json!({
        "invocation": records(context, std::slice::from_ref(last))?.pop(),
        "earlier_attempts": records(context, earlier)?,
        "lines": lines.iter().map(line_record).collect::<Vec<_>>(),
    }));
    let run = &last.invocation;
    head_of_run(context, run, &mut answer);
    answer.table("earlier attempts", &runs(context, earlier));
    answer.line("");
    answer.line(plural(u64::try_from(lines.len()).unwrap_or(u64::MAX), "line"));
    lines.iter().for_each(|line| write_line(line, &mut answer));
    answer.next(&context.next.command(run.origin.listed_name()));
    Ok(answer)
}

/// Invocations whose lines have a correlation id.
pub(super) fn correlated(context: &Context<'_>, id: &str) -> anyhow::Result<Answer> {
    let found = context.store.runs_with_id(id, LISTED)?;
    let mut answer = Answer::new(json!({ "id": id, "invocations": records(context, &found)? }));
    answer.line(format!("invocations with the id {id}"));
    answer.table("", &runs(context, &found));
    answer.next(&context.next.request(id));
    Ok(answer)
}

fn head_of_run(context: &Context<'_>, run: &Invocation, answer: &mut Answer) {
    let cost = run.cost(&context.catalog.terms(&run.origin)).ok().map(|cost| dollars(cost.total));
    answer.line(format!("{}  version {}", run.origin.listed_name(), run.origin.version()));
    answer.line(format!("  request {}, {}", run.request_id, run.outcome.name()));
    answer.lines.extend(run.error_type.as_ref().map(|error| format!("  error type {error}")));
    answer.line(format!(
        "  ended {}, {} start, duration {}, billed {}",
        time(run.time),
        start(run.start),
        known(run.duration.map(duration)),
        known(run.billed_duration.map(duration))
    ));
    answer.line(format!(
        "  INIT {}, memory {}, at most {} used, cost {}",
        known(run.init_duration.map(duration)),
        known(run.memory_size.map(|size| format!("{} MB", size.0))),
        known(run.max_memory_used.map(|size| format!("{} MB", size.0))),
        known(cost)
    ));
    answer.line(format!("  {} {}", run.origin.log_group(), run.origin.log_stream()));
    answer.lines.extend(run.trace_id.as_ref().map(|trace| format!("  trace {trace}")));
}

fn line_record(line: &LogEvent) -> Value {
    json!({
        "time": line.position.time.0,
        "level": line.level.map(Level::name),
        "type": line.kind,
        "request_id": line.request_id,
        "message": line.message,
    })
}

/// Adds a line with its time and level. Line breaks in it stay, and members of a JSON object have a line each.
fn write_line(line: &LogEvent, answer: &mut Answer) {
    let object = serde_json::from_str::<serde_json::Map<String, Value>>(&line.message).ok();
    let pretty = object.and_then(|object| serde_json::to_string_pretty(&object).ok());
    let text = pretty.as_deref().unwrap_or(&line.message).trim_end();
    let level = line.level.map_or("", Level::name);
    for (number, part) in text.split('\n').enumerate() {
        let part = part.replace('\t', "    ");
        let (part, indent) = (part.trim_end(), 26);
        answer.line(match number {
            0 => format!("  {}  {level:5}  {part}", time(line.position.time)),
            _ => format!("  {:indent$}       {part}", ""),
        });
    }
}
