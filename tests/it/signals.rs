//! One Ctrl-C or SIGTERM ends every command within two seconds, whatever it waits for.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

use tailwater_forwarder::{
    batch::RangeSet,
    parking::{self, Header, ObjectName, ParkedKind},
};
use tempfile::TempDir;
use tests::{
    backend::{Backend, FaultSchedule, Step, aws::Aws, s3::S3, sqs::Sqs},
    binary::root,
    encoding::gzip,
    forms,
    function_builder::otlp,
    page_server::PageServer,
    parked::ParkedObject,
    producer::Producer,
    replay::{Finished, Replay, Running},
    sample::events,
};

/// Two seconds, and some time for a busy machine to end the process.
const LIMIT: Duration = Duration::from_millis(2_500);

/// Timeout of requests to backends, so long that only the signal ends them.
const PATIENT: &str = "60s";

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder can be created")
}

/// Creates a named pipe, which nobody writes to.
fn pipe(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&path).status().expect("every POSIX system has `mkfifo`");
    assert!(made.success());
    path
}

/// Checks that each signal ends the command while it waits, with this exit code; returns the last result.
#[track_caller]
fn check(start: impl Fn() -> Replay, code: i32) -> Finished {
    let [_, last] = ["INT", "TERM"].map(|signal| end(start().start(), signal, code));
    last
}

#[track_caller]
pub(crate) fn end(running: Running, signal: &str, code: i32) -> Finished {
    running.wait_until_blocked();
    running.end_by(signal, LIMIT).0.code(code)
}

#[test]
fn replay_of_a_pipe_without_a_writer_ends() {
    let folder = folder();
    let pipe = pipe(&folder);
    let finished = check(|| Replay::measure(&pipe), 130);
    assert!(!finished.stderr.contains("rejected"), "{}", finished.stderr);
    check(|| Replay::new().args(["--to", "none", "--follow"]).arg(&pipe), 0);
}

#[test]
fn replay_of_an_idle_pipe_keeps_the_events_before_the_signal() {
    let folder = folder();
    let pipe = pipe(&folder);
    let store = folder.path().join("store.db");
    let running = Replay::into_store(&pipe, &store).start();
    let mut writer = fs::OpenOptions::new().write(true).open(&pipe).expect("the command reads the pipe");
    writer.write_all(forms::event_lines(&events()).as_bytes()).expect("it is read");
    let finished = end(running, "INT", 130);
    assert_eq!(finished.json()["ledger"]["delivered"], 12, "{}", finished.stderr);
    drop(writer);
}

#[test]
fn replay_of_idle_standard_input_ends() {
    let finished = check(|| Replay::measure("-"), 130);
    assert_eq!(finished.json()["ledger"]["received"], 0);
    assert!(finished.stderr.contains("interrupted before the end of the input"), "{}", finished.stderr);
    check(|| Replay::new().args(["--to", "none", "--follow", "-"]), 0);
}

#[test]
fn replay_of_input_that_never_pauses_ends() {
    let mut running = Replay::measure("-").start();
    let mut stdin = running.stdin();
    let feeder = thread::spawn(move || {
        let lines = forms::event_lines(&events());
        while stdin.write_all(lines.as_bytes()).is_ok() {}
    });
    running.wait_until_blocked();
    let _ = running.end_by("TERM", LIMIT).0.code(130);
    feeder.join().expect("the feeder does not panic");
}

#[test]
fn replay_into_a_full_pipe_ends() {
    check(|| Replay::new().args(["--to", "stdout"]).arg(root().join("tests/demo")), 130);
}

#[test]
fn replay_to_a_hanging_backend_ends_and_reports_the_events() {
    let backend = otlp(FaultSchedule::always(Step::hang()));
    let start = || {
        Replay::new()
            .args(["--to", "otlp", "--json"])
            .arg(root().join("tests/demo"))
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", backend.url())
            .env("TAILWATER_TIMEOUT", PATIENT)
    };
    let finished = check(start, 130);
    assert!(finished.stderr.contains("not delivered to otlp: interrupted"), "{}", finished.stderr);
    assert!(finished.json()["ledger"]["rejected"].as_u64().is_some_and(|rejected| rejected > 0));
}

