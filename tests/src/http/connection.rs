//! One connection of a stand-in: requests come in whole or in part, answers go out whole or in part.

use std::{
    io::{self, BufReader, Read, Write as _},
    net::TcpStream,
    sync::Arc,
};

use super::message::{Head, Request, Response, UNLIMITED};

/// How a connection ends before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// An orderly end (FIN): the other side reads an end of file.
    Close,
    /// A reset (RST): the other side reads an error.
    Reset,
}

/// One end of a connection; the server that accepted it holds the other reference, to be able to close it.
pub struct Connection {
    input: BufReader<Shared>,
}

/// std reads from a reference to a stream, not from a counted one.
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

    /// The next request's head; `None` when the client is done.
    ///
    /// # Errors
    /// The connection broke, or what came is not HTTP.
    pub fn read_head(&mut self) -> io::Result<Option<Head>> {
        Head::read(&mut self.input)
    }

    /// The body that belongs to a head, and with it the whole request.
    ///
    /// # Errors
    /// The connection broke, or what came is not HTTP.
    pub fn read_request(&mut self, head: Head) -> io::Result<Request> {
        if head.header("expect") == Some("100-continue") {
            self.send_bytes(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let body = head.read_body(&mut self.input, UNLIMITED)?;
        Ok(Request { head, body })
    }

    /// Reads so many bytes of the body that belongs to a head, and lets them fall.
    ///
    /// # Errors
    /// The connection broke, or what came is not HTTP.
    pub fn skip_body(&mut self, head: &Head, bytes: usize) -> io::Result<()> {
        head.read_body(&mut self.input, bytes).map(drop)
    }

    /// Sends an answer.
    ///
    /// # Errors
    /// The connection broke.
    pub fn send(&mut self, response: &Response) -> io::Result<()> {
        self.send_bytes(&response.to_bytes())
    }

    /// Sends the beginning of an answer, head included.
    ///
    /// # Errors
    /// The connection broke.
    pub fn send_part(&mut self, response: &Response, bytes: usize) -> io::Result<()> {
        let whole = response.to_bytes();
        self.send_bytes(whole.get(..bytes).unwrap_or(&whole))
    }

    /// Says nothing until the client has enough of it, and closes.
    ///
    /// # Errors
    /// The connection broke.
    pub fn wait_for_close(&mut self) -> io::Result<()> {
        io::copy(&mut self.input, &mut io::sink()).map(drop)
    }

    fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        (&*self.input.get_ref().0).write_all(bytes)
    }

    /// Ends the connection.
    ///
    /// # Errors
    /// The system refuses.
    pub fn cut(&mut self, how: Cut) -> io::Result<()> {
        let stream = &self.input.get_ref().0;
        match how {
            Cut::Close => stream.shutdown(std::net::Shutdown::Both),
            Cut::Reset => reset_when_dropped(stream),
        }
    }
}

/// std cannot make a socket send a reset, tokio can; the option belongs to the socket, so a second handle sets it for
/// the first.
fn reset_when_dropped(stream: &TcpStream) -> io::Result<()> {
    let handle = stream.try_clone()?;
    handle.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async { tokio::net::TcpStream::from_std(handle)?.set_zero_linger() })
}
