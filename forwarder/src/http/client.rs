//! HTTP client: connection pool, proxy, and timeout of an attempt.

use std::time::Duration;

use reqwest::{NoProxy, Proxy, redirect};

use super::{
    Error, Network, Proxy as ProxySetting, Request, Response, Stream, client_error::ClientError,
    failure::Phase, guard, resolver::Resolver, stream::with_timeout, tls,
};

/// Time after which an idle connection is closed. Backends and load balancers close idle connections after a minute;
/// a request on a connection that the server has just closed would fail. connection that the other side has just
/// closed would fail.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);
/// Maximum number of idle connections to one host. It equals the maximum of the setting `TAILWATER_CONCURRENCY`.
const MAX_IDLE_PER_HOST: usize = 64;
/// TCP keepalive time. A dead connection, for example from before Lambda froze the execution environment, is
/// detected after about twice this time.
const KEEPALIVE: Duration = Duration::from_secs(15);
/// Hosts that are never reached through the proxy.
const LOOPBACK: &str = "localhost,127.0.0.0/8,::1";

/// HTTP client. Its clones use the same connections.
#[derive(Clone, Debug)]
pub struct Client {
    inner: reqwest::Client,
    reach: Reach,
    /// URLs of all requests, which are not sent; `None` to send them.
    #[cfg(test)]
    recorded: Option<Recorded>,
}

/// Hosts that a client sends requests to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// All hosts but metadata services.
    NoMetadata,
    /// Metadata services of AWS and this machine, and nothing else.
    MetadataOnly,
}

/// URLs of requests that a client recorded instead of sending them.
#[cfg(test)]
pub(crate) type Recorded = std::sync::Arc<std::sync::Mutex<Vec<reqwest::Url>>>;

impl Client {
    /// Creates a client. It connects when the first request is sent.
    ///
    /// # Errors
    /// Returns an error if the file of certificate authorities cannot be read or is no PEM file, or if the URL of
    /// the proxy is invalid.
    pub fn new(network: &Network) -> Result<Self, ClientError> {
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config(network.ca_file.as_deref())?)
            .dns_resolver(Resolver)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .user_agent(concat!("tailwater/", env!("CARGO_PKG_VERSION")))
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(MAX_IDLE_PER_HOST)
            .tcp_nodelay(true)
            .tcp_keepalive(KEEPALIVE)
            .tcp_keepalive_interval(KEEPALIVE / 3)
            .tcp_keepalive_retries(3);
        let builder = match &network.proxy {
            Some(proxy) => builder.proxy(build_proxy(proxy, &network.no_proxy)?),
            None => builder,
        };
        let inner = builder.build().map_err(|_| ClientError::Setup("invalid options"))?;
        Ok(Self {
            inner,
            reach: Reach::NoMetadata,
            #[cfg(test)]
            recorded: None,
        })
    }

    /// Creates a client that sends requests only to the metadata services of AWS, which return credentials of the machine
    /// or the container, and to this machine. It uses no proxy.
    ///
    /// # Errors
    /// Returns an error if the TLS library rejects our configuration.
    pub fn for_metadata() -> Result<Self, ClientError> {
        Ok(Self { reach: Reach::MetadataOnly, ..Self::new(&Network::default())? })
    }

    /// Creates a client that sends nothing: it records the URL of each request, and returns an error that is not
    /// retried.
    #[cfg(test)]
    pub(crate) fn recording(recorded: Recorded) -> Self {
        let client = Self::new(&Network::default()).expect("the defaults are valid");
        Self { recorded: Some(recorded), ..client }
    }

    /// Sends a request and reads the response, but at most [`Request::response_limit`] bytes of its body. All of
    /// this must end within `timeout`.
    ///
    /// # Errors
    /// Returns an error if there is no complete response within `timeout`, or if it is a redirect. An HTTP error
    /// status is not an error here.
    pub async fn send(&self, request: Request, timeout: Duration) -> Result<Response, Error> {
        let limit = request.response_limit;
        with_timeout(timeout, async { self.start(request, timeout).await?.read(limit).await }).await
    }

    /// Sends a request and returns the response as a stream. `timeout` bounds the time until the response's headers,
    /// and then the time until each chunk of its body.
    ///
    /// # Errors
    /// Returns an error if there are no response headers within `timeout`, or if the response is a redirect.
    pub async fn open(&self, request: Request, timeout: Duration) -> Result<Stream, Error> {
        with_timeout(timeout, self.start(request, timeout)).await
    }

    async fn start(&self, request: Request, timeout: Duration) -> Result<Stream, Error> {
        let Request { method, url, headers, body, response_limit: _ } = request;
        let url = match self.reach {
            Reach::NoMetadata => guard::checked(&url)?,
            Reach::MetadataOnly => guard::metadata(&url)?,
        };
        #[cfg(test)]
        if let Some(recorded) = &self.recorded {
            recorded.lock().expect("no test panics while it holds the lock").push(url);
            return Err(Error::redirected(0));
        }
        let sent = self.inner.request(method, url).headers(headers).body(body).send().await;
        let response = sent.map_err(|error| Error::from_reqwest(&error, Phase::Head))?;
        if response.status().is_redirection() {
            return Err(Error::redirected(response.status().as_u16()));
        }
        Ok(Stream::new(response, timeout))
    }
}

/// Builds the proxy for all hosts except those of `no_proxy` and the loopback interface.
fn build_proxy(proxy: &ProxySetting, no_proxy: &[String]) -> Result<Proxy, ClientError> {
    let url = &proxy.url;
    let login = proxy.login.as_ref().map(|login| format!("{}@", login.reveal())).unwrap_or_default();
    let url = format!("{}://{login}{}:{}", url.scheme(), url.host(), url.port());
    let no_proxy = [&no_proxy.join(","), LOOPBACK].join(",");
    // The library's error would show the URL with the password.
    let proxy = Proxy::all(url).map_err(|_| ClientError::Proxy)?;
    Ok(proxy.no_proxy(NoProxy::from_string(&no_proxy)))
}
