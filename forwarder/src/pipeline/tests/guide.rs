//! Tests of the recipes of the guide, `rules.md`.

use std::{collections::BTreeMap, sync::Arc};

use super::*;
use crate::rules::{MetricPoint, ParseOptions, Rules};

const GUIDE: &str = include_str!("../../../rules.md");
const SINKS: [&str; 3] = ["otlp", "datadog", "ndjson"];

/// Target that writes down each event that sinks get, and each data point.
#[derive(Default)]
struct Received(Vec<String>);

impl Collect for Received {
    fn invocation(&mut self, _: Invocation) {}

    fn evidence(&mut self, _: Evidence) {}
}

impl Target for Received {
    fn record(&mut self, _: &Record<'_>) {}

    fn deliver(&mut self, sinks: Sinks, record: &Record<'_>) {
        let names = SINKS.iter().enumerate().filter(|(index, _)| sinks.overlaps(Sinks::one(*index)));
        let names: Vec<_> = names.map(|(_, name)| *name).collect();
        let mut line = if names.len() == SINKS.len() { String::new() } else { names.join("+") + ": " };
        line += record.message.trim_end();
        if let Some(set) = record.additions {
            let attributes: Vec<_> =
                set.attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let texts = set.service.into_iter().chain(set.tags.iter().copied());
            let texts: Vec<_> = texts.map(str::to_owned).chain(attributes).collect();
            line += &texts.iter().map(|text| format!(" <{text}>")).collect::<String>();
        }
        self.0.push(line);
    }

    fn point(&mut self, _: &Record<'_>, point: &MetricPoint<'_>) {
        self.0.push(format!("{} {} {:?}", point.name, point.value, point.tags));
    }
}

/// Rules of each recipe by its heading.
fn recipes() -> BTreeMap<&'static str, &'static str> {
    let (_, recipes) = GUIDE.split_once("\n## Recipes\n").unwrap();
    let (recipes, _) = recipes.split_once("\n## ").unwrap();
    let recipe = |text: &'static str| {
        let (heading, rest) = text.split_once('\n').unwrap();
        let (_, rules) = rest.split_once("```toml\n").unwrap();
        (heading, rules.split_once("```").unwrap().0)
    };
    recipes.split("\n### ").skip(1).map(recipe).collect()
}

/// Returns what sinks get of events of a log group with the rules of a recipe.
fn received(recipe: &str, group: &str, messages: &[&str]) -> Vec<String> {
    let options = ParseOptions { sinks: &SINKS, redact_key: None, datadog: None };
    let rules = Rules::parse(recipes()[recipe], &options).unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut pipeline = Pipeline::new(TimeRange::default(), Received::default());
    pipeline.set_rules(Some(&RuleConfig::new(Arc::new(rules), vec![0, 1, 2])));
    pipeline.begin_input(b"input");
    let mut origin = Origin::default();
    origin.set_names(group, "a");
    pipeline.batch(&origin);
    for message in messages {
        let (time, part) = (Some(UnixMillis(5)), Part::Whole);
        pipeline.event(&Event { id: None, time, message, part, utf8: Utf8::Valid });
    }
    pipeline.end_input();
    pipeline.ledger().check().unwrap();
    pipeline.finish().0.0
}

/// Lines of a request of this number.
fn request(n: u32, message: &str, report: &str) -> Vec<String> {
    let id = format!("{n:08x}-7d34-4a8e-a965-15ccbbb78d4c");
    vec![
        format!("START RequestId: {id} Version: $LATEST\n"),
        format!("2026-03-04T10:00:00.200Z\t{id}\t{message}\n"),
        format!("END RequestId: {id}\n"),
        format!("REPORT RequestId: {id}\t{report}\n"),
    ]
}

const QUICK: &str = "Duration: 2.37 ms\tBilled Duration: 3 ms\tMemory Size: 128 MB\tMax Memory Used: 95 MB";

/// Returns the lines that are left of 100 requests like the first one, and of one other request.
fn sampled(recipe: &str, message: &str, other: &str) -> (usize, usize) {
    let mut lines: Vec<_> = (0..100).flat_map(|n| request(n, "INFO\tpaid", QUICK)).collect();
    lines.extend(request(0xabcd, message, other));
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let kept = received(recipe, "/aws/lambda/shop-cart", &lines);
    let of_other = kept.iter().filter(|line| line.contains("0000abcd-")).count();
    (kept.len() - of_other, of_other)
}

