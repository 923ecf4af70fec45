//! A client for one request a connection: what tests of the stand-ins need.

use std::{
    io::{self, BufReader, ErrorKind, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use super::message::{Request, Response};

/// A server that takes longer than this never answers.
const ANSWERS_WITHIN: Duration = Duration::from_secs(60);

/// Sends a request on a connection of its own and reads the answer.
///
/// # Errors
/// The connection broke before the answer was complete.
pub fn send(address: SocketAddr, request: &Request) -> io::Result<Response> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(ANSWERS_WITHIN))?;
    (&stream).write_all(&request.to_bytes())?;
    Response::read(&mut BufReader::new(&stream))?.ok_or_else(|| ErrorKind::UnexpectedEof.into())
}
