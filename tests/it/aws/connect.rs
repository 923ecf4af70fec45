//! `tailwater check --connect`: reports the result for each connection and leaves nothing behind.

use std::{fs, path::Path};

use serde_json::json;
use tests::{
    http::{Response, Server},
    replay::{Finished, Replay},
    server::Moto,
    source::files_below,
};

use super::{KEY, queue, sqs};

/// Starts a backend that accepts only the key `good`: an OTLP receiver and Datadog's API on different paths.
fn backend() -> Server {
    Server::start(|mut connection| {
        while let Some(head) = connection.read_head()? {
            let request = connection.read_request(head)?;
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
    fs::write(folder.join("my.toml"), settings).expect("the file can be written");
    Replay::subcommand("check").args(["--connect", "--config", "my.toml"]).in_folder(folder).run()
}

#[track_caller]
fn assert_printed(finished: &Finished, lines: &[&str]) {
    for line in lines {
        assert!(finished.stdout.contains(line), "no `{line}` in\n{}\n{}", finished.stdout, finished.stderr);
    }
}

#[test]
fn successful_connections_are_reported_and_leave_nothing_behind() {
    let (server, folder) = (backend(), tempfile::tempdir().expect("a temporary folder can be created"));
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
    assert_printed(&finished, &[&[logs.as_str(), &metrics], &rest[..]].concat());
    assert_eq!(files_below(&folder.path().join("parked")), [""; 0].map(std::path::PathBuf::from));
}

#[test]
fn failed_connections_are_reported_with_exit_code_1() {
    let (server, folder) = (backend(), tempfile::tempdir().expect("a temporary folder can be created"));
    fs::write(folder.path().join("in-the-way"), "").expect("the file can be written");
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
    assert_printed(&finished, &[&[metrics.as_str()], &rest[..]].concat());
    assert!(!finished.stdout.contains("c4n4ry") && !finished.stderr.contains("c4n4ry"), "{finished:?}");
}

#[test]
fn parking_queue_is_checked_without_removing_messages() {
    let Some(moto) = Moto::start_if_installed() else { return };
    let (queue, folder) =
        (queue(&moto, "parking"), tempfile::tempdir().expect("a temporary folder can be created"));
    sqs(&moto, "AmazonSQS.SendMessage", &json!({"QueueUrl": queue, "MessageBody": "{}"}));
    let credentials = format!(
        "aws_access_key_id = '{}'\naws_secret_access_key = '{}'\naws_region = 'eu-west-1'\n",
        KEY.0, KEY.1
    );
    let url = moto.url();
    let settings =
        format!("sinks = 'ndjson'\nparking = 'sqs:{queue}'\naws_endpoint_url = '{url}'\n{credentials}");
    assert_printed(&check(folder.path(), &settings).code(0), &["parking   write, read and delete: ok ("]);
    let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
    let left =
        sqs(&moto, "AmazonSQS.GetQueueAttributes", &json!({"QueueUrl": queue, "AttributeNames": names}));
    let left =
        names.map(|name| left["Attributes"][name].as_str().expect("the attribute was requested").to_owned());
    assert_eq!(left, ["1", "0"]);
}
