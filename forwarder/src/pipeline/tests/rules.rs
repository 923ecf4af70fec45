//! Tests of what a target gets with rules.

use std::{fmt::Write as _, sync::Arc};

use tailwater_parser::{
    Event, Origin, Receive as _, Record, UnixMillis,
    decode::{Part, Utf8},
    derive::{Collect, Evidence, Invocation},
};

use crate::{
    ledger::{Disposition, Tally},
    pipeline::{Pipeline, RuleConfig, Target, TimeRange},
    rules::{MetricPoint, ParseOptions, Rules, Sinks},
};

const SINKS: [&str; 2] = ["otlp", "datadog"];

/// Target that writes down what it gets: one line for each event, and one for what becomes of it at some sinks.
#[derive(Default)]
struct Journal(String);

impl Journal {
    fn write(&mut self, what: &str, sinks: Sinks, rest: &str) {
        let names = SINKS.iter().enumerate().filter(|(index, _)| sinks.overlaps(Sinks::one(*index)));
        let names: Vec<_> = names.map(|(_, name)| *name).collect();
        writeln!(self.0, "  {what} {}{rest}", names.join("+")).unwrap();
    }
}

impl Collect for Journal {
    fn invocation(&mut self, invocation: Invocation) {
        writeln!(self.0, "invocation {} {}", invocation.request_id, invocation.outcome.name()).unwrap();
    }

    fn evidence(&mut self, _: Evidence) {}
}

impl Target for Journal {
    fn record(&mut self, record: &Record<'_>) {
        writeln!(self.0, "all: {}", record.message).unwrap();
    }

    fn begin_event(&mut self, record: &Record<'_>, tally: Tally, followers: &[u32]) {
        let followers: String = followers.iter().map(|after| format!(" +{after}")).collect();
        let (events, bytes) = (tally.events, tally.bytes.0);
        writeln!(self.0, "{events} {bytes}{followers}: {}", record.message.replace('\n', "|")).unwrap();
    }

    fn deliver(&mut self, sinks: Sinks, record: &Record<'_>) {
        let mut rest = String::new();
        if let Some(additions) = record.additions {
            let service = additions.service.unwrap_or_default();
            rest = format!(" {service:?} {:?} {:?}", additions.joined, additions.sampling_one_in);
        }
        self.write("deliver", sinks, &rest);
    }

    fn leave_out(&mut self, sinks: Sinks, disposition: Disposition) {
        self.write(&format!("{disposition:?}"), sinks, "");
    }

    fn absorb(&mut self) {
        self.0 += "absorbed\n";
    }

    fn point(&mut self, _: &Record<'_>, point: &MetricPoint<'_>) {
        writeln!(self.0, "  point {} {} {:?}", point.name, point.value, point.tags).unwrap();
    }
}

fn pipeline(rules: &str) -> Pipeline<Journal> {
    let options = ParseOptions { sinks: &SINKS, redact_key: None, datadog: None };
    let rules = Rules::parse(rules, &options).unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut pipeline = Pipeline::new(TimeRange::default(), Journal::default());
    pipeline.set_rules(Some(&RuleConfig::new(Arc::new(rules), vec![0, 1])));
    pipeline.begin_input(b"input");
    pipeline
}

fn origin(stream: &str) -> Origin {
    let mut origin = Origin::default();
    origin.set_names("/aws/lambda/shop-cart-prod", stream);
    origin
}

fn push(pipeline: &mut Pipeline<Journal>, stream: &str, message: &str) {
    pipeline.batch(&origin(stream));
    let (time, part) = (Some(UnixMillis(5)), Part::Whole);
    pipeline.event(&Event { id: None, time, message, part, utf8: Utf8::Valid });
}

/// Returns what a target gets of these events, each with the name of its log stream.
fn journal(rules: &str, events: &[(&str, &str)]) -> String {
    let mut pipeline = pipeline(rules);
    for (stream, message) in events {
        push(&mut pipeline, stream, message);
    }
    pipeline.end_input();
    pipeline.ledger().check().unwrap();
    pipeline.finish().0.0
}

