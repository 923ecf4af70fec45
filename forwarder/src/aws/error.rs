//! Errors of AWS services, classified by what the caller can do about them.

use std::fmt;

use thiserror::Error;

use crate::{
    http::{self, Response},
    value::{Region, ValueError},
};

/// AWS service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the variants are the names of the services")]
pub enum Service {
    S3,
    Sqs,
    SecretsManager,
    Ssm,
    Logs,
    Lambda,
    Tagging,
    Sts,
    Monitoring,
    Sso,
    SsoOidc,
}

impl Service {
    /// Returns the service's name in URLs and signatures.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Sqs => "sqs",
            Self::SecretsManager => "secretsmanager",
            Self::Ssm => "ssm",
            Self::Logs => "logs",
            Self::Lambda => "lambda",
            Self::Tagging => "tagging",
            Self::Sts => "sts",
            Self::Monitoring => "monitoring",
            Self::Sso => "portal.sso",
            Self::SsoOidc => "oidc",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::S3 => "S3",
            Self::Sqs => "SQS",
            Self::SecretsManager => "Secrets Manager",
            Self::Ssm => "SSM",
            Self::Logs => "CloudWatch Logs",
            Self::Lambda => "Lambda",
            Self::Tagging => "Resource Groups Tagging",
            Self::Sts => "STS",
            Self::Monitoring => "CloudWatch",
            Self::Sso => "IAM Identity Center",
            Self::SsoOidc => "IAM Identity Center OIDC",
        })
    }
}

/// Error of a request to an AWS service. `code` is AWS's error code. `message` is AWS's error text, which names
/// roles, actions and resources. Neither holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the fields are explained above")]
pub enum Error {
    /// There are no credentials, or a request cannot be signed with them. The text is the reason.
    #[error("no AWS credentials: {0}")]
    NoCredentials(String),
    /// No region is configured.
    #[error("no region for {0}: set AWS_REGION")]
    NoRegion(Service),
    /// The region is in another AWS partition than the configured one, for which the credentials are.
    #[error("the region {wanted} is in another AWS partition than {own}, the region of the credentials")]
    OtherPartition { wanted: Region, own: Region },
    /// The endpoint of the service in the configured region is not a URL that requests may be sent to.
    #[error("the endpoint of {0} {1}: set AWS_REGION")]
    BadEndpoint(Service, ValueError),
    /// Too many requests were sent. The same request may succeed later.
    #[error("{service} throttled the request: {code}")]
    Throttled { service: Service, code: String },
    /// The credentials are invalid, expired, or do not allow this request.
    #[error("{service} denied the request: {code}: {message}")]
    Denied { service: Service, code: String, message: String },
    /// The bucket, S3 object, queue, secret, parameter or log group does not exist.
    #[error("{service} resource not found: {code}: {message}")]
    NotFound { service: Service, code: String, message: String },
    /// The service did not respond.
    #[error("failed to reach {service}: {error}")]
    Unreachable { service: Service, error: http::Error },
    /// The response does not have the format of this service's responses, or exceeds the size limit.
    #[error("invalid response of {0}")]
    InvalidResponse(Service),
    /// The S3 object has more bytes than may be read into memory.
    #[error("the object in {service} exceeds the limit of {limit} bytes")]
    TooLarge { service: Service, limit: usize },
    /// The service responded with any other error status.
    #[error("{service} failed with status {status}: {code}: {message}")]
    Other { service: Service, status: u16, code: String, message: String },
}

// JSON services send these codes with status 400.
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
const DENIED: &[&str] = &["AccessDenied", "AccessDeniedException", "KmsAccessDenied", "NotAuthorized"];
/// Codes of denied requests that concern the credentials, and so all requests, not one resource.
const CREDENTIALS: &[&str] = &[
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "NotSignedUp",
    "OptInRequired",
    "RequestExpired",
    "RequestTimeTooSkewed",
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
    /// True if the request was denied because of its credentials, so that every other request would be, too.
    #[must_use]
    pub fn concerns_credentials(&self) -> bool {
        matches!(self, Self::Denied { code, .. } if CREDENTIALS.contains(&code.as_str()))
    }

    /// True if the same request may succeed when it is sent again: too many requests, a status of a server that fails, or
    /// no response.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Throttled { .. } => true,
            Self::Unreachable { error, .. } => !error.failure.is_permanent(),
            Self::Other { status, .. } => *status >= 500,
            Self::NoCredentials(_)
            | Self::NoRegion(_)
            | Self::OtherPartition { .. }
            | Self::BadEndpoint(..)
            | Self::Denied { .. }
            | Self::NotFound { .. }
            | Self::InvalidResponse(_)
            | Self::TooLarge { .. } => false,
        }
    }

    /// Classifies a response with an error status.
    #[must_use]
    pub fn from_response(service: Service, response: &Response) -> Self {
        let ErrorBody { code, message } = ErrorBody::read(response);
        let status = response.status;
        let is = |codes: &[&str]| codes.contains(&code.as_str());
        if matches!(status, 429 | 503) || is(THROTTLED) {
            Self::Throttled { service, code }
        } else if matches!(status, 401 | 403) || is(DENIED) || is(CREDENTIALS) {
            Self::Denied { service, code, message }
        } else if status == 404 || is(NOT_FOUND) {
            Self::NotFound { service, code, message }
        } else {
            Self::Other { service, status, code, message }
        }
    }
}

/// Error code and text in the body of an error response.
struct ErrorBody {
    code: String,
    message: String,
}

impl ErrorBody {
    /// Parses JSON, `{"__type":"NAMESPACE#CODE","message":…}`, or XML, `<Error><Code>…</Code><Message>…</Message>`.
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

/// Returns the content of the first XML element with this name.
#[must_use]
pub fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once('<').map(|(text, _)| text)
}

/// Shortens a text and replaces its control characters, which could move the cursor of a terminal.
fn printable(text: &str) -> String {
    const MAX_CHARS: usize = 300;
    text.chars().take(MAX_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
