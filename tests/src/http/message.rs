//! Requests and responses, as they stand on the wire (RFC 9112).

use std::io::{self, BufRead, ErrorKind, Read};

/// Larger bodies are refused: no test needs them, and a sender gone wild must not fill the memory.
const BODY_LIMIT: usize = 256 * 1024 * 1024;

/// As many bytes of a body as there are.
pub const UNLIMITED: usize = usize::MAX;

/// The first line of a message and its headers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// `POST /v1/logs HTTP/1.1` or `HTTP/1.1 200 OK`.
    pub line: String,
    /// Names in lower case, in the order they came.
    pub headers: Vec<(String, String)>,
}

/// A request that was read whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// What came before the body.
    pub head: Head,
    /// The body without its transfer coding, still in its content coding.
    pub body: Vec<u8>,
}

/// A response to send, or one that was read whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Besides `Content-Length`, which is made from the body.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// How a body's end is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Length(usize),
    Chunked,
}

impl Head {
    /// The next message's head; `None` when the other side is done.
    ///
    /// # Errors
    /// The connection broke, or what came is not HTTP.
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

    /// The value of a header, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The method of a request.
    #[must_use]
    pub fn method(&self) -> &str {
        self.line.split(' ').next().unwrap_or_default()
    }

    /// The path of a request, without its query.
    #[must_use]
    pub fn path(&self) -> &str {
        let target = self.line.split(' ').nth(1).unwrap_or_default();
        target.split('?').next().unwrap_or_default()
    }

    /// Reads the body that belongs to this head, or its first `at_most` bytes: [`UNLIMITED`] for all.
    ///
    /// # Errors
    /// The connection broke, the framing is wrong, or there is more of it than any test needs.
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
    /// A request to send.
    #[must_use]
    pub fn new(method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Self {
        let head = Head { line: format!("{method} {path} HTTP/1.1"), headers: owned(headers) };
        Self { head, body: body.into() }
    }

    /// As it stands on the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        to_bytes(&self.head.line, &self.head.headers, &self.body)
    }
}

impl Response {
    /// A response without headers of its own.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    /// With one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// As it stands on the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        to_bytes(&format!("HTTP/1.1 {} Stand-in", self.status), &self.headers, &self.body)
    }

    /// The next response; `None` when the other side closed instead of answering.
    ///
    /// # Errors
    /// The connection broke, or what came is not HTTP.
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

/// A line without its end; `None` at the end of the input.
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

/// Chunks up to the empty one, and the trailers behind it.
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
