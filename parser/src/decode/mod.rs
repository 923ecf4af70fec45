//! Bytes of an input to log events: base64, gunzip and JSON in one pass over a bounded, reused window.
//!
//! Push, not pull: whoever owns the bytes hands them over as they arrive, and every event found is lent to a
//! [`Receive`] before its place in the window is used again. So memory does not grow with the input, and the same
//! code serves a file, a socket and a Lambda payload.

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
    inflate::{Compression, Inflate},
    window::Window,
};

use crate::{
    origin::Origin,
    units::{ByteSize, UnixMillis},
};

/// An event's message is handed on in parts of this size when it is longer (AWS's own limit is 1 MB).
pub const MESSAGE_LIMIT: usize = 1024 * 1024;

/// One log event as the input carries it, borrowed until [`Receive::event`] returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'w> {
    /// CloudWatch's id of the event; `None` in forms that lack one.
    pub id: Option<&'w str>,
    /// CloudWatch's time of the event; `None` in forms that lack one.
    pub time: Option<UnixMillis>,
    /// What was logged.
    pub message: &'w str,
    /// Whether `message` is all of it.
    pub part: Part,
    /// Whether `message` is as it was written.
    pub text: Text,
}

/// Which part of a log event's message an [`Event`] carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// The part of this index, counted from 0, of a message longer than [`MESSAGE_LIMIT`]; more follow.
    Piece(u32),
    /// The last part, and its index.
    Last(u32),
}

impl Part {
    /// True for the one part by which an event is counted.
    #[must_use]
    pub fn is_first(self) -> bool {
        matches!(self, Self::Whole | Self::Piece(0) | Self::Last(0))
    }
}

/// Whether a message was valid UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// As it was written.
    Utf8,
    /// Bytes that are no UTF-8 were replaced by U+FFFD.
    Repaired,
}

/// Takes what a decoder finds, in the order of the input.
pub trait Receive {
    /// The following events come from here. Called before the first event and whenever the origin changes.
    fn batch(&mut self, origin: &Origin);

    /// One event.
    fn event(&mut self, event: &Event<'_>);

    /// AWS checking that the destination is alive: acknowledged, never forwarded.
    fn control_message(&mut self) {}
}

/// Finds events in the window of an input.
pub trait Scan {
    /// Reads what it can from `window` and consumes it; what is incomplete is left for the next call, unless `more`
    /// says that nothing will follow.
    ///
    /// # Errors
    /// What the input is not. Nothing behind the error can be read.
    fn scan(&mut self, window: &mut Window, more: More, receive: &mut dyn Receive)
    -> Result<(), DecodeError>;
}

/// Whether an input goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum More {
    /// More bytes may follow.
    Maybe,
    /// This was all.
    No,
    /// What follows is lost: nothing incomplete may be taken for whole.
    Lost,
}

/// How much of what was pushed was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// All of it, as far as it is complete.
    All,
    /// Not all: push the rest, even where nothing is left of the input.
    Some,
}

/// Why an input could not be read to its end. What was read before is real and was handed on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Not base64.
    #[error("not base64 at byte {offset}")]
    Base64 {
        /// In the encoded text.
        offset: u64,
    },
    /// A damaged gzip or zstd stream.
    #[error("damaged {format} data at byte {offset}: {reason}")]
    Damaged {
        /// What the data began as.
        format: &'static str,
        /// In the compressed input.
        offset: u64,
        /// The inflater's words.
        reason: String,
    },
    /// The input ends inside a compressed stream.
    #[error("truncated {format} data: it ends at byte {offset} inside a member")]
    Truncated {
        /// What the data began as.
        format: &'static str,
        /// Length of the compressed input.
        offset: u64,
    },
    /// Bytes behind the last gzip member that are no further member.
    #[error("{format} data followed by something else at byte {offset}")]
    TrailingGarbage {
        /// What the data began as.
        format: &'static str,
        /// In the compressed input.
        offset: u64,
    },
    /// More inflated text than allowed: a gzip bomb, or a limit set too low.
    #[error("inflates to more than {limit}")]
    InflatedLimit {
        /// What was allowed.
        limit: ByteSize,
    },
    /// Not the JSON of a log envelope.
    #[error("not a log envelope at byte {offset} of the text: {reason}")]
    Envelope {
        /// In the inflated text.
        offset: u64,
        /// What was expected.
        reason: &'static str,
    },
    /// The text ends inside a document.
    #[error("the text ends at byte {offset} inside a document")]
    Cut {
        /// Length of the inflated text.
        offset: u64,
    },
}

