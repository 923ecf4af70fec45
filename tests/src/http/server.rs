//! HTTP server on loopback with one thread per connection. Dropping it closes the port and all connections.

use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
};

use super::connection::Connection;

/// Listening server.
pub struct Server {
    address: SocketAddr,
    connections: Arc<Connections>,
    acceptor: Option<JoinHandle<()>>,
}

/// Open connections, kept so that they can be closed from outside.
#[derive(Default)]
struct Connections {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    closing: bool,
    count: u64,
    streams: BTreeMap<u64, Arc<TcpStream>>,
}

impl Server {
    /// Listens on a free port and calls `serve` with each connection, on a thread per connection.
    ///
    /// # Panics
    /// When loopback has no free port.
    #[must_use]
    pub fn start(serve: impl Fn(Connection) -> io::Result<()> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let address = listener.local_addr().expect("the socket is bound");
        let connections = Arc::new(Connections::default());
        let (state, serve) = (Arc::clone(&connections), Arc::new(serve));
        let acceptor = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Some(key) = state.add(Arc::new(stream)) else { return };
                let (state, serve) = (Arc::clone(&state), Arc::clone(&serve));
                // Errors of a connection are expected: tests cut connections on purpose.
                thread::spawn(move || state.serve(key, |connection| drop(serve(connection))));
            }
        });
        Self { address, connections, acceptor: Some(acceptor) }
    }

    /// Address that the server listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Connections {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a connection; `None` if the server is closing.
    fn add(&self, stream: Arc<TcpStream>) -> Option<u64> {
        let mut state = self.lock();
        if state.closing {
            return None;
        }
        // Without TCP_NODELAY small responses wait for the client's acknowledgement.
        let _slower_otherwise = stream.set_nodelay(true);
        state.count += 1;
        let key = state.count;
        state.streams.insert(key, stream);
        Some(key)
    }

    /// Serves a registered connection. Unregistering drops the last handle, which closes the connection.
    fn serve(&self, key: u64, serve: impl FnOnce(Connection)) {
        let stream = self.lock().streams.get(&key).map(Arc::clone);
        if let Some(stream) = stream {
            serve(Connection::new(stream));
        }
        self.lock().streams.remove(&key);
    }

    fn close(&self) {
        let mut state = self.lock();
        state.closing = true;
        for stream in state.streams.values() {
            let _closed_already = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.connections.close();
        // Wakes the accepting thread, which then sees that the server is closing.
        let _refused = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let _panicked = acceptor.join();
        }
    }
}
