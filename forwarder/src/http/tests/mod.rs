//! Tests of the HTTP client against servers on real sockets: valid responses, refused and lost connections, invalid
//! data, timeouts, TLS.

mod failures;
mod responses;
mod tls;

use std::{
    io::{self, BufRead as _, BufReader, Read, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use super::*;
use crate::{http::Network, value::Secret};

/// Timeout that is longer than any request on the loopback interface takes.
const LONG: Duration = Duration::from_secs(20);

fn network() -> Network {
    Network::default()
}

fn client() -> Client {
    Client::new(&network()).unwrap()
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn post(url: impl Into<String>) -> Request {
    Request::new(Method::POST, url, "the body")
}

/// Starts a server that passes each connection to `serve` on a thread of its own. Returns its address and the number of
/// connections so far. The threads end with the test process.
fn listen(
    serve: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static,
) -> (SocketAddr, Arc<AtomicU32>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicU32::new(0));
    let (count, serve) = (Arc::clone(&connections), Arc::new(serve));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            count.fetch_add(1, Ordering::SeqCst);
            let serve = Arc::clone(&serve);
            // Some tests cause an I/O error on purpose.
            thread::spawn(move || drop(serve(stream)));
        }
    });
    (address, connections)
}

/// Reads a request with its body. Returns its request line and headers in lower case; `None` when the client closes
/// the connection.
fn read_request(input: &mut impl Read) -> io::Result<Option<String>> {
    let mut input = BufReader::with_capacity(1, input);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if input.read_line(&mut head)? == 0 {
            return Ok(None);
        }
    }
    let head = head.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or_default()];
    input.read_exact(&mut body)?;
    Ok(Some(head))
}

/// Starts a server that sends these bytes as the response to each request, and then closes the connection. Returns
/// its URL.
fn responding(response: impl Into<Vec<u8>>) -> String {
    let response = response.into();
    let (address, _) = listen(move |mut stream| {
        read_request(&mut stream)?;
        stream.write_all(&response)
    });
    format!("http://{address}/")
}
