//! S3 objects that cannot be read: each costs only itself, and events that were read before the failure are delivered.

use std::{path::Path, time::Duration};

use serde_json::{Value, json};
use tests::{
    backend::{Backend, Fault, FaultSchedule, Step, limited::Limited, otlp::Otlp, s3::S3, s3::etag},
    encoding::gzip,
    function_builder::{FunctionBuilder, otlp},
    http::{Cut, Response},
    parked::{ParkedKind, ParkedObject},
    producer::{EventNumber, Producer},
    scenario::Ledger,
};

use super::{assert_has_all, fail, succeed};

const TIMEOUT: Duration = Duration::from_secs(4);
const REDRIVE: &[u8] = br#"{"tailwater":{"redrive":{}}}"#;

/// S3 with objects of this number of events each, in concatenated documents.
struct Objects {
    server: Backend,
    numbers: Vec<Vec<EventNumber>>,
    /// Notification of all objects.
    event: Vec<u8>,
}

impl Objects {
    fn new(count: usize, events: u64) -> Self {
        const TOGETHER: u64 = 20;
        let (s3, mut producer) = (S3::new(1000), Producer::default());
        let put = |index: usize| {
            let documents = (0..events / TOGETHER).map(|_| producer.document(TOGETHER));
            let (numbers, documents): (Vec<_>, Vec<_>) = documents.unzip();
            (numbers.concat(), put(&s3, &format!("{index}.gz"), &gzip(&documents.concat())))
        };
        let (numbers, records): (Vec<_>, Vec<_>) = (0..count).map(put).unzip();
        let event = json!({"Records": records}).to_string().into_bytes();
        Self { server: Backend::start(s3, FaultSchedule::default()), numbers, event }
    }

    fn function(&self, backend: &Backend) -> FunctionBuilder {
        FunctionBuilder::new().otlp(backend).env("AWS_ENDPOINT_URL", self.server.url()).timeout(TIMEOUT)
    }
}

/// Puts an object and returns its notification record.
pub(super) fn put(s3: &S3, key: &str, body: &[u8]) -> Value {
    s3.put(&format!("logs/{key}"), body);
    let object = json!({"key": key, "size": body.len(), "eTag": etag(body).trim_matches('"')});
    json!({"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "awsRegion": "eu-west-1",
           "s3": {"bucket": {"name": "logs"}, "object": object}})
}

/// Returns key, reason and first pending event of the only parked object.
fn parked_pointer(folder: &Path) -> (String, String, u64) {
    let parked = ParkedObject::in_folder(folder);
    let [parked] = parked.as_slice() else { panic!("{parked:?}") };
    assert!(parked.kind() == ParkedKind::Parked && parked.delivery.is_empty(), "{parked:?}");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let last = parked.header["owed"].as_array().and_then(|ranges| ranges.last());
    let pending = last.unwrap_or_else(|| panic!("{parked:?}"));
    assert_eq!(pending[1], u64::from(u32::MAX), "{parked:?}");
    (
        text(&parked.header["object"]["key"]),
        text(&parked.header["reason"]),
        pending[0].as_u64().unwrap_or(u64::MAX),
    )
}

fn denied() -> Step {
    let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>AccessDenied</Code></Error>";
    Step::new(Fault::Discard(Response::new(403, body).with("Content-Type", "application/xml")))
}

#[test]
fn failed_read_is_retried() {
    let (objects, backend) = (Objects::new(2, 20), otlp(FaultSchedule::default()));
    objects.server.set_schedule(FaultSchedule::new([Step::status(503)]));
    succeed(&mut objects.function(&backend).start(), &objects.event);
    assert_has_all(&backend, &objects.numbers.concat());
}

#[test]
fn denied_object_costs_only_itself_and_is_read_by_a_later_redrive() {
    let (objects, backend, folder) = (
        Objects::new(3, 20),
        otlp(FaultSchedule::default()),
        tempfile::tempdir().expect("a temporary folder can be created"),
    );
    objects.server.set_schedule(FaultSchedule::always(denied()).on("1.gz"));
    let mut lambda = objects.function(&backend).parking(folder.path()).start();
    succeed(&mut lambda, &objects.event);
    assert_has_all(&backend, &[objects.numbers[0].clone(), objects.numbers[2].clone()].concat());
    assert_eq!(parked_pointer(folder.path()), ("1.gz".to_owned(), "unreadable".to_owned(), 0));
    // Access is still denied; a failed attempt loses nothing.
    succeed(&mut lambda, REDRIVE);
    assert_eq!(parked_pointer(folder.path()), ("1.gz".to_owned(), "unreadable".to_owned(), 0));

    objects.server.set_schedule(FaultSchedule::default());
    succeed(&mut lambda, REDRIVE);
    assert_has_all(&backend, &objects.numbers.concat());
    assert_eq!(backend.logs().len(), 60);
    assert_eq!(ParkedObject::in_folder(folder.path()).len(), 0);
    // Without parking the function reports an error, so that AWS sends the notification again.
    objects.server.set_schedule(FaultSchedule::always(denied()).on("1.gz"));
    fail(&mut objects.function(&backend).start(), &objects.event);
}

