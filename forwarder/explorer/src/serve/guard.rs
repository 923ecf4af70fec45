//! Access control, and the security headers of every response. Without a token, only clients on this machine
//! have access; with a token, all clients that send it.
//!
//! Without a token, the `host` header must name this machine. Otherwise a foreign web page could read the
//! store, after its own host name has been made to resolve to the address of this server (DNS rebinding).

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use axum::http::{HeaderMap, HeaderValue, Method, header};
use sha2::{Digest as _, Sha256};

/// Token that clients must send. Only its hash is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl Token {
    /// Minimum length in characters; shorter tokens could be guessed.
    pub const MIN_LENGTH: usize = 16;

    /// Creates a token; `None` if it is too short or has characters other than visible ASCII.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let is_valid = text.len() >= Self::MIN_LENGTH && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_valid.then(|| Self(Sha256::digest(text.as_bytes()).into()))
    }

    /// True if `text` is this token. Hashes are compared, so the time it takes reveals nothing about the token.
    fn matches(&self, text: &str) -> bool {
        self.0 == <[u8; 32]>::from(Sha256::digest(text.as_bytes()))
    }

    /// Returns the value of the session cookie: a hash from which the token cannot be recovered.
    fn session_value(&self) -> String {
        let hash = Sha256::new().chain_update(b"tailwater page").chain_update(self.0).finalize();
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Access control that decides which requests are admitted.
#[derive(Debug)]
pub(super) struct Guard {
    address: SocketAddr,
    token: Option<Token>,
}

/// Result of the admission check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// The request may proceed.
    Granted,
    /// The request lacks a valid token or session cookie.
    TokenRequired,
    /// The request is rejected for this reason.
    Denied(&'static str),
}

const COOKIE: &str = "tailwater";

impl Guard {
    pub(super) fn new(address: SocketAddr, token: Option<Token>) -> Self {
        Self { address, token }
    }

    /// Decides if a request of the client with address `peer` is admitted.
    pub(super) fn admit(&self, method: &Method, headers: &HeaderMap, peer: Option<IpAddr>) -> Admission {
        let writes = *method != Method::GET && *method != Method::HEAD;
        if writes && !is_same_origin(headers) {
            return Admission::Denied("cross-origin requests are not allowed");
        }
        match &self.token {
            Some(token) if has_token(headers, token) => Admission::Granted,
            Some(_) => Admission::TokenRequired,
            None if !self.is_host_local(headers) => {
                Admission::Denied("unexpected host header: use the address that the server printed at start")
            }
            None if peer.is_some_and(|peer| !peer.is_loopback()) => {
                Admission::Denied("only clients on this machine are allowed")
            }
            None => Admission::Granted,
        }
    }

    /// Returns the `set-cookie` header for a client that sent `text` as its token; `None` if the token is
    /// wrong.
    pub(super) fn session_cookie(&self, text: &str) -> Option<HeaderValue> {
        let token = self.token.as_ref().filter(|token| token.matches(text))?;
        let cookie =
            format!("{COOKIE}={}; HttpOnly; SameSite=Strict; Path=/; Max-Age=2592000", token.session_value());
        HeaderValue::from_str(&cookie).ok()
    }

    /// True if the `host` header is `localhost`, a loopback address or the listen address.
    fn is_host_local(&self, headers: &HeaderMap) -> bool {
        let Some(host) = header_text(headers, &header::HOST) else { return false };
        let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        let name = name.map_or(host, |(name, _)| name).trim_matches(['[', ']']);
        let ip: Option<IpAddr> = name.parse().ok();
        name.eq_ignore_ascii_case("localhost")
            || ip.is_some_and(|ip| ip.is_loopback() || ip == self.address.ip())
    }
}

/// True if the `origin` header is missing, as with clients that are not browsers, or equals the `host` header.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let host = header_text(headers, &header::HOST);
    let Some(origin) = header_text(headers, &header::ORIGIN) else { return true };
    let origin = origin.split_once("://").map(|(_, host)| host);
    origin.is_some() && origin == host
}

