//! The local web page over the store: an HTTP server that reads it, keeps invocations in memory, and tells browsers
//! when there is more to see.
//!
//! Nothing here writes but `ingest`, through the same pipeline and writer as `replay`. Every question is answered on
//! a thread of its own with a connection of its own, so many readers go on while a replay writes.

mod answer;
mod api;
mod assets;
mod export;
mod guard;
mod ingest;
mod live;
mod question;
mod readers;
mod remembered;
mod routes;
mod stream;

use std::{
    future::Future,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::net::TcpListener;

use self::{guard::Guard, ingest::Ingest, live::Live, readers::Readers, remembered::Remembered};
use crate::{
    store::{Store, StoreError},
    view::Catalog,
};

pub use self::guard::Token;

/// What to serve, and to whom.
#[derive(Debug)]
pub struct Options {
    /// The store's file; it is made where there is none.
    pub store: PathBuf,
    /// Where to listen.
    pub address: Address,
    /// What everyone has to show who asks.
    pub token: Option<Token>,
    /// What is known of functions beside their logs.
    pub catalog: Catalog,
}

/// Where to listen: an IP address and a port; port 0 takes any that is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address(SocketAddr);

impl Address {
    /// Reads `127.0.0.1:4680`, `[::1]:4680`, `localhost:4680`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let port = text.strip_prefix("localhost:");
        let local = port.and_then(|port| format!("127.0.0.1:{port}").parse().ok());
        local.or_else(|| text.parse().ok()).map(Self)
    }

    /// Whether only this machine reaches it.
    #[must_use]
    pub fn is_loopback(self) -> bool {
        self.0.ip().is_loopback()
    }

    /// The page's URL.
    #[must_use]
    pub fn url(self) -> String {
        format!("http://{}/", self.0)
    }
}

/// Why the page cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's words.
        reason: io::Error,
    },
    /// The system gives no thread or socket.
    #[error("the server failed: {0}")]
    Io(#[from] io::Error),
}

/// Everything that answers need.
#[derive(Debug)]
struct Site {
    live: Arc<Live>,
    readers: Readers,
    remembered: Remembered,
    ingest: Ingest,
    guard: Guard,
    catalog: Catalog,
}

impl Site {
    fn open(options: Options, address: SocketAddr) -> Result<(Self, live::Refresher), ServeError> {
        // Makes the file, or brings it up to date; everything after only reads.
        drop(Store::open(&options.store)?);
        let (live, refresher) = Live::start(&options.store)?;
        let site = Self {
            live,
            readers: Readers::new(&options.store),
            remembered: Remembered::default(),
            ingest: Ingest::new(&options.store),
            guard: Guard::new(address, options.token),
            catalog: options.catalog,
        };
        Ok((site, refresher))
    }
}

/// Threads that answer questions at once; more wait.
const ANSWERING: usize = 8;

/// How long answers that are under way may take when the server is asked to stop.
const PATIENCE: Duration = Duration::from_secs(1);

/// Serves until `is_asked_to_stop` says so; `ready` is told the address once the server answers.
///
/// # Errors
/// The store cannot be opened, or the address not be listened on.
pub fn run(
    options: Options,
    ready: impl FnOnce(Address),
    is_asked_to_stop: impl Fn() -> bool,
) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .max_blocking_threads(ANSWERING)
        .thread_keep_alive(Duration::from_secs(60))
        .build()?;
    let served = runtime.block_on(serve(options, ready, is_asked_to_stop));
    runtime.shutdown_timeout(PATIENCE);
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
    let (site, refresher) = Site::open(options, address)?;
    let service = routes::router(Arc::new(site)).into_make_service_with_connect_info::<SocketAddr>();
    ready(Address(address));
    let served = until(is_asked_to_stop, async { axum::serve(listener, service).await }).await;
    refresher.stop();
    Ok(served.unwrap_or(Ok(()))?)
}

/// What `work` comes to; `None` when it is asked to stop first. A signal handler can only leave a note, so the note
/// is looked at now and then.
async fn until<T>(is_asked_to_stop: impl Fn() -> bool, work: impl Future<Output = T>) -> Option<T> {
    const GLANCE: Duration = Duration::from_millis(100);
    let mut work = std::pin::pin!(work);
    while !is_asked_to_stop() {
        if let Ok(done) = tokio::time::timeout(GLANCE, &mut work).await {
            return Some(done);
        }
    }
    None
}

/// Where a reader of a store finds it, for those who open it again and again.
fn open_to_read(path: &Path) -> Result<Store, StoreError> {
    Store::open_read_only(path)
}
