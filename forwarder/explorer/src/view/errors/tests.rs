use std::sync::Arc;

use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::{
    Line, Origin, UnixMillis,
    decode::Part,
    derive::{Invocation, Outcome},
    line,
};

use super::*;
use crate::{
    errors::{Collector, LogLine},
    view::{
        Catalog,
        index::InvocationIndex,
        sample::{NOW, Sample, run},
    },
};

/// Line of a log stream: seconds before [`NOW`], request id, and message.
#[derive(Clone, Copy)]
struct Logged<'l> {
    ago: u64,
    request: Option<&'l str>,
    message: &'l str,
}

fn logged<'l>(ago: u64, request: &'l str, message: &'l str) -> Logged<'l> {
    Logged { ago, request: Some(request).filter(|id| !id.is_empty()), message }
}

fn read(
    collector: &mut Collector,
    index: &mut InvocationIndex,
    origin: &Origin,
    (at, line): (usize, &Logged<'_>),
) {
    let parsed = line::parse(line.message);
    let id = || u64::try_from(at).unwrap();
    let cloudwatch_id = format!("{at:056}");
    let line = LogLine {
        time: UnixMillis(NOW.0 - i64::try_from(line.ago).unwrap() * 1_000),
        id: &id,
        cloudwatch_id: Some(&cloudwatch_id),
        level: Line::level(&parsed),
        part: Part::Whole,
        kind: parsed.kind(),
        request_id: line.request,
        message: line.message,
    };
    collector.read(origin, &line, &mut |origin, error| index.push_error(origin, error));
}

/// Groups of these runs and lines; all lines are of the log stream of the first run.
fn errors(runs: &[Invocation], lines: &[Logged<'_>]) -> Errors {
    errors_of_parts(runs, lines, &[])
}

/// The same, read by a collector of its own after each of `cuts`.
fn errors_of_parts(runs: &[Invocation], lines: &[Logged<'_>], cuts: &[usize]) -> Errors {
    let mut index = InvocationIndex::default();
    runs.iter().zip(1..).for_each(|(run, id)| index.push(id, run));
    let origin = runs.first().map(|run| Arc::clone(&run.origin)).unwrap_or_default();
    let mut all = Collector::default();
    let mut collector = Collector::default();
    collector.begin_batch();
    for (at, line) in lines.iter().enumerate() {
        if cuts.contains(&at) {
            all.merge(std::mem::take(&mut collector));
            collector.begin_batch();
        }
        read(&mut collector, &mut index, &origin, (at, line));
    }
    all.merge(collector);
    all.finish(&mut |origin, error| index.push_error(origin, error));
    index.sort();
    index.error_groups(TimeRange::default(), &Catalog::default()).unwrap().errors.clone()
}

/// Groups as `kind title (events, failed)`.
fn summary(errors: &Errors) -> Vec<String> {
    let line = |group: &ErrorGroup| {
        let kind = serde_json::to_value(group.kind).unwrap();
        format!("{} {} ({}, {})", kind.as_str().unwrap(), group.title, group.events, group.failed_invocations)
    };
    errors.groups.iter().map(line).collect()
}

fn failed(request: &str, ago: u64) -> Invocation {
    run("f").request(request).ago(ago).outcome(Outcome::Error)
}

const UNCAUGHT: &str = "[ERROR] KeyError: 'id 17'\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 5, in handler\n";

#[test]
fn each_failed_run_is_in_one_group() {
    let exit = Invocation { error_type: Some("Runtime.ExitError".into()), ..failed("c", 30) };
    let reported = Invocation { error_type: Some("TypeError".into()), ..failed("d", 20) };
    let import = Invocation { error_type: Some("Runtime.ImportModuleError".into()), ..failed("g", 5) };
    let runs = [
        failed("a", 50),
        run("f").request("b").ago(40).outcome(Outcome::Timeout),
        exit,
        reported,
        run("f").request("e").ago(15).outcome(Outcome::OutOfMemory),
        failed("x", 10),
        import,
        run("f").request("ok").ago(1),
    ];
    let lines = [logged(50, "a", UNCAUGHT), logged(40, "b", UNCAUGHT)];
    let errors = errors(&runs, &lines);
    assert_eq!(errors.failed_invocations, 7);
    assert_eq!(
        summary(&errors),
        [
            "exception KeyError: 'id <Number-1>' (2, 1)",
            "init Runtime.ImportModuleError (1, 1)",
            "exception TypeError (1, 1)",
            "unknown failed, and no line tells why (1, 1)",
            "out_of_memory out of memory (1, 1)",
            "exit the runtime exited (1, 1)",
            "timeout timed out (1, 1)",
        ]
        .map(str::to_owned)
        .to_vec()
        .tap_sorted(&errors)
    );
}

/// Orders expected lines as the groups are, which are equal in their counts.
trait TapSorted {
    fn tap_sorted(self, errors: &Errors) -> Self;
}

impl TapSorted for Vec<String> {
    fn tap_sorted(mut self, errors: &Errors) -> Self {
        let found = summary(errors);
        self.sort_by_key(|line| found.iter().position(|other| other == line));
        self
    }
}

#[test]
fn last_uncaught_error_counts_and_other_lines_are_handled() {
    let lines = [
        logged(50, "a", "[ERROR]\t2026-03-04T10:00:00.000Z\ta\tpayment 9 declined"),
        logged(50, "a", UNCAUGHT),
        logged(3, "ok", "[ERROR]\t2026-03-04T10:00:00.000Z\tok\tpayment 10 declined"),
    ];
    let errors = errors(&[failed("a", 50), run("f").request("ok").ago(1)], &lines);
    assert_eq!(
        summary(&errors),
        ["exception KeyError: 'id <Number-1>' (1, 1)", "handled payment <Number-1> declined (2, 0)"]
    );
}

#[test]
fn line_of_a_success_is_no_failure() {
    let errors = errors(
        &[run("f").request("ok")],
        &[logged(0, "ok", "[ERROR]\t2026-03-04T10:00:00.000Z\tok\tno tea")],
    );
    assert_eq!((errors.failed_invocations, summary(&errors)), (0, vec!["handled no tea (1, 0)".to_owned()]));
}

#[test]
fn place_of_the_line_and_numbers_do_not_split_a_group() {
    let other = UNCAUGHT.replace("line 5", "line 77").replace("17", "18");
    let elsewhere = UNCAUGHT.replace("in handler", "in refund");
    let runs = [failed("a", 50), failed("b", 40), failed("c", 30)];
    let lines = [logged(50, "a", UNCAUGHT), logged(40, "b", &other), logged(30, "c", &elsewhere)];
    let errors = errors(&runs, &lines);
    assert_eq!(errors.groups.len(), 2);
    assert_eq!(
        (errors.groups[0].failed_invocations, errors.groups[0].culprit.as_deref()),
        (2, Some("handler (app.py)"))
    );
    assert_ne!(errors.groups[0].id, errors.groups[1].id);
}

/// 100 runs of each version, a second apart, of which the first `failed` failed with one error.
fn versions(versions: &[(&str, u64)]) -> Errors {
    let mut runs = Vec::new();
    let all = u64::try_from(versions.len()).unwrap() * 100;
    for ((version, failed), n) in versions.iter().zip(0_u64..) {
        runs.extend((0..100).map(|at| {
            let sample = run("f").version(version).ago(all - n * 100 - at);
            if at < *failed {
                Invocation { error_type: Some("TypeError".into()), ..sample.outcome(Outcome::Error) }
            } else {
                sample
            }
        }));
    }
    errors(&runs, &[])
}

fn check_versions(given: &[(&str, u64)], new_in: Option<&str>, regressed_in: Option<&str>) {
    let errors = versions(given);
    let group = &errors.groups[0];
    assert_eq!(
        (group.new_in_version.as_deref(), group.regressed_in_version.as_deref()),
        (new_in, regressed_in),
        "{given:?}"
    );
}

#[test]
fn new_error_needs_a_version_before_that_would_have_had_three() {
    check_versions(&[("40", 0), ("41", 3)], Some("41"), None);
    check_versions(&[("40", 0), ("41", 2)], None, None);
    check_versions(&[("41", 50)], None, None);
    check_versions(&[("40", 1), ("41", 50)], None, None);
}

#[test]
fn regression_needs_a_version_without_the_error_in_between() {
    check_versions(&[("1", 3), ("2", 0), ("3", 1)], None, Some("3"));
    check_versions(&[("1", 2), ("2", 0), ("3", 9)], None, None);
    check_versions(&[("1", 3), ("2", 0)], None, None);
    check_versions(&[("1", 3), ("2", 1), ("3", 9)], None, None);
}

#[test]
fn trend_compares_the_halves() {
    let trend = |first, second| versions(&[("1", first), ("2", second)]).groups[0].trend;
    assert_eq!(trend(1, 40), Trend::Rising);
    assert_eq!(trend(40, 1), Trend::Falling);
    assert_eq!(trend(20, 22), Trend::Steady);
}

const GO_PANIC: [&str; 7] = [
    "panic: assignment to entry in nil map",
    "",
    "goroutine 1 [running]:",
    "main.total(0xc000012345)",
    "\t/src/cart.go:12 +0x1d",
    "github.com/aws/aws-lambda-go/lambda.Start(...)",
    "\t/go/lambda.go:9 +0x3",
];

const RUST_PANIC: [&str; 6] = [
    "thread 'main' panicked at src/cart.rs:12:5:",
    "index 17 out of bounds",
    "stack backtrace:",
    "   0: shop::cart::total",
    "             at ./src/cart.rs:12:5",
    "note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.",
];

fn check_panic(lines: &[&str], title: &str, culprit: &str) {
    let mut logged: Vec<_> = lines.iter().map(|line| logged(50, "a", line)).collect();
    logged.push(self::logged(50, "a", "END RequestId: a"));
    let runs = [failed("a", 50)];
    for cuts in (0..logged.len()).map(|cut| vec![cut]).chain([vec![], vec![1, 2], vec![2, 4]]) {
        let errors = errors_of_parts(&runs, &logged, &cuts);
        assert_eq!(summary(&errors), [format!("exception {title} (1, 1)")], "{cuts:?}");
        assert_eq!(errors.groups[0].culprit.as_deref(), Some(culprit), "{cuts:?}");
    }
}

#[test]
fn crash_report_is_joined_wherever_it_is_divided() {
    check_panic(&GO_PANIC, "panic: assignment to entry in nil map", "main.total (cart.go)");
    check_panic(&RUST_PANIC, "panic: index <Number-1> out of bounds", "shop::cart::total (cart.rs)");
    check_panic(&RUST_PANIC[..2], "panic: index <Number-1> out of bounds", "cart.rs");
}

#[test]
fn event_that_is_read_twice_counts_once() {
    let mut index = InvocationIndex::default();
    let failed = failed("a", 50);
    index.push(1, &failed);
    for _ in 0..2 {
        let mut collector = Collector::default();
        read(&mut collector, &mut index, &failed.origin, (0, &logged(50, "a", UNCAUGHT)));
    }
    index.sort();
    let errors = index.error_groups(TimeRange::default(), &Catalog::default()).unwrap().errors.clone();
    assert_eq!(summary(&errors), ["exception KeyError: 'id <Number-1>' (1, 1)"]);
}
