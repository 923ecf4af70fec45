//! Outcome of one request, and its description for the operator.

use tailwater_parser::UnixMillis;

use super::{SinkClient, Transport};
use crate::{
    batch::Body,
    http::{Error, Response},
    send::{
        redact::{RequestData, redact},
        retry::Reply,
    },
    sink::{BackendResponse, Encoding, Sink, Verdict},
};

/// Outcome of one request.
#[derive(Debug)]
pub(super) enum Answered {
    /// The backend responded.
    Response(Verdict, Response),
    /// The lines were written to standard output or a file.
    Written,
    /// The credentials could not be fetched, so nothing was sent.
    NoCredentials,
    /// There is no response.
    Failed(Error),
}

/// Description of a failed request: what the backend or the connection said.
#[derive(Debug)]
pub(super) struct FailureText {
    /// HTTP status; `None` if there is no response.
    pub(super) status: Option<u16>,
    /// Redacted explanation of the backend, or the error of the connection; `None` if the backend gives no explanation.
    pub(super) words: Option<String>,
}

impl Answered {
    pub(super) fn reply(&self) -> Reply {
        match self {
            Self::Response(verdict, _) => Reply::Verdict(*verdict),
            Self::Written => Reply::Verdict(Verdict::Delivered),
            // They are treated like refused ones: fetched again once, then the body is parked.
            Self::NoCredentials => Reply::Verdict(Verdict::Unauthorized),
            Self::Failed(error) => Reply::Failure(error.failure),
        }
    }
}

impl FailureText {
    /// Formats the description as one line: `HTTP 400: timestamp too old`.
    pub(super) fn line(&self) -> String {
        match (self.status, &self.words) {
            (Some(status), Some(words)) => format!("HTTP {status}: {words}"),
            (Some(status), None) => format!("HTTP {status}"),
            (None, words) => words.clone().unwrap_or_default(),
        }
    }
}

impl SinkClient {
    pub(super) fn verdict(&self, response: &Response, now: UnixMillis) -> Verdict {
        self.sink.verdict(&backend_response(response, self.sink.as_ref()), now)
    }

    /// Describes the outcome of a request with this body. Customers' log lines and credentials that the backend repeats
    /// are left out.
    pub(super) fn describe(&self, answered: &Answered, body: &Body) -> FailureText {
        match answered {
            Answered::Response(_, response) => {
                let explanation = self.sink.explanation(&backend_response(response, self.sink.as_ref()));
                let words = explanation.map(|text| redact(&text, &self.request_data(body)));
                FailureText { status: Some(response.status), words: words.filter(|words| !words.is_empty()) }
            }
            Answered::Written => FailureText { status: None, words: None },
            Answered::NoCredentials => {
                FailureText { status: None, words: Some("the credentials cannot be fetched".to_owned()) }
            }
            Answered::Failed(error) => FailureText { status: None, words: Some(error.to_string()) },
        }
    }

    /// Collects the data of a request that must not be shown.
    fn request_data(&self, body: &Body) -> RequestData {
        let encoding =
            self.sink.endpoint(body.signal).map_or(Encoding::Identity, |endpoint| endpoint.encoding);
        let secrets = match &self.transport {
            Transport::Http { credentials, .. } => credentials.in_use(),
            Transport::Output(_) => Vec::new(),
            #[cfg(test)]
            Transport::Fake(_) => Vec::new(),
        };
        RequestData::new(&body.bytes, encoding, secrets.iter().map(|secret| secret.reveal().into()).collect())
    }
}

fn backend_response<'r>(response: &'r Response, sink: &dyn Sink) -> BackendResponse<'r> {
    let own = || sink.retry_header().and_then(|name| response.header(name));
    let retry_after = response.header("retry-after").or_else(own);
    BackendResponse { status: response.status, retry_after, body: &response.body }
}
