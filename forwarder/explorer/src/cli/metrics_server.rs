//! `--metrics ADDRESS`: HTTP server for Prometheus, which serves the counters while a replay runs.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use tailwater_forwarder::telemetry::{Registry, prometheus};

/// Timeout of a read and of a write, and maximum time for the whole request: connections are served one by one.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Maximum length of a request in bytes; a scrape is a line and a few headers.
const MAX_REQUEST: usize = 8 * 1024;

/// Serves `GET /metrics` at `address` as long as the program runs. Returns the address with the actual port, which may have
/// been given as 0.
///
/// # Errors
/// Returns an error if the address cannot be bound.
pub(super) fn start(address: SocketAddr, registry: Registry) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(address)?;
    let own = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Prometheus repeats a failed scrape.
            let _ = respond(&stream, &registry);
        }
    });
    Ok(own)
}

fn respond(mut stream: &TcpStream, registry: &Registry) -> io::Result<()> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let mut head = Vec::new();
    let mut chunk = [0; 1024];
    let deadline = Instant::now() + TIMEOUT;
    while Instant::now() < deadline
        && !head.windows(4).any(|end| end == b"\r\n\r\n")
        && head.len() < MAX_REQUEST
    {
        match stream.read(&mut chunk)? {
            0 => break,
            n => head.extend_from_slice(chunk.get(..n).unwrap_or_default()),
        }
    }
    let is_known = head.starts_with(b"GET /metrics ");
    let (status, body) =
        if is_known { ("200 OK", prometheus::render(registry)) } else { ("404 Not Found", String::new()) };
    let (kind, length) = (prometheus::CONTENT_TYPE, body.len());
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use tailwater_forwarder::telemetry::Telemetry;

    fn request(address: SocketAddr, text: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    }

    #[test]
    fn counters_are_served_at_metrics_only() {
        let registry = Registry::default();
        Telemetry::new(&registry, &["store"]).bytes_in(tailwater_parser::ByteSize(7));
        let address = start(SocketAddr::from(([127, 0, 0, 1], 0)), registry).unwrap();
        let response = request(address, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
        assert!(
            response.starts_with("HTTP/1.1 200 OK\r\n") && response.contains("\ntailwater_bytes_in 7\n"),
            "{response}"
        );
        assert!(request(address, "GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404"));
    }
}