#[test]
fn denied_object_counts_as_one_parked_event_and_is_named() {
    let (objects, backend, folder) = (
        Objects::new(2, 20),
        otlp(FaultSchedule::default()),
        tempfile::tempdir().expect("a temporary folder can be created"),
    );
    objects.server.set_schedule(FaultSchedule::always(denied()).on("1.gz"));
    let mut lambda = objects.function(&backend).parking(folder.path()).start();
    succeed(&mut lambda, &objects.event);
    let output = lambda.finish().output;
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let ledgers = Ledger::all(&stdout);
    let sum = |count: fn(&Ledger) -> u64| ledgers.iter().map(count).sum::<u64>();
    let counts = [sum(Ledger::received), sum(|it| it.count("delivered")), sum(|it| it.count("parked"))];
    assert_eq!(counts, [21, 20, 1]);
    assert!(stdout.contains(r#""tailwater_parked_events":1"#), "{stdout}");
    let log = format!("{stdout}{stderr}");
    let named = log.lines().find(|line| line.contains("cannot be read")).unwrap_or_else(|| panic!("{log}"));
    for expected in ["logs", "1.gz", "AccessDenied"] {
        assert!(named.contains(expected), "{named}");
    }
}

#[test]
fn damaged_object_is_one_line_of_the_own_log() {
    let (s3, backend) = (S3::new(1000), otlp(FaultSchedule::default()));
    let mut cut = gzip(&Producer::default().document(5).1);
    cut.truncate(40);
    let event = json!({"Records": [put(&s3, "cut.gz", &cut)]}).to_string();
    let server = Backend::start(s3, FaultSchedule::default());
    let mut lambda = FunctionBuilder::new().otlp(&backend).env("AWS_ENDPOINT_URL", server.url()).start();
    succeed(&mut lambda, event.as_bytes());
    let output = lambda.finish().output;
    let log = [output.stdout, output.stderr].concat();
    let log = String::from_utf8_lossy(&log);
    let lines: Vec<_> = log.lines().filter(|line| line.contains("damaged:")).collect();
    let [line] = lines.as_slice() else { panic!("{log}") };
    for expected in ["logs", "cut.gz", "truncated gzip data", r#""offset":40"#] {
        assert!(line.contains(expected), "{line}");
    }
}

#[test]
fn hanging_object_is_parked_before_the_deadline() {
    let (objects, backend, folder) = (
        Objects::new(1, 20),
        otlp(FaultSchedule::default()),
        tempfile::tempdir().expect("a temporary folder can be created"),
    );
    let hanging = || FaultSchedule::always(Step::default().with_delay(4 * TIMEOUT)).on("0.gz");
    objects.server.set_schedule(hanging());
    let mut lambda = objects.function(&backend).parking(folder.path()).start();
    succeed(&mut lambda, &objects.event);
    let (key, _, first) = parked_pointer(folder.path());
    assert_eq!((key.as_str(), first), ("0.gz", 0));
    fail(&mut objects.function(&backend).start(), &objects.event);

    objects.server.set_schedule(FaultSchedule::default());
    succeed(&mut lambda, REDRIVE);
    assert_has_all(&backend, &objects.numbers.concat());
}

#[test]
fn events_before_an_interruption_are_delivered_and_only_the_rest_is_parked() {
    let (objects, backend, folder) = (
        Objects::new(1, 4_000),
        otlp(FaultSchedule::default()),
        tempfile::tempdir().expect("a temporary folder can be created"),
    );
    let mut lambda = objects.function(&backend).parking(folder.path()).start();
    objects.server.set_schedule(FaultSchedule::new([denied()]).on("0.gz"));
    succeed(&mut lambda, &objects.event);
    // The read is interrupted during the redrive: fewer events are pending afterwards.
    objects.server.set_schedule(FaultSchedule::new([Step::cut_response(200_000, Cut::Close)]).on("0.gz"));
    succeed(&mut lambda, REDRIVE);
    let (_, _, first) = parked_pointer(folder.path());
    assert!(first > 0, "no event was delivered");
    assert_eq!(u64::try_from(backend.logs().len()), Ok(first));

    objects.server.set_schedule(FaultSchedule::default());
    succeed(&mut lambda, REDRIVE);
    assert_has_all(&backend, &objects.numbers.concat());
    assert_eq!((backend.logs().len(), ParkedObject::in_folder(folder.path()).len()), (4_000, 0));
}

#[test]
fn object_without_time_to_be_read_again_is_parked() {
    let limited = Limited { protocol: Otlp, max_events: 15, max_bytes: None, rejected_text: None };
    let (objects, backend, folder) = (
        Objects::new(1, 20),
        Backend::start(limited, FaultSchedule::default()),
        tempfile::tempdir().expect("a temporary folder can be created"),
    );
    let slow = Step::default().with_delay(4 * TIMEOUT);
    objects.server.set_schedule(FaultSchedule::new([Step::default()]).then(slow).on("0.gz"));
    let mut lambda = objects.function(&backend).parking(folder.path()).start();
    succeed(&mut lambda, &objects.event);
    let parked = ParkedObject::in_folder(folder.path());
    let [parked] = parked.as_slice() else { panic!("{parked:?}") };
    assert_eq!(
        (&parked.header["reason"], &parked.header["owed"]),
        (&json!("out_of_time"), &json!([[0, 20]]))
    );

    objects.server.set_schedule(FaultSchedule::default());
    succeed(&mut lambda, REDRIVE);
    assert_has_all(&backend, &objects.numbers.concat());
}
