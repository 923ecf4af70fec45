//! HTTP client that sends one request per connection.

use std::{
    io::{self, BufReader, ErrorKind, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use super::message::{Request, Response};

/// Time after which a server counts as hanging.
const ANSWERS_WITHIN: Duration = Duration::from_secs(60);

/// Sends a request on a new connection and reads the response.
///
/// # Errors
/// Returns an error if the connection fails before the response is complete.
pub fn send(address: SocketAddr, request: &Request) -> io::Result<Response> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(ANSWERS_WITHIN))?;
    (&stream).write_all(&request.to_bytes())?;
    Response::read(&mut BufReader::new(&stream))?.ok_or_else(|| ErrorKind::UnexpectedEof.into())
}
