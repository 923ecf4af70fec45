//! Tests of the stand-in with clients that follow or break the protocol.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::*;
use crate::http::{Request, Response, send};

const PATH: &str = "/2018-06-01/runtime";

fn invocation(id: &str, timeout: Duration) -> Invocation {
    Invocation {
        request_id: id.to_owned(),
        payload: b"{\"a\":1}".to_vec(),
        timeout,
        announced: AnnouncedDeadline::Real,
    }
}

fn call(address: SocketAddr, method: &str, path: &str, body: impl Into<Vec<u8>>) -> Response {
    let headers = [("Lambda-Runtime-Function-Error-Type", "Kind")];
    send(address, &Request::new(method, &format!("{PATH}/{path}"), &headers, body))
        .expect("the stand-in answers")
}

/// Invokes once with a client that takes the event and then makes these calls; returns the violations.
fn check(calls: &[(&str, &str, u16)], expected: &Answer) -> Vec<String> {
    let api = RuntimeApi::start();
    let address = api.address();
    thread::scope(|scope| {
        scope.spawn(move || {
            call(address, "GET", "invocation/next", "");
            for (path, body, status) in calls {
                assert_eq!(call(address, "POST", path, *body).status, *status, "{path}");
            }
        });
        let run = api.invoke(&invocation("one", Duration::from_secs(5)));
        assert_eq!(&run.answer, expected);
        assert_eq!(run.request_id, "one");
    });
    api.violations()
}

#[test]
fn response_is_returned() {
    let violations = check(&[("invocation/one/response", "{}", 202)], &Answer::Response(b"{}".to_vec()));
    assert!(violations.is_empty());
}

#[test]
fn error_is_returned_with_its_type() {
    let error = Answer::Error { kind: "Kind".to_owned(), body: b"why".to_vec() };
    check(&[("invocation/one/error", "why", 202)], &error);
}

#[test]
fn answer_for_another_invocation_is_rejected() {
    let calls = [("invocation/two/response", "wrong", 400), ("invocation/one/response", "right", 202)];
    assert_eq!(check(&calls, &Answer::Response(b"right".to_vec())).len(), 1);
}

#[test]
fn second_answer_is_rejected() {
    let calls = [("invocation/one/response", "first", 202), ("invocation/one/response", "second", 400)];
    check(&calls, &Answer::Response(b"first".to_vec()));
}

#[test]
fn oversized_response_fails_the_invocation() {
    let large = "x".repeat(RESPONSE_LIMIT + 1);
    check(&[("invocation/one/response", &large, 413)], &Answer::TooLarge(RESPONSE_LIMIT + 1));
}

#[test]
fn unknown_call_is_a_violation() {
    let calls = [("invocation/one", "", 404), ("invocation/one/response", "", 202)];
    assert_eq!(check(&calls, &Answer::Response(Vec::new())).len(), 1);
}

#[test]
fn event_is_sent_with_its_deadline_and_ids() {
    let api = RuntimeApi::start();
    let address = api.address();
    let taker = thread::spawn(move || call(address, "GET", "invocation/next", ""));
    let run = api.invoke(&invocation("one", Duration::from_millis(20)));
    assert_eq!(run.answer, Answer::TimedOut);
    assert!(run.duration >= Duration::from_millis(20));
    let event = taker.join().expect("the event was taken");
    let header = |name: &str| {
        let name = format!("lambda-runtime-{name}");
        event.headers.iter().find(|(own, _)| *own == name).expect("the header is sent").1.clone()
    };
    assert_eq!(event.body, b"{\"a\":1}");
    assert_eq!(header("aws-request-id"), "one");
    assert!(header("invoked-function-arn").starts_with("arn:aws:lambda:"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is set after 1970").as_millis();
    let deadline: u128 = header("deadline-ms").parse().expect("a number");
    assert!(deadline <= now && now - deadline < 10_000, "{deadline} against {now}");
}

#[test]
fn answer_after_the_deadline_is_rejected() {
    let api = RuntimeApi::start();
    let address = api.address();
    let taker = thread::spawn(move || call(address, "GET", "invocation/next", ""));
    assert_eq!(api.invoke(&invocation("one", Duration::from_millis(1))).answer, Answer::TimedOut);
    taker.join().expect("the event was taken");
    assert_eq!(call(address, "POST", "invocation/one/response", "late").status, 400);
}

#[test]
fn initialization_error_fails_the_invocation() {
    let api = RuntimeApi::start();
    call(api.address(), "POST", "init/error", "no settings");
    let run = api.invoke(&invocation("one", Duration::from_secs(5)));
    assert_eq!(run.answer, Answer::InitFailed("Kind no settings".to_owned()));
}

#[test]
fn exit_of_the_process_ends_the_wait_at_once() {
    let api = RuntimeApi::start();
    api.exit_notifier().notify();
    assert_eq!(api.invoke(&invocation("one", Duration::from_secs(900))).answer, Answer::ProcessExited);
}

#[test]
fn one_process_serves_two_events_in_turn() {
    let api = RuntimeApi::start();
    let address = api.address();
    let function = thread::spawn(move || {
        for id in ["one", "two"] {
            call(address, "GET", "invocation/next", "");
            assert_eq!(call(address, "POST", &format!("invocation/{id}/response"), id).status, 202);
        }
    });
    for id in ["one", "two"] {
        let run = api.invoke(&invocation(id, Duration::from_secs(5)));
        assert_eq!(run.answer.response(), Some(id.as_bytes()));
    }
    function.join().expect("the client does not panic");
    assert!(api.first_poll().is_some());
}
