//! moto server: AWS services in memory, called with AWS's JSON protocol.

use serde_json::Value;

use super::{Server, ServerSpec};
use crate::sample::REGION;

/// Running moto server.
pub struct Moto(Server);

/// Operation of a service, for example `Operation { service: "kinesis", target: "Kinesis_20131202.GetRecords" }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Service name in signatures.
    pub service: &'static str,
    /// Value of the header `X-Amz-Target`.
    pub target: &'static str,
}

impl Moto {
    /// Starts the server; `None` if it is not installed.
    #[must_use]
    pub fn start_if_installed() -> Option<Self> {
        Server::start_if_installed(ServerSpec { name: "moto", ready: "/moto-api/" }).map(Self)
    }

    /// Value for `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// Calls an operation. moto reads only the service name from the signature.
    ///
    /// # Panics
    /// Panics if the call does not succeed.
    #[expect(clippy::must_use_candidate, reason = "many operations answer nothing of interest")]
    pub fn call(&self, call: Operation, input: &Value) -> Value {
        let Operation { service, target } = call;
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=TEST/20260304/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        let headers = [
            ("Authorization", authorization.as_str()),
            ("Content-Type", "application/x-amz-json-1.1"),
            ("X-Amz-Target", target),
        ];
        let response = self.0.request("POST", "/", &headers, input.to_string()).expect("moto answers");
        let text = String::from_utf8_lossy(&response.body);
        assert_eq!(response.status, 200, "{target} {input}: {text}");
        if text.trim().is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"))
    }
}
