//! Objects that cannot be read or deleted, and objects that the program did not make, cost only themselves.

use std::{fs, time::Duration};

use serde_json::json;
use tailwater_forwarder::{
    batch::RangeSet,
    parking::{self, Header, ObjectName, ParkedKind, S3Object, Source},
};
use tests::{
    backend::{
        Backend, FaultSchedule, Step,
        aws::Aws,
        s3::{Refusal, S3, etag},
        sqs::Sqs,
    },
    encoding::gzip,
    function_builder::{FunctionBuilder, otlp},
    parked::ParkedObject,
    producer::{EventNumber, Producer},
};

use super::{RedriveCommand, assert_each_once, minutes, ms_ago, n_parked, object, put};

/// Stand-in for AWS with a bucket of parked objects.
pub(super) struct Bucket {
    pub(super) s3: S3,
    pub(super) sqs: Sqs,
    pub(super) server: Backend,
}

pub(super) const LOCATION: &str = "s3://parking/tail";

impl Bucket {
    pub(super) fn start() -> Self {
        let (s3, sqs) = (S3::new(1000), Sqs::default());
        let aws = Aws { s3: s3.clone(), sqs: sqs.clone() };
        Self { s3, sqs, server: Backend::start(aws, FaultSchedule::default()) }
    }

    /// Parks objects of one event each for `otlp`. Returns their keys and event numbers, in the order of the keys.
    pub(super) fn park(&self, producer: &mut Producer, count: usize) -> Vec<(String, EventNumber)> {
        let mut parked = Vec::new();
        for _ in 0..count {
            let (numbers, key, bytes) = object(producer, 1, "otlp", ms_ago(minutes(5)));
            self.s3.put(&format!("parking/tail/{key}"), bytes);
            parked.push((key, numbers[0]));
        }
        parked.sort();
        parked
    }

    pub(super) fn command(&self, location: &str) -> RedriveCommand {
        RedriveCommand::of(location)
            .env("AWS_ENDPOINT_URL", &self.server.url())
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", "TEST")
            .env("AWS_SECRET_ACCESS_KEY", "SECRET")
    }

    pub(super) fn function(&self, backend: &Backend) -> FunctionBuilder {
        let function = FunctionBuilder::new().otlp(backend).env("TAILWATER_PARKING", LOCATION);
        function.env("AWS_ENDPOINT_URL", self.server.url()).timeout(Duration::from_secs(5))
    }

    /// Returns the keys in the bucket, without the prefix.
    pub(super) fn keys(&self) -> Vec<String> {
        let paths = self.s3.objects().into_keys();
        paths.map(|path| path.trim_start_matches("parking/tail/").to_owned()).collect()
    }
}

fn refuse(method: &'static str, status: u16, code: &'static str, key: &str) -> Refusal {
    Refusal { method, key: key.to_owned(), status, code }
}

const UNREADABLE: [(u16, &str); 5] = [
    (403, "AccessDenied"),
    (403, "InvalidObjectState"),
    (400, "KMS.DisabledException"),
    (400, "KMS.NotFoundException"),
    (400, "InvalidRequest"),
];

#[test]
fn object_that_cannot_be_read_is_named_once_and_the_others_are_delivered() {
    for (status, code) in UNREADABLE {
        let (bucket, backend) = (Bucket::start(), otlp(FaultSchedule::default()));
        let parked = bucket.park(&mut Producer::default(), 4);
        let ((bad, _), good) = parked.split_first().expect("four are parked");
        bucket.s3.refuse(refuse("GET", status, code, bad));
        let ended = bucket.command(LOCATION).otlp(&backend).run().expect_code(1);
        assert!(ended.stdout.contains("3 parked objects settled, 0 left, 1 unreadable"), "{}", ended.stdout);
        assert_eq!(ended.stderr.matches(bad.as_str()).count(), 1, "{}", ended.stderr);
        assert!(ended.stderr.contains(code), "{}", ended.stderr);
        assert_each_once(&backend, &good.iter().map(|(_, number)| *number).collect::<Vec<_>>());
        assert_eq!(bucket.keys(), [bad.as_str()]);
        let listed = bucket.command(LOCATION).args(&["--dry-run"]).run().expect_code(1);
        assert!(listed.stdout.contains(code) && listed.stdout.contains("1 unreadable"), "{}", listed.stdout);

        bucket.s3.accept_all();
        bucket.command(LOCATION).otlp(&backend).run().expect_code(0);
        assert_each_once(&backend, &parked.iter().map(|(_, number)| *number).collect::<Vec<_>>());
    }
}