#[test]
fn check_of_a_hanging_backend_ends() {
    let backend = otlp(FaultSchedule::always(Step::hang()));
    let finished = check(
        || {
            Replay::subcommand("check")
                .args(["--connect", "--sinks", "otlp"])
                .env("OTEL_EXPORTER_OTLP_ENDPOINT", backend.url())
                .env("TAILWATER_TIMEOUT", PATIENT)
        },
        130,
    );
    assert!(finished.stdout.contains("failed: interrupted"), "{}", finished.stdout);
}

#[test]
fn commands_that_wait_for_a_settings_file_end() {
    let folder = folder();
    let pipe = pipe(&folder);
    check(|| Replay::subcommand("check").arg("--config").arg(&pipe), 130);
    check(|| Replay::measure(".").arg("--functions").arg(&pipe), 130);
    check(|| Replay::subcommand("serve").arg("--token-file").arg(&pipe).args(["--addr", "127.0.0.1:0"]), 130);
}

#[test]
fn page_server_ends_although_clients_are_connected() {
    let folder = folder();
    for signal in ["INT", "TERM"] {
        let page = PageServer::start(folder.path().join("store.db"), &[]);
        let connect = |path: &str| {
            let mut client = TcpStream::connect(page.address()).expect("the server listens");
            let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n\r\n", page.address());
            client.write_all(request.as_bytes()).expect("the server reads");
            let _ = client.read(&mut [0; 16]).expect("the server answers");
            client
        };
        let clients = ["/api/v1/events", "/api/v1/logs/export", "/api/v1/summary"].map(connect);
        assert_eq!(page.end_by(signal, LIMIT), Some(0));
        drop(clients);
    }
}

/// Makes a parked object with an event for OTLP; returns its key and content.
pub(crate) fn object() -> (String, Vec<u8>) {
    let (_, document) = Producer::default().document(1);
    let mut header = Header {
        sink: "otlp".to_owned(),
        reason: "busy".to_owned(),
        attempts: 1,
        owed: RangeSet::from(0..1),
        ..Header::default()
    };
    header.time_ms.0 = 1_772_618_400_000;
    let encoded = parking::encode(&header, &gzip(&document));
    let name = ObjectName {
        kind: ParkedKind::Parked,
        sink: "otlp",
        time: header.time_ms,
        request_id: "r",
        delivery: 0,
    };
    (name.key(&encoded.hash), encoded.bytes)
}

pub(crate) fn redrive(location: &str, backend: &Backend) -> Replay {
    Replay::subcommand("redrive")
        .arg(location)
        .env("TAILWATER_SINKS", "otlp")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", backend.url())
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "TEST")
        .env("AWS_SECRET_ACCESS_KEY", "TESTSECRET")
        .env("TAILWATER_TIMEOUT", PATIENT)
}

fn put(folder: &Path, key: &str, bytes: &[u8]) {
    let path = folder.join(key);
    fs::create_dir_all(path.parent().expect("it is in the folder")).expect("the file can be written");
    fs::write(path, bytes).expect("the file can be written");
}

#[test]
fn redrive_to_a_hanging_backend_ends_and_keeps_the_object() {
    let backend = otlp(FaultSchedule::always(Step::hang()));
    let folder = folder();
    let (key, bytes) = object();
    put(folder.path(), &key, &bytes);
    let location = format!("file:{}", folder.path().display());
    let finished = check(|| redrive(&location, &backend), 130);
    assert!(finished.stdout.contains("0 parked objects settled, 1 left"), "{}", finished.stdout);
    assert_eq!(ParkedObject::in_folder(folder.path()).len(), 1);
}

#[test]
fn redrive_from_a_hanging_store_ends() {
    let backend = otlp(FaultSchedule::default());
    let services = Aws { s3: S3::new(10), sqs: Sqs::default() };
    let aws = Backend::start(services, FaultSchedule::always(Step::hang()));
    for location in ["s3://bucket/parking".to_owned(), format!("sqs:{}/1/parking", aws.url())] {
        for flags in [&["--dry-run"][..], &[]] {
            check(|| redrive(&location, &backend).env("AWS_ENDPOINT_URL", aws.url()).args(flags), 130);
        }
    }
}
