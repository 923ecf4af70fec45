//! Requests and responses in their wire format (RFC 9112).

use std::io::{self, BufRead, ErrorKind, Read};

/// Largest accepted body: a client that never stops sending must not fill the memory.
const BODY_LIMIT: usize = 256 * 1024 * 1024;

/// Limit for [`Head::read_body`] that reads the whole body.
pub const UNLIMITED: usize = usize::MAX;

/// Start line and headers of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Request line or status line: `POST /v1/logs HTTP/1.1`, `HTTP/1.1 200 OK`.
    pub line: String,
    /// Headers in the order received; names are in lower case.
    pub headers: Vec<(String, String)>,
}

/// Complete request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Request line and headers.
    pub head: Head,
    /// Body after removal of the transfer coding; the content coding is still applied.
    pub body: Vec<u8>,
}

/// Complete response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers except `Content-Length`, which follows from the body.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

/// Encoding of a body's length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Length(usize),
    Chunked,
}

impl Head {
    /// Reads the head of the next message; `None` if the peer closed the connection.
    ///
    /// # Errors
    /// Returns an error if the connection fails or the message is not valid HTTP.
    pub fn read(input: &mut impl BufRead) -> io::Result<Option<Self>> {
        let Some(line) = read_line(input)? else { return Ok(None) };
        let mut headers = Vec::new();
        loop {
            let header = read_line(input)?.ok_or(ErrorKind::UnexpectedEof)?;
            if header.is_empty() {
                return Ok(Some(Self { line, headers }));
            }
            let (name, value) = header.split_once(':').ok_or(ErrorKind::InvalidData)?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    /// Returns the value of a header, given its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Returns the method of a request.
    #[must_use]
    pub fn method(&self) -> &str {
        self.line.split(' ').next().unwrap_or_default()
    }

    /// Returns the path of a request, without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        let target = self.line.split(' ').nth(1).unwrap_or_default();
        target.split('?').next().unwrap_or_default()
    }

    /// Reads the body that follows this head. Stops after `at_most` bytes ([`UNLIMITED`]: never); a body over this
    /// module's own size limit is an error.
    ///
    /// # Errors
    /// Returns an error if the connection fails, the framing is invalid, or the body exceeds the size limit.
    pub fn read_body(&self, input: &mut impl BufRead, at_most: usize) -> io::Result<Vec<u8>> {
        match self.framing()? {
            Framing::Length(length) => {
                let mut body = Vec::new();
                read_exactly(input, length.min(at_most), &mut body)?;
                Ok(body)
            }
            Framing::Chunked => read_chunks(input, at_most),
        }
    }

    fn framing(&self) -> io::Result<Framing> {
        if self.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            return Ok(Framing::Chunked);
        }
        let length = self.header("content-length").map_or(Ok(0), str::parse);
        length.map(Framing::Length).map_err(|_not_a_number| ErrorKind::InvalidData.into())
    }
}

impl Request {
    /// Creates a request.
    #[must_use]
    pub fn new(method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Self {
        let head = Head { line: format!("{method} {path} HTTP/1.1"), headers: owned(headers) };
        Self { head, body: body.into() }
    }

    /// Encodes the request in its wire format.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        to_bytes(&self.head.line, &self.head.headers, &self.body)
    }
}

impl Response {
    /// Creates a response without headers.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// Encodes the response in its wire format.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        to_bytes(&format!("HTTP/1.1 {} Stand-in", self.status), &self.headers, &self.body)
    }

    /// Reads the next response; `None` if the peer closed the connection instead of answering.
    ///
    /// # Errors
    /// Returns an error if the connection fails or the message is not valid HTTP.
    pub fn read(input: &mut impl BufRead) -> io::Result<Option<Self>> {
        let Some(head) = Head::read(input)? else { return Ok(None) };
        let status = head.line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or(ErrorKind::InvalidData)?;
        let body = head.read_body(input, UNLIMITED)?;
        Ok(Some(Self { status, headers: head.headers, body }))
    }
}

fn owned(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), (*value).to_owned())).collect()
}

fn to_bytes(line: &str, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let mut text = format!("{line}\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    text += &format!("content-length: {}\r\n\r\n", body.len());
    [text.as_bytes(), body].concat()
}

/// Reads a line and removes its line end; `None` at the end of the input.
fn read_line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    const LINE_LIMIT: u64 = 64 * 1024;
    let mut line = String::new();
    input.take(LINE_LIMIT).read_line(&mut line)?;
    match line.strip_suffix("\r\n") {
        Some(text) => Ok(Some(text.to_owned())),
        None if line.is_empty() => Ok(None),
        None => Err(ErrorKind::UnexpectedEof.into()),
    }
}

fn read_exactly(input: &mut impl BufRead, length: usize, body: &mut Vec<u8>) -> io::Result<()> {
    if body.len().saturating_add(length) > BODY_LIMIT {
        return Err(ErrorKind::FileTooLarge.into());
    }
    let length = u64::try_from(length).map_err(|_too_large| ErrorKind::FileTooLarge)?;
    let read = input.take(length).read_to_end(body)?;
    if u64::try_from(read) == Ok(length) { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
}

/// Reads chunks up to the empty one, and the trailers after it.
fn read_chunks(input: &mut impl BufRead, at_most: usize) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = read_line(input)?.ok_or(ErrorKind::UnexpectedEof)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_not_a_number| ErrorKind::InvalidData)?;
        if size == 0 {
            while read_line(input)?.is_some_and(|trailer| !trailer.is_empty()) {}
            return Ok(body);
        }
        read_exactly(input, size.min(at_most - body.len()), &mut body)?;
        if body.len() == at_most {
            return Ok(body);
        }
        read_line(input)?.filter(String::is_empty).ok_or(ErrorKind::InvalidData)?;
    }
}
