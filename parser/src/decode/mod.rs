//! Decoding of an input into log events: base64, gzip or zstd, and JSON, in one pass over a bounded, reused window.
//!
//! The caller pushes bytes as they arrive. Every event found is lent to a [`Receive`] before its bytes in the window
//! are overwritten, so memory does not grow with the input, and the same code serves a file, a socket and a Lambda
//! payload.

mod base64;
mod emitter;
mod envelope;
mod event;
mod inflate;
mod long;
mod message;
mod window;

pub use self::{
    base64::push_base64,
    envelope::{Envelope, Shape},
    event::Keys,
    inflate::{Compression, Inflater},
    window::Window,
};

use crate::{
    origin::Origin,
    units::{ByteSize, UnixMillis},
};

/// Longest message that is passed on whole, in bytes; a longer one comes in parts of about this size. (AWS's own limit
/// is 1 MB.)
pub const MESSAGE_LIMIT: usize = 1024 * 1024;

/// One log event of an input, borrowed until [`Receive::event`] returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'w> {
    /// CloudWatch's event id; `None` if the input form has no ids.
    pub id: Option<&'w str>,
    /// CloudWatch's timestamp of the event; `None` if the input form has no timestamps.
    pub time: Option<UnixMillis>,
    /// The logged message, or the part of it that `part` states.
    pub message: &'w str,
    /// Part of the message that `message` holds.
    pub part: Part,
    /// States if bytes of `message` had to be replaced because they were not UTF-8.
    pub utf8: Utf8,
}

/// Part of a log event's message that an [`Event`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The whole message.
    Whole,
    /// A part of a message longer than [`MESSAGE_LIMIT`], with its index from 0; more parts follow.
    Piece(u32),
    /// The last part of a message longer than [`MESSAGE_LIMIT`], with its index from 0.
    Last(u32),
}

impl Part {
    /// True for the first part of a message. Counting these parts counts events.
    #[must_use]
    pub fn is_first(self) -> bool {
        matches!(self, Self::Whole | Self::Piece(0) | Self::Last(0))
    }
}

/// UTF-8 validity of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Utf8 {
    /// The message was valid UTF-8 and is unchanged.
    Valid,
    /// Invalid bytes, or escapes that stand for no character, were replaced by U+FFFD.
    Repaired,
}

/// Receiver of what a decoder finds, in the order of the input.
pub trait Receive {
    /// Receives the origin of the events that follow. Called before the first event and whenever the origin changes.
    fn batch(&mut self, origin: &Origin);

    /// Receives one event, or one part of it.
    fn event(&mut self, event: &Event<'_>);

    /// Receives a control message, by which AWS checks that the destination is reachable. It is never forwarded.
    fn control_message(&mut self) {}
}

/// A scanner that finds events in the window of an input.
pub trait Scan {
    /// Reads and consumes all complete elements in `window`: events, and the text between them. An incomplete element
    /// stays in the window for the next call, unless `more` states that nothing will follow.
    ///
    /// # Errors
    /// Returns an error if the text is not in the expected form. Nothing after the error can be read.
    fn scan(&mut self, window: &mut Window, more: More, receive: &mut dyn Receive)
    -> Result<(), DecodeError>;
}

/// Expectation of further input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum More {
    /// More bytes may follow.
    Maybe,
    /// The input is complete.
    No,
    /// The rest of the input is lost: an incomplete event at the end of the window must not be treated as complete.
    Lost,
}

/// Progress of [`Decoder::push_some`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// All of the input was read; an incomplete event at its end waits for the next push.
    Complete,
    /// The limit was reached: push again, even if nothing is left of the input.
    Partial,
}

