//! Backends that repeat the log line in their response, plain, quoted, escaped or encoded: their other words are shown, and
//! the line is not, neither in the output nor in the `error` of a parked object.

use std::{fs, process::Command};

use serde_json::Value;
use tests::{
    backend::{Backend, Fault, FaultSchedule, Step},
    binary,
    encoding::{base64, lambda_event},
    function_builder::{FunctionBuilder, KEY, datadog, otlp},
    http::Response,
    parked::ParkedObject,
};

use super::{CANARY, document, invoke, is_clean};

/// Log line of a customer, with characters that formats escape.
const LINE: &str = "c4n4ry <zoë@example.org> pays \"tea & cake\"\tfrom her account 4111-1111";

/// Parts of the line that must not be shown.
const PRIVATE: [&str; 6] = ["c4n4ry", "zoë", "example.org", "tea & cake", "from her account", "4111-1111"];

/// Words of the backend that are shown.
const WORDS: &str = "cannot store this entry";

fn json_string(text: &str) -> String {
    Value::from(text).to_string()
}

fn percent_encoded(text: &str) -> String {
    let byte = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02x}") }
    };
    text.bytes().map(byte).collect()
}

fn html_escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('ë', "&#235;")
}

/// Returns the line as backends repeat it.
fn echoes() -> Vec<String> {
    let escaped = json_string(LINE);
    let unicode: String = LINE.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    vec![
        LINE.to_owned(),
        format!("'{LINE}'"),
        format!("`{LINE}`"),
        escaped.clone(),
        escaped.trim_matches('"').to_owned(),
        json_string(&escaped),
        format!("{{\"message\":{escaped}}}"),
        unicode,
        percent_encoded(LINE),
        html_escaped(LINE),
        html_escaped(&html_escaped(LINE)),
        base64(LINE.as_bytes()),
        LINE.bytes().map(|byte| format!("{byte:02x}")).collect(),
        format!("{LINE} with key {KEY}"),
    ]
}

/// Returns the responses in which a backend repeats the line.
fn responses() -> Vec<Response> {
    let bodies = echoes().into_iter().flat_map(|echo| {
        let text = format!("{WORDS}: {echo}");
        let json = format!("{{\"errors\":[{}]}}", json_string(&text));
        let page = format!("<html><body><p>{}</p></body></html>", html_escaped(&text));
        let status = status(&text);
        [text.into_bytes(), json.into_bytes(), page.into_bytes(), status]
    });
    bodies.map(|body| Response::new(400, body)).collect()
}

/// Encodes a `google.rpc.Status` with its field 2, the message, whose length is written in two bytes.
fn status(message: &str) -> Vec<u8> {
    let [low, high] = [message.len() % 128, message.len() / 128]
        .map(|part| u8::try_from(part).expect("the message is shorter than 32,768 bytes"));
    [&[0x12, low | 0x80, high][..], message.as_bytes()].concat()
}

fn is_private(text: &str) -> Option<&'static str> {
    PRIVATE.into_iter().chain([KEY]).find(|private| text.contains(private))
}

#[test]
fn repeated_log_line_is_not_shown_but_other_words_are() {
    let (otlp, datadog) = (otlp(FaultSchedule::default()), datadog(FaultSchedule::default()));
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let function = FunctionBuilder::new()
        .otlp(&otlp)
        .datadog(&datadog)
        .env("OTEL_EXPORTER_OTLP_HEADERS", format!("authorization=Bearer {CANARY}-token"))
        .env("RUST_LOG", "trace")
        .parking(folder.path());
    let (mut lambda, mut printed) = (function.start(), Vec::new());
    let event = lambda_event(&document(LINE)).to_string();
    let responses = responses();
    for response in &responses {
        for backend in [&otlp, &datadog] {
            backend.set_schedule(FaultSchedule::always(Step::new(Fault::Discard(response.clone()))));
        }
        invoke(&mut lambda, event.as_bytes(), &mut printed);
    }
    let output = lambda.finish().output;
    let text = String::from_utf8_lossy(&output.stderr);
    for line in text.lines() {
        assert_eq!(is_private(line), None, "{line}");
    }
    is_clean("echo", &output, &printed);
    let shown = text.lines().filter(|line| line.contains(WORDS)).count();
    assert!(shown >= responses.len(), "{shown} of {} responses are explained", responses.len());
    let errors: Vec<_> = ParkedObject::in_folder(folder.path())
        .iter()
        .map(|parked| parked.header["error"].as_str().unwrap_or_default().to_owned())
        .collect();
    let explained = errors.iter().filter(|error| error.contains(WORDS)).count();
    assert!(explained >= responses.len() / 2, "{errors:?}");
    for error in errors {
        assert_eq!(is_private(&error), None, "{error}");
    }
}

/// Runs a subcommand with an OTLP backend that refuses everything with this response; returns its output.
fn command(args: &[&str], backend: &Backend) -> String {
    let output = Command::new(binary::tailwater())
        .args(args)
        .env_clear()
        .env("TAILWATER_SINKS", "otlp")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", backend.url())
        .env("OTEL_EXPORTER_OTLP_HEADERS", format!("authorization=Bearer {CANARY}-token"))
        .env("TAILWATER_REGION", "eu-west-1")
        .output()
        .expect("the binary can be started");
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    text.into_owned()
}

#[test]
fn replay_and_check_show_the_words_of_a_backend_but_no_repeated_data() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let file = folder.path().join("export.json");
    fs::write(&file, document(LINE)).expect("the file can be written");
    let file = file.to_string_lossy();
    for echo in echoes() {
        let text = format!("{WORDS}: {echo}, token {CANARY}-token");
        let backend = otlp(FaultSchedule::always(Step::new(Fault::Discard(Response::new(400, text)))));
        let replayed = command(&["replay", &file, "--to", "otlp", "--region", "eu-west-1"], &backend);
        let line = replayed.lines().find(|line| line.contains("not delivered to otlp: refused: "));
        let line = line.unwrap_or_else(|| panic!("{replayed}"));
        assert!(line.contains(&format!("/v1/logs: HTTP 400: {WORDS}: ")), "{line}");
        assert_eq!(is_private(line), None, "{line}");
    }
    let backend = otlp(FaultSchedule::always(Step::new(Fault::Discard(Response::new(
        404,
        format!("{WORDS}, \"{LINE}\", token {CANARY}-token"),
    )))));
    let checked = command(&["check", "--connect"], &backend);
    // `check` sends no log line, so a backend has none to repeat.
    let expected = format!("no such endpoint at this URL (status 404): {WORDS}, …");
    assert!(checked.contains(&expected) && checked.contains(", token…"), "{checked}");
    assert!(!checked.contains(CANARY), "{checked}");
}
