//! `--metrics ADDRESS`: what was counted so far, for Prometheus to scrape while a long replay runs.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
    time::Duration,
};

use tailwater_forwarder::telemetry::{Registry, prometheus};

/// Whoever takes longer to ask is let go.
const PATIENCE: Duration = Duration::from_secs(5);

/// A request is a line and a few headers; what is longer is none.
const LONGEST: usize = 8 * 1024;

/// Answers `GET /metrics` at `address` as long as the program runs; says where, should the port have been left to choose.
pub(super) fn listen(address: SocketAddr, registry: Registry) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(address)?;
    let own = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A scrape that breaks is asked again in a while.
            let _ = answer(&stream, &registry);
        }
    });
    Ok(own)
}

fn answer(mut stream: &TcpStream, registry: &Registry) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < LONGEST {
        match stream.read(&mut piece)? {
            0 => break,
            n => head.extend_from_slice(piece.get(..n).unwrap_or_default()),
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

    fn ask(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn what_was_counted_is_there_to_be_scraped() {
        let registry = Registry::default();
        Telemetry::new(&registry, &["store"]).bytes_in(tailwater_parser::ByteSize(7));
        let address = listen(SocketAddr::from(([127, 0, 0, 1], 0)), registry).unwrap();
        let answer = ask(address, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
        assert!(
            answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("\ntailwater_bytes_in 7\n"),
            "{answer}"
        );
        assert!(ask(address, "GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404"));
    }
}
