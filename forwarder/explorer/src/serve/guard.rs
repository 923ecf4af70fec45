//! Access control, and the security headers of every response. Without a token, only clients on this machine
//! have access; with a token, all clients that send it.
//!
//! Without a token, the `host` header must name this machine. Otherwise a foreign web page could read the
//! store, after its own host name has been made to resolve to the address of this server (DNS rebinding).
//!
//! Requests that a page of another site causes are denied, except for navigation to a page of this server, so that links
//! to it can be shared.

use std::{
    fmt,
    hash::{BuildHasher as _, RandomState},
    net::{IpAddr, SocketAddr},
};

use axum::http::{HeaderMap, HeaderValue, header};
use sha2::{Digest as _, Sha256};

use super::{
    cross_site::{self, Head, header_text},
    token_attempts::TokenAttempts,
};

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

    /// True if `text` is this token. Takes the same time for every text of the same length.
    fn matches(&self, text: &str) -> bool {
        are_equal(&self.0, &Sha256::digest(text.as_bytes()).into())
    }
}

/// Compares two hashes in constant time.
fn are_equal(left: &[u8; 32], right: &[u8; 32]) -> bool {
    let difference = left.iter().zip(right).fold(0, |difference, (left, right)| difference | (left ^ right));
    std::hint::black_box(difference) == 0
}

/// Value of the session cookie of one run of the server. It is random, so that it cannot be derived from a likely token.
/// Guesses of it need not be slowed down, as those of a token are.
#[derive(Debug)]
struct Session(String);

impl Session {
    fn new(token: &Token) -> Self {
        let mut hash = Sha256::new().chain_update(b"tailwater page").chain_update(token.0);
        // Each hasher is seeded from the random numbers of the operating system: 128 bits in each thread.
        for n in 0..4_u64 {
            hash.update(RandomState::new().hash_one(n).to_be_bytes());
        }
        Self(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn matches(&self, text: &str) -> bool {
        let hash = |text: &str| Sha256::digest(text.as_bytes()).into();
        are_equal(&hash(&self.0), &hash(text))
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
    token: Option<(Token, Session)>,
    attempts: TokenAttempts,
}

/// Result of the admission check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// The request may proceed.
    Granted,
    /// The request lacks a valid token or session cookie.
    TokenRequired,
    /// The client has sent too many wrong tokens; the token of this request was not compared.
    TooManyTokens,
    /// The request is rejected for this reason.
    Denied(&'static str),
}

const COOKIE: &str = "tailwater";

impl Guard {
    pub(super) fn new(address: SocketAddr, token: Option<Token>) -> Self {
        let token = token.map(|token| {
            let session = Session::new(&token);
            (token, session)
        });
        Self { address, token, attempts: TokenAttempts::default() }
    }

    /// Decides if a request of the client with address `peer` is admitted. The decision on a wrong token is delayed.
    pub(super) async fn admit(&self, request: &Head<'_>, peer: IpAddr) -> Admission {
        if cross_site::is_denied(request) {
            return Admission::Denied("requests from pages of other sites are not allowed");
        }
        let headers = request.headers;
        match &self.token {
            Some((_, session)) if has_session(headers, session) => Admission::Granted,
            Some(_) => match bearer(headers) {
                Some(text) => self.check_token(text, peer).await,
                None => Admission::TokenRequired,
            },
            None if !self.is_host_local(headers) => {
                Admission::Denied("unexpected host header: use the address that the server printed at start")
            }
            None if !peer.to_canonical().is_loopback() => {
                Admission::Denied("only clients on this machine are allowed")
            }
            None => Admission::Granted,
        }
    }

    /// Compares a token. The result for a wrong one is delayed, and only a few are compared at a time.
    pub(super) async fn check_token(&self, text: &str, peer: IpAddr) -> Admission {
        let Some((token, _)) = &self.token else { return Admission::Granted };
        let Some(attempt) = self.attempts.begin(peer) else { return Admission::TooManyTokens };
        if token.matches(text) {
            return Admission::Granted;
        }
        attempt.delay().await;
        Admission::TokenRequired
    }

    /// Returns the `set-cookie` header for a client that sent the right token; `None` if the server has no token.
    pub(super) fn session_cookie(&self) -> Option<HeaderValue> {
        let (_, Session(session)) = self.token.as_ref()?;
        // `Lax` and not `Strict`, so that a link on another site leads to the page and not to the login form.
        let cookie = format!("{COOKIE}={session}; HttpOnly; SameSite=Lax; Path=/; Max-Age=2592000");
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

/// Returns the token that the request has as a bearer token.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    header_text(headers, &header::AUTHORIZATION)?.strip_prefix("Bearer ")
}

fn has_session(headers: &HeaderMap, session: &Session) -> bool {
    let cookies = header_text(headers, &header::COOKIE).unwrap_or_default();
    let mut cookies = cookies.split(';').filter_map(|cookie| cookie.trim().split_once('='));
    cookies.any(|(name, value)| name == COOKIE && session.matches(value))
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
    use axum::http::Method;

    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (header::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        all.iter().map(pair).collect()
    }

    fn admit(guard: &Guard, method: &Method, all: &[(&'static str, &str)], peer: &str) -> Admission {
        let headers = headers(all);
        let request = Head { method, path: "/api/v1/status", headers: &headers };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(guard.admit(&request, peer.parse().unwrap()))
    }

    fn check(guard: &Guard, method: &Method, all: &[(&'static str, &str)], is_granted: bool) {
        let admission = admit(guard, method, all, "127.0.0.1");
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
        for remote in ["10.0.0.7", "::ffff:10.0.0.7", "2001:db8::1"] {
            let admission = admit(&local(), &Method::GET, &[("host", "localhost")], remote);
            assert_eq!(admission, Admission::Denied("only clients on this machine are allowed"));
        }
        let mapped = admit(&local(), &Method::GET, &[("host", "localhost")], "::ffff:127.0.0.1");
        assert_eq!(mapped, Admission::Granted);
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
        let cookie = guard.session_cookie().unwrap();
        let (cookie, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
        assert!(attributes.contains("HttpOnly") && attributes.contains("SameSite=Lax"));
        assert!(!cookie.contains("correct"));
        check(&guard, &Method::GET, &[("cookie", &format!("a=b; {cookie}"))], true);
        check(&guard, &Method::GET, &[("cookie", "tailwater=0")], false);
        check(&guarded(), &Method::GET, &[("cookie", cookie)], false);
        assert!(local().session_cookie().is_none());
    }

    #[test]
    fn cross_site_request_is_denied_also_with_the_token() {
        let token = ("authorization", "Bearer correct-horse-battery");
        check(&guarded(), &Method::GET, &[token, ("sec-fetch-site", "cross-site")], false);
        check(&guarded(), &Method::GET, &[token, ("sec-fetch-site", "same-origin")], true);
    }

    #[test]
    fn hashes_are_equal_only_if_every_byte_is() {
        let hash = [7; 32];
        assert!(are_equal(&hash, &hash));
        for at in 0..32 {
            let mut other = hash;
            other[at] ^= 1;
            assert!(!are_equal(&hash, &other));
        }
    }

    #[test]
    fn short_or_unprintable_token_is_rejected_and_debug_hides_it() {
        assert!(Token::new("short").is_none() && Token::new("with space and length").is_none());
        assert_eq!(format!("{:?}", Token::new("correct-horse-battery").unwrap()), "Token(…)");
    }
}
