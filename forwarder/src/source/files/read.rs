//! Reads one input from its first byte to its last: tells its form, then drives its scanner chunk by chunk.

use std::{
    io::{self, Read},
    path::Path,
};

use tailwater_parser::{
    ByteSize, DecodeError, Decoder, Receive, UnixMillis,
    decode::{More, Scan, Window},
};

use super::{
    Fallback, Intake, Notes, Rejected, ScanForm, Surroundings, Trust,
    detect::{HEAD, detect},
    place::Place,
};

/// How much is read at a time.
const CHUNK: usize = 256 * 1024;

/// What is known of an input beside its bytes.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// Its path; a name for what has none.
    pub path: &'a Path,
    /// What the user said of inputs that do not tell where they come from.
    pub fallback: &'a Fallback,
    /// Whether any text is taken for function output.
    pub trust: Trust,
    /// When it was last written: the time of lines that have none.
    pub modified: Option<UnixMillis>,
    /// What a delivery inside it may inflate to; it may itself be of any size.
    pub delivery_limit: ByteSize,
}

/// Whether to go on reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proceed {
    /// Yes.
    On,
    /// No: the user wants to stop.
    Stop,
}

/// How reading an input ended. In each case the events that were read were handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// At its end.
    Complete,
    /// Before its end, which was reported as rejected.
    Damaged,
    /// Where the user wanted.
    Stopped,
}

/// Reads an input into `intake`. After every chunk `intake` says whether to go on.
///
/// What cannot be read is reported to `intake`: the input as a whole once at most, and each bad record of forms whose
/// records stand on their own.
pub fn read(input: &mut dyn Read, about: &About<'_>, intake: &mut dyn Intake) -> Ended {
    let name = about.path.display().to_string();
    let ended = try_read(input, about, &name, intake);
    ended.unwrap_or_else(|failure| {
        intake.rejected(&Rejected { input: name, records: 1, offset: None, reason: failure.to_string() });
        Ended::Damaged
    })
}

/// Why an input could not be read to its end.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Unreadable(#[from] io::Error),
    #[error(transparent)]
    Unrecognised(#[from] super::Unrecognised),
    #[error(transparent)]
    Damaged(#[from] DecodeError),
}

fn try_read(
    input: &mut dyn Read,
    about: &About<'_>,
    name: &str,
    intake: &mut dyn Intake,
) -> Result<Ended, Failure> {
    let mut chunk = vec![0; CHUNK];
    let mut filled = fill(input, &mut chunk)?;
    let head = head(filled);
    let more = if filled.len() < CHUNK && head.len() < HEAD { More::No } else { More::Maybe };
    let form = detect(&head, more, about.trust)?;
    intake.begins(form, &head);
    let mut reading = Reading::new(form.scanner(about.surroundings()), name);
    loop {
        let len = filled.len();
        reading.push(filled, intake)?;
        if intake.proceed(ByteSize(u64::try_from(len).unwrap_or(u64::MAX))) == Proceed::Stop {
            reading.release(intake);
            return Ok(Ended::Stopped);
        }
        if len < CHUNK {
            reading.finish(intake)?;
            return Ok(Ended::Complete);
        }
        filled = fill(input, &mut chunk).inspect_err(|_| reading.release(intake))?;
    }
}

impl About<'_> {
    pub(super) fn surroundings(&self) -> Surroundings {
        Surroundings {
            place: Place::new(self.path, self.fallback),
            modified: self.modified,
            delivery_limit: self.delivery_limit,
        }
    }
}

/// Reads until `chunk` is full or the input ends.
fn fill<'c>(input: &mut dyn Read, chunk: &'c mut [u8]) -> io::Result<&'c [u8]> {
    let mut len = 0;
    while let Some(room) = chunk.get_mut(len..).filter(|room| !room.is_empty()) {
        match input.read(room) {
            Ok(0) => break,
            Ok(n) => len += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(chunk.get(..len).unwrap_or_default())
}

/// The beginning of the inflated text. It is inflated twice: 64 KiB cost less than telling the form midway would.
fn head(chunk: &[u8]) -> Vec<u8> {
    let mut decoder = Decoder::new(Beginning::default(), ByteSize(u64::MAX));
    // In pieces, so that little of a bomb goes off.
    for piece in chunk.chunks(1024) {
        if decoder.scan_mut().text.len() >= HEAD || decoder.push(piece, &mut Nobody).is_err() {
            break;
        }
    }
    let _ = decoder.finish(&mut Nobody);
    std::mem::take(&mut decoder.scan_mut().text)
}

/// Keeps the beginning of a text, and steps over the rest.
#[derive(Default)]
struct Beginning {
    text: Vec<u8>,
}

impl Scan for Beginning {
    fn scan(&mut self, window: &mut Window, _: More, _: &mut dyn Receive) -> Result<(), DecodeError> {
        let wanted = HEAD.saturating_sub(self.text.len());
        let unread = window.unread();
        self.text.extend_from_slice(unread.get(..wanted).unwrap_or(unread));
        window.consume(usize::MAX);
        Ok(())
    }
}

struct Nobody;

impl Receive for Nobody {
    fn batch(&mut self, _: &tailwater_parser::Origin) {}

    fn event(&mut self, _: &tailwater_parser::Event<'_>) {}
}

/// An input whose form is known, on its way through the decoder.
pub(super) struct Reading<'n> {
    decoder: Decoder<FormScan>,
    name: &'n str,
}

impl<'n> Reading<'n> {
    pub(super) fn new(form: Box<dyn ScanForm>, name: &'n str) -> Self {
        let scan = FormScan { form, notes: Notes::default(), start: Start::Expected };
        Self { decoder: Decoder::new(scan, ByteSize(u64::MAX)), name }
    }

    pub(super) fn push(&mut self, bytes: &[u8], intake: &mut dyn Intake) -> Result<(), DecodeError> {
        let pushed = self.decoder.push(bytes, intake);
        self.settle(pushed, intake)
    }

    pub(super) fn finish(&mut self, intake: &mut dyn Intake) -> Result<(), DecodeError> {
        let finished = self.decoder.finish(intake);
        self.settle(finished, intake)
    }

    pub(super) fn release(&mut self, intake: &mut dyn Intake) {
        self.decoder.scan_mut().form.release(intake);
    }

    /// Reports what was noticed; behind damage nothing comes, so what was held back is handed on.
    fn settle(&mut self, done: Result<(), DecodeError>, intake: &mut dyn Intake) -> Result<(), DecodeError> {
        if done.is_err() {
            self.release(intake);
        }
        self.decoder.scan_mut().notes.report(self.name, intake);
        done
    }
}

/// Joins a form's scanner to the decoder.
struct FormScan {
    form: Box<dyn ScanForm>,
    notes: Notes,
    start: Start,
}

/// Whether a byte order mark may still come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    Expected,
    Passed,
}

const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

impl Scan for FormScan {
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
    ) -> Result<(), DecodeError> {
        if self.start == Start::Expected {
            let unread = window.unread();
            if more == More::Maybe && unread.len() < UTF8_MARK.len() && UTF8_MARK.starts_with(unread) {
                return Ok(());
            }
            let mark = if unread.starts_with(UTF8_MARK) { UTF8_MARK.len() } else { 0 };
            window.consume(mark);
            self.start = Start::Passed;
        }
        self.form.scan(window, more, receive, &mut self.notes)
    }
}
