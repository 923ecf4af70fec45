//! Redaction in every way out: sinks, parked and rejected objects, and the function's own output.

use std::{fs, path::Path};

use tests::{
    backend::{Backend, Fault, FaultSchedule, Step},
    encoding::base64,
    function_builder::{FunctionBuilder, otlp},
    http::Response,
    parked::{ParkedKind, ParkedObject},
    source::files_below,
};

use super::{event, finish, succeed, with_rules};

const SECRETS: [&str; 3] = ["jane.doe@example.org", "4111111111111111", "hunter2hunter2"];

const RULES: &str = "[[rule]]\nredact = { detect = ['email', 'card'], keys = ['password'] }\n";

fn messages() -> Vec<String> {
    vec![
        "START RequestId: 8edab1f8-7d34-4a8e-a965-15ccbbb78d4c Version: $LATEST\n".to_owned(),
        format!("mail to {} is sent", SECRETS[0]),
        format!(
            r#"{{"level":"ERROR","errorType":"Error","message":"card {} declined","user":{{"password":"{}"}}}}"#,
            SECRETS[1], SECRETS[2]
        ),
        "plain".to_owned(),
    ]
}

/// Checks that no secret is in these bytes.
#[track_caller]
fn assert_clean(place: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for secret in SECRETS {
        assert!(!text.contains(secret), "{place}: {secret} in {text}");
    }
}

fn inflate(bytes: &[u8]) -> Vec<u8> {
    use std::io::Read as _;
    let mut text = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut text).expect("gzip");
    text
}

#[track_caller]
fn assert_backend_is_clean(backend: &Backend, events: usize) {
    let logs = backend.logs();
    assert_eq!(logs.len(), events);
    logs.iter().for_each(|log| assert_clean("backend", log.message.as_bytes()));
    assert!(logs.iter().any(|log| log.message.starts_with("mail to ")), "{logs:?}");
}

/// Checks every file in a folder.
#[track_caller]
fn assert_folder_is_clean(folder: &Path) {
    for file in files_below(folder) {
        assert_clean(&file.display().to_string(), &fs::read(&file).expect("a file can be read"));
    }
    for object in ParkedObject::in_folder(folder) {
        if !object.delivery.is_empty() {
            assert_clean(&object.key, &inflate(&object.delivery));
        }
    }
}

#[test]
fn sinks_and_own_output_have_the_redacted_text() {
    let backend = otlp(FaultSchedule::default());
    let mut lambda = with_rules(FunctionBuilder::new().otlp(&backend), RULES).start();
    succeed(&mut lambda, &event(&messages()));
    assert_backend_is_clean(&backend, 4);
    let (delivered, output) = finish(lambda, "otlp", ["delivered"]);
    assert_eq!(delivered, [4]);
    assert_clean("output", output.as_bytes());
}

#[test]
fn parked_delivery_is_redacted_and_redriven_once() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let later = Step::new(Fault::Discard(Response::new(429, "").with("Retry-After", "600")));
    let backend = otlp(FaultSchedule::always(later));
    let function = with_rules(FunctionBuilder::new().otlp(&backend), RULES).parking(folder.path());
    let mut lambda = function.start();
    succeed(&mut lambda, &event(&messages()));
    let (parked, output) = finish(lambda, "otlp", ["parked"]);
    assert_eq!(parked, [4]);
    assert_clean("output", output.as_bytes());
    assert_folder_is_clean(folder.path());
    let objects = ParkedObject::in_folder(folder.path());
    assert_eq!(objects.len(), 1);
    assert!(objects[0].header["redacted"].is_string(), "{}", objects[0].header);

    backend.set_schedule(FaultSchedule::default());
    let settings = [
        ("TAILWATER_SINKS", "otlp".to_owned()),
        ("TAILWATER_RULES", RULES.to_owned()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", backend.url()),
    ];
    let (code, text) = crate::deliver::redrive(folder.path(), &settings);
    assert_eq!(code, Some(0), "{text}");
    assert_clean("redrive", text.as_bytes());
    assert_backend_is_clean(&backend, 4);
    let again: Vec<_> = backend.logs().into_iter().map(|log| (log.id, log.message)).collect();

    let direct = otlp(FaultSchedule::default());
    let mut lambda = with_rules(FunctionBuilder::new().otlp(&direct), RULES).start();
    succeed(&mut lambda, &event(&messages()));
    let first: Vec<_> = direct.logs().into_iter().map(|log| (log.id, log.message)).collect();
    assert_eq!(again, first, "a redriven event has the id and the text of one that was not parked");
}

#[test]
fn rejected_events_are_redacted() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let backend = otlp(FaultSchedule::default());
    let function = with_rules(FunctionBuilder::new().otlp(&backend), RULES).parking(folder.path());
    let mut lambda = function.start();
    succeed(&mut lambda, &event(&["accepted"]));
    backend.set_schedule(FaultSchedule::always(Step::new(Fault::Discard(Response::new(400, "bad value")))));
    let run = lambda.invoke_once(super::REQUEST_ID, &event(&messages()));
    assert!(run.answer.response().is_some(), "{:?}", run.answer);
    assert_folder_is_clean(folder.path());
    assert!(!ParkedObject::in_folder(folder.path()).is_empty());
    let (_, output) = finish(lambda, "otlp", ["rejected"]);
    assert_clean("output", output.as_bytes());
}

#[test]
fn unreadable_input_is_kept_as_size_and_hash_only() {
    for (rules, is_kept) in [(RULES.to_owned(), false), (format!("park_unreadable = true\n{RULES}"), true)] {
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        let backend = otlp(FaultSchedule::default());
        let function = with_rules(FunctionBuilder::new().otlp(&backend), &rules).parking(folder.path());
        let mut lambda = function.start();
        let mut gzip = tests::encoding::gzip(SECRETS.join(" ").as_bytes());
        let half = gzip.len() / 2;
        gzip[half..].fill(0);
        let event = serde_json::json!({"awslogs": {"data": base64(&gzip)}});
        succeed(&mut lambda, event.to_string().as_bytes());
        let objects = ParkedObject::in_folder(folder.path());
        assert_eq!(objects.len(), 1);
        let header = &objects[0].header;
        assert_eq!((objects[0].kind(), objects[0].delivery.is_empty()), (ParkedKind::Rejected, !is_kept));
        assert_eq!(header["left_out_bytes"].as_u64().is_some(), !is_kept, "{header}");
        assert_eq!(header["left_out_sha256"].is_string(), !is_kept, "{header}");
        finish(lambda, "otlp", ["rejected"]);
    }
}