/// True if the request has the token as a bearer token, or a valid session cookie.
fn has_token(headers: &HeaderMap, token: &Token) -> bool {
    let bearer = header_text(headers, &header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    let cookies = header_text(headers, &header::COOKIE).unwrap_or_default();
    let mut cookies = cookies.split(';').filter_map(|cookie| cookie.trim().split_once('='));
    let expected = token.session_value();
    bearer.is_some_and(|bearer| token.matches(bearer))
        || cookies.any(|(name, value)| {
            name == COOKIE && Sha256::digest(value.as_bytes()) == Sha256::digest(expected.as_bytes())
        })
}

fn header_text<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// Content security policy. Log lines are untrusted: even if one were rendered as markup, it could not load
/// or run anything from another server.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Sets the security headers of a response.
pub(super) fn set_security_headers(headers: &mut HeaderMap) {
    let values = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
    ];
    for (name, value) in values {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (header::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        all.iter().map(pair).collect()
    }

    fn check(guard: &Guard, method: &Method, all: &[(&'static str, &str)], is_granted: bool) {
        let admission = guard.admit(method, &headers(all), Some("127.0.0.1".parse().unwrap()));
        assert_eq!(admission == Admission::Granted, is_granted, "{method} {all:?}: {admission:?}");
    }

    fn local() -> Guard {
        Guard::new("127.0.0.1:4680".parse().unwrap(), None)
    }

    fn guarded() -> Guard {
        Guard::new("0.0.0.0:4680".parse().unwrap(), Token::new("correct-horse-battery"))
    }

    #[test]
    fn without_token_only_local_hosts_and_clients_are_admitted() {
        for host in ["127.0.0.1:4680", "localhost:4680", "LOCALHOST", "[::1]:4680", "127.0.0.2:1"] {
            check(&local(), &Method::GET, &[("host", host)], true);
        }
        for host in ["evil.example:4680", "127.0.0.1.evil.example", "localhost.evil.example", ""] {
            check(&local(), &Method::GET, &[("host", host)], false);
        }
        check(&local(), &Method::GET, &[], false);
        let remote = local().admit(&Method::GET, &headers(&[("host", "localhost")]), "10.0.0.7".parse().ok());
        assert_eq!(remote, Admission::Denied("only clients on this machine are allowed"));
    }

    #[test]
    fn cross_origin_posts_are_denied() {
        let host = ("host", "127.0.0.1:4680");
        check(&local(), &Method::POST, &[host], true);
        check(&local(), &Method::POST, &[host, ("origin", "http://127.0.0.1:4680")], true);
        check(&local(), &Method::POST, &[host, ("origin", "http://evil.example")], false);
        check(&local(), &Method::POST, &[host, ("origin", "null")], false);
    }

    #[test]
    fn token_is_accepted_as_bearer_or_session_cookie() {
        let guard = guarded();
        check(&guard, &Method::GET, &[("host", "anything")], false);
        check(&guard, &Method::GET, &[("authorization", "Bearer correct-horse-battery")], true);
        check(&guard, &Method::GET, &[("authorization", "Bearer correct-horse-batter")], false);
        let cookie = guard.session_cookie("correct-horse-battery").unwrap();
        let (cookie, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
        assert!(attributes.contains("HttpOnly") && attributes.contains("SameSite=Strict"));
        assert!(!cookie.contains("correct"));
        check(&guard, &Method::GET, &[("cookie", &format!("a=b; {cookie}"))], true);
        check(&guard, &Method::GET, &[("cookie", "tailwater=0")], false);
        assert_eq!(guard.session_cookie("wrong-horse-battery"), None);
    }

    #[test]
    fn short_or_unprintable_token_is_rejected_and_debug_hides_it() {
        assert!(Token::new("short").is_none() && Token::new("with space and length").is_none());
        assert_eq!(format!("{:?}", Token::new("correct-horse-battery").unwrap()), "Token(…)");
    }
}
