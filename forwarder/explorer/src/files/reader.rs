//! Reads one input from beginning to end: detects its format, then runs the scanner of that format chunk by chunk.

use std::{
    io::{self, Read},
    ops::ControlFlow,
    path::Path,
};

use tailwater_parser::{
    ByteSize, DecodeError, Decoder, Receive,
    decode::{More, Scan, Window},
};

use super::{
    detect::{HEAD_LIMIT, TextPolicy, UTF8_BOM, Unrecognised, detect},
    handler::{EndAction, InputHandler, RejectedInput},
    origin::{OriginDefaults, OriginTracker},
    scan_report::ScanReport,
    scanner::{FormatScanner, ScanContext},
    scanners,
};

/// Size of the read buffer.
const CHUNK: usize = 256 * 1024;

/// Information about an input besides its bytes.
#[derive(Clone, Copy, Debug)]
pub struct InputContext<'a> {
    /// Path of the file, or a name for an input without one.
    pub path: &'a Path,
    /// Function and log group to assume if the input does not name them.
    pub defaults: &'a OriginDefaults,
    /// Condition for accepting plain text as function output.
    pub text_policy: TextPolicy,
    /// Maximum decompressed size of a delivery (compressed log data inside a Lambda event). The input itself
    /// has no limit.
    pub delivery_limit: ByteSize,
}

/// Result of reading an input. In each case, the events that were read were passed to the handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadStatus {
    /// The input was read to its end.
    Complete,
    /// The input is damaged before its end; the damage was reported to [`InputHandler::on_rejected`].
    Damaged,
    /// The handler stopped the reading.
    Stopped,
}

/// Reads inputs one after another, with the same buffers.
#[derive(Default)]
pub struct Reader {
    chunk: Vec<u8>,
    decoder: Decoder<DecoderScan>,
}

impl Reader {
    /// Reads an input and passes its events to `handler`, which can stop after each chunk.
    ///
    /// Rejections are reported to `handler`: the input as a whole at most once, and each unreadable record if
    /// the records of the format can be read independently of each other.
    pub fn read(
        &mut self,
        input: &mut dyn Read,
        about: &InputContext<'_>,
        handler: &mut dyn InputHandler,
    ) -> ReadStatus {
        let name = about.path.display().to_string();
        let status = self.try_read(input, about, &name, handler);
        status.unwrap_or_else(|error| {
            handler.on_rejected(&RejectedInput {
                input: name,
                records: 1,
                offset: None,
                reason: error.to_string(),
            });
            ReadStatus::Damaged
        })
    }

    fn try_read(
        &mut self,
        input: &mut dyn Read,
        about: &InputContext<'_>,
        name: &str,
        handler: &mut dyn InputHandler,
    ) -> Result<ReadStatus, ReadError> {
        self.decoder.reset(DecoderScan::default());
        let Some(mut len) = read_first_chunk(input, &mut self.chunk, handler)? else {
            return Ok(ReadStatus::Stopped);
        };
        let mut chunk = self.chunk.get(..len).unwrap_or_default();
        let consumed = start(&mut self.decoder, chunk, about, handler)?;
        chunk = chunk.get(consumed..).unwrap_or_default();
        let mut decoding = InputDecoder { decoder: &mut self.decoder, name };
        loop {
            decoding.push(chunk, handler)?;
            if handler.on_progress(ByteSize(u64::try_from(len).unwrap_or(u64::MAX))) == ControlFlow::Break(())
            {
                decoding.flush(handler);
                return Ok(ReadStatus::Stopped);
            }
            if len < CHUNK {
                match handler.on_end() {
                    EndAction::Finish => {
                        decoding.finish(handler)?;
                        return Ok(ReadStatus::Complete);
                    }
                    EndAction::Wait => {}
                    EndAction::Flush => decoding.flush(handler),
                }
            }
            len = read_chunk(input, &mut self.chunk, 0).inspect_err(|_| decoding.flush(handler))?;
            chunk = self.chunk.get(..len).unwrap_or_default();
        }
    }
}

/// Detects the format of an input that begins with `chunk` and installs its scanner. Returns the number of
/// bytes of `chunk` that the decoder has consumed to detect the format.
fn start(
    decoder: &mut Decoder<DecoderScan>,
    chunk: &[u8],
    about: &InputContext<'_>,
    handler: &mut dyn InputHandler,
) -> Result<usize, ReadError> {
    let more = if chunk.len() < CHUNK { More::No } else { More::Maybe };
    let consumed = decoder.preview(chunk, more, HEAD_LIMIT);
    let text = decoder.unread();
    let is_all = more == More::No && text.len() < HEAD_LIMIT;
    let (head, more) = text.get(..HEAD_LIMIT).map_or((text, more), |head| (head, More::Maybe));
    let format = match detect(head, more, about.text_policy) {
        Ok(format) => format,
        Err(unrecognised) => {
            if is_all {
                // An input damaged within its first bytes has no recognisable format: the damage is the better reason.
                decoder.push(chunk.get(consumed..).unwrap_or_default(), handler)?;
                decoder.finish(handler)?;
            }
            return Err(unrecognised.into());
        }
    };
    handler.on_start(format, head);
    decoder.scan_mut().scanner = scanners::create(format, about.scan_context());
    Ok(consumed)
}

