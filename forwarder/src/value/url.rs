//! HTTP URLs that requests may be sent to and that may be shown: no credentials, no metadata service, no accidental
//! plain HTTP.

// Types of addresses only: no connection is opened here.
use core::net::{Ipv4Addr, Ipv6Addr};
use std::fmt;

use super::{ValueError, is_link_local, is_metadata_host};

/// Scheme of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// HTTP without TLS.
    Http,
    /// HTTP over TLS.
    Https,
}

/// Hosts that plain HTTP is allowed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainHttp {
    /// This machine only.
    LoopbackOnly,
    /// Any host.
    Anywhere,
}

/// HTTP URL with scheme, host, port and path. It holds no secret, so it can be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    scheme: Scheme,
    host: Host,
    port: Option<u16>,
    path: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Name(String),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl Url {
    /// Parses `http[s]://HOST[:PORT][/PATH]`.
    ///
    /// # Errors
    /// Returns an error if the text is no such URL, may contain a secret, or is an address that requests must not be
    /// sent to.
    pub fn read(text: &str, plain: PlainHttp) -> Result<Self, ValueError> {
        let (scheme, rest) = scheme(text).ok_or(ValueError::NoScheme)?;
        let (authority, path) = rest.find('/').and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, ""));
        if rest.contains('@') && authority.contains('@') {
            return Err(ValueError::Credentials);
        }
        if rest.contains(['?', '#']) {
            return Err(ValueError::Query);
        }
        let (host, port) = split_port(authority)?;
        let url = Self { scheme, host: Host::read(host)?, port, path: checked_path(path)? };
        url.allowed(plain)
    }

    /// Parses a URL, or `HOST[:PORT][/PATH]`, which gets the scheme `missing`.
    ///
    /// # Errors
    /// Returns an error in the same cases as [`Self::read`].
    pub fn read_or_host(text: &str, missing: Scheme, plain: PlainHttp) -> Result<Self, ValueError> {
        if text.contains("://") {
            Self::read(text, plain)
        } else {
            Self::read(&format!("{missing}://{text}"), plain)
        }
    }

    fn allowed(self, plain: PlainHttp) -> Result<Self, ValueError> {
        if self.host.is_link_local() {
            return Err(ValueError::LinkLocal);
        }
        match (self.scheme, plain) {
            (Scheme::Http, PlainHttp::LoopbackOnly) if !self.host.is_loopback() => Err(ValueError::NoTls),
            (Scheme::Http | Scheme::Https, PlainHttp::LoopbackOnly | PlainHttp::Anywhere) => Ok(self),
        }
    }

    /// Returns the scheme.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Returns the host in lowercase. An IPv6 address is in brackets.
    #[must_use]
    pub fn host(&self) -> String {
        self.host.to_string()
    }

    /// Returns the port. If the URL names none, it is the default port of the scheme.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.scheme {
            Scheme::Http => 80,
            Scheme::Https => 443,
        })
    }

    /// Returns this URL with a port, unless it names one already.
    #[must_use]
    pub fn with_default_port(self, port: u16) -> Self {
        Self { port: self.port.or(Some(port)), ..self }
    }

    /// Returns the path, which is empty or begins with `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns this URL without its path.
    #[must_use]
    pub fn root(&self) -> Self {
        Self { path: String::new(), ..self.clone() }
    }

    /// Returns this URL with `segments` appended to its path.
    #[must_use]
    pub fn join(&self, segments: &str) -> Self {
        let path = format!("{}/{}", self.path.trim_end_matches('/'), segments.trim_start_matches('/'));
        Self { path, ..self.clone() }
    }
}

fn scheme(text: &str) -> Option<(Scheme, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let known = [Scheme::Http, Scheme::Https].into_iter();
    let scheme = known.into_iter().find(|known| known.to_string().eq_ignore_ascii_case(scheme))?;
    Some((scheme, rest))
}

/// Splits `HOST:PORT` or `[IPV6]:PORT` into host and port; the port may be missing.
fn split_port(authority: &str) -> Result<(&str, Option<u16>), ValueError> {
    let after_address = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    let colon = authority.rfind(':').filter(|colon| *colon >= after_address);
    let Some((host, port)) = colon.and_then(|colon| authority.split_at_checked(colon)) else {
        return Ok((authority, None));
    };
    let digits = port.trim_start_matches(':');
    let is_number = digits.bytes().all(|b| b.is_ascii_digit());
    let port = digits.parse().ok().filter(|port| *port != 0 && is_number).ok_or(ValueError::BadPort)?;
    Ok((host, Some(port)))
}

fn checked_path(path: &str) -> Result<String, ValueError> {
    let is_fine = |b: u8| b.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@%".contains(&b);
    if path.bytes().all(is_fine) { Ok(path.to_owned()) } else { Err(ValueError::BadPath) }
}

impl Host {
    fn read(text: &str) -> Result<Self, ValueError> {
        if let Some(address) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            return address.parse().map(Self::V6).map_err(|_| ValueError::BadHost);
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        if ends_in_a_number(&name) {
            return name.parse().map(Self::V4).map_err(|_| ValueError::BadHost);
        }
        if is_name(&name) { Ok(Self::Name(name)) } else { Err(ValueError::BadHost) }
    }

    /// True if the host is this machine.
    fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => name == "localhost" || name.ends_with(".localhost"),
            Self::V4(address) => address.is_loopback(),
            Self::V6(address) => {
                address.is_loopback() || address.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback())
            }
        }
    }

    /// True if the host is a metadata service, in any notation.
    fn is_link_local(&self) -> bool {
        match self {
            Self::Name(name) => is_metadata_host(name),
            Self::V4(address) => is_link_local((*address).into()),
            Self::V6(address) => is_link_local((*address).into()),
        }
    }
}

/// True if HTTP clients would parse the host as an IPv4 address, as they also do with `2852039166`, `0xa9fea9fe` and
/// `169.254.43518`. Only dotted decimals are accepted then, so that no notation hides a metadata address.
fn ends_in_a_number(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or(host);
    let is_hex = last.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    is_hex || (!last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()))
}

/// True if the host has labels of letters, digits, `-` and `_`. Other scripts must be written as punycode, since
/// clients turn look-alikes into digits and dots.
fn is_name(host: &str) -> bool {
    const MAX_LENGTH: usize = 253;
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    host.len() <= MAX_LENGTH && host.split('.').all(is_label)
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
        })
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::V4(address) => write!(f, "{address}"),
            Self::V6(address) => write!(f, "[{address}]"),
        }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(&self.path)
    }
}

/// Shows the URL as [`fmt::Display`] does.
impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