#[test]
fn every_recipe_has_a_test() {
    let tested = include_str!("guide.rs");
    let recipes = recipes();
    assert_eq!(recipes.len(), 10);
    for heading in recipes.keys() {
        assert!(tested.contains(&format!("\"{heading}\"")), "{heading}");
    }
}

#[test]
fn health_checks_are_dropped_in_the_named_groups() {
    let lines = ["GET /health 200", "GET /cart 200"];
    assert_eq!(received("Health checks", "/ecs/shop", &lines), lines[1..]);
    assert_eq!(received("Health checks", "/ecs/other", &lines), lines);
}

#[test]
fn debug_lines_come_from_canaries_only() {
    let lines = [r#"{"level":"DEBUG","message":"a"}"#, r#"{"level":"INFO","message":"b"}"#];
    assert_eq!(received("Debug only from canaries", "/aws/lambda/shop-canary", &lines), lines);
    assert_eq!(received("Debug only from canaries", "/aws/lambda/shop", &lines), lines[1..]);
}

#[test]
fn failed_cold_and_slow_requests_are_whole() {
    let failed = format!("{QUICK}\tStatus: error\tError Type: Runtime.ExitError");
    let cold = format!("{QUICK}\tInit Duration: 90.00 ms");
    let slow = QUICK.replace("Duration: 2.37 ms", "Duration: 1200.00 ms");
    for report in [failed, cold, slow] {
        let (quick, other) = sampled("Keep failed requests whole", "INFO\tpaid", &report);
        assert_eq!(other, 4, "{report}");
        assert!(quick < 80 && quick.is_multiple_of(4), "{quick} lines of quick requests");
    }
}

#[test]
fn warnings_stay_when_their_request_is_sampled_away() {
    let (quiet, other) = sampled("Sample quiet requests", "WARN\tstock is low", QUICK);
    assert!(quiet < 20, "{quiet} lines of quiet requests");
    assert_eq!(other, 1);
}

#[test]
fn customers_are_masked() {
    let lines = [
        r#"{"mail":"ann@example.com","password":"x y","customer":{"home":{"phone":"0123"}}}"#,
        "paid with 4111 1111 1111 1111 from 203.0.113.7, IBAN DE89370400440532013000",
    ];
    let expected = [
        r#"{"mail":"[email]","password":"[keys]","customer":{"home":{"phone":"[keys]"}}}"#,
        "paid with [card] from [ipv4], [pattern]",
    ];
    assert_eq!(received("Mask customers", "/aws/lambda/shop", &lines), expected);
}

#[test]
fn service_and_team_come_from_the_log_group() {
    let found = received("Service from group names", "/aws/lambda/pay-cart-prod", &["paid"]);
    assert_eq!(found, ["paid <cart> <team:pay> <deployment.environment.name=prod>"]);
}

#[test]
fn stack_trace_is_one_event() {
    let lines = ["2026-03-04 10:00:00 failed", "  at Cart.pay", "  at main", "2026-03-04 10:00:01 next"];
    let found = received("Stack traces of other runtimes", "/ecs/shop", &lines);
    assert_eq!(found, ["2026-03-04 10:00:00 failed\n  at Cart.pay\n  at main", lines[3]]);
}

#[test]
fn orders_are_counted_by_currency() {
    let line = r#"{"event":"order_placed","order":{"amount":12.5,"currency":"EUR"}}"#;
    let found = received("Orders per currency", "/aws/lambda/shop", &[line, "{}"]);
    assert_eq!(found, [r#"shop.orders 12.5 [("order.currency", "EUR")]"#, line, "{}"]);
}

#[test]
fn one_sink_gets_less() {
    let lines = [
        r#"{"level":"DEBUG","message":"a"}"#,
        r#"{"level":"INFO","request":{"path":"/","headers":{"x":1}}}"#,
    ];
    let mut found = received("One sink gets less", "/aws/lambda/shop", &lines);
    found.sort_unstable();
    let expected = [
        r#"datadog: {"level":"INFO","request":{"path":"/"}}"#.to_owned(),
        format!("otlp+ndjson: {}", lines[0]),
        format!("otlp+ndjson: {}", lines[1]),
    ];
    assert_eq!(found, expected);
}

#[test]
fn refused_traffic_goes_to_one_sink() {
    let line = |end: &str| {
        format!("2 123456789010 eni-1 10.0.0.1 10.0.0.2 20641 22 6 20 4249 1418530010 1418530070 {end}")
    };
    let (accepted, refused) = (line("ACCEPT OK"), line("REJECT OK"));
    let found = received("VPC flow logs", "/aws/vpc/flow", &[&accepted, &refused]);
    assert_eq!(found, [format!("ndjson: {refused}")]);
}
