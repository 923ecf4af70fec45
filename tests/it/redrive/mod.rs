//! `tailwater redrive`: selected objects are delivered and deleted, others are kept and reported.

mod aws;
pub(crate) mod aws_records;
mod claims;
mod folder;
mod hostile;
mod refused;
mod selection;

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::Value;
use tailwater_forwarder::{
    batch::RangeSet,
    parking::{self, Header, ObjectName, ParkedKind},
};
use tests::{
    backend::{Backend, ReceivedLog},
    binary,
    encoding::gzip,
    function_builder::KEY,
    oracle::{Findings, Oracle},
    parked::ParkedObject,
    producer::{EventNumber, Producer},
};

/// Command `tailwater redrive LOCATION` with only the given settings.
struct RedriveCommand(Command);

/// Result of the command.
struct CommandOutput {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl RedriveCommand {
    fn of(location: &str) -> Self {
        let mut command = Command::new(binary::tailwater());
        command.arg("redrive").arg(location).env_clear();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(command)
    }

    fn folder(folder: &Path) -> Self {
        Self::of(&format!("file:{}", folder.display()))
    }

    fn otlp(self, backend: &Backend) -> Self {
        self.env("OTEL_EXPORTER_OTLP_ENDPOINT", &backend.url()).env("TAILWATER_SINKS", "otlp")
    }

    fn both(self, otlp: &Backend, datadog: &Backend) -> Self {
        self.otlp(otlp)
            .env("DD_URL", &datadog.url())
            .env("DD_API_URL", &datadog.url())
            .env("DD_API_KEY", KEY)
            .env("TAILWATER_SINKS", "otlp,datadog")
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    fn args(mut self, arguments: &[&str]) -> Self {
        self.0.args(arguments);
        self
    }

    fn run(mut self) -> CommandOutput {
        let output = self.0.output().expect("the binary can be started");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        CommandOutput {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}

impl CommandOutput {
    /// Checks the exit code.
    #[track_caller]
    fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
        self
    }

    /// Decodes the summary that `--json` prints.
    #[track_caller]
    fn summary(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}

/// Makes a parked object with pending events for a sink; returns their numbers, the key and the content.
fn object(
    producer: &mut Producer,
    events: u64,
    sink: &str,
    time_ms: i64,
) -> (Vec<EventNumber>, String, Vec<u8>) {
    let (numbers, document) = producer.document(events);
    let owed = u32::try_from(events).expect("there are few events");
    let header = Header { sink: sink.to_owned(), owed: RangeSet::from(0..owed), ..Header::default() };
    let (key, bytes) = encode(header, &document, time_ms);
    (numbers, key, bytes)
}

/// Makes a parked object for `otlp` that owes more events than its delivery contains, and the metrics.
fn object_owing(
    producer: &mut Producer,
    events: u64,
    owed: u32,
    time_ms: i64,
) -> (Vec<EventNumber>, String, Vec<u8>) {
    let (numbers, document) = producer.document(events);
    let header = Header {
        sink: "otlp".to_owned(),
        owed: RangeSet::from(0..owed),
        owes_metrics: true,
        ..Header::default()
    };
    let (key, bytes) = encode(header, &document, time_ms);
    (numbers, key, bytes)
}

/// Encodes a parked object; returns its key and content.
fn encode(header: Header, document: &[u8], time_ms: i64) -> (String, Vec<u8>) {
    let mut header = Header { reason: "busy".to_owned(), attempts: 1, ..header };
    header.time_ms.0 = time_ms;
    let encoded = parking::encode(&header, &gzip(document));
    let (sink, time) = (header.sink.as_str(), header.time_ms);
    let name = ObjectName { kind: ParkedKind::Parked, sink, time, request_id: "r", delivery: 0 };
    (name.key(&encoded.hash), encoded.bytes)
}

/// Writes parked objects of one event each into a folder and returns the event numbers.
fn park_objects(
    folder: &Path,
    producer: &mut Producer,
    objects: usize,
    sink: &str,
    time_ms: i64,
) -> Vec<EventNumber> {
    let mut all = Vec::new();
    for _ in 0..objects {
        let (numbers, key, bytes) = object(producer, 1, sink, time_ms);
        put(folder, &key, &bytes);
        all.extend(numbers);
    }
    all
}

fn put(folder: &Path, key: &str, bytes: &[u8]) {
    let path = folder.join(key);
    fs::create_dir_all(path.parent().expect("it is in the folder")).expect("the file can be written");
    fs::write(path, bytes).expect("the file can be written");
}

/// Returns the time this long ago, in ms since 1970.
fn ms_ago(time: Duration) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is set after 1970");
    i64::try_from((now - time).as_millis()).expect("the time fits into 64 bits")
}

fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

fn n_parked(folder: &Path) -> usize {
    ParkedObject::in_folder(folder).len()
}

/// Returns the findings for a sink that received these logs of events that all must arrive.
fn findings(numbers: &[EventNumber], got: &[ReceivedLog]) -> Findings {
    let mut oracle = Oracle::new(&["sink"]);
    oracle.record_sent(numbers);
    oracle.record_acknowledged(numbers);
    oracle.record_received("sink", got);
    oracle.findings()
}

/// Checks that a backend received each event once and intact.
#[track_caller]
fn assert_each_once(backend: &Backend, numbers: &[EventNumber]) {
    let logs = backend.logs();
    let findings = findings(numbers, &logs);
    assert!(findings.is_clean(), "{findings}");
    assert_eq!(logs.len(), numbers.len(), "some events were received twice");
}
