//! Tests of log costs over a generated log whose volumes are known.

use std::collections::BTreeMap;

use tailwater_forwarder::{
    ledger::Disposition,
    pipeline::{Pipeline, RuleConfig, Target, TimeRange},
    rules::{ParseOptions, Rules, Sinks},
};
use tailwater_parser::{
    Event, Origin, Receive as _, Record, UnixMillis, Usd,
    decode::{Part, Utf8},
    derive::{Collect, Evidence, Invocation},
    line,
};

use super::*;
use crate::view::lines::{LineCollector, SeenLine};

const BEGIN: i64 = 1_772_618_400_000;
const ID: &str = "8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab";

/// One event: function, level as it is expected, message.
type Sample = (&'static str, &'static str, String);

/// Lines of a Node.js function in text, of a function in JSON, and of one in a region without a price.
fn log() -> Vec<Sample> {
    let mut log = Vec::new();
    for n in 0..300_u32 {
        let time = format!("2026-03-04T10:00:{:02}.{:03}Z", n % 60, n);
        log.push(("text", "platform", format!("START RequestId: {ID} Version: 41\n")));
        log.push(("text", "DEBUG", format!("{time}\t{ID}\tDEBUG\tcart {n} loaded \"x\" ({n}ms)\n")));
        log.push(("text", "DEBUG", format!("{time}\t{ID}\tDEBUG\tcart {n} loaded {n}\n")));
        log.push(("text", "ERROR", format!("{time}\t{ID}\tERROR\tcart {n} loaded {n}\n")));
        let json = |level, message: &str| {
            format!(r#"{{"timestamp":"{time}","level":"{level}","requestId":"{ID}","message":"{message}"}}"#)
        };
        log.push(("json", "DEBUG", json("DEBUG", &format!(r#"item \"{n}\" of {}"#, n * 7))));
        log.push(("json", "INFO", json("INFO", &format!("paid {n}"))));
        log.push(("json", "none", format!(r#"{{"cart":{n},"requestId":"{ID}"}}"#)));
        log.push(("json", "platform", format!(
            r#"{{"time":"{time}","type":"platform.start","record":{{"requestId":"{ID}","version":"41"}}}}"#
        )));
        log.push(("json", "platform", format!(
            r#"{{"time":"{time}","type":"platform.report","record":{{"requestId":"{ID}","metrics":{{"durationMs":1.5,"billedDurationMs":2,"memorySizeMB":128,"maxMemoryUsedMB":60}},"status":"success"}}}}"#
        )));
        log.push(("quiet", "none", format!("plain line of {n}")));
    }
    log
}

fn origin(function: &str) -> Origin {
    let mut origin = Origin::default();
    origin.account = "111122223333".to_owned();
    origin.region = if function == "quiet" { "us-west-2" } else { "us-east-1" }.to_owned();
    origin.set_names(&format!("/aws/lambda/{function}"), "2026/03/04/[1]4426346c2cdf4c54a74d3bd2b929fc44");
    origin
}

fn collect<'s>(log: impl IntoIterator<Item = &'s Sample>, depth: Depth) -> LineCollector {
    let mut collector = LineCollector::new(depth, &[]);
    for (function, _, message) in log {
        let (origin, parsed) = (origin(function), line::parse(message));
        let seen = SeenLine {
            origin: &origin,
            time: UnixMillis(BEGIN),
            kind: parsed.kind(),
            level: parsed.level(),
            request_id: None,
            message,
            events: 1,
            bytes: u64::try_from(message.len()).unwrap(),
        };
        collector.add(&seen, &parsed);
    }
    collector
}

/// A window of one hour, of which a month has 730.
fn answers(collector: LineCollector) -> Logs {
    let window = Window { from: UnixMillis(BEGIN), to: UnixMillis(BEGIN + 3_600_000) };
    collector.logs.finish(window, &Catalog::default())
}

fn bytes_of(log: &[Sample], is_wanted: impl Fn(&Sample) -> bool) -> u64 {
    log.iter()
        .filter(|sample| is_wanted(sample))
        .map(|(.., message)| u64::try_from(message.len()).unwrap() + 26)
        .sum()
}

#[test]
fn sums_by_function_and_level_are_those_of_the_log_to_the_byte() {
    let log = log();
    for depth in [Depth::Sums, Depth::Patterns] {
        let logs = answers(collect(&log, depth));
        assert_eq!(logs.events, 3_000);
        assert_eq!(logs.overhead_bytes, 26 * 3_000);
        assert_eq!(logs.ingest_bytes, bytes_of(&log, |_| true));
        assert_eq!(logs.ingest_bytes, logs.message_bytes + logs.overhead_bytes);
        assert_eq!((logs.by_function.len(), logs.by_level.len()), (3, 5));
        for row in &logs.by_function {
            assert_eq!(row.volume.ingest_bytes, bytes_of(&log, |sample| sample.0 == row.identity.function));
        }
        for row in &logs.by_level {
            assert_eq!(
                row.volume.ingest_bytes,
                bytes_of(&log, |sample| sample.1 == row.level.name()),
                "{row:?}"
            );
        }
        let sum = |rows: Vec<Option<Usd>>| {
            rows.into_iter().flatten().fold(Usd::ZERO, |mut sum, usd| {
                sum += usd;
                sum
            })
        };
        let by_function = sum(logs.by_function.iter().map(|row| row.volume.ingest).collect());
        let by_level = sum(logs.by_level.iter().map(|row| row.volume.ingest).collect());
        assert_eq!([by_function, by_level].map(Some), [logs.ingest; 2]);
    }
}

#[test]
fn dollars_are_the_list_price_of_known_regions() {
    let log = log();
    let logs = answers(collect(&log, Depth::Sums));
    let priced = bytes_of(&log, |sample| sample.0 != "quiet");
    #[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "a small number")]
    let expected = priced as f64 * 0.5 / 1_073_741_824.0;
    assert!((logs.ingest.unwrap().dollars() - expected).abs() < 1e-15);
    assert!((logs.ingest_per_month.unwrap().dollars() - expected * 730.0).abs() < 1e-12);
    let quiet = logs.by_function.iter().find(|row| row.identity.function == "quiet").unwrap();
    assert_eq!((quiet.volume.ingest, quiet.per_month), (None, None));
    assert!(
        logs.notes().iter().any(|note| note.contains("us-west-2; set --log-price")),
        "{:?}",
        logs.notes()
    );
}

#[test]
fn any_division_gives_the_same_answers() {
    let log = log();
    let expected = serde_json::to_string(&answers(collect(&log, Depth::Patterns))).unwrap();
    for cut in [1, 700, 2_999] {
        let (first, second) = log.split_at(cut);
        let mut merged = collect(second.iter().rev(), Depth::Patterns);
        merged.merge(collect(first, Depth::Patterns));
        assert_eq!(serde_json::to_string(&answers(merged)).unwrap(), expected, "{cut}");
    }
}

#[test]
fn patterns_are_those_of_the_log() {
    let log = log();
    let logs = answers(collect(&log, Depth::Patterns));
    let found: BTreeMap<_, _> = logs
        .patterns
        .iter()
        .map(|row| {
            ((row.identity.function.as_str(), row.level.name(), row.pattern.as_str()), row.volume.events)
        })
        .collect();
    let expected = [
        (("json", "DEBUG", "item \"<Number-1>\" of <Number-2>"), 300),
        (("json", "INFO", "paid <Number-1>"), 300),
        (("json", "none", "{cart, requestId}"), 300),
        (("json", "platform", "REPORT"), 300),
        (("json", "platform", "START"), 300),
        (("quiet", "none", "plain line of <Number-1>"), 300),
        (("text", "DEBUG", "cart <Number-1> loaded \"x\" (<Number-2>)"), 300),
        (("text", "DEBUG", "cart <Number-1> loaded <Number-2>"), 300),
        (("text", "ERROR", "cart <Number-1> loaded <Number-2>"), 300),
        (("text", "platform", "START"), 300),
    ];
    assert_eq!(found, BTreeMap::from(expected));
    assert_eq!(logs.patterns.iter().map(|row| row.volume.ingest_bytes).sum::<u64>(), logs.ingest_bytes);
    let example = &logs.patterns.iter().find(|row| row.level.name() == "INFO").unwrap().example;
    assert!(log.iter().any(|(.., message)| message == example), "{example}");
}

/// Target that counts what the rules drop.
#[derive(Default)]
struct Dropped {
    current: u64,
    bytes: u64,
}

impl Collect for Dropped {
    fn invocation(&mut self, _: Invocation) {}

    fn evidence(&mut self, _: Evidence) {}
}

impl Target for Dropped {
    fn record(&mut self, _: &Record<'_>) {}

    fn begin_event(&mut self, record: &Record<'_>, _: tailwater_forwarder::ledger::Tally, _: &[u32]) {
        self.current = u64::try_from(record.message.len()).unwrap() + 26;
    }

    fn leave_out(&mut self, _: Sinks, _: Disposition) {
        self.bytes += self.current;
    }
}

/// Bytes that a rule drops of the log.
fn dropped(log: &[Sample], rule: &str) -> u64 {
    let options = ParseOptions { sinks: &["store"], redact_key: None, datadog: None };
    let rules = Rules::parse(rule, &options).unwrap();
    let mut pipeline = Pipeline::new(TimeRange::default(), Dropped::default());
    pipeline.set_rules(Some(&RuleConfig::new(rules.into(), vec![0])));
    pipeline.begin_input(b"log");
    for (function, _, message) in log {
        pipeline.batch(&origin(function));
        pipeline.event(&Event {
            id: None,
            time: Some(UnixMillis(BEGIN)),
            message,
            part: Part::Whole,
            utf8: Utf8::Valid,
        });
    }
    pipeline.finish().0.bytes
}

#[test]
fn rule_of_each_what_if_drops_just_the_bytes_that_it_saves() {
    let log = log();
    let logs = answers(collect(&log, Depth::Patterns));
    let with_rule: Vec<_> = logs.what_if.iter().filter(|what_if| what_if.rule.is_some()).collect();
    for what_if in &with_rule {
        let rule = what_if.rule.as_deref().unwrap();
        assert_eq!(dropped(&log, rule), what_if.saved_bytes, "{rule}");
    }
    let of = |change| with_rule.iter().filter(|what_if| what_if.change == change).count();
    // Of the five patterns, those of JSON lines without a level have no rule.
    assert_eq!((of(Change::DropDebug), of(Change::DropPattern)), (2, 4));
}

#[test]
fn debug_is_told_for_all_functions_and_each() {
    let log = log();
    let logs = answers(collect(&log, Depth::Sums));
    let saved: Vec<_> =
        logs.what_if.iter().map(|what_if| (what_if.function.as_deref(), what_if.saved_bytes)).collect();
    let of = |function: &str| bytes_of(&log, |sample| sample.1 == "DEBUG" && sample.0 == function);
    let (text, json) = (of("text"), of("json"));
    assert_eq!(saved, [(None, text + json), (Some("text"), text), (Some("json"), json)]);
    let lost: Vec<_> = logs.what_if.iter().map(|what_if| what_if.lost.as_str()).collect();
    assert!(
        lost[0].contains("where the format is JSON") && lost[1].contains("change of the code"),
        "{lost:?}"
    );
    assert!(lost[2].contains("log level to INFO"), "{lost:?}");
}

#[test]
fn errors_and_platform_lines_are_never_left_out() {
    let only: Vec<_> = log().into_iter().filter(|sample| matches!(sample.1, "ERROR" | "platform")).collect();
    let logs = answers(collect(&only, Depth::Patterns));
    let changes: Vec<_> = logs.what_if.iter().map(|what_if| what_if.change).collect();
    assert!(!changes.contains(&Change::DropPattern) && !changes.contains(&Change::DropDebug), "{changes:?}");
    assert!(logs.what_if.iter().all(|what_if| what_if.rule.is_none()));
}

#[test]
fn system_level_warn_loses_all_good_invocations() {
    let log = log();
    let logs = answers(collect(&log, Depth::Patterns));
    let warn = logs.what_if.iter().find(|what_if| what_if.change == Change::SystemWarn).unwrap();
    assert_eq!((warn.function.as_deref(), warn.lost_invocations), (None, 300));
    assert_eq!(warn.saved_bytes, bytes_of(&log, |sample| sample.1 == "platform" && sample.0 == "json"));
    assert!(warn.lost.contains("not advised"));
    let text_only: Vec<_> = log.into_iter().filter(|sample| sample.0 != "json").collect();
    let logs = answers(collect(&text_only, Depth::Patterns));
    let is_of_json = |change| matches!(change, Change::SystemWarn | Change::JsonToText);
    assert!(logs.what_if.iter().all(|what_if| !is_of_json(what_if.change)));
}

#[test]
fn json_to_text_counts_what_it_cannot_rebuild_as_unknown() {
    let log = log();
    let logs = answers(collect(&log, Depth::Patterns));
    let text = logs.what_if.iter().find(|what_if| what_if.change == Change::JsonToText).unwrap();
    assert_eq!(text.unknown_bytes, bytes_of(&log, |sample| sample.0 == "json" && sample.1 == "none"));
    let json = bytes_of(&log, |sample| sample.0 == "json" && sample.1 != "none");
    // Text of the same lines, with the END that each REPORT has in the text format.
    let rebuilt: usize = (0..300_usize)
        .map(|n| {
            let digits = |n: usize| n.to_string().len();
            let line = |level: usize, message: usize| 24 + 1 + 36 + 1 + level + 1 + message + 1;
            let debug = line(5, "item \"\" of ".len() + digits(n) + digits(n * 7));
            let info = line(4, "paid ".len() + digits(n));
            let start = format!("START RequestId: {ID} Version: 41\n").len();
            let end = format!("END RequestId: {ID}\n").len();
            let report = format!("REPORT RequestId: {ID}\tDuration: 1.50 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 60 MB\t\n").len();
            debug + info + start + end + report + 5 * 26
        })
        .sum();
    assert_eq!(text.saved_bytes, json - u64::try_from(rebuilt).unwrap());
}

#[test]
fn infrequent_access_saves_half_of_the_known_price() {
    let logs = answers(collect(&log(), Depth::Patterns));
    let infrequent = logs.what_if.iter().find(|what_if| what_if.change == Change::InfrequentAccess).unwrap();
    assert_eq!((infrequent.saved_bytes, &infrequent.function), (0, &None));
    let (saved, all) = (infrequent.saved.unwrap(), logs.ingest.unwrap());
    assert!((saved.dollars() * 2.0 - all.dollars()).abs() < 1e-15);
    assert!(infrequent.lost.contains("subscriptions"));
}

#[test]
fn hostile_lines_keep_memory_bounded() {
    let log: Vec<Sample> = (0..30_000_u32)
        .map(|n| {
            let word = |k: u32| {
                let mixed = (n * 31 + k).wrapping_mul(2_654_435_761);
                let letter = |shift: u32| char::from(b'a' + u8::try_from((mixed >> shift) % 26).unwrap());
                [letter(3), letter(9), letter(17)].iter().collect::<String>()
            };
            let words: Vec<_> = (0..1 + n % 40).map(word).collect();
            (["a", "b", "c", "d"][usize::try_from(n % 4).unwrap()], "none", words.join(" "))
        })
        .collect();
    let logs = answers(collect(&log, Depth::Patterns));
    assert!(logs.patterns_truncated);
    assert_eq!(logs.events, 30_000);
    assert_eq!(logs.ingest_bytes, bytes_of(&log, |_| true));
}
