//! Secrets and log lines are not in the output of `tailwater redrive` when a backend or the parking location fails.

use std::{
    fs,
    process::{Command, Stdio},
};

use tailwater_forwarder::{
    batch::RangeSet,
    parking::{self, Header, ObjectName, ParkedKind},
};
use tests::{
    backend::{Backend, FaultSchedule, aws::Aws, s3::S3, sqs::Sqs},
    binary,
    encoding::gzip,
    function_builder::otlp,
    process::Output,
};

use super::{CANARY, LEVELS, document, is_clean, steps};

/// Makes a parked object with one pending event; returns its key and content.
fn parked() -> (String, Vec<u8>) {
    let header = Header {
        sink: "otlp".to_owned(),
        owed: RangeSet::from(0..1),
        owes_metrics: true,
        ..Header::default()
    };
    let encoded = parking::encode(&header, &gzip(&document(CANARY)));
    let location = ObjectName {
        kind: ParkedKind::Parked,
        sink: "otlp",
        time: header.time_ms,
        request_id: "r",
        delivery: 0,
    };
    (location.key(&encoded.hash), encoded.bytes)
}

/// Runs the command and checks its output.
fn redrive(location: &str, backend: &Backend, aws: &Backend, level: &str) {
    let output = Command::new(binary::tailwater())
        .args(["redrive", location])
        .env_clear()
        .envs([
            ("TAILWATER_SINKS", "otlp"),
            ("TAILWATER_TIMEOUT", "400ms"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &backend.url()),
            ("OTEL_EXPORTER_OTLP_HEADERS", &format!("authorization=Bearer {CANARY}-token")),
            ("AWS_ENDPOINT_URL", &aws.url()),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ("RUST_LOG", level),
        ])
        .stdin(Stdio::null())
        .output()
        .expect("the binary can be started");
    let output = Output { stdout: output.stdout, stderr: output.stderr };
    is_clean(&format!("redrive of {location}, {level}"), &output, &[]);
}

#[test]
fn failing_backend_leaks_no_secret_in_redrive() {
    let aws = Backend::start(Aws { s3: S3::new(10), sqs: Sqs::default() }, FaultSchedule::default());
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let (key, bytes) = parked();
    let path = folder.path().join(key);
    fs::create_dir_all(path.parent().expect("it is in the folder")).expect("the file can be written");
    for level in LEVELS {
        for step in steps() {
            fs::write(&path, &bytes).expect("the file can be written");
            let backend = otlp(FaultSchedule::new([step]));
            redrive(&format!("file:{}", folder.path().display()), &backend, &aws, level);
            assert!(!backend.requests().is_empty(), "nothing was sent");
        }
    }
}

#[test]
fn failing_parking_location_leaks_no_secret_in_redrive() {
    let backend = otlp(FaultSchedule::default());
    let (key, bytes) = parked();
    for level in LEVELS {
        for step in steps() {
            let aws = Aws { s3: S3::new(10), sqs: Sqs::default() };
            aws.s3.put(&format!("bucket/{key}"), bytes.clone());
            let server = Backend::start(aws, FaultSchedule::new([step]));
            for location in ["s3://bucket".to_owned(), format!("sqs:{}/1/queue", server.url())] {
                redrive(&location, &backend, &server, level);
            }
            assert!(!server.requests().is_empty(), "no request was sent");
        }
    }
}
