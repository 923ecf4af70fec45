//! Server side of one connection. Requests can be read, and responses sent, in whole or in part.

use std::{
    io::{self, BufReader, Read, Write as _},
    net::TcpStream,
    sync::Arc,
};

use super::message::{Head, Request, Response, UNLIMITED};

/// Way in which the server ends a connection early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// FIN: the client reads an end of file.
    Close,
    /// RST: the client's read fails.
    Reset,
}

/// Server side of one connection. The server holds a second reference, to close the connection from outside.
pub struct Connection {
    input: BufReader<Shared>,
}

/// Shared socket that can be read: `Read` is implemented for `&TcpStream`, but not for `Arc<TcpStream>`.
struct Shared(Arc<TcpStream>);

impl Read for Shared {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(room)
    }
}

impl Connection {
    pub(super) fn new(stream: Arc<TcpStream>) -> Self {
        Self { input: BufReader::new(Shared(stream)) }
    }

    /// Reads the head of the next request; `None` if the client closed the connection.
    ///
    /// # Errors
    /// Returns an error if the connection fails or the message is not valid HTTP.
    pub fn read_head(&mut self) -> io::Result<Option<Head>> {
        Head::read(&mut self.input)
    }

    /// Reads the body of a request whose head was read, and returns the whole request.
    ///
    /// # Errors
    /// Returns an error if the connection fails or the message is not valid HTTP.
    pub fn read_request(&mut self, head: Head) -> io::Result<Request> {
        if head.header("expect") == Some("100-continue") {
            self.send_bytes(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let body = head.read_body(&mut self.input, UNLIMITED)?;
        Ok(Request { head, body })
    }

    /// Reads and discards this number of bytes of the body.
    ///
    /// # Errors
    /// Returns an error if the connection fails or the message is not valid HTTP.
    pub fn skip_body(&mut self, head: &Head, bytes: usize) -> io::Result<()> {
        head.read_body(&mut self.input, bytes).map(drop)
    }

    /// Sends a response.
    ///
    /// # Errors
    /// Returns an error if the connection fails.
    pub fn send(&mut self, response: &Response) -> io::Result<()> {
        self.send_bytes(&response.to_bytes())
    }

    /// Sends the first bytes of a response, counted from its status line.
    ///
    /// # Errors
    /// Returns an error if the connection fails.
    pub fn send_part(&mut self, response: &Response, bytes: usize) -> io::Result<()> {
        let whole = response.to_bytes();
        self.send_bytes(whole.get(..bytes).unwrap_or(&whole))
    }

    /// Sends nothing and reads until the client closes the connection.
    ///
    /// # Errors
    /// Returns an error if the connection fails.
    pub fn wait_for_close(&mut self) -> io::Result<()> {
        io::copy(&mut self.input, &mut io::sink()).map(drop)
    }

    fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        (&*self.input.get_ref().0).write_all(bytes)
    }

    /// Ends the connection.
    ///
    /// # Errors
    /// Returns an error if the socket cannot be closed or configured.
    pub fn cut(&mut self, how: Cut) -> io::Result<()> {
        let stream = &self.input.get_ref().0;
        match how {
            Cut::Close => stream.shutdown(std::net::Shutdown::Both),
            Cut::Reset => reset_when_dropped(stream),
        }
    }
}

/// Makes the socket send a reset when it is closed (`SO_LINGER` of zero). std has no such call and tokio has; the
/// option belongs to the socket, so it can be set through a second handle.
fn reset_when_dropped(stream: &TcpStream) -> io::Result<()> {
    let handle = stream.try_clone()?;
    handle.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async { tokio::net::TcpStream::from_std(handle)?.set_zero_linger() })
}
