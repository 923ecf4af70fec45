//! `tailwater check --connect`, the real program: what works and what does not is told for each, and nothing stays behind.

use std::{fs, path::Path};

use serde_json::json;
use tests::{
    http::{Response, Server},
    replay::{Finished, Replay},
    server::Moto,
    source::files_below,
};

use super::{KEY, queue, sqs};

/// A backend that accepts the key `good` only; an OTLP collector on one path, Datadog's API on another.
fn backend() -> Server {
    Server::start(|mut connection| {
        while let Some(head) = connection.head()? {
            let request = connection.request(head)?;
            let is_good = request.head.headers.iter().any(|(_, value)| value == "good");
            let is_known = matches!(request.head.path(), "/v1/logs" | "/v1/metrics" | "/api/v1/validate");
            assert!(request.body.is_empty(), "nothing is sent to {}", request.head.path());
            let status = if !is_known {
                404
            } else if is_good {
                200
            } else {
                403
            };
            connection.send(&Response::new(status, ""))?;
        }
        Ok(())
    })
}

fn check(folder: &Path, settings: &str) -> Finished {
    fs::write(folder.join("my.toml"), settings).expect("there is room");
    Replay::verb("check").args(["--connect", "--config", "my.toml"]).within(folder).run()
}

#[track_caller]
fn told(finished: &Finished, lines: &[&str]) {
    for line in lines {
        assert!(finished.stdout.contains(line), "no `{line}` in\n{}\n{}", finished.stdout, finished.stderr);
    }
}

#[test]
fn what_works_is_told_and_nothing_stays_behind() {
    let (server, folder) = (backend(), tempfile::tempdir().expect("there is room"));
    let url = format!("http://{}", server.address());
    let settings = format!(
        "sinks = 'otlp,datadog,ndjson'\nndjson = 'out.ndjson'\nparking = 'file:parked'\n\
         otel_exporter_otlp_endpoint = '{url}'\notel_exporter_otlp_headers = 'key=good'\n\
         dd_api_key = 'good'\ndd_url = '{url}'\n"
    );
    let finished = check(folder.path(), &settings).code(0);
    let logs = format!("otlp      logs to {url}/v1/logs: ok (");
    let metrics = format!("otlp      metrics to {url}/v1/metrics: ok (");
    let rest =
        ["datadog   API key: ok (", "ndjson    out.ndjson: ok (", "parking   write, read and delete: ok ("];
    told(&finished, &[&[logs.as_str(), &metrics], &rest[..]].concat());
    assert_eq!(files_below(&folder.path().join("parked")), [""; 0].map(std::path::PathBuf::from));
}

#[test]
fn what_does_not_work_is_told_for_each_and_is_exit_1() {
    let (server, folder) = (backend(), tempfile::tempdir().expect("there is room"));
    fs::write(folder.path().join("in-the-way"), "").expect("there is room");
    let url = format!("http://{}", server.address());
    let settings = format!(
        "sinks = 'otlp,datadog'\nparking = 'file:in-the-way/parked'\n\
         otel_exporter_otlp_logs_endpoint = 'http://no-such-host.localhost:1/v1/logs'\n\
         otel_exporter_otlp_metrics_endpoint = '{url}/other'\n\
         otel_exporter_otlp_headers = 'key=c4n4ry'\ndd_api_key = 'c4n4ry'\ndd_url = '{url}'\n"
    );
    let finished = check(folder.path(), &settings).code(1);
    let metrics =
        format!("otlp      metrics to {url}/other: failed: no such endpoint at this URL (status 404)");
    let rest = [
        "otlp      logs to http://no-such-host.localhost:1/v1/logs: failed: ",
        "datadog   API key: failed: credentials rejected (status 403)",
        "parking   write, read and delete: failed: the folder: ",
    ];
    told(&finished, &[&[metrics.as_str()], &rest[..]].concat());
    assert!(!finished.stdout.contains("c4n4ry") && !finished.stderr.contains("c4n4ry"), "{finished:?}");
}

#[test]
fn a_queue_is_tried_and_what_waits_in_it_is_left() {
    let Some(moto) = Moto::find() else { return };
    let (queue, folder) = (queue(&moto, "parking"), tempfile::tempdir().expect("there is room"));
    sqs(&moto, "AmazonSQS.SendMessage", &json!({"QueueUrl": queue, "MessageBody": "{}"}));
    let credentials = format!(
        "aws_access_key_id = '{}'\naws_secret_access_key = '{}'\naws_region = 'eu-west-1'\n",
        KEY.0, KEY.1
    );
    let url = moto.url();
    let settings =
        format!("sinks = 'ndjson'\nparking = 'sqs:{queue}'\naws_endpoint_url = '{url}'\n{credentials}");
    told(&check(folder.path(), &settings).code(0), &["parking   write, read and delete: ok ("]);
    let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
    let left =
        sqs(&moto, "AmazonSQS.GetQueueAttributes", &json!({"QueueUrl": queue, "AttributeNames": names}));
    let left = names.map(|name| left["Attributes"][name].as_str().expect("it was asked for").to_owned());
    assert_eq!(left, ["1", "0"]);
}
