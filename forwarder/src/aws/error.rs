//! Why AWS did not do what it was asked, as far as it makes a difference what to do next.

use std::fmt;

use thiserror::Error;

use crate::http::{self, Response};

/// A service of AWS's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "these are their names")]
pub enum Service {
    S3,
    Sqs,
    SecretsManager,
    Ssm,
}

impl Service {
    /// As addresses and signatures call it.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Sqs => "sqs",
            Self::SecretsManager => "secretsmanager",
            Self::Ssm => "ssm",
        }
    }
}

/// As people call it.
impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::S3 => "S3",
            Self::Sqs => "SQS",
            Self::SecretsManager => "Secrets Manager",
            Self::Ssm => "SSM",
        })
    }
}

/// Why AWS did not do what it was asked. `code` is AWS's own name for it, `message` what AWS says: which role may not do
/// what to which resource. Neither holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the fields are explained above")]
pub enum Error {
    /// There is no key to sign with.
    #[error("no credentials for AWS: {0}")]
    NoCredentials(String),
    /// Nothing says in which region.
    #[error("no region for {0}: set AWS_REGION")]
    NoRegion(Service),
    /// Too many requests; it passes.
    #[error("{service} asks to come back later: {code}")]
    Throttled { service: Service, code: String },
    /// The credentials are not good for this.
    #[error("{service} denies it: {code}: {message}")]
    Denied { service: Service, code: String, message: String },
    /// There is no such bucket, object, queue, secret or parameter.
    #[error("{service} does not have it: {code}: {message}")]
    NotFound { service: Service, code: String, message: String },
    /// There is no answer.
    #[error("{service} cannot be reached: {error}")]
    Unreachable { service: Service, error: http::Error },
    /// The answer is not one of AWS's, or longer than any should be.
    #[error("{0} answered something that is no answer")]
    Unreadable(Service),
    /// Anything else.
    #[error("{service} failed with status {status}: {code}: {message}")]
    Other { service: Service, status: u16, code: String, message: String },
}

/// JSON services say these with status 400.
const THROTTLED: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "TooManyUpdates",
    "LimitExceededException",
    "SlowDown",
    "KmsThrottled",
];
const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "KmsAccessDenied",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "NotAuthorized",
    "OptInRequired",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];
const NOT_FOUND: &[&str] = &[
    "AWS.SimpleQueueService.NonExistentQueue",
    "NoSuchBucket",
    "NoSuchKey",
    "NoSuchVersion",
    "ParameterNotFound",
    "ParameterVersionNotFound",
    "QueueDoesNotExist",
    "ResourceNotFoundException",
];

impl Error {
    /// What an answer that is no success means.
    pub(super) fn of(service: Service, response: &Response) -> Self {
        let told = Told::read(response);
        let Told { code, message } = told;
        let status = response.status;
        let is = |codes: &[&str]| codes.contains(&code.as_str());
        if matches!(status, 429 | 503) || is(THROTTLED) {
            Self::Throttled { service, code }
        } else if matches!(status, 401 | 403) || is(DENIED) {
            Self::Denied { service, code, message }
        } else if status == 404 || is(NOT_FOUND) {
            Self::NotFound { service, code, message }
        } else {
            Self::Other { service, status, code, message }
        }
    }
}

/// What AWS says of a failure.
struct Told {
    code: String,
    message: String,
}

impl Told {
    /// From JSON, `{"__type":"NAMESPACE#CODE","message":…}`, or XML, `<Error><Code>…</Code><Message>…</Message>`.
    fn read(response: &Response) -> Self {
        let text = String::from_utf8_lossy(&response.body);
        let json: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let member = |names: &[&str]| names.iter().find_map(|name| json.get(name)?.as_str());
        let code = member(&["__type", "code"]).or_else(|| element(&text, "Code"));
        let code = code.or_else(|| response.header("x-amzn-errortype")).unwrap_or("no code");
        let code = code.rsplit('#').next().unwrap_or(code);
        let code = code.split(':').next().unwrap_or(code);
        let message = member(&["message", "Message"]).or_else(|| element(&text, "Message"));
        Self { code: printable(code), message: printable(message.unwrap_or("no message")) }
    }
}

/// The text of the first XML element of this name.
fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once('<').map(|(text, _)| text)
}

/// Short, and without anything that moves a terminal's cursor.
fn printable(text: &str) -> String {
    const LONGEST: usize = 300;
    text.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
