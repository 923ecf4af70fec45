//! Rules in S3 and SSM: read at the first invocation, then at most every five minutes.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use tailwater_forwarder::{
    assemble,
    http::Client,
    rule_source::{Refreshed, RuleLoader, RulesError},
    settings::{Place, Settings, Values},
};
use tailwater_parser::UnixMillis;
use tests::{
    backend::{Backend, FaultSchedule, Step, s3::S3},
    function_builder::{FunctionBuilder, otlp},
    server::{Moto, Operation},
};

use super::{event, fail, finish, succeed};

const DROP: &str = "[[rule]]\nname = 'all'\ndrop = {}\n";
const BROKEN: &str = "[[rule]]\ndrop = 1\n[[rule]]\nwhen.message = '('\ndrop = {}\n";
const MINUTE: i64 = 60_000;

/// Creates the loader of rules at `source`, with AWS at `url`.
fn loader(url: &str, source: &str) -> RuleLoader {
    let mut values = Values::new(Place::Environment);
    for (name, text) in [
        ("TAILWATER_SINKS", "ndjson"),
        ("TAILWATER_RULES", source),
        ("AWS_ENDPOINT_URL", url),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "TEST"),
        ("AWS_SECRET_ACCESS_KEY", "TESTSECRET"),
    ] {
        values.set(name, text.to_owned());
    }
    let settings = Settings::read(&values).unwrap_or_else(|errors| panic!("{errors}"));
    let client = Client::new(&settings.network).expect("the defaults are valid");
    assemble::rule_loader(&settings, &client, &["ndjson"])
        .expect("rules in AWS are read later")
        .expect("a source")
}

/// Loads rules at a time in minutes; returns the number of rules in use, and whether they have changed.
fn refresh(loader: &mut RuleLoader, minute: i64) -> Result<(usize, bool), RulesError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let refreshed = runtime.block_on(loader.refresh(UnixMillis(minute * MINUTE), Duration::from_secs(20)))?;
    let is_changed = matches!(refreshed, Refreshed::Changed(_));
    Ok((loader.rules().map_or(0, |rules| Arc::as_ref(rules).len()), is_changed))
}

#[test]
fn rules_are_read_again_after_five_minutes_and_broken_ones_are_not_used() {
    let s3 = S3::new(1000);
    let bucket = Backend::start(s3.clone(), FaultSchedule::default());
    let mut loader = loader(&bucket.url(), "s3://bucket/rules.toml");
    assert!(matches!(refresh(&mut loader, 0), Err(RulesError::Missing { .. })));
    s3.put("bucket/rules.toml", BROKEN);
    let error = refresh(&mut loader, 0).unwrap_err().to_string();
    assert_eq!(error.lines().count(), 2, "{error}");
    assert!(error.starts_with("s3://bucket/rules.toml:2:"), "{error}");

    s3.put("bucket/rules.toml", DROP);
    assert_eq!(refresh(&mut loader, 0), Ok((1, true)));
    s3.put("bucket/rules.toml", format!("{DROP}{DROP}"));
    assert_eq!(refresh(&mut loader, 4), Ok((1, false)), "it is too early to read them again");
    assert_eq!(refresh(&mut loader, 6), Ok((2, true)));
    assert_eq!(refresh(&mut loader, 12), Ok((2, false)));

    s3.put("bucket/rules.toml", BROKEN);
    assert_eq!(refresh(&mut loader, 18), Ok((2, false)));
    assert!(matches!(loader.error(), Some(RulesError::Invalid { .. })));
    bucket.set_schedule(FaultSchedule::always(Step::status(403)));
    assert_eq!(refresh(&mut loader, 24), Ok((2, false)));
    assert!(matches!(loader.error(), Some(RulesError::Aws { .. })), "{:?}", loader.error());
    bucket.set_schedule(FaultSchedule::default());
    assert_eq!(refresh(&mut loader, 30), Ok((2, false)));
    assert!(matches!(loader.error(), Some(RulesError::Invalid { .. })), "the newest version is still broken");
    s3.put("bucket/rules.toml", DROP);
    assert_eq!(refresh(&mut loader, 36), Ok((1, true)));
    assert_eq!(loader.error(), None);
}

#[test]
fn parameter_is_read_by_its_version() {
    let Some(moto) = Moto::start_if_installed() else { return };
    let put = |rules: &str| {
        let input = json!({"Name": "/tailwater/rules", "Type": "String", "Value": rules, "Overwrite": true});
        moto.call(Operation { service: "ssm", target: "AmazonSSM.PutParameter" }, &input);
    };
    put(DROP);
    let mut loader = loader(&moto.url(), "ssm:/tailwater/rules");
    assert_eq!(refresh(&mut loader, 0), Ok((1, true)));
    assert_eq!(refresh(&mut loader, 6), Ok((1, false)));
    put(&format!("{DROP}{DROP}"));
    assert_eq!(refresh(&mut loader, 12), Ok((2, true)));
}

#[test]
fn invocation_without_rules_fails_and_delivers_nothing() {
    let s3 = S3::new(1000);
    let bucket = Backend::start(s3.clone(), FaultSchedule::default());
    let backend = otlp(FaultSchedule::default());
    let mut lambda = FunctionBuilder::new()
        .otlp(&backend)
        .env("TAILWATER_RULES", "s3://bucket/rules.toml")
        .env("AWS_ENDPOINT_URL", bucket.url())
        .start();
    let error = fail(&mut lambda, &event(&["x"]));
    assert!(error.contains("Tailwater.Rules"), "{error}");
    s3.put("bucket/rules.toml", BROKEN);
    let error = fail(&mut lambda, &event(&["x"]));
    assert!(error.contains("Tailwater.Rules"), "{error}");
    assert!(backend.logs().is_empty() && backend.requests().is_empty());
    s3.put("bucket/rules.toml", "[[rule]]\nwhen.message = 'secret'\ndrop = {}\n");
    succeed(&mut lambda, &event(&["x", "secret"]));
    assert_eq!(backend.logs().len(), 1);
    let requests = bucket.requests().len();
    succeed(&mut lambda, &event(&["x", "secret"]));
    assert_eq!(bucket.requests().len(), requests, "the rules are not read again within five minutes");
    assert_eq!(finish(lambda, "otlp", ["delivered", "filtered"]).0, [2, 2]);
}
