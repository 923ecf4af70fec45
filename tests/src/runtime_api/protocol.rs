//! HTTP calls of the Runtime API: next, response, error and init error.

use std::{
    io,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{AnnouncedDeadline, Answer, Invocation, RESPONSE_LIMIT, exchange::Exchange};
use crate::{
    http::{Connection, Request, Response},
    sample::{ACCOUNT, REGION},
};

/// Function name in the ARN of each invocation.
pub(crate) const FUNCTION: &str = "tailwater";

/// Operation, from method and path of a request.
enum Operation<'a> {
    Next,
    Response(&'a str),
    Error(&'a str),
    InitError,
}

/// Answers the requests of one connection.
pub(super) fn serve(mut connection: Connection, exchange: &Exchange) -> io::Result<()> {
    while let Some(head) = connection.read_head()? {
        let request = connection.read_request(head)?;
        let Some(response) = answer(&request, exchange) else { break };
        connection.send(&response)?;
    }
    Ok(())
}

/// Returns the response; `None` if the process has ended.
fn answer(request: &Request, exchange: &Exchange) -> Option<Response> {
    let Some(call) = read_operation(request) else {
        exchange.record_violation(format!("unknown call: {}", request.head.line));
        return Some(rejection(404, "NotFound"));
    };
    Some(match call {
        Operation::Next => next(exchange)?,
        Operation::Response(id) => take(exchange, id, response(request)),
        Operation::Error(id) => {
            take(exchange, id, Answer::Error { kind: error_type(request), body: request.body.clone() })
        }
        Operation::InitError => {
            exchange.fail_init(format!("{} {}", error_type(request), String::from_utf8_lossy(&request.body)));
            accepted()
        }
    })
}

fn read_operation(request: &Request) -> Option<Operation<'_>> {
    let path = request.head.path().strip_prefix("/2018-06-01/runtime/")?;
    match (request.head.method(), path) {
        ("GET", "invocation/next") => Some(Operation::Next),
        ("POST", "init/error") => Some(Operation::InitError),
        ("POST", path) => match path.strip_prefix("invocation/")?.split_once('/')? {
            (id, "response") => Some(Operation::Response(id)),
            (id, "error") => Some(Operation::Error(id)),
            _ => None,
        },
        _ => None,
    }
}

fn next(exchange: &Exchange) -> Option<Response> {
    let (invocation, _) = exchange.next()?;
    let Invocation { request_id, payload, timeout, announced } = invocation;
    let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{FUNCTION}");
    let response = Response::new(200, payload)
        .with("Content-Type", "application/json")
        .with("Lambda-Runtime-Aws-Request-Id", &request_id)
        .with("Lambda-Runtime-Deadline-Ms", &announced_ms(announced, timeout).to_string())
        .with("Lambda-Runtime-Invoked-Function-Arn", &arn)
        .with(
            "Lambda-Runtime-Trace-Id",
            "Root=1-5d8bba5a-dc2932496a65bab91d2d42d4;Parent=5ff79d2a06b82ad6;Sampled=0",
        );
    Some(response)
}

/// Returns the deadline to send, in ms since 1970.
fn announced_ms(announced: AnnouncedDeadline, timeout: Duration) -> u128 {
    if let AnnouncedDeadline::Constant(millis) = announced {
        return millis.into();
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (now + timeout).as_millis()
}

fn response(request: &Request) -> Answer {
    if request.body.len() > RESPONSE_LIMIT {
        Answer::TooLarge(request.body.len())
    } else {
        Answer::Response(request.body.clone())
    }
}

/// Stores the answer of an invocation. A response that is too large is rejected, and the invocation fails.
fn take(exchange: &Exchange, request_id: &str, answer: Answer) -> Response {
    let is_large = matches!(answer, Answer::TooLarge(_));
    match exchange.answer(request_id, answer) {
        Ok(()) if is_large => rejection(413, "RequestEntityTooLarge"),
        Ok(()) => accepted(),
        Err(violation) => {
            exchange.record_violation(violation);
            rejection(400, "InvalidRequestID")
        }
    }
}

fn error_type(request: &Request) -> String {
    request.head.header("lambda-runtime-function-error-type").unwrap_or_default().to_owned()
}

fn accepted() -> Response {
    Response::new(202, r#"{"status":"OK"}"#).with("Content-Type", "application/json")
}

fn rejection(status: u16, kind: &str) -> Response {
    let body = format!(r#"{{"errorMessage":"rejected by the stand-in","errorType":"{kind}"}}"#);
    Response::new(status, body).with("Content-Type", "application/json")
}
