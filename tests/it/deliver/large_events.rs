//! Events that are larger than the limit of a backend are sent in parts.

use tests::{
    backend::{
        Backend, FaultSchedule, Protocol, ReceivedLog,
        datadog::{AgeCheck, Datadog},
        limited::Limited,
        otlp::Otlp,
    },
    encoding::lambda_event,
    forms,
    function_builder::{FunctionBuilder, KEY},
    parked::ParkedObject,
    sample::Event,
};

use super::succeed;

/// Makes a text of this length without repetitions.
fn text(len: usize) -> String {
    let mut text: String = (0..len / 8).map(|n| format!("{n:07} ")).collect();
    text.truncate(len);
    text
}

/// Sends an event of 300,000 bytes and a small one to a backend with a limit of 50,000 bytes per request.
fn check(protocol: impl Protocol, aim: impl Fn(FunctionBuilder, &Backend) -> FunctionBuilder) {
    let limited = Limited { protocol, max_events: 1_000, max_bytes: Some(50_000), rejected_text: None };
    let backend = Backend::start(limited, FaultSchedule::default());
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let messages = [text(300_000), "a normal one".to_owned()];
    let event = |(number, message): (usize, &String)| Event {
        id: format!("{number:056}"),
        after_ms: 0,
        message: message.clone(),
    };
    let events: Vec<_> = messages.iter().enumerate().map(event).collect();
    let mut lambda = aim(FunctionBuilder::new().parking(folder.path()), &backend).start();
    succeed(&mut lambda, lambda_event(&forms::document(&events)).to_string().as_bytes());

    assert_eq!(ParkedObject::in_folder(folder.path()).len(), 0);
    let (whole, mut parts): (Vec<ReceivedLog>, Vec<ReceivedLog>) =
        backend.logs().into_iter().partition(|got| got.part.is_none());
    assert_eq!(whole.iter().map(|got| &got.message).collect::<Vec<_>>(), [&messages[1]]);
    parts.sort_by_key(|part| part.part);
    assert_eq!(parts.iter().filter_map(|part| part.part).collect::<Vec<_>>(), (0..8).collect::<Vec<_>>());
    assert!(parts.iter().map(|part| part.message.as_str()).collect::<String>() == messages[0]);
    let requests = backend.requests().len();
    assert_eq!(requests, 1 + 2 + 2 + 4 + 8, "requests with both events, one each, and 2, 4 and 8 parts");
}

#[test]
fn otlp_event_beyond_the_limit_is_sent_in_parts() {
    check(Otlp, FunctionBuilder::otlp);
}

#[test]
fn datadog_event_beyond_the_limit_is_sent_in_parts() {
    check(Datadog { key: KEY.to_owned(), age_check: AgeCheck::Disabled }, FunctionBuilder::datadog);
}