#[test]
fn object_over_the_limit_is_named_and_kept() {
    let backend = otlp(FaultSchedule::default());
    let (folder, mut producer) =
        (tempfile::tempdir().expect("a temporary folder can be created"), Producer::default());
    let (_, huge, _) = object(&mut producer, 1, "otlp", ms_ago(minutes(9)));
    put(folder.path(), &huge, b"");
    let file = fs::OpenOptions::new().write(true).open(folder.path().join(&huge)).expect("it exists");
    file.set_len(65 * 1024 * 1024).expect("a sparse file can be made");
    let (numbers, key, bytes) = object(&mut producer, 1, "otlp", ms_ago(minutes(5)));
    put(folder.path(), &key, &bytes);
    let ended = RedriveCommand::folder(folder.path()).otlp(&backend).run().expect_code(1);
    assert!(ended.stderr.contains(&huge) && ended.stderr.contains("exceeds the limit"), "{}", ended.stderr);
    assert_each_once(&backend, &numbers);
    assert!(folder.path().join(&huge).exists());
}

#[test]
fn object_that_cannot_be_deleted_is_delivered_only_once() {
    let (bucket, backend) = (Bucket::start(), otlp(FaultSchedule::default()));
    let parked = bucket.park(&mut Producer::default(), 3);
    let numbers: Vec<_> = parked.iter().map(|(_, number)| *number).collect();
    let (bad, _) = &parked[0];
    bucket.s3.refuse(refuse("DELETE", 403, "AccessDenied", bad));
    for (settled, round) in [(2, 1), (0, 2)] {
        let ended = bucket.command(LOCATION).otlp(&backend).args(&["--json"]).run().expect_code(1);
        let summary = ended.summary();
        assert_eq!((&summary["settled"], &summary["left"]), (&settled.into(), &1.into()), "round {round}");
        assert!(ended.stderr.contains(bad) && ended.stderr.contains("cannot be deleted"), "{}", ended.stderr);
        assert_each_once(&backend, &numbers);
    }
    bucket.s3.accept_all();
    bucket.command(LOCATION).otlp(&backend).run().expect_code(0);
    assert_each_once(&backend, &numbers);
    assert_eq!(bucket.keys(), [""; 0]);
}

