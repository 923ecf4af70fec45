//! Sampling by request.

use std::collections::BTreeMap;

use tests::{
    backend::{Backend, Fault, FaultSchedule, Step},
    encoding::lambda_event,
    forms,
    function_builder::{FunctionBuilder, otlp},
    http::Response,
};

use super::{GROUP, event, events_from, finish, request, request_id, succeed, with_rules};

const HALF: &str = "[[rule]]\nsample = { one_in = 2 }\n";

/// Numbers of lines that a backend received, by request.
fn lines_by_request(backend: &Backend) -> BTreeMap<String, usize> {
    let mut lines = BTreeMap::new();
    for log in backend.logs() {
        let id = log.message.split([' ', '\t']).find(|word| word.ends_with("15ccbbb78d4c"));
        *lines.entry(id.unwrap_or("none").to_owned()).or_insert(0) += 1;
    }
    lines
}

#[test]
fn requests_are_whole_or_gone_and_the_decision_repeats() {
    let mut kept = Vec::new();
    for _ in 0..2 {
        let backend = otlp(FaultSchedule::default());
        let mut lambda = with_rules(FunctionBuilder::new().otlp(&backend), HALF).start();
        let mut lines: Vec<_> = (0..40).flat_map(|n| request(&request_id(n), "")).collect();
        lines.extend(request(&request_id(900), "\tStatus: error\tError Type: Runtime.ExitError"));
        succeed(&mut lambda, &event(&lines));
        let requests = lines_by_request(&backend);
        assert!(requests.values().all(|lines| *lines == 4), "{requests:?}");
        assert!(requests.contains_key(&request_id(900)), "failed requests are kept");
        assert!(requests.len() > 5 && requests.len() < 40, "{}", requests.len());
        assert!((backend.sums()["faas.invocations"] - 41.0).abs() < 1e-9, "{:?}", backend.sums());
        let n = u64::try_from(requests.len() * 4).expect("few");
        assert_eq!(finish(lambda, "otlp", ["delivered", "sampled"]).0, [n, 164 - n]);
        kept.push(requests);
    }
    assert_eq!(kept[0], kept[1]);
}

#[test]
fn interleaved_streams_are_sampled_by_request() {
    let backend = otlp(FaultSchedule::default());
    let mut lambda = with_rules(FunctionBuilder::new().otlp(&backend), HALF).start();
    // Documents of two streams in one SQS message each are deliveries of their own.
    let lines = |n: usize| request(&request_id(n), "");
    let documents: Vec<_> = (0..10)
        .map(|n| {
            let stream = format!("2026/03/04/[$LATEST]{}", n % 2);
            let document = forms::document_of(GROUP, &stream, &events_from(n * 10, &lines(n)));
            String::from_utf8(document).expect("JSON")
        })
        .collect();
    succeed(&mut lambda, forms::sqs_event(&documents).to_string().as_bytes());
    let requests = lines_by_request(&backend);
    assert!(requests.values().all(|lines| *lines == 4), "{requests:?}");
    finish(lambda, "otlp", ["delivered"]);
}

#[test]
fn request_that_a_delivery_cuts_is_kept() {
    let backend = otlp(FaultSchedule::default());
    let rules = "[[rule]]\nsample = { one_in = 1000000 }\n";
    let mut lambda = with_rules(FunctionBuilder::new().otlp(&backend), rules).start();
    let lines = request(&request_id(1), "");
    succeed(&mut lambda, &event(&lines[..2]));
    succeed(&mut lambda, &event(&lines[2..]));
    succeed(&mut lambda, &event(&request(&request_id(2), "")));
    assert_eq!(lines_by_request(&backend), [(request_id(1), 4)].into());
    assert_eq!(finish(lambda, "otlp", ["delivered", "sampled"]).0, [4, 4]);
}

#[test]
fn decision_repeats_when_bodies_are_split_and_parked_and_redriven() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let lines: Vec<_> = (0..60).flat_map(|n| request(&request_id(n), "")).collect();
    let document = forms::document_of(GROUP, "2026/03/04/[$LATEST]a", &events_from(0, &lines));
    let delivery = lambda_event(&document).to_string().into_bytes();

    let expected = otlp(FaultSchedule::default());
    let mut lambda = with_rules(FunctionBuilder::new().otlp(&expected), HALF).start();
    succeed(&mut lambda, &delivery);

    let too_large = Step::status(413);
    let later = Step::new(Fault::Discard(Response::new(429, "").with("Retry-After", "600")));
    let backend = otlp(FaultSchedule::new([too_large.clone(), too_large]).then(later));
    let function = with_rules(FunctionBuilder::new().otlp(&backend), HALF).parking(folder.path());
    let mut lambda = function.start();
    succeed(&mut lambda, &delivery);
    backend.set_schedule(FaultSchedule::default());
    finish(lambda, "otlp", ["parked"]);
    let settings = [
        ("TAILWATER_SINKS", "otlp".to_owned()),
        ("TAILWATER_RULES", HALF.to_owned()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", backend.url()),
    ];
    let (code, text) = crate::deliver::redrive(folder.path(), &settings);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(lines_by_request(&backend), lines_by_request(&expected));
    assert!((backend.sums()["faas.invocations"] - 60.0).abs() < 1e-9, "{:?}", backend.sums());
}