#[test]
fn dropped_event_is_filtered_at_the_sinks_of_the_rule() {
    let rules = "[[rule]]\nwhen.message = 'health'\nwhen.sink = 'datadog'\ndrop = {}\n";
    insta::assert_snapshot!(journal(rules, &[("a", "GET /health"), ("a", "GET /cart")]), @r"
    1 11: GET /health
      deliver otlp
      Filtered datadog
    1 9: GET /cart
      deliver otlp+datadog
    ");
}

#[test]
fn names_are_captured_and_events_routed() {
    let rules =
        "[[rule]]\nwhen.log_group = '/aws/lambda/{team}-{service}-*'\nset = { service = '{service}' }\n
        [[rule]]\nwhen.message = 'secret'\nto = ['otlp']\n";
    insta::assert_snapshot!(journal(rules, &[("a", "x"), ("a", "secret")]), @r#"
    1 1: x
      deliver otlp+datadog "cart" 0 None
    1 6: secret
      deliver otlp "cart" 0 None
      Filtered datadog
    "#);
}

#[test]
fn metrics_are_made_of_dropped_events() {
    let rules = "[[rule]]\nwhen.fields = { event = 'order' }\n
        metric = { name = 'orders', kind = 'sum', field = 'amount', tags = ['currency'] }\n
        [[rule]]\ndrop = {}\n";
    let message = r#"{"event":"order","amount":2.5,"currency":"EUR"}"#;
    insta::assert_snapshot!(journal(rules, &[("a", message)]), @r#"
    1 47: {"event":"order","amount":2.5,"currency":"EUR"}
      point orders 2.5 [("currency", "EUR")]
      Filtered otlp+datadog
    "#);
}

const JOIN: &str = r"[[rule]]
join = { starts = '^\d' }
";

#[test]
fn lines_of_interleaved_streams_are_joined_by_stream() {
    let events =
        [("a", "1 first\n"), ("b", "2 other\n"), ("a", "  at x\n"), ("b", "  at y\n"), ("a", "3 next")];
    insta::assert_snapshot!(journal(JOIN, &events), @r#"
    2 15 +2: 1 first|  at x|
      deliver otlp+datadog "" 2 None
    2 15 +2: 2 other|  at y|
      deliver otlp+datadog "" 2 None
    absorbed
    absorbed
    1 6: 3 next
      deliver otlp+datadog
    "#);
}

#[test]
fn system_line_ends_a_joined_event() {
    let report = "REPORT RequestId: r1 Duration: 1.00 ms Billed Duration: 2 ms";
    let events = [("a", "tail"), ("a", "1 first"), ("a", "more"), ("a", report), ("a", "late")];
    insta::assert_snapshot!(journal(JOIN, &events), @r#"
    1 4: tail
      deliver otlp+datadog
    2 11 +1: 1 first|more
      deliver otlp+datadog "" 2 None
    absorbed
    1 60: REPORT RequestId: r1 Duration: 1.00 ms Billed Duration: 2 ms
      deliver otlp+datadog
    1 4: late
      deliver otlp+datadog
    invocation r1 success
    "#);
}

/// Lines of a request; `status` follows the numbers of its REPORT.
fn request(id: &str, status: &str) -> Vec<String> {
    vec![
        format!("START RequestId: {id} Version: 1"),
        format!("work of {id}"),
        format!("END RequestId: {id}"),
        format!("REPORT RequestId: {id}\tDuration: 2.37 ms\tBilled Duration: 3 ms{status}"),
    ]
}

/// Numbers of the lines that are delivered and sampled away, and of the invocations, for these lines of one stream.
fn counts(rules: &str, lines: &[String]) -> (usize, usize, usize) {
    let events: Vec<_> = lines.iter().map(|line| ("a", line.as_str())).collect();
    let journal = journal(rules, &events);
    let count = |text: &str| journal.lines().filter(|line| line.starts_with(text)).count();
    (count("  deliver"), count("  Sampled"), count("invocation"))
}

fn requests(n: usize, status: &str) -> Vec<String> {
    (0..n).flat_map(|n| request(&format!("{n:08x}-7d34-4a8e-a965-15ccbbb78d4c"), status)).collect()
}

const SAMPLE: &str = "[[rule]]\nsample = { one_in = 1000000 }\n";

#[test]
fn requests_are_sampled_whole_and_still_counted() {
    let all = requests(20, "");
    assert_eq!(counts(SAMPLE, &all), (0, 80, 20));
    assert_eq!(counts(SAMPLE, &requests(20, "\tStatus: error")), (80, 0, 20));
    let half = "[[rule]]\nsample = { one_in = 2 }\n";
    let (kept, away, invocations) = counts(half, &all);
    assert_eq!((kept + away, kept % 4, invocations), (80, 0, 20));
    assert!(kept > 0 && away > 0, "{kept} {away}");
    assert_eq!(counts(half, &all), (kept, away, invocations), "the decision repeats");
}

#[test]
fn request_that_the_input_cuts_is_kept() {
    let all = requests(3, "");
    assert_eq!(counts(SAMPLE, &all[1..]), (3, 8, 3), "without the first START");
    assert_eq!(counts(SAMPLE, &all[..11]), (3, 8, 2), "without the last REPORT");
}

#[test]
fn kept_requests_carry_the_rate() {
    let journal = journal("[[rule]]\nsample = { one_in = 2 }\n", &[]);
    assert_eq!(journal, "");
    let lines = requests(20, "");
    let events: Vec<_> = lines.iter().map(|line| ("a", line.as_str())).collect();
    let journal = super::rules::journal("[[rule]]\nsample = { one_in = 2 }\n", &events);
    let kept = journal.lines().filter(|line| line.contains("deliver"));
    assert!(kept.clone().count() > 0 && kept.clone().all(|line| line.ends_with("Some(2)")), "{journal}");
}

#[test]
fn held_events_that_are_abandoned_were_not_read() {
    let mut pipeline = pipeline(SAMPLE);
    for line in &requests(1, "")[..2] {
        push(&mut pipeline, "a", line);
    }
    pipeline.abandon_held();
    pipeline.end_input();
    assert_eq!(pipeline.ledger().received(), Tally::default());
    assert_eq!(pipeline.finish().0.0, "");
}

#[test]
fn requests_beyond_the_bound_are_kept_whole() {
    let mut lines = requests(2, "");
    let long = "x".repeat(1024 * 1024);
    lines.splice(2..2, (0..9).map(|_| long.clone()));
    assert_eq!(counts(SAMPLE, &lines), (13, 4, 2));
}

/// Events of a request whose function is isolated by tenant.
const TENANT_RUN: [(&str, &str); 2] = [
    (
        "a",
        r#"{"time":"2026-03-04T10:00:00Z","type":"platform.start","record":{"requestId":"11111111-2222-4333-8444-555555555555","version":"41","tenantId":"ann@example.com"}}"#,
    ),
    (
        "a",
        r#"{"time":"2026-03-04T10:00:01Z","type":"platform.report","record":{"requestId":"11111111-2222-4333-8444-555555555555","status":"success","metrics":{"durationMs":1.5,"billedDurationMs":2,"memorySizeMB":128,"maxMemoryUsedMB":64}}}"#,
    ),
];

/// Returns the lines of the journal about invocations.
fn invocations(rules: &str, events: &[(&str, &str)]) -> Vec<String> {
    let journal = journal(rules, events);
    journal.lines().filter(|line| line.starts_with("invocation ")).map(str::to_owned).collect()
}

#[test]
fn redacted_system_lines_still_make_invocations() {
    const ID: &str = "11111111-2222-4333-8444-555555555555";
    let run = [
        ("a", format!("START RequestId: {ID} Version: 41")),
        (
            "a",
            format!(
                "REPORT RequestId: {ID}\tDuration: 123.00 ms\tBilled Duration: 123 ms\tMemory Size: 128 MB"
            ),
        ),
    ];
    let run: Vec<_> = run.iter().map(|(stream, message)| (*stream, message.as_str())).collect();
    for pattern in ["REPORT", "START", "Duration", r"\d{3,}", "[0-9a-f]{8}-", "[A-Z]{3,}"] {
        for sink in ["", "when.sink = 'datadog'\n"] {
            let rules = format!("[[rule]]\n{sink}redact = {{ pattern = '{pattern}' }}\n");
            let expected = [format!("invocation {ID} success")];
            assert_eq!(invocations(&rules, &run), expected, "{rules}");
            assert_eq!(invocations(&rules, &TENANT_RUN), expected, "{rules}");
        }
    }
}

#[test]
fn redacted_request_ids_are_sampled_as_before() {
    const UUID: &str = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
    let sample = "[[rule]]\nsample = { one_in = 1000000 }\n";
    let redact = format!("[[rule]]\nredact = {{ pattern = '{UUID}|START' }}\n");
    for rules in [sample.to_owned(), format!("{redact}{sample}")] {
        let journal = journal(&rules, &TENANT_RUN);
        assert_eq!(journal.matches("Sampled otlp+datadog").count(), 2, "{journal}");
    }
}

#[test]
fn text_of_a_forged_system_line_stays_redacted() {
    let rules = "[[rule]]\nredact = { detect = 'email' }\n";
    for forged in [
        "START RequestId: ann@example.com Version: 1",
        "REPORT RequestId: ann@example.com Duration: 1.00 ms Billed Duration: 2 ms",
        "REPORT RequestId: 11111111-2222-4333-8444-555555555555 Duration: 1.00 ms Billed Duration: 2 ms Status: error Error Type: ann@example.com XRAY TraceId: ann@example.com",
    ] {
        let journal = journal(rules, &[("a", forged)]);
        assert!(!journal.contains("ann@example.com"), "{journal}");
    }
}