#[test]
fn scheduled_redrive_comes_to_all_objects_although_many_cannot_be_read() {
    let (bucket, backend) = (Bucket::start(), otlp(FaultSchedule::default()));
    let parked = bucket.park(&mut Producer::default(), 60);
    let (bad, good) = parked.split_at(55);
    bad.iter().for_each(|(key, _)| bucket.s3.refuse(refuse("GET", 403, "AccessDenied", key)));
    let mut lambda = bucket.function(&backend).timeout(Duration::from_secs(20)).start();
    let run = lambda.invoke_once("redrive", br#"{"tailwater":{"redrive":{"limit":5}}}"#);
    assert!(run.answer.response().is_some(), "{:?}", run.answer);
    assert_each_once(&backend, &good.iter().map(|(_, number)| *number).collect::<Vec<_>>());
    let output = lambda.finish().output;
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    for (key, _) in bad {
        assert_eq!(text.matches(key.as_str()).count(), 1, "{key} is named once");
    }
}

#[test]
fn scheduled_redrive_goes_on_behind_objects_that_take_all_of_its_time() {
    let (bucket, backend) = (Bucket::start(), otlp(FaultSchedule::default()));
    let parked = bucket.park(&mut Producer::default(), 3);
    let slow: Vec<_> = parked[..2].iter().map(|(key, _)| key.clone()).collect();
    let is_slow = move |head: &tests::http::Head| {
        let path = head.path().replace("%3D", "=");
        head.method() == "GET" && !path.contains("redrive") && slow.iter().any(|key| path.ends_with(key))
    };
    bucket.server.set_schedule(FaultSchedule::always(Step::hang()).only(is_slow));
    // In AWS, as a rule, each scheduled event comes to a process that knows nothing of the one before.
    let function = bucket.function(&backend).timeout(Duration::from_secs(2));
    for round in 0..4 {
        let run =
            function.start().invoke_once(&format!("redrive-{round}"), br#"{"tailwater":{"redrive":{}}}"#);
        assert!(run.answer.response().is_some(), "{:?}", run.answer);
        bucket.s3.advance_clock(minutes(60));
    }
    assert_each_once(&backend, &[parked[2].1]);
}

#[test]
fn message_that_refers_to_another_object_is_refused_and_stays() {
    let (bucket, backend) = (Bucket::start(), otlp(FaultSchedule::default()));
    let (_, key, bytes) = object(&mut Producer::default(), 1, "otlp", ms_ago(minutes(5)));
    let other_key = key.replace("dt=", "dt=1");
    let targets = [
        format!("private/tail/{key}"),
        format!("parking/{key}"),
        format!("parking/tail/{other_key}"),
        "parking/tail/../secret".to_owned(),
        "parking/tail/payroll.csv".to_owned(),
    ];
    for target in &targets {
        bucket.s3.put(target, bytes.clone());
        let (name, path) = target.split_once('/').expect("it has a bucket");
        bucket.send(&key, &json!({"bucket": {"name": name}, "object": {"key": path}}));
    }
    // A key that this program does not make, with its own object.
    bucket
        .send("payroll.csv", &json!({"bucket": {"name": "parking"}, "object": {"key": "tail/payroll.csv"}}));
    let location = format!("{},{LOCATION}", bucket.queue());
    let ended = bucket.command(&location).otlp(&backend).args(&["--json"]).run().expect_code(1);
    assert_eq!(ended.summary()["unreadable"], 6, "{}", ended.stderr);
    assert!(ended.stderr.contains("s3://private/tail/"), "{}", ended.stderr);
    assert_eq!((backend.requests().len(), bucket.sqs.messages().len()), (0, 6));
    for target in &targets {
        assert!(bucket.s3.objects().contains_key(target), "{target}");
    }
    // Without a bucket in the setting, no object is this program's.
    let own = &format!("parking/tail/{key}");
    bucket.s3.put(own, bytes);
    bucket.send(&key, &json!({"bucket": {"name": "parking"}, "object": {"key": format!("tail/{key}")}}));
    bucket.sqs.advance_clock(minutes(60));
    bucket.command(&bucket.queue()).otlp(&backend).run().expect_code(1);
    assert!(bucket.s3.objects().contains_key(own) && backend.requests().is_empty());
    bucket.sqs.advance_clock(minutes(60));
    let ended = bucket.command(&location).otlp(&backend).args(&["--json"]).run().expect_code(1);
    assert_eq!((&ended.summary()["settled"], &ended.summary()["unreadable"]), (&1.into(), &6.into()));
    assert!(!bucket.s3.objects().contains_key(own));
}

impl Bucket {
    fn queue(&self) -> String {
        format!("sqs:{}/123456789012/parking", self.server.url())
    }

    /// Sends a message as this program does, which refers to an S3 object.
    fn send(&self, key: &str, s3: &serde_json::Value) {
        let body =
            json!({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": s3}]});
        let attributes = json!({"tailwater-key": {"DataType": "String", "StringValue": key}});
        self.sqs.send(&format!("{}/123456789012/parking", self.server.url()), &body.to_string(), &attributes);
    }
}

#[test]
fn renamed_and_foreign_files_are_named_and_kept() {
    let backend = otlp(FaultSchedule::default());
    let (folder, mut producer) =
        (tempfile::tempdir().expect("a temporary folder can be created"), Producer::default());
    let (numbers, key, bytes) = object(&mut producer, 1, "otlp", ms_ago(minutes(5)));
    put(folder.path(), &key, &bytes);
    let (_, other, _) = object(&mut producer, 1, "otlp", ms_ago(minutes(4)));
    let wrong = [
        other,
        key.replace("sink=otlp", "sink=datadog"),
        key.replace("/dt=2", "/dt=1"),
        format!("{key}-copy"),
        "parked/v1/notes.txt".to_owned(),
    ];
    wrong.iter().for_each(|wrong| put(folder.path(), wrong, &bytes));
    // A Lambda event is no parked object, and no record of a failed invocation.
    let event = br#"{"awslogs":{"data":"H4sIAAAAAAAAAwMAAAAAAAAAAAA="}}"#;
    let foreign = ["parked/v1/event.json", "aws/lambda/event.json"];
    foreign.iter().for_each(|foreign| put(folder.path(), foreign, event));
    let ended = RedriveCommand::folder(folder.path()).otlp(&backend).args(&["--json"]).run().expect_code(1);
    assert_eq!((&ended.summary()["settled"], &ended.summary()["unreadable"]), (&1.into(), &7.into()));
    for name in wrong.iter().map(String::as_str).chain(foreign) {
        assert!(ended.stderr.contains(name) && folder.path().join(name).exists(), "{name}: {}", ended.stderr);
    }
    assert_each_once(&backend, &numbers);
}

#[test]
fn object_that_is_dated_after_the_run_is_left_and_named() {
    let backend = otlp(FaultSchedule::default());
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let (_, key, bytes) = object(&mut Producer::default(), 1, "otlp", ms_ago(minutes(0)) + 600_000);
    put(folder.path(), &key, &bytes);
    let ended = RedriveCommand::folder(folder.path()).otlp(&backend).args(&["--json"]).run().expect_code(1);
    assert_eq!((&ended.summary()["settled"], &ended.summary()["left"]), (&0.into(), &1.into()));
    assert!(
        ended.stderr.contains(&key) && ended.stderr.contains("after this redrive began"),
        "{}",
        ended.stderr
    );
    assert_eq!((n_parked(folder.path()), backend.requests().len()), (1, 0));
}

#[test]
fn events_that_are_owed_and_not_in_the_delivery_are_reported_and_kept() {
    let backend = otlp(FaultSchedule::default());
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let (numbers, key, bytes) = super::object_owing(&mut Producer::default(), 3, 5, ms_ago(minutes(5)));
    put(folder.path(), &key, &bytes);
    for round in 1..3 {
        let ended = RedriveCommand::folder(folder.path()).otlp(&backend).run().expect_code(1);
        assert!(
            ended.stderr.contains("events that it owes are not in its delivery"),
            "{round}: {}",
            ended.stderr
        );
        assert_each_once(&backend, &numbers);
        let left = ParkedObject::in_folder(folder.path());
        assert_eq!(left.len(), 1);
        assert_eq!(
            (&left[0].header["owed"], &left[0].header["owes_metrics"]),
            (&json!([[3, 5]]), &json!(true))
        );
    }
    assert!(backend.sums().is_empty(), "metrics of a part of a delivery would be wrong");
}

#[test]
fn overwritten_object_that_is_owed_is_reported_until_it_is_restored() {
    let (bucket, backend) = (Bucket::start(), otlp(FaultSchedule::default()));
    let (numbers, document) = Producer::default().document(6);
    let delivery = gzip(&document);
    let path = "exports/2026/03/04/a.gz";
    let mut header = Header {
        sink: "otlp".to_owned(),
        owed: RangeSet::from(0..6),
        owes_metrics: true,
        object: Some(S3Object {
            bucket: "exports".to_owned(),
            key: "2026/03/04/a.gz".to_owned(),
            version: etag(&delivery).trim_matches('"').to_owned(),
            is_etag: true,
            ..S3Object::default()
        }),
        source: Source { bucket: "exports".to_owned(), ..Source::default() },
        ..Header::default()
    };
    header.time_ms.0 = ms_ago(minutes(5));
    let encoded = parking::encode(&header, b"");
    let (sink, time) = (header.sink.as_str(), header.time_ms);
    let key =
        ObjectName { kind: ParkedKind::Parked, sink, time, request_id: "r", delivery: 0 }.key(&encoded.hash);
    bucket.s3.put(&format!("parking/tail/{key}"), encoded.bytes);
    for content in [Some("another export"), None] {
        match content {
            Some(content) => bucket.s3.put(path, content),
            None => drop(bucket.s3.remove(path)),
        }
        let ended = bucket.command(LOCATION).otlp(&backend).run().expect_code(1);
        assert!(
            ended.stderr.contains("6 of 6 events that it owes are not in its delivery"),
            "{}",
            ended.stderr
        );
        assert_eq!((backend.requests().len(), bucket.keys().contains(&key)), (0, true));
        assert!(!bucket.keys().iter().any(|key| key.starts_with("rejected/")), "{:?}", bucket.keys());
    }
    bucket.s3.put(path, delivery);
    bucket.command(LOCATION).otlp(&backend).env("TAILWATER_ARCH", "arm64").run().expect_code(0);
    assert_each_once(&backend, &numbers);
    assert!(!backend.sums().is_empty());
}
