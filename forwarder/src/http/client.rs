//! The client: connections, the proxy, and the time that a try may take.

use std::{future::Future, io, path::PathBuf, time::Duration};

use reqwest::{NoProxy, Proxy, dns, redirect};
use thiserror::Error;

use super::{Error, Network, Proxy as ProxySetting, Request, Response, Stream, failure::Phase, tls};

/// Backends and load balancers close connections that nothing came through for a minute; ours are let go before.
const IDLE: Duration = Duration::from_secs(50);
/// Idle connections that are kept to one host; `TAILWATER_CONCURRENCY` can be no more.
const IDLE_CONNECTIONS: usize = 64;
/// A connection that died unnoticed, while the sandbox was frozen for example, is found out within about this.
const SILENCE: Duration = Duration::from_secs(15);
/// Hosts that a proxy cannot reach for us.
const LOOPBACK: &str = "localhost,127.0.0.0/8,::1";

/// The client. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Client(reqwest::Client);

/// Why there is no client.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The file with certificates cannot be read.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The file holds none, or something that is none.
    #[error("{}: no PEM file with certificates", path.display())]
    Certificates {
        /// Which.
        path: PathBuf,
    },
    /// The address of the proxy is none.
    #[error("the address of the proxy is none")]
    Proxy,
    /// TLS or the client cannot be set up.
    #[error("the HTTP client cannot be set up: {0}")]
    Setup(&'static str),
}

impl Client {
    /// A client. Nothing is connected yet.
    ///
    /// # Errors
    /// When the file with certificates cannot be read, or the proxy's address.
    pub fn new(network: &Network) -> Result<Self, ClientError> {
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config(network.ca_file.as_deref())?)
            .dns_resolver(Resolver)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .user_agent(concat!("tailwater/", env!("CARGO_PKG_VERSION")))
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .tcp_nodelay(true)
            .tcp_keepalive(SILENCE)
            .tcp_keepalive_interval(SILENCE / 3)
            .tcp_keepalive_retries(3);
        let builder = match &network.proxy {
            Some(proxy) => builder.proxy(through(proxy, &network.no_proxy)?),
            None => builder,
        };
        let client = builder.build().map_err(|_| ClientError::Setup("a part of it is missing"))?;
        Ok(Self(client))
    }

    /// Sends a request and reads the answer, or what the request wants of it, all within `timeout`.
    ///
    /// # Errors
    /// When there is no answer, only part of one, or a redirect.
    pub async fn send(&self, request: Request, timeout: Duration) -> Result<Response, Error> {
        let limit = request.answer_limit;
        within(timeout, async { self.start(request, timeout).await?.read(limit).await }).await
    }

    /// Sends a request, and leaves the answer's body to be read piece by piece. The beginning of the answer, and then
    /// each piece, may take as long as `timeout`.
    ///
    /// # Errors
    /// When there is no answer, or a redirect.
    pub async fn open(&self, request: Request, timeout: Duration) -> Result<Stream, Error> {
        within(timeout, self.start(request, timeout)).await
    }

    async fn start(&self, request: Request, timeout: Duration) -> Result<Stream, Error> {
        let Request { method, url, headers, body, answer_limit: _ } = request;
        let sent = self.0.request(method, url).headers(headers).body(body).send().await;
        let response = sent.map_err(|error| Error::of(&error, Phase::Before))?;
        if response.status().is_redirection() {
            return Err(Error::redirected(response.status().as_u16()));
        }
        Ok(Stream::new(response, timeout))
    }
}

/// What comes of `work` unless it takes longer than `timeout`; then whatever it had open is closed.
pub(super) async fn within<T>(
    timeout: Duration,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::time::timeout(timeout, work).await.unwrap_or_else(|_elapsed| Err(Error::timed_out(timeout)))
}

fn through(proxy: &ProxySetting, besides: &[String]) -> Result<Proxy, ClientError> {
    let url = &proxy.url;
    let login = proxy.login.as_ref().map(|login| format!("{}@", login.reveal())).unwrap_or_default();
    let address = format!("{}://{login}{}:{}", url.scheme(), url.host(), url.port());
    let besides = [&besides.join(","), LOOPBACK].join(",");
    // The error would name the address, and so the login.
    let proxy = Proxy::all(address).map_err(|_| ClientError::Proxy)?;
    Ok(proxy.no_proxy(NoProxy::from_string(&besides)))
}

/// The system's resolver, with an error that can be told from others by its type.
struct Resolver;

/// The system's resolver does not know the name.
#[derive(Clone, Copy, Debug, Error)]
#[error("no such name")]
pub(super) struct UnknownName;

impl dns::Resolve for Resolver {
    fn resolve(&self, name: dns::Name) -> dns::Resolving {
        Box::pin(async move {
            // The port is put in by the client.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|_| UnknownName)?;
            let addresses: dns::Addrs = Box::new(found.collect::<Vec<_>>().into_iter());
            Ok(addresses)
        })
    }
}
