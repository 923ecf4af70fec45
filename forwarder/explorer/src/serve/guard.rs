//! Who may ask: this machine alone, or whoever shows the token; and what browsers are told to forbid.
//!
//! On loopback without a token, the name that a browser asked for has to be this machine's: otherwise a web page of
//! someone else's, whose name is made to point here, could read the store.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use axum::http::{HeaderMap, HeaderValue, Method, header};
use sha2::{Digest as _, Sha256};

/// What whoever asks has to show. Only its hash is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl Token {
    /// Shorter ones could be guessed.
    pub const SHORTEST: usize = 16;

    /// A token; `None` when it is too short, or holds what cannot be sent in a header.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let is_sound = text.len() >= Self::SHORTEST && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_sound.then(|| Self(Sha256::digest(text.as_bytes()).into()))
    }

    /// Comparing hashes tells nothing of the token by the time it takes.
    fn is(&self, shown: &str) -> bool {
        self.0 == <[u8; 32]>::from(Sha256::digest(shown.as_bytes()))
    }

    /// What a browser that showed the token shows from then on: of no use to learn the token by.
    fn cookie(&self) -> String {
        let hash = Sha256::new().chain_update(b"tailwater page").chain_update(self.0).finalize();
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Decides about requests.
#[derive(Debug)]
pub(super) struct Guard {
    address: SocketAddr,
    token: Option<Token>,
}

/// What a request may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// Everything it asks for.
    Welcome,
    /// Nothing before it shows the token.
    ShowToken,
    /// Nothing.
    Refused(&'static str),
}

const COOKIE: &str = "tailwater";

impl Guard {
    pub(super) fn new(address: SocketAddr, token: Option<Token>) -> Self {
        Self { address, token }
    }

    pub(super) fn admit(&self, method: &Method, headers: &HeaderMap, peer: Option<IpAddr>) -> Admission {
        let writes = *method != Method::GET && *method != Method::HEAD;
        if writes && !comes_from_here(headers) {
            return Admission::Refused("another site's page may not send to this one");
        }
        match &self.token {
            Some(token) if shows(token, headers) => Admission::Welcome,
            Some(_) => Admission::ShowToken,
            None if !self.is_asked_by_name(headers) => {
                Admission::Refused("ask for this server by the address it printed when it started")
            }
            None if peer.is_some_and(|peer| !peer.is_loopback()) => {
                Admission::Refused("only this machine may ask")
            }
            None => Admission::Welcome,
        }
    }

    /// The cookie to set for who shows this token; `None` when it is not the one.
    pub(super) fn cookie(&self, shown: &str) -> Option<HeaderValue> {
        let token = self.token.as_ref().filter(|token| token.is(shown))?;
        let cookie =
            format!("{COOKIE}={}; HttpOnly; SameSite=Strict; Path=/; Max-Age=2592000", token.cookie());
        HeaderValue::from_str(&cookie).ok()
    }

    /// Whether the host that was asked for is this machine, by any of its own names.
    fn is_asked_by_name(&self, headers: &HeaderMap) -> bool {
        let Some(host) = text(headers, &header::HOST) else { return false };
        let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        let name = name.map_or(host, |(name, _)| name).trim_matches(['[', ']']);
        let ip: Option<IpAddr> = name.parse().ok();
        name.eq_ignore_ascii_case("localhost")
            || ip.is_some_and(|ip| ip.is_loopback() || ip == self.address.ip())
    }
}

/// Programs send no origin; a browser sends that of the page.
fn comes_from_here(headers: &HeaderMap) -> bool {
    let host = text(headers, &header::HOST);
    let Some(origin) = text(headers, &header::ORIGIN) else { return true };
    let origin = origin.split_once("://").map(|(_, host)| host);
    origin.is_some() && origin == host
}

fn shows(token: &Token, headers: &HeaderMap) -> bool {
    let bearer = text(headers, &header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    let cookies = text(headers, &header::COOKIE).unwrap_or_default();
    let mut cookies = cookies.split(';').filter_map(|cookie| cookie.trim().split_once('='));
    let expected = token.cookie();
    bearer.is_some_and(|shown| token.is(shown))
        || cookies.any(|(name, value)| {
            name == COOKIE && Sha256::digest(value.as_bytes()) == Sha256::digest(expected.as_bytes())
        })
}

fn text<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// Log lines are hostile input: even if one were taken for markup, nothing foreign would load or run.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Puts what every answer says to browsers into its headers.
pub(super) fn forbid(headers: &mut HeaderMap) {
    let said = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
    ];
    for (name, value) in said {
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

    fn check(guard: &Guard, method: &Method, all: &[(&'static str, &str)], is_welcome: bool) {
        let admission = guard.admit(method, &headers(all), Some("127.0.0.1".parse().unwrap()));
        assert_eq!(admission == Admission::Welcome, is_welcome, "{method} {all:?}: {admission:?}");
    }

    fn local() -> Guard {
        Guard::new("127.0.0.1:4680".parse().unwrap(), None)
    }

    fn guarded() -> Guard {
        Guard::new("0.0.0.0:4680".parse().unwrap(), Token::new("correct-horse-battery"))
    }

    #[test]
    fn this_machine_is_asked_by_its_own_names_only() {
        for host in ["127.0.0.1:4680", "localhost:4680", "LOCALHOST", "[::1]:4680", "127.0.0.2:1"] {
            check(&local(), &Method::GET, &[("host", host)], true);
        }
        for host in ["evil.example:4680", "127.0.0.1.evil.example", "localhost.evil.example", ""] {
            check(&local(), &Method::GET, &[("host", host)], false);
        }
        check(&local(), &Method::GET, &[], false);
        let elsewhere =
            local().admit(&Method::GET, &headers(&[("host", "localhost")]), "10.0.0.7".parse().ok());
        assert_eq!(elsewhere, Admission::Refused("only this machine may ask"));
    }

    #[test]
    fn only_our_own_page_and_programs_may_send() {
        let host = ("host", "127.0.0.1:4680");
        check(&local(), &Method::POST, &[host], true);
        check(&local(), &Method::POST, &[host, ("origin", "http://127.0.0.1:4680")], true);
        check(&local(), &Method::POST, &[host, ("origin", "http://evil.example")], false);
        check(&local(), &Method::POST, &[host, ("origin", "null")], false);
    }

    #[test]
    fn a_token_is_shown_as_bearer_or_by_the_cookie_it_was_changed_for() {
        let guard = guarded();
        check(&guard, &Method::GET, &[("host", "anything")], false);
        check(&guard, &Method::GET, &[("authorization", "Bearer correct-horse-battery")], true);
        check(&guard, &Method::GET, &[("authorization", "Bearer correct-horse-batter")], false);
        let cookie = guard.cookie("correct-horse-battery").unwrap();
        let (cookie, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
        assert!(attributes.contains("HttpOnly") && attributes.contains("SameSite=Strict"));
        assert!(!cookie.contains("correct"));
        check(&guard, &Method::GET, &[("cookie", &format!("a=b; {cookie}"))], true);
        check(&guard, &Method::GET, &[("cookie", "tailwater=0")], false);
        assert_eq!(guard.cookie("wrong-horse-battery"), None);
    }

    #[test]
    fn a_token_is_long_and_can_be_sent() {
        assert!(Token::new("short").is_none() && Token::new("with space and length").is_none());
        assert_eq!(format!("{:?}", Token::new("correct-horse-battery").unwrap()), "Token(…)");
    }
}
