//! Minimal Lambda function for tests of the harness: executes the command in the event.

use std::{
    env,
    io::{self, Write as _},
    net::SocketAddr,
    process, thread,
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use tests::http::{Request, Response, send};

const PATH: &str = "/2018-06-01/runtime";

fn main() -> Result<()> {
    let api = env::var("AWS_LAMBDA_RUNTIME_API").context("AWS_LAMBDA_RUNTIME_API is not set")?.parse()?;
    writeln!(io::stderr(), "started")?;
    if env::var("FAKE_INIT").is_ok_and(|value| value == "fail") {
        call(api, "POST", "init/error", b"cannot start")?;
        process::exit(1);
    }
    loop {
        let event = call(api, "GET", "invocation/next", b"")?;
        let id = event.headers.iter().find(|(name, _)| name == "lambda-runtime-aws-request-id");
        let id = &id.context("the event has no id")?.1;
        handle(api, id, &event.body)?;
    }
}

/// Executes the command in an event: `{"do":"error|hang|exit|environment|allocate"}`, or
/// `{"do":"send","to":ADDRESS,"logs":[…]}` to send logs to a stand-in for Datadog. Any other event is
/// returned as the response.
fn handle(api: SocketAddr, id: &str, body: &[u8]) -> Result<()> {
    let event: Value = serde_json::from_slice(body).unwrap_or_default();
    let (response, error) = (format!("invocation/{id}/response"), format!("invocation/{id}/error"));
    match event.get("do").and_then(Value::as_str) {
        Some("error") => call(api, "POST", &error, b"{}").map(drop),
        Some("hang") => loop {
            thread::park();
        },
        Some("exit") => process::exit(7),
        Some("environment") => {
            let names: Vec<_> = env::vars().map(|(name, _)| name).collect();
            call(api, "POST", &response, json!(names).to_string().as_bytes()).map(drop)
        }
        Some("allocate") => {
            let memory = vec![1_u8; 64 * 1024 * 1024];
            let sum: u64 = memory.iter().map(|byte| u64::from(*byte)).sum();
            call(api, "POST", &response, sum.to_string().as_bytes()).map(drop)
        }
        Some("send") => {
            send_logs(&event)?;
            call(api, "POST", &response, b"null").map(drop)
        }
        Some(other) => bail!("unknown command: {other}"),
        None => call(api, "POST", &response, body).map(drop),
    }
}

fn send_logs(event: &Value) -> Result<()> {
    let [to, logs] = ["to", "logs"].map(|name| event.get(name).unwrap_or(&Value::Null));
    let address = to.as_str().context("the address is missing")?.parse()?;
    let headers = [("DD-API-KEY", "key"), ("Content-Type", "application/json")];
    let answer = send(address, &Request::new("POST", "/api/v2/logs", &headers, logs.to_string()))?;
    ensure!(answer.status == 202, "the backend answered {}", answer.status);
    Ok(())
}

fn call(api: SocketAddr, method: &str, path: &str, body: &[u8]) -> Result<Response> {
    let headers = [("Lambda-Runtime-Function-Error-Type", "Fake.Error")];
    Ok(send(api, &Request::new(method, &format!("{PATH}/{path}"), &headers, body))?)
}
