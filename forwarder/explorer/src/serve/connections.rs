//! Accepts connections, limits their number, and closes those of clients that are too slow.

use std::{
    collections::HashMap,
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::{body::Body, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::AbortHandle,
    time::timeout,
};

use super::{
    client_stream::{Activity, ClientStream},
    routes,
    site::Site,
};

/// Maximum number of connections. Beyond it, a new one replaces the one that has been idle for the longest time.
const MAX_CONNECTIONS: usize = 256;
/// Time in which the head of a request has to be complete, counted from the end of the response before it. So it is also
/// the maximum time for which a connection is idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// Maximum size in bytes of the head of a request.
const MAX_HEAD: usize = 64 * 1024;
/// Pause after an error of accepting, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Interval at which the connections are looked at again while all are busy.
const BUSY_PAUSE: Duration = Duration::from_millis(50);

/// Open connections.
#[derive(Debug)]
struct Connections {
    start: Instant,
    open: Mutex<Open>,
    /// Notified when a connection has ended.
    ended: Notify,
}

#[derive(Debug, Default)]
struct Open {
    next_id: u64,
    by_id: HashMap<u64, Connection>,
}

#[derive(Debug)]
struct Connection {
    activity: Arc<Activity>,
    /// Handle that closes the connection; `None` until its task has started.
    task: Option<AbortHandle>,
}

/// Accepts connections without end, and answers their requests.
pub(super) async fn serve(listener: TcpListener, site: Arc<Site>) -> Infallible {
    let connections = Arc::new(Connections::new());
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        connections.make_room().await;
        let entry = connections.add();
        let id = entry.id;
        let task = tokio::spawn(answer(stream, peer, Arc::clone(&site), entry));
        connections.set_task(id, task.abort_handle());
    }
}

/// Answers the requests of a connection until it ends.
async fn answer(stream: TcpStream, peer: SocketAddr, site: Arc<Site>, entry: Entry) {
    // Responses are written in few large parts; waiting for more would only delay them.
    let _ = stream.set_nodelay(true);
    let activity = &entry.activity;
    let service = service_fn(|request: Request<Incoming>| {
        let (site, activity) = (Arc::clone(&site), Arc::clone(activity));
        async move {
            Ok::<_, Infallible>(routes::answer(site, peer.ip(), &activity, request.map(Body::new)).await)
        }
    });
    let io = TokioIo::new(ClientStream::new(stream, Arc::clone(activity)));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MAX_HEAD);
    // An error concerns this client only: it has left, is too slow, or does not speak HTTP.
    let _ = builder.serve_connection(io, service).await;
}

/// Entry of a connection in the list; dropping it removes the connection.
struct Entry {
    id: u64,
    activity: Arc<Activity>,
    connections: Arc<Connections>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.connections.lock().by_id.remove(&self.id);
        self.connections.ended.notify_one();
    }
}

impl Connections {
    fn new() -> Self {
        Self { start: Instant::now(), open: Mutex::default(), ended: Notify::new() }
    }

    fn add(self: &Arc<Self>) -> Entry {
        let activity = Arc::new(Activity::new(self.start));
        let mut open = self.lock();
        let id = open.next_id;
        open.next_id += 1;
        open.by_id.insert(id, Connection { activity: Arc::clone(&activity), task: None });
        Entry { id, activity, connections: Arc::clone(self) }
    }

    fn set_task(&self, id: u64, task: AbortHandle) {
        if let Some(connection) = self.lock().by_id.get_mut(&id) {
            connection.task = Some(task);
        }
    }

    /// Closes the connection that has been idle for the longest time if there are too many. If the server computes a
    /// response for each of them, waits for one of these.
    async fn make_room(&self) {
        while !self.close_idlest() {
            // A connection that is no longer busy notifies nobody.
            let _ = timeout(BUSY_PAUSE, self.ended.notified()).await;
        }
    }

    /// Returns false if there are too many connections, and all are busy.
    fn close_idlest(&self) -> bool {
        let mut open = self.lock();
        if open.by_id.len() < MAX_CONNECTIONS {
            return true;
        }
        let idle = open.by_id.iter().filter_map(|(id, own)| Some((own.activity.latest_ms()?, *id)));
        let idlest = idle.min().map(|(_, id)| id);
        let closed = idlest.and_then(|id| open.by_id.remove(&id));
        if let Some(task) = closed.as_ref().and_then(|closed| closed.task.as_ref()) {
            task.abort();
        }
        closed.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled() -> (Arc<Connections>, Vec<Entry>) {
        let connections = Arc::new(Connections::new());
        let entries = (0..MAX_CONNECTIONS).map(|_| connections.add()).collect();
        (connections, entries)
    }

    #[test]
    fn connection_that_is_idle_for_the_longest_time_is_closed() {
        let (connections, entries) = filled();
        std::thread::park_timeout(Duration::from_millis(5));
        drop(entries[0].activity.begin());
        assert!(connections.close_idlest());
        let open = connections.lock();
        assert!(open.by_id.contains_key(&0) && !open.by_id.contains_key(&1));
        assert_eq!(open.by_id.len(), MAX_CONNECTIONS - 1);
    }

    #[test]
    fn busy_connections_are_not_closed() {
        let (connections, mut entries) = filled();
        let busy: Vec<_> = entries.iter().map(|entry| entry.activity.begin()).collect();
        assert!(!connections.close_idlest());
        entries.pop();
        assert!(connections.close_idlest());
        drop(busy);
    }
}
