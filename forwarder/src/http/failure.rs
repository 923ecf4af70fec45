//! Errors of requests that have no usable response. They are classified by the types of their causes, never by texts.

use std::{borrow::Cow, error, fmt, io, time::Duration};

use rustls::CertificateError;

use super::{guard::MetadataAddress, resolver::UnknownName};

/// Reason why a request has no usable response. It decides if the request is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// DNS found no address for the host, the URL has no valid host, or requests must not be sent to it.
    Unresolved,
    /// The host or the proxy refuses the connection, or cannot be reached.
    ConnectionRefused,
    /// The connection was closed or reset. The server may have processed the request.
    Reset,
    /// The attempt exceeded its timeout. The server may have processed the request.
    TimedOut,
    /// The response is not HTTP, or its body ends too early. The server may have processed the request.
    InvalidResponse,
    /// The TLS handshake failed: the certificate is not trusted, expired or for another name, or the server does not
    /// speak TLS.
    Tls,
    /// The response is a redirect. It is not followed, because it could send secrets to another host.
    Redirected,
}

impl Failure {
    /// True if another attempt would fail in the same way until the configuration is changed.
    #[must_use]
    pub fn is_permanent(self) -> bool {
        match self {
            Self::Tls | Self::Redirected => true,
            Self::Unresolved
            | Self::ConnectionRefused
            | Self::Reset
            | Self::TimedOut
            | Self::InvalidResponse => false,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unresolved => "host not found",
            Self::ConnectionRefused => "connection failed",
            Self::Reset => "connection lost",
            Self::TimedOut => "timed out",
            Self::InvalidResponse => "invalid or incomplete response",
            Self::Tls => "TLS handshake failed",
            Self::Redirected => "unexpected redirect",
        })
    }
}

/// Error of a request without a usable response. It holds no secret: no path, header or body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Reason of the error, on which callers decide.
    pub failure: Failure,
    /// Description for logs.
    pub detail: Cow<'static, str>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.failure, self.detail)
    }
}

impl error::Error for Error {}

/// Part of the response that was awaited when the error occurred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Status and headers.
    Head,
    /// The body.
    Body,
}

impl Error {
    fn new(failure: Failure, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { failure, detail: detail.into() }
    }

    pub(super) fn timed_out(timeout: Duration) -> Self {
        Self::new(Failure::TimedOut, format!("no response within {timeout:?}"))
    }

    pub(super) fn invalid_url() -> Self {
        Self::new(Failure::Unresolved, "invalid URL")
    }

    pub(super) fn metadata_address() -> Self {
        let detail = "the host is a link-local or metadata address, which can expose credentials";
        Self::new(Failure::Unresolved, detail)
    }

    pub(super) fn redirected(status: u16) -> Self {
        Self::new(Failure::Redirected, format!("status {status}; redirects are not followed"))
    }

    /// Classifies an error by the innermost cause whose type is known.
    pub(super) fn from_reqwest(error: &reqwest::Error, phase: Phase) -> Self {
        let causes = causes(error);
        let known = causes.iter().rev().find_map(|cause| classify(*cause, phase));
        known.unwrap_or_else(|| match causes.last() {
            // The error of a proxy that refuses has a private type.
            Some(innermost) if error.is_connect() => {
                Self::new(Failure::ConnectionRefused, innermost.to_string())
            }
            Some(_) | None if error.is_builder() => Self::invalid_url(),
            Some(_) | None => Self::new(Failure::Reset, "the request could not be completed"),
        })
    }
}

/// Returns the error's causes, each followed by its own cause.
fn causes(error: &reqwest::Error) -> Vec<&(dyn error::Error + 'static)> {
    std::iter::successors(error::Error::source(error), |cause| next_cause(*cause)).collect()
}

/// Returns the next cause in a chain of causes. An I/O error may wrap another error, which `source` of the I/O error
/// skips.
fn next_cause<'e>(cause: &'e (dyn error::Error + 'static)) -> Option<&'e (dyn error::Error + 'static)> {
    match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => cause.source(),
    }
}

/// Classifies one cause of an error; `None` if the type of the cause is not enough to classify it.
fn classify(cause: &(dyn error::Error + 'static), phase: Phase) -> Option<Error> {
    if let Some(error) = cause.downcast_ref::<rustls::Error>() {
        return Some(classify_tls(error));
    }
    if let Some(unknown) = cause.downcast_ref::<UnknownName>() {
        return Some(Error::new(Failure::Unresolved, unknown.to_string()));
    }
    if cause.is::<MetadataAddress>() {
        return Some(Error::metadata_address());
    }
    if let Some(error) = cause.downcast_ref::<hyper::Error>() {
        return classify_hyper(error);
    }
    cause.downcast_ref::<io::Error>().and_then(|error| classify_io(error.kind(), phase))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the other kinds are those of file systems")]
fn classify_io(kind: io::ErrorKind, phase: Phase) -> Option<Error> {
    use io::ErrorKind as Kind;
    let failure = match kind {
        Kind::ConnectionRefused
        | Kind::HostUnreachable
        | Kind::NetworkUnreachable
        | Kind::NetworkDown
        | Kind::AddrNotAvailable => Failure::ConnectionRefused,
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe | Kind::NotConnected => {
            Failure::Reset
        }
        Kind::TimedOut => Failure::TimedOut,
        Kind::UnexpectedEof if phase == Phase::Head => Failure::Reset,
        Kind::UnexpectedEof | Kind::InvalidData | Kind::InvalidInput => Failure::InvalidResponse,
        _ => return None,
    };
    Some(Error::new(failure, kind.to_string()))
}

fn classify_hyper(error: &hyper::Error) -> Option<Error> {
    if error.is_parse() {
        Some(Error::new(Failure::InvalidResponse, "the response is not HTTP"))
    } else if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        Some(Error::new(Failure::Reset, "closed before the response was complete"))
    } else {
        None
    }
}

/// Describes a TLS error: a frequent error in simple words, any other in the words of the TLS library, which name
/// hosts and times.
#[expect(clippy::wildcard_enum_match_arm, reason = "the library's own text is shown for the rest")]
fn classify_tls(error: &rustls::Error) -> Error {
    use CertificateError as Wrong;
    let detail: Cow<'static, str> = match error {
        // A certificate of another authority with the same name has a bad signature.
        rustls::Error::InvalidCertificate(Wrong::UnknownIssuer | Wrong::BadSignature) => {
            "certificate not trusted: unknown authority; add it with TAILWATER_CA_FILE".into()
        }
        rustls::Error::InvalidCertificate(Wrong::Expired | Wrong::ExpiredContext { .. }) => {
            "certificate not trusted: it has expired".into()
        }
        rustls::Error::InvalidCertificate(Wrong::NotValidYet | Wrong::NotValidYetContext { .. }) => {
            "certificate not trusted: it is not valid yet".into()
        }
        rustls::Error::InvalidCertificate(Wrong::NotValidForName) => {
            "certificate not trusted: it is for another host".into()
        }
        rustls::Error::InvalidCertificate(Wrong::NotValidForNameContext { expected, presented }) => {
            let (expected, presented) = (expected.to_str(), presented.join(", "));
            format!("certificate not trusted: it is for {presented}, not for {expected}").into()
        }
        rustls::Error::InvalidMessage(_) => "the server does not speak TLS".into(),
        other => other.to_string().into(),
    };
    Error::new(Failure::Tls, detail)
}
