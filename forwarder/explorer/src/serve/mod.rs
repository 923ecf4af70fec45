//! HTTP server of the local web page. It reads the store, keeps all invocations in memory in a compact form,
//! and notifies browsers of changes.
//!
//! A slow client delays nobody else: it occupies no thread, its connection ends after a while, and there are limits for
//! connections, uploads and exports (`connections`, `uploads`, `export`).
//!
//! Only `ingest` writes to the store, through the same pipeline and writer as `replay`. Every API request
//! runs on a thread with a read connection to the store that no other request uses meanwhile, so requests do
//! not wait for a running `replay`.

mod api;
mod assets;
mod client_stream;
mod connections;
mod cross_site;
mod export;
mod guard;
mod ingest;
mod query_params;
mod query_slots;
mod reader_pool;
mod request_params;
mod response;
mod response_cache;
mod routes;
mod site;
mod snapshot;
mod stream;
mod token_attempts;
mod uploads;

use std::{fmt, future::Future, io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use tokio::net::TcpListener;

pub(crate) use self::api::logs::line as line_document;
pub use self::guard::Token;
use self::{guard::Guard, site::Site, snapshot::StartError};
use crate::{store::StoreError, view::Catalog};
use tailwater_forwarder::pipeline::RuleConfig;

/// Options of the server.
#[derive(Debug)]
pub struct Options {
    /// File of the store; created if it does not exist.
    pub store: PathBuf,
    /// Address to listen on.
    pub address: Address,
    /// Token that clients must send; `None` admits clients on this machine only.
    pub token: Option<Token>,
    /// Function configurations (architecture, timeout and others), which the logs do not contain.
    pub catalog: Catalog,
    /// Rules that are applied to the log events of deliveries; `None` without rules.
    pub rules: Option<RuleConfig>,
}

/// Listen address: an IP address and a port; port 0 takes any free port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address(SocketAddr);

impl Address {
    /// Parses `127.0.0.1:4680`, `[::1]:4680` or `localhost:4680`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let port = text.strip_prefix("localhost:");
        let local = port.and_then(|port| format!("127.0.0.1:{port}").parse().ok());
        local.or_else(|| text.parse().ok()).map(Self)
    }

    /// True if the address can be reached from this machine only.
    #[must_use]
    pub fn is_loopback(self) -> bool {
        self.0.ip().is_loopback()
    }

    /// URL of the page.
    #[must_use]
    pub fn url(self) -> String {
        format!("http://{}/", self.0)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Error of starting or running the server.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address is in use, or does not belong to this machine.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// Address on which the server could not listen.
        address: SocketAddr,
        /// Error of the operating system.
        reason: io::Error,
    },
    /// The operating system could not create a thread or a socket.
    #[error("the server failed: {0}")]
    Io(#[from] io::Error),
}

impl From<StartError> for ServeError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Store(error) => Self::Store(error),
            StartError::Thread(error) => Self::Io(error),
        }
    }
}

/// Maximum number of API requests that run at the same time; more are queued.
const MAX_REQUEST_THREADS: usize = 8;

/// Time within which running requests have to finish when the server stops.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(500);

/// Runs the server until `is_asked_to_stop` returns true. `ready` is called with the address once the server
/// accepts requests.
///
/// # Errors
/// Returns [`ServeError`] if the store cannot be opened, or the server cannot listen on the address.
pub fn run(
    options: Options,
    ready: impl FnOnce(Address),
    is_asked_to_stop: impl Fn() -> bool,
) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .max_blocking_threads(MAX_REQUEST_THREADS)
        .thread_keep_alive(Duration::from_secs(60))
        .build()?;
    let served = runtime.block_on(serve(options, ready, is_asked_to_stop));
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
    served
}

async fn serve(
    options: Options,
    ready: impl FnOnce(Address),
    is_asked_to_stop: impl Fn() -> bool,
) -> Result<(), ServeError> {
    let address = options.address.0;
    let listener =
        TcpListener::bind(address).await.map_err(|reason| ServeError::Listen { address, reason })?;
    let address = listener.local_addr()?;
    let guard = Guard::new(address, options.token);
    let (site, refresher) = Site::open(&options.store, guard, options.catalog, options.rules)?;
    ready(Address(address));
    let stopped = run_until(is_asked_to_stop, connections::serve(listener, Arc::new(site))).await;
    refresher.stop();
    match stopped {
        Some(never) => match never {},
        None => Ok(()),
    }
}

/// Runs `work` to its end; `None` if `is_asked_to_stop` returns true first. A signal handler can only set a flag, so
/// the flag is polled.
async fn run_until<T>(is_asked_to_stop: impl Fn() -> bool, work: impl Future<Output = T>) -> Option<T> {
    const POLL_INTERVAL: Duration = Duration::from_millis(100);
    let mut work = std::pin::pin!(work);
    while !is_asked_to_stop() {
        if let Ok(done) = tokio::time::timeout(POLL_INTERVAL, &mut work).await {
            return Some(done);
        }
    }
    None
}