/// Reason why an input could not be read to its end. Events before the error are valid and were passed on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The text is not base64.
    #[error("not base64 at byte {offset}")]
    Base64 {
        /// Index of the first invalid character in the encoded text.
        offset: u64,
    },
    /// The gzip or zstd data is damaged.
    #[error("damaged {format} data at byte {offset}: {reason}")]
    Damaged {
        /// Compression format: `gzip` or `zstd`.
        format: &'static str,
        /// Index in the compressed input, near the damage. If data is compressed twice, the index is that of its layer.
        offset: u64,
        /// Error message of the decompression library.
        reason: String,
    },
    /// The input ends inside compressed data.
    #[error("truncated {format} data: it ends at byte {offset} inside a member")]
    Truncated {
        /// Compression format: `gzip` or `zstd`.
        format: &'static str,
        /// Length of the compressed input in bytes.
        offset: u64,
    },
    /// Bytes after the last gzip member or zstd frame do not begin another one.
    #[error("unexpected bytes after {format} data at byte {offset}")]
    TrailingGarbage {
        /// Compression format: `gzip` or `zstd`.
        format: &'static str,
        /// Index of the first such byte in the compressed input.
        offset: u64,
    },
    /// The decompressed size exceeds the limit: a gzip bomb, or a limit set too low.
    #[error("decompressed size exceeds the limit of {limit}")]
    InflatedLimit {
        /// The limit.
        limit: ByteSize,
    },
    /// The input is compressed, and what is inside is compressed again, more often than any real sender does.
    #[error("compressed more than {limit} times, one inside the other")]
    TooManyLayers {
        /// Maximum number of layers of compression.
        limit: u8,
    },
    /// The text is not JSON in a form that holds log events.
    #[error("not a log envelope at byte {offset} of the text: {reason}")]
    Envelope {
        /// Index in the decompressed text.
        offset: u64,
        /// Description of the expected text.
        reason: &'static str,
    },
    /// The text ends inside a JSON document.
    #[error("incomplete JSON document: the text ends at byte {offset}")]
    IncompleteDocument {
        /// Length of the decompressed text in bytes.
        offset: u64,
    },
}

impl DecodeError {
    /// Moves the offset of a base64 error by `before` bytes, for a text whose first `before` bytes were decoded
    /// separately. Other errors count in decompressed or compressed bytes and stay as they are.
    #[must_use]
    pub fn offset_by(self, before: usize) -> Self {
        match self {
            Self::Base64 { offset } => {
                Self::Base64 { offset: offset.saturating_add(u64::try_from(before).unwrap_or(u64::MAX)) }
            }
            error @ (Self::Damaged { .. }
            | Self::Truncated { .. }
            | Self::TrailingGarbage { .. }
            | Self::InflatedLimit { .. }
            | Self::TooManyLayers { .. }
            | Self::Envelope { .. }
            | Self::IncompleteDocument { .. }) => error,
        }
    }
}

/// Decoder of one input: decompresses it into a window and scans the window for events.
///
/// ```
/// use tailwater_parser::{Decoder, Event, Origin, Receive};
///
/// struct Lines(Vec<String>);
/// impl Receive for Lines {
///     fn batch(&mut self, _: &Origin) {}
///     fn event(&mut self, event: &Event<'_>) {
///         self.0.push(event.message.to_owned());
///     }
/// }
///
/// let document = br#"{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"/aws/lambda/f","logStream":"s",
///     "subscriptionFilters":[],"logEvents":[{"id":"1","timestamp":0,"message":"hello\n"}]}"#;
/// let mut lines = Lines(Vec::new());
/// let mut decoder: Decoder = Decoder::default();
/// decoder.push(document, &mut lines).unwrap();
/// decoder.finish(&mut lines).unwrap();
/// assert_eq!(lines.0, ["hello\n"]);
/// ```
#[derive(Debug, Default)]
pub struct Decoder<S = Envelope> {
    inflate: Inflater,
    window: Window,
    scan: S,
    /// Error that [`Decoder::preview`] found and that the next push returns.
    damage: Option<DecodeError>,
}

