//! Network settings of the HTTP client: proxy and certificate authorities.

use std::path::PathBuf;

use crate::value::{PlainHttp, Scheme, Secret, Url, ValueError};

/// Network settings of the HTTP client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Proxy for all hosts that are not in [`Self::no_proxy`].
    pub proxy: Option<Proxy>,
    /// Hosts that are reached without the proxy, in the syntax of `NO_PROXY`.
    pub no_proxy: Vec<String>,
    /// PEM file of certificate authorities that are trusted in addition to the public ones.
    pub ca_file: Option<PathBuf>,
}

/// Proxy that HTTP requests are sent through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// URL of the proxy, without login. Its scheme is usually `http`: the requests through it are encrypted end to end.
    pub url: Url,
    /// Login `USER:PASSWORD` of the proxy, percent-encoded as in the setting.
    pub login: Option<Secret>,
}

impl Proxy {
    /// Parses `http://[USER:PASSWORD@]HOST:PORT`. The scheme is optional.
    ///
    /// # Errors
    /// Returns an error if the text, without `USER:PASSWORD@`, is not the URL of a host.
    pub fn read(text: &str) -> Result<Self, ValueError> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, host) = match authority.rsplit_once('@') {
            Some((login, host)) => (Some(Secret::new(login)), host),
            None => (None, authority),
        };
        let address = format!("{scheme}://{host}/{path}");
        let url = Url::read_or_host(address.trim_end_matches('/'), Scheme::Http, PlainHttp::Anywhere)?;
        Ok(Self { url, login })
    }
}