impl DecodeError {
    /// The same error in a text of which `before` bytes were decoded separately.
    #[must_use]
    pub fn behind(self, before: usize) -> Self {
        match self {
            Self::Base64 { offset } => {
                Self::Base64 { offset: offset.saturating_add(u64::try_from(before).unwrap_or(u64::MAX)) }
            }
            error @ (Self::Damaged { .. }
            | Self::Truncated { .. }
            | Self::TrailingGarbage { .. }
            | Self::InflatedLimit { .. }
            | Self::Envelope { .. }
            | Self::Cut { .. }) => error,
        }
    }
}

/// An input's way from bytes to events: what inflates it, the window it passes through, and what scans that.
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
    inflate: Inflate,
    window: Window,
    scan: S,
    /// Met by [`Decoder::preview`], not yet told.
    damage: Option<DecodeError>,
}

impl<S: Scan> Decoder<S> {
    /// A decoder whose input may inflate to `limit`.
    #[must_use]
    pub fn new(scan: S, limit: ByteSize) -> Self {
        Self { inflate: Inflate::new(limit), window: Window::default(), scan, damage: None }
    }

    /// Inflates the beginning of the input, at least `wanted` bytes of text if there are so many, without scanning
    /// it. Returns how many bytes of `input` that took: the next push goes on behind them. That push also tells of
    /// damage.
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
            let _ = self.inflate.finish(&mut self.window); // An input that ends too early still does at its end.
        }
        input.len() - rest.len()
    }

    /// The text that was inflated and not yet scanned.
    pub fn unread(&self) -> &[u8] {
        self.window.unread()
    }

    /// Takes the next bytes of the input, as they came: gzip, zstd or plain.
    ///
    /// # Errors
    /// Damage; events before it were handed on. The decoder must then be [`Decoder::reset`].
    pub fn push(&mut self, mut input: &[u8], receive: &mut dyn Receive) -> Result<(), DecodeError> {
        while self.push_some(&mut input, usize::MAX, receive)? == Pushed::Some {}
        Ok(())
    }

    /// The same, but only until about so many bytes of text came out: a few compressed ones may become any number.
    /// What of `input` was not used is left in it.
    ///
    /// # Errors
    /// As [`Decoder::push`].
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
                // What was inflated before the damage is real; a document cut short by it is no second fault.
                let _ = self.scan.scan(&mut self.window, More::Lost, receive);
            })?;
            *input = input.get(used..).unwrap_or_default();
            if used == 0 && wrote == 0 {
                return Ok(Pushed::All);
            }
            text += wrote;
        }
        Ok(Pushed::Some)
    }

    /// Says that the input is complete.
    ///
    /// # Errors
    /// The input ends inside something; events before that were handed on.
    pub fn finish(&mut self, receive: &mut dyn Receive) -> Result<(), DecodeError> {
        let ended = self.inflate.finish(&mut self.window);
        let more = if ended.is_ok() { More::No } else { More::Lost };
        let scanned = self.scan.scan(&mut self.window, more, receive);
        ended.and(scanned)
    }

    /// What scans the text: it may have noticed more than events.
    pub fn scan_mut(&mut self) -> &mut S {
        &mut self.scan
    }

    /// How much text was inflated so far.
    pub fn inflated(&self) -> ByteSize {
        self.inflate.inflated()
    }

    /// Makes it ready for another input, keeping its buffers.
    pub fn reset(&mut self, scan: S) {
        self.inflate.reset();
        self.window.reset();
        self.scan = scan;
        self.damage = None;
    }
}

#[cfg(test)]
mod tests;
