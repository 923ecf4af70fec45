//! S3 objects whose region, bucket or key would lead a signed request to another host: they are rejected by name, and
//! what arrives with them is delivered.

use std::{
    net::{Ipv4Addr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use serde_json::{Value, json};
use tailwater_forwarder::parking::{self, Header, ObjectName, S3Object};
use tests::{
    backend::FaultSchedule,
    encoding::base64,
    function_builder::{FunctionBuilder, otlp},
    parked::{ParkedKind, ParkedObject},
    producer::Producer,
};

use super::{assert_has_all, succeed};

/// Server that no request must reach.
pub(crate) struct Trap {
    address: String,
    connections: Arc<AtomicUsize>,
}

impl Trap {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let address = listener.local_addr().expect("the socket is bound").to_string();
        let connections = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&connections);
        // The thread runs until the process ends.
        thread::spawn(move || {
            for _connection in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { address, connections }
    }

    /// Returns regions that would make this server the host of a request.
    pub(crate) fn regions(&self) -> [String; 3] {
        [format!("x@{}/", self.address), format!("x@{}#", self.address), format!("x@{}?", self.address)]
    }

    #[track_caller]
    pub(crate) fn assert_unused(&self) {
        assert_eq!(
            self.connections.load(Ordering::SeqCst),
            0,
            "a request went to a host that an event named"
        );
    }
}

fn s3_event(bucket: &str, region: &str, key: &str) -> Value {
    json!({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "awsRegion": region,
        "s3": {"bucket": {"name": bucket}, "object": {"key": key, "eTag": "e"}}}]})
}

fn object_created(region: &str) -> Value {
    json!({"version": "0", "id": "i", "detail-type": "Object Created", "source": "aws.s3", "region": region,
        "account": "123456789012", "time": "2026-03-04T10:00:00Z",
        "detail": {"bucket": {"name": "my.logs"}, "object": {"key": "a.gz", "etag": "e"}}})
}

fn sns_notification(message: &Value) -> Value {
    json!({"Type": "Notification", "MessageId": "n", "TopicArn": "arn:aws:sns:eu-west-1:123456789012:t",
        "Message": message.to_string()})
}

/// Parked object whose delivery is an S3 object in this region.
fn parked(region: &str) -> Vec<u8> {
    parked_with_key(region).1
}

/// Key and content of a parked object whose delivery is an S3 object in this region.
pub(crate) fn parked_with_key(region: &str) -> (String, Vec<u8>) {
    let object = S3Object {
        bucket: "my.logs".to_owned(),
        region: Some(region.to_owned()),
        key: "a.gz".to_owned(),
        ..S3Object::default()
    };
    let header = Header {
        sink: "otlp".to_owned(),
        reason: "unreadable".to_owned(),
        owed: (0..u32::MAX).into(),
        object: Some(object),
        ..Header::default()
    };
    let encoded = parking::encode(&header, b"");
    let (kind, sink, time) = (parking::ParkedKind::Parked, header.sink.as_str(), header.time_ms);
    let name = ObjectName { kind, sink, time, request_id: "r", delivery: 0 };
    (name.key(&encoded.hash), encoded.bytes)
}

/// Sends the messages of a queue; checks that the good ones are delivered, and the others rejected under their names.
#[track_caller]
fn check(function: FunctionBuilder, hostile: &[String], expected: &str) {
    let (backend, folder) =
        (otlp(FaultSchedule::default()), tempfile::tempdir().expect("a temporary folder can be created"));
    let mut producer = Producer::default();
    let (first, before) = producer.document(3);
    let (second, after) = producer.document(4);
    let [before, after] = [before, after].map(|document| String::from_utf8(document).expect("JSON is UTF-8"));
    let bodies = [std::slice::from_ref(&before), hostile, std::slice::from_ref(&after)].concat();
    let record = |body: &String| json!({"messageId": "m", "body": body, "eventSource": "aws:sqs"});
    let event = json!({"Records": bodies.iter().map(record).collect::<Vec<_>>()});
    let mut lambda = function.otlp(&backend).parking(folder.path()).start();
    succeed(&mut lambda, event.to_string().as_bytes());
    assert_has_all(&backend, &[first, second].concat());
    let kept = ParkedObject::in_folder(folder.path());
    let is_named = |kept: &ParkedObject| {
        kept.kind() == ParkedKind::Rejected
            && kept.header["object"]["bucket"].is_string()
            && kept.header["error"].as_str().is_some_and(|error| error.contains(expected))
    };
    assert!(kept.len() == hostile.len() && kept.iter().all(is_named), "{kept:#?}");
    let printed = String::from_utf8_lossy(&lambda.finish().output.stderr).into_owned();
    assert!(printed.contains(expected), "{printed}");
}

#[test]
fn region_in_an_event_never_becomes_a_host() {
    let trap = Trap::start();
    let hostile: Vec<_> = trap
        .regions()
        .iter()
        .flat_map(|region| {
            let event = s3_event("my.logs", region, "a.gz");
            let texts = [event.clone(), sns_notification(&event), object_created(region)];
            texts.map(|text| text.to_string()).into_iter().chain([base64(&parked(region))])
        })
        .collect();
    check(FunctionBuilder::new(), &hostile, "its region is not the name of an AWS region");
    trap.assert_unused();
}

#[test]
fn bucket_and_key_in_an_event_never_change_the_request() {
    let trap = Trap::start();
    let buckets = [format!("//{}", trap.address), format!("{}/", trap.address), "..".to_owned()];
    let hostile = buckets.map(|bucket| s3_event(&bucket, "eu-west-1", "a.gz").to_string());
    check(FunctionBuilder::new(), &hostile, "its bucket is not the name of a bucket");
    let hostile = ["../other/a", "a/%2e%2e/b"].map(|key| s3_event("logs", "eu-west-1", key).to_string());
    check(FunctionBuilder::new(), &hostile, "its key is empty, too long, or has a part . or ..");
    trap.assert_unused();
}

#[test]
fn bucket_that_the_settings_do_not_name_is_not_read() {
    let function = FunctionBuilder::new().env("TAILWATER_SOURCE_BUCKETS", "logs,trail-*");
    let hostile = ["other", "logs-2"].map(|bucket| s3_event(bucket, "eu-west-1", "a.gz").to_string());
    check(function, &hostile, "its bucket is not one of TAILWATER_SOURCE_BUCKETS");
}

#[test]
fn region_of_another_partition_is_not_requested() {
    let hostile = ["cn-north-1", "us-iso-east-1", "eusc-de-east-1"]
        .map(|region| s3_event("logs", region, "a.gz").to_string());
    check(FunctionBuilder::new(), &hostile, "its region is in another AWS partition than AWS_REGION");
}
