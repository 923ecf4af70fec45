//! Rules that drop, keep, route, set, join and measure.

use tests::{
    backend::FaultSchedule,
    function_builder::{FunctionBuilder, datadog, otlp},
};

use super::{event, finish, succeed, with_rules};

#[test]
fn first_of_drop_and_keep_decides() {
    let backend = otlp(FaultSchedule::default());
    let rules = "[[rule]]\nwhen.message = 'keep'\nkeep = {}\n[[rule]]\nwhen.message = 'health'\ndrop = {}\n";
    let mut lambda = with_rules(FunctionBuilder::new().otlp(&backend), rules).start();
    succeed(&mut lambda, &event(&["GET /health", "GET /cart", "keep health"]));
    let got: Vec<_> = backend.logs().into_iter().map(|log| log.message).collect();
    assert_eq!(got, ["GET /cart", "keep health"]);
    assert_eq!(finish(lambda, "otlp", ["delivered", "filtered"]).0, [2, 1]);
}

#[test]
fn events_are_routed_to_the_sinks_of_the_rule() {
    let (otlp, datadog) = (otlp(FaultSchedule::default()), datadog(FaultSchedule::default()));
    let rules = "[[rule]]\nwhen.message = 'audit'\nto = ['datadog']\n\
                 [[rule]]\nwhen.level = 'DEBUG'\nwhen.sink = 'datadog'\ndrop = {}\n";
    let mut lambda = with_rules(FunctionBuilder::new().otlp(&otlp).datadog(&datadog), rules).start();
    succeed(&mut lambda, &event(&["audit 1", "plain", r#"{"level":"DEBUG","message":"x"}"#]));
    let messages = |backend: &tests::backend::Backend| {
        backend.logs().into_iter().map(|log| log.message).collect::<Vec<_>>()
    };
    assert_eq!(messages(&otlp), ["plain", r#"{"level":"DEBUG","message":"x"}"#]);
    assert_eq!(messages(&datadog), ["audit 1", "plain"]);
    assert_eq!(finish(lambda, "datadog", ["delivered", "filtered"]).0, [2, 1]);
}

#[test]
fn sink_that_does_not_exist_exits_with_64_and_names_all_problems() {
    let backend = otlp(FaultSchedule::default());
    let rules = "[[rule]]\nto = ['nowhere']\n[[rule]]\nwhen.message = '('\ndrop = {}\n";
    let mut lambda = with_rules(FunctionBuilder::new().otlp(&backend), rules).start();
    let _ = lambda.invoke_once(super::REQUEST_ID, &event(&["x"]));
    let history = lambda.finish();
    let text = String::from_utf8_lossy(&history.output.stderr).into_owned();
    assert!(text.contains("nowhere") && text.contains("TAILWATER_RULES:2:"), "{text}");
    assert!(text.contains("TAILWATER_RULES:4:"), "{text}");
    assert!(history.exit_statuses.iter().any(|status| status.code() == Some(64)), "{text}");
}

#[test]
fn joined_events_are_one_record_and_several_obligations() {
    let backend = otlp(FaultSchedule::default());
    let rules = "[[rule]]\njoin = { starts = '^\\d' }\n";
    let mut lambda = with_rules(FunctionBuilder::new().otlp(&backend), rules).start();
    succeed(&mut lambda, &event(&["head", "1 error\n", "  at a\n", "  at b\n", "2 next"]));
    let got: Vec<_> = backend.logs().into_iter().map(|log| log.message).collect();
    assert_eq!(got, ["head", "1 error\n  at a\n  at b", "2 next"]);
    assert_eq!(finish(lambda, "otlp", ["delivered"]).0, [5]);
}

#[test]
fn metrics_are_made_of_events_that_are_dropped() {
    let backend = otlp(FaultSchedule::default());
    let datadog = datadog(FaultSchedule::default());
    let rules = "[[rule]]\nwhen.fields = { event = 'order' }\n\
                 metric = { name = 'shop.orders', kind = 'sum', field = 'amount', tags = ['currency'] }\n\
                 [[rule]]\nwhen.fields = { event = 'order' }\ndrop = {}\n";
    let function = FunctionBuilder::new().otlp(&backend).datadog(&datadog);
    let mut lambda = with_rules(function, rules).start();
    let order = |amount: f64| format!(r#"{{"event":"order","amount":{amount},"currency":"EUR"}}"#);
    succeed(&mut lambda, &event(&[order(2.5), order(4.0), "x".to_owned()]));
    assert_eq!(backend.logs().len(), 1);
    assert_eq!(backend.points().get("shop.orders"), Some(&1), "{:?}", backend.points());
    assert!((backend.sums()["shop.orders"] - 6.5).abs() < 1e-9, "{:?}", backend.sums());
    finish(lambda, "otlp", ["delivered"]);
}