impl<S: Scan> Decoder<S> {
    /// Creates a decoder that reads with `scan`; `limit` bounds the decompressed size.
    #[must_use]
    pub fn new(scan: S, limit: ByteSize) -> Self {
        Self { inflate: Inflater::new(limit), window: Window::default(), scan, damage: None }
    }

    /// Decompresses the beginning of the input without scanning it, up to at least `wanted` bytes of text if
    /// `input` has so many. Returns the number of bytes taken from `input`: the next push has to continue after them.
    /// An error that is found here is returned by that push.
    pub fn preview(&mut self, input: &[u8], more: More, wanted: usize) -> usize {
        let mut rest = input;
        while self.window.unread().len() < wanted {
            match self.inflate.step(rest, &mut self.window) {
                Ok((0, 0)) => break,
                Ok((used, _)) => rest = rest.get(used..).unwrap_or_default(),
                Err(damage) => {
                    self.damage = Some(damage);
                    break;
                }
            }
        }
        if rest.is_empty() && more == More::No {
            let _ = self.inflate.finish(&mut self.window); // `Decoder::finish` returns this error.
        }
        input.len() - rest.len()
    }

    /// Text that was decompressed and not yet scanned.
    pub fn unread(&self) -> &[u8] {
        self.window.unread()
    }

    /// Reads the next bytes of the input: gzip, zstd or plain text.
    ///
    /// # Errors
    /// Returns an error if the input is damaged or not in the expected form; events before that were passed on.
    /// [`Decoder::reset`] has to be called before another input.
    pub fn push(&mut self, mut input: &[u8], receive: &mut dyn Receive) -> Result<(), DecodeError> {
        while self.push_some(&mut input, usize::MAX, receive)? == Pushed::Partial {}
        Ok(())
    }

    /// Reads like [`Decoder::push`], but stops after about `enough` bytes of decompressed text: a few compressed bytes
    /// may decompress to any number. Afterwards `input` is the unread rest.
    ///
    /// # Errors
    /// Returns the same errors as [`Decoder::push`].
    pub fn push_some(
        &mut self,
        input: &mut &[u8],
        enough: usize,
        receive: &mut dyn Receive,
    ) -> Result<Pushed, DecodeError> {
        let mut text = 0;
        while text < enough {
            self.scan.scan(&mut self.window, More::Maybe, receive)?;
            let progress = match self.damage.take() {
                None => self.inflate.step(input, &mut self.window),
                Some(damage) => Err(damage),
            };
            let (used, wrote) = progress.inspect_err(|_| {
                // The text before the damage is valid; a document that the damage cuts short is not a second error.
                let _ = self.scan.scan(&mut self.window, More::Lost, receive);
            })?;
            *input = input.get(used..).unwrap_or_default();
            if used == 0 && wrote == 0 {
                return Ok(Pushed::Complete);
            }
            text += wrote;
        }
        Ok(Pushed::Partial)
    }

    /// Ends the input.
    ///
    /// # Errors
    /// Returns an error if the input ends inside compressed data or inside a document; events before that were passed
    /// on.
    pub fn finish(&mut self, receive: &mut dyn Receive) -> Result<(), DecodeError> {
        let ended = self.inflate.finish(&mut self.window);
        let more = if ended.is_ok() { More::No } else { More::Lost };
        let scanned = self.scan.scan(&mut self.window, more, receive);
        ended.and(scanned)
    }

    /// The scanner, for callers whose scanner collects more than events.
    pub fn scan_mut(&mut self) -> &mut S {
        &mut self.scan
    }

    /// Size of the text that was decompressed so far.
    pub fn inflated(&self) -> ByteSize {
        self.inflate.inflated()
    }

    /// Prepares for another input, which `scan` reads; buffers are kept.
    pub fn reset(&mut self, scan: S) {
        self.inflate.reset();
        self.window.reset();
        self.scan = scan;
        self.damage = None;
    }
}

#[cfg(test)]
mod tests;
