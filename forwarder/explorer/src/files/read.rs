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
    AtEnd, Fallback, Intake, Notes, Rejected, ScanForm, Surroundings, Trust,
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

/// Reads one input after the other through the same buffers.
#[derive(Default)]
pub struct Reader {
    chunk: Vec<u8>,
    decoder: Decoder<FormScan>,
}

impl Reader {
    /// Reads an input into `intake`. After every chunk `intake` says whether to go on.
    ///
    /// What cannot be read is reported to `intake`: the input as a whole once at most, and each bad record of forms
    /// whose records stand on their own.
    pub fn read(&mut self, input: &mut dyn Read, about: &About<'_>, intake: &mut dyn Intake) -> Ended {
        let name = about.path.display().to_string();
        let ended = self.try_read(input, about, &name, intake);
        ended.unwrap_or_else(|failure| {
            intake.rejected(&Rejected { input: name, records: 1, offset: None, reason: failure.to_string() });
            Ended::Damaged
        })
    }

    fn try_read(
        &mut self,
        input: &mut dyn Read,
        about: &About<'_>,
        name: &str,
        intake: &mut dyn Intake,
    ) -> Result<Ended, Failure> {
        self.decoder.reset(FormScan::default());
        let mut chunk = fill(input, &mut self.chunk)?;
        while chunk.is_empty() && intake.at_end() != AtEnd::Finish {
            chunk = fill(input, &mut self.chunk)?;
        }
        let mut len = chunk.len();
        let begun = begin(&mut self.decoder, chunk, about, intake)?;
        chunk = chunk.get(begun..).unwrap_or_default();
        let mut reading = Reading { decoder: &mut self.decoder, name };
        loop {
            reading.push(chunk, intake)?;
            if intake.proceed(ByteSize(u64::try_from(len).unwrap_or(u64::MAX))) == Proceed::Stop {
                reading.release(intake);
                return Ok(Ended::Stopped);
            }
            if len < CHUNK {
                match intake.at_end() {
                    AtEnd::Finish => {
                        reading.finish(intake)?;
                        return Ok(Ended::Complete);
                    }
                    AtEnd::Wait => {}
                    AtEnd::Release => reading.release(intake),
                }
            }
            chunk = fill(input, &mut self.chunk).inspect_err(|_| reading.release(intake))?;
            len = chunk.len();
        }
    }
}

/// Tells the form of an input that begins with `chunk`, and sets its scanner up. Returns how much of `chunk` the
/// decoder has taken for that.
fn begin(
    decoder: &mut Decoder<FormScan>,
    chunk: &[u8],
    about: &About<'_>,
    intake: &mut dyn Intake,
) -> Result<usize, Failure> {
    let more = if chunk.len() < CHUNK { More::No } else { More::Maybe };
    let taken = decoder.preview(chunk, more, HEAD);
    let text = decoder.unread();
    let is_all = more == More::No && text.len() < HEAD;
    let (head, more) = text.get(..HEAD).map_or((text, more), |head| (head, More::Maybe));
    let form = match detect(head, more, about.trust) {
        Ok(form) => form,
        Err(unrecognised) => {
            if is_all {
                // What is damaged within its first bytes looks like nothing.
                decoder.push(chunk.get(taken..).unwrap_or_default(), intake)?;
                decoder.finish(intake)?;
            }
            return Err(unrecognised.into());
        }
    };
    intake.begins(form, head);
    decoder.scan_mut().form = form.scanner(about.surroundings());
    Ok(taken)
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
fn fill<'c>(input: &mut dyn Read, chunk: &'c mut Vec<u8>) -> io::Result<&'c [u8]> {
    chunk.resize(CHUNK, 0);
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

/// An input whose form is known, on its way through the decoder.
pub(super) struct Reading<'r> {
    pub(super) decoder: &'r mut Decoder<FormScan>,
    pub(super) name: &'r str,
}

impl Reading<'_> {
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
pub(super) struct FormScan {
    pub(super) form: Box<dyn ScanForm>,
    notes: Notes,
    start: Start,
}

impl Default for FormScan {
    fn default() -> Self {
        Self { form: Box::new(Unknown), notes: Notes::default(), start: Start::default() }
    }
}

/// Reads nothing: stands in while the form is still to be told.
struct Unknown;

impl ScanForm for Unknown {
    fn scan(
        &mut self,
        _: &mut Window,
        _: More,
        _: &mut dyn Receive,
        _: &mut Notes,
    ) -> Result<(), DecodeError> {
        Ok(())
    }
}

/// Whether a byte order mark may still come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Start {
    #[default]
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
