//! Parked objects and messages that this program did not write: none leads a signed request elsewhere.

use serde_json::json;
use tests::{
    backend::{Backend, FaultSchedule, aws::Aws, s3::S3, sqs::Sqs},
    function_builder::otlp,
    producer::Producer,
};

use super::{RedriveCommand, assert_each_once, minutes, ms_ago, n_parked, park_objects, put};
use crate::deliver::hostile_addresses::{Trap, parked_with_key};

#[test]
fn header_with_a_hostile_region_is_named_and_stays() {
    let (backend, trap) = (otlp(FaultSchedule::default()), Trap::start());
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let numbers = park_objects(folder.path(), &mut Producer::default(), 3, "otlp", ms_ago(minutes(5)));
    let hostile: Vec<_> = trap.regions().iter().map(|region| parked_with_key(region)).collect();
    for (key, bytes) in &hostile {
        put(folder.path(), key, bytes);
    }
    let ended = RedriveCommand::folder(folder.path())
        .otlp(&backend)
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .run()
        .expect_code(1);
    assert_each_once(&backend, &numbers);
    assert_eq!(n_parked(folder.path()), 3, "{}", ended.stdout);
    let reason = "its delivery is an S3 object that is not read: its region is not the name of an AWS region";
    assert_eq!(hostile.len(), 3);
    for (key, _) in &hostile {
        let named = ended.stderr.lines().any(|line| line.contains(key) && line.contains(reason));
        assert!(named, "{key}: {}", ended.stderr);
    }
    trap.assert_unused();
}

#[test]
fn message_that_points_to_a_foreign_object_is_named_and_stays() {
    let backend = otlp(FaultSchedule::default());
    let services = Aws { s3: S3::new(10), sqs: Sqs::default() };
    services.s3.put("other/secret", "x");
    services.s3.put("large/secret", "x");
    let server = Backend::start(services.clone(), FaultSchedule::default());
    let (key, queue) = ("parked/v1/sink=otlp/k", format!("{}/1/queue", server.url()));
    for (bucket, path) in [("other", "secret"), ("large", "secret"), ("other", key)] {
        let body = json!({"Records": [{"s3": {"bucket": {"name": bucket}, "object": {"key": path}}}]});
        let attributes = json!({"tailwater-key": {"DataType": "String", "StringValue": key}});
        services.sqs.send(&queue, &body.to_string(), &attributes);
    }
    let ended = RedriveCommand::of(&format!("sqs:{queue},s3://large"))
        .otlp(&backend)
        .env("AWS_ENDPOINT_URL", &server.url())
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .run()
        .expect_code(1);
    assert!(
        ended.stderr.contains("which is not the object of its key in the bucket of TAILWATER_PARKING"),
        "{}",
        ended.stderr
    );
    assert_eq!(services.s3.objects().len(), 2, "a foreign object was deleted");
    assert_eq!(services.sqs.messages().len(), 3, "a message was deleted");
}
