//! Why there is no answer, found in the types of what went wrong; texts are for people.

use std::{borrow::Cow, error, fmt, io, time::Duration};

use rustls::CertificateError;

use super::client::UnknownName;

/// Why there is no answer that anybody could be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The backend's name is unknown at the moment.
    Unresolved,
    /// It refuses connections, or there is no way to it.
    ConnectionRefused,
    /// The connection broke before, within or after the body. The backend may have it.
    Reset,
    /// It took longer than the try's timeout. The backend may have it.
    TimedOut,
    /// What came is no HTTP, or breaks off.
    Garbled,
    /// The certificate is of another name, expired, or of an unknown authority; or there is no TLS at all.
    Tls,
    /// It sends us elsewhere; where to is not ours to believe.
    Redirected,
}

impl Failure {
    /// True if another try would fail the same way, until somebody changes the configuration.
    #[must_use]
    pub fn is_permanent(self) -> bool {
        match self {
            Self::Tls | Self::Redirected => true,
            Self::Unresolved | Self::ConnectionRefused | Self::Reset | Self::TimedOut | Self::Garbled => {
                false
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unresolved => "unknown name",
            Self::ConnectionRefused => "no connection",
            Self::Reset => "the connection broke",
            Self::TimedOut => "no answer in time",
            Self::Garbled => "no whole answer",
            Self::Tls => "no trust",
            Self::Redirected => "redirected",
        })
    }
}

/// A failure, and what a person should know of it. It holds no secret: no address, header or body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What decides.
    pub failure: Failure,
    /// What is wrong, in words.
    pub detail: Cow<'static, str>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.failure, self.detail)
    }
}

impl error::Error for Error {}

/// How far things had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The answer's head had not come.
    Before,
    /// Its body was coming.
    Within,
}

impl Error {
    fn new(failure: Failure, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { failure, detail: detail.into() }
    }

    pub(super) fn timed_out(timeout: Duration) -> Self {
        Self::new(Failure::TimedOut, format!("nothing within {timeout:?}"))
    }

    pub(super) fn redirected(status: u16) -> Self {
        Self::new(Failure::Redirected, format!("status {status}; redirects are not followed"))
    }

    /// The innermost cause that says something decides.
    pub(super) fn of(error: &reqwest::Error, phase: Phase) -> Self {
        let causes = causes(error);
        let told = causes.iter().rev().find_map(|cause| of_cause(*cause, phase));
        told.unwrap_or_else(|| match causes.last() {
            // A proxy that refuses has no type that could be named.
            Some(innermost) if error.is_connect() => {
                Self::new(Failure::ConnectionRefused, innermost.to_string())
            }
            Some(_) | None if error.is_builder() => Self::new(Failure::Unresolved, "the address is none"),
            Some(_) | None => Self::new(Failure::Reset, "the request could not be finished"),
        })
    }
}

/// All causes below an error, outermost first.
fn causes(error: &reqwest::Error) -> Vec<&(dyn error::Error + 'static)> {
    std::iter::successors(error::Error::source(error), |cause| below(*cause)).collect()
}

/// Inside an I/O error another may hide, which its own `source` skips.
fn below<'e>(cause: &'e (dyn error::Error + 'static)) -> Option<&'e (dyn error::Error + 'static)> {
    match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(hidden) => Some(hidden),
        None => cause.source(),
    }
}

fn of_cause(cause: &(dyn error::Error + 'static), phase: Phase) -> Option<Error> {
    if let Some(error) = cause.downcast_ref::<rustls::Error>() {
        return Some(of_tls(error));
    }
    if cause.is::<UnknownName>() {
        return Some(Error::new(Failure::Unresolved, "the resolver does not know it"));
    }
    if let Some(error) = cause.downcast_ref::<hyper::Error>() {
        return of_hyper(error);
    }
    cause.downcast_ref::<io::Error>().and_then(|error| of_io(error.kind(), phase))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the kinds of file systems say nothing here")]
fn of_io(kind: io::ErrorKind, phase: Phase) -> Option<Error> {
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
        Kind::UnexpectedEof if phase == Phase::Before => Failure::Reset,
        Kind::UnexpectedEof | Kind::InvalidData | Kind::InvalidInput => Failure::Garbled,
        _ => return None,
    };
    Some(Error::new(failure, kind.to_string()))
}

fn of_hyper(error: &hyper::Error) -> Option<Error> {
    if error.is_parse() {
        Some(Error::new(Failure::Garbled, "what came is no HTTP"))
    } else if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        Some(Error::new(Failure::Reset, "closed before the answer was whole"))
    } else {
        None
    }
}

/// The texts of the library name hosts and times, which is what is wanted; the usual ones are said more simply.
#[expect(clippy::wildcard_enum_match_arm, reason = "the rest is told as the library tells it")]
fn of_tls(error: &rustls::Error) -> Error {
    use CertificateError as Wrong;
    let detail: Cow<'static, str> = match error {
        // A bad signature is what another authority of the same name makes.
        rustls::Error::InvalidCertificate(Wrong::UnknownIssuer | Wrong::BadSignature) => {
            "its certificate is of an authority that is not trusted; TAILWATER_CA_FILE adds one".into()
        }
        rustls::Error::InvalidCertificate(Wrong::Expired | Wrong::ExpiredContext { .. }) => {
            "its certificate has expired".into()
        }
        rustls::Error::InvalidCertificate(Wrong::NotValidYet | Wrong::NotValidYetContext { .. }) => {
            "its certificate is not valid yet".into()
        }
        rustls::Error::InvalidCertificate(Wrong::NotValidForName) => {
            "its certificate is of another name".into()
        }
        rustls::Error::InvalidCertificate(Wrong::NotValidForNameContext { expected, presented }) => {
            let expected = expected.to_str();
            format!("its certificate is not of {expected} but of {}", presented.join(", ")).into()
        }
        rustls::Error::InvalidMessage(_) => "what came is no TLS".into(),
        other => other.to_string().into(),
    };
    Error::new(Failure::Tls, detail)
}