/// Error that stops reading before the end of the input.
#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Unrecognised(#[from] Unrecognised),
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

impl InputContext<'_> {
    pub(super) fn scan_context(&self) -> ScanContext {
        ScanContext {
            origins: OriginTracker::new(self.path, self.defaults),
            delivery_limit: self.delivery_limit,
        }
    }
}

/// Reads the beginning of an input, by which its format is detected. While the input may grow, waits for its first line,
/// which tells more than a part of it. Returns the number of bytes in `chunk`; `None` if the input was waited for in vain.
fn read_first_chunk(
    input: &mut dyn Read,
    chunk: &mut Vec<u8>,
    handler: &mut dyn InputHandler,
) -> io::Result<Option<usize>> {
    let mut len = read_chunk(input, chunk, 0)?;
    let mut has_waited = false;
    while len < CHUNK && !has_line(chunk.get(..len).unwrap_or_default()) {
        if handler.on_end() == EndAction::Finish {
            let is_blank = chunk.iter().take(len).all(u8::is_ascii_whitespace);
            return Ok((!has_waited || !is_blank).then_some(len));
        }
        has_waited = true;
        len = read_chunk(input, chunk, len)?;
    }
    Ok(Some(len))
}

/// True if the text has a line that is not blank and has ended, or is JSON or compressed data, which need not have lines.
fn has_line(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let is_plain = |first: &u8| !matches!(first, b'{' | b'[') && (0x20..0x7f).contains(first);
    !text.first().is_none_or(is_plain) || memchr::memchr(b'\n', text).is_some()
}

/// Reads until `chunk`, which already has `len` bytes, is full or the input has no more bytes. Returns the number of bytes
/// in `chunk`.
fn read_chunk(input: &mut dyn Read, chunk: &mut Vec<u8>, mut len: usize) -> io::Result<usize> {
    chunk.resize(CHUNK, 0);
    while let Some(free) = chunk.get_mut(len..).filter(|free| !free.is_empty()) {
        match input.read(free) {
            Ok(0) => break,
            Ok(n) => len += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(len)
}

/// An input whose format is known, while it passes through the decoder.
pub(super) struct InputDecoder<'r> {
    pub(super) decoder: &'r mut Decoder<DecoderScan>,
    pub(super) name: &'r str,
}

impl InputDecoder<'_> {
    pub(super) fn push(&mut self, bytes: &[u8], handler: &mut dyn InputHandler) -> Result<(), DecodeError> {
        let pushed = self.decoder.push(bytes, handler);
        self.report(pushed, handler)
    }

    pub(super) fn finish(&mut self, handler: &mut dyn InputHandler) -> Result<(), DecodeError> {
        let finished = self.decoder.finish(handler);
        self.report(finished, handler)
    }

    pub(super) fn flush(&mut self, handler: &mut dyn InputHandler) {
        self.decoder.scan_mut().scanner.flush(handler);
    }

    /// Passes the scan report to the handler. After damage no text follows, so buffered events are emitted.
    fn report(
        &mut self,
        result: Result<(), DecodeError>,
        handler: &mut dyn InputHandler,
    ) -> Result<(), DecodeError> {
        if result.is_err() {
            self.flush(handler);
        }
        self.decoder.scan_mut().report.send_to(self.name, handler);
        result
    }
}

/// Connects the scanner of a format to the decoder, and skips a byte order mark.
pub(super) struct DecoderScan {
    pub(super) scanner: Box<dyn FormatScanner>,
    report: ScanReport,
    position: Position,
}

impl Default for DecoderScan {
    fn default() -> Self {
        Self { scanner: Box::new(NoScanner), report: ScanReport::default(), position: Position::default() }
    }
}

/// Placeholder until the format is detected; consumes nothing.
struct NoScanner;

impl FormatScanner for NoScanner {
    fn scan(
        &mut self,
        _: &mut Window,
        _: More,
        _: &mut dyn Receive,
        _: &mut ScanReport,
    ) -> Result<(), DecodeError> {
        Ok(())
    }
}

/// State of skipping a byte order mark at the start of the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Position {
    #[default]
    Start,
    AfterMark,
}

impl Scan for DecoderScan {
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
    ) -> Result<(), DecodeError> {
        if self.position == Position::Start {
            let unread = window.unread();
            if more == More::Maybe && unread.len() < UTF8_BOM.len() && UTF8_BOM.starts_with(unread) {
                return Ok(());
            }
            let mark = if unread.starts_with(UTF8_BOM) { UTF8_BOM.len() } else { 0 };
            window.consume(mark);
            self.position = Position::AfterMark;
        }
        self.scanner.scan(window, more, receive, &mut self.report)
    }
}
