//! A client for one request a connection: what tests of the stand-ins need.

use std::{
    io::{self, BufReader, ErrorKind, Write as _},
    net::{SocketAddr, TcpStream},
};

use super::message::{Request, Response};

/// Sends a request on a connection of its own and reads the answer.
///
/// # Errors
/// The connection broke before the answer was complete.
pub fn send(address: SocketAddr, request: &Request) -> io::Result<Response> {
    let stream = TcpStream::connect(address)?;
    (&stream).write_all(&request.to_bytes())?;
    Response::read(&mut BufReader::new(&stream))?.ok_or_else(|| ErrorKind::UnexpectedEof.into())
}
