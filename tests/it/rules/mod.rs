//! Rules, applied by the real programs.

mod datadog_forwarder;
mod filtering;
mod loading;
mod redaction;
mod replay;
mod sampling;
mod scenarios;
mod trial;

use tests::{
    encoding::lambda_event, forms, function_builder::FunctionBuilder, lambda::Lambda, runtime_api::Answer,
    sample::Event, scenario::Ledger,
};

/// Log group of the events.
const GROUP: &str = "/aws/lambda/shop-cart-prod";

const REQUEST_ID: &str = "8f5f3c1e-0d6b-4b0e-9f0a-1c2d3e4f5a6b";

/// Makes log events with these messages, whose ids count up from `first`.
fn events_from(first: usize, messages: &[String]) -> Vec<Event> {
    let event = |(index, message): (usize, &String)| Event {
        id: format!("{:056}", first + index),
        after_ms: i64::try_from(index).expect("few events"),
        message: message.clone(),
    };
    messages.iter().enumerate().map(event).collect()
}

/// Makes a subscription event of one log stream with these messages.
fn event(messages: &[impl AsRef<str>]) -> Vec<u8> {
    let messages: Vec<_> = messages.iter().map(|message| message.as_ref().to_owned()).collect();
    let document = forms::document_of(GROUP, "2026/03/04/[$LATEST]a", &events_from(0, &messages));
    lambda_event(&document).to_string().into_bytes()
}

/// Adds rules to a function.
fn with_rules(function: FunctionBuilder, rules: &str) -> FunctionBuilder {
    function.env("TAILWATER_RULES", rules)
}

/// Invokes a function, which must respond.
#[track_caller]
fn succeed(lambda: &mut Lambda, event: &[u8]) {
    let run = lambda.invoke_once(REQUEST_ID, event);
    assert!(run.answer.response().is_some(), "{:?}", run.answer);
}

/// Invokes a function, which must report an error; returns the error.
#[track_caller]
fn fail(lambda: &mut Lambda, event: &[u8]) -> String {
    let answer = lambda.invoke_once(REQUEST_ID, event).answer;
    let Answer::Error { body, .. } = answer else { panic!("{answer:?}") };
    String::from_utf8_lossy(&body).into_owned()
}

/// Ends a function; returns the numbers of events of a sink with these dispositions, and everything that it wrote. All
/// ledgers must balance.
#[track_caller]
fn finish<const N: usize>(lambda: Lambda, sink: &str, dispositions: [&str; N]) -> ([u64; N], String) {
    let output = lambda.finish().output;
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    let ledgers = Ledger::all(&text);
    assert!(ledgers.iter().all(|ledger| ledger.imbalance().is_none()), "{ledgers:?}");
    let own = || ledgers.iter().filter(|ledger| ledger.sink() == sink);
    let counts = dispositions.map(|disposition| own().map(|ledger| ledger.count(disposition)).sum());
    (counts, text.into_owned())
}

/// Lines of a request. `status` follows the numbers of the REPORT.
fn request(id: &str, status: &str) -> Vec<String> {
    vec![
        format!("START RequestId: {id} Version: $LATEST\n"),
        format!("2026-03-04T10:00:00.200Z\t{id}\tINFO\torder paid\n"),
        format!("END RequestId: {id}\n"),
        format!(
            "REPORT RequestId: {id}\tDuration: 2.37 ms\tBilled Duration: 3 ms\tMemory Size: 128 MB\t\
             Max Memory Used: 95 MB{status}\n"
        ),
    ]
}

/// Id of a request.
fn request_id(number: usize) -> String {
    format!("{number:08x}-7d34-4a8e-a965-15ccbbb78d4c")
}
