//! Real sockets that answer, refuse, break, lie and fall silent.

mod answers;
mod failures;
mod trust;

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

/// Long enough for anything on loopback.
const PATIENT: Duration = Duration::from_secs(20);

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

/// Hands each connection to `serve` on a thread; it ends with the test's process.
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
            // A broken connection is what some tests want.
            thread::spawn(move || drop(serve(stream)));
        }
    });
    (address, connections)
}

/// The head of the next request in small letters, after its body was read; `None` when the client is done.
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

/// A server that sends these bytes in answer to each request, and then closes the connection.
fn answering(answer: impl Into<Vec<u8>>) -> String {
    let answer = answer.into();
    let (address, _) = listen(move |mut stream| {
        read_request(&mut stream)?;
        stream.write_all(&answer)
    });
    format!("http://{address}/")
}
