//! Collection of the errors in log lines, in one pass.

use std::{collections::HashMap, hash::BuildHasher as _, sync::Arc};

use foldhash::fast::{FixedState, RandomState};
use tailwater_parser::{
    Level, Origin, Record, UnixMillis,
    decode::Part,
    line::{self, App, Emf, Line, RuntimeFailure},
    record::EventId,
};

use super::{form::ErrorForm, stack};

/// Number of lines of a crash report that are joined.
const MAX_LINES: usize = 200;
/// Number of bytes of a crash report that are joined.
const MAX_BYTES: usize = 32 * 1024;
/// Time in milliseconds after which a line does not continue a crash report.
const MAX_PAUSE: u64 = 1_000;
/// Number of lines kept whose crash report may have begun in another input.
const MAX_PARTS: usize = 50_000;

/// Log event, as records and stored events have it.
#[derive(Clone, Copy)]
pub(crate) struct LogLine<'l> {
    pub(crate) time: UnixMillis,
    /// Calculates the hash of the event's id: an event that is read again has the same.
    pub(crate) id: &'l dyn Fn() -> u64,
    /// Id that CloudWatch gave the event, which grows within a log stream.
    pub(crate) cloudwatch_id: Option<&'l str>,
    pub(crate) level: Option<Level>,
    pub(crate) part: Part,
    /// Kind of line, as [`Line::kind`] names it.
    pub(crate) kind: &'l str,
    pub(crate) request_id: Option<&'l str>,
    pub(crate) message: &'l str,
}

impl<'l> LogLine<'l> {
    pub(crate) fn of(record: &'l Record<'_>, id: &'l dyn Fn() -> u64) -> Self {
        Self {
            time: record.time,
            id,
            cloudwatch_id: match record.event_id {
                EventId::CloudWatch(id) => Some(id),
                EventId::Position(_) => None,
            },
            level: record.level,
            part: record.part,
            kind: record.line.kind(),
            request_id: record.request_id,
            message: record.message,
        }
    }
}

/// Strength of the evidence in a line that its error has ended the run. The strongest is last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Certainty {
    /// Line of level ERROR or FATAL.
    Plain,
    /// Line with an error type or a stack, or a panic.
    Typed,
    /// The runtime's own words about an error that the function did not catch.
    Uncaught,
}

/// Error in one log event, or in the events of a crash report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ErrorLine {
    pub(crate) time: UnixMillis,
    pub(crate) id: u64,
    pub(crate) request_id: Option<Box<str>>,
    pub(crate) certainty: Certainty,
    pub(crate) form: ErrorForm,
}

/// Receiver of errors: the origin of the line and the error.
pub(crate) type Found<'f> = &'f mut dyn FnMut(&Arc<Origin>, ErrorLine);

/// Crash report of Go or Rust while its lines are read.
#[derive(Clone, Debug)]
struct Report {
    origin: Arc<Origin>,
    time: UnixMillis,
    id: u64,
    request_id: Option<Box<str>>,
    certainty: Certainty,
    text: String,
    lines: usize,
    last: UnixMillis,
}

/// Line that continues a crash report which began in another input.
#[derive(Clone, Debug)]
struct ReportPart {
    stream: u64,
    time: UnixMillis,
    id: u64,
    text: Box<str>,
    /// CloudWatch's id, by which lines of several inputs are ordered: the longer number is the greater one.
    order: (usize, Box<str>),
    /// Number of the line among all that the collector has seen: their order within an input.
    place: u64,
}

/// Finds the errors in the lines of log streams. The lines of a stream must come in their order; other streams may come in
/// between.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    /// Crash reports whose end was not read yet, by stream.
    open: HashMap<u64, Report, RandomState>,
    /// Crash reports whose end is in another input, with their stream.
    unfinished: Vec<(u64, Report)>,
    /// Lines of crash reports that began in another input.
    parts: Vec<ReportPart>,
    last_origin: Option<Arc<Origin>>,
    /// True before the first line of a batch.
    is_batch_begin: bool,
    last_time: UnixMillis,
    lines: u64,
}

impl Collector {
    /// Announces that the next line may not follow the one before it.
    pub(crate) fn begin_batch(&mut self) {
        self.is_batch_begin = true;
        self.unfinished.extend(self.open.drain());
    }

    /// Reads a line.
    pub(crate) fn read(&mut self, origin: &Origin, line: &LogLine<'_>, found: Found<'_>) {
        let pause = std::mem::replace(&mut self.last_time, line.time).distance(line.time);
        let is_first = std::mem::take(&mut self.is_batch_begin) || pause > MAX_PAUSE;
        self.lines += 1;
        let is_error = line.level >= Some(Level::Error);
        let is_text = line.kind == "text" && line.level.is_none();
        if !is_error && !is_text && self.open.is_empty() {
            return;
        }
        let is_app = matches!(line.kind, "app" | "text" | "emf");
        if !self.open.is_empty() && (is_text || !is_app) && self.go_on(origin, line, found) {
            return;
        }
        if !line.part.is_first() || !is_app {
            return;
        }
        if is_error {
            self.read_error(origin, line, found);
        } else if is_text && (is_first || is_part(line.message)) && self.parts.len() < MAX_PARTS {
            self.parts.push(ReportPart {
                stream: stream_hash(origin),
                time: line.time,
                id: (line.id)(),
                text: line.message.into(),
                order: line.cloudwatch_id.map_or_else(Default::default, |id| (id.len(), id.into())),
                place: self.lines,
            });
        }
    }

    /// True if a crash report goes on, whatever its stream.
    pub(crate) fn has_open(&self) -> bool {
        !self.open.is_empty() || !self.unfinished.is_empty()
    }

    /// True if the last crash report is of this stream and may go on: its next lines are needed.
    pub(crate) fn is_open(&self, origin: &Origin) -> bool {
        let stream = || stream_hash(origin);
        self.open.keys().next().is_some_and(|open| *open == stream())
            || self.unfinished.last().is_some_and(|(last, _)| *last == stream())
    }

    /// Adds a line to the open report of its stream, or ends the report. True if the line was part of it.
    fn go_on(&mut self, origin: &Origin, line: &LogLine<'_>, found: Found<'_>) -> bool {
        let stream = stream_hash(origin);
        let Some(report) = self.open.get_mut(&stream) else { return false };
        match line.kind {
            "text" if report.last.distance(line.time) <= MAX_PAUSE => {
                report.push(line.message, line.time);
                true
            }
            "end" | "report" | "fault" | "platform" => {
                if let Some(report) = self.open.remove(&stream) {
                    report.finish(found);
                }
                false
            }
            _ => {
                self.unfinished.extend(self.open.remove(&stream).map(|report| (stream, report)));
                false
            }
        }
    }

    fn read_error(&mut self, origin: &Origin, line: &LogLine<'_>, found: Found<'_>) {
        let parsed = line::parse(line.message);
        let (Line::App(app) | Line::Emf(Emf { app, .. })) = &parsed else { return };
        let is_go = line.message.starts_with("panic: ");
        let origin = self.shared(origin);
        if is_go || line::is_rust_panic(line.message) {
            let report = Report {
                origin: Arc::clone(&origin),
                time: line.time,
                id: (line.id)(),
                request_id: line.request_id.map(Box::from),
                certainty: if is_go { Certainty::Uncaught } else { Certainty::Typed },
                text: line.message.trim_end_matches(['\r', '\n']).to_owned(),
                lines: 1,
                last: line.time,
            };
            if let Some(before) = self.open.insert(stream_hash(&origin), report) {
                before.finish(found);
            }
            return;
        }
        let form = ErrorForm::read(app.message, app.error_type.as_deref());
        // The runtime of Ruby may write the error itself in the next event.
        let is_only_words = app.failure.is_some() && form.outer.is_none() && !form.has_stack;
        let certainty = if is_only_words { Certainty::Plain } else { certainty(app, &form) };
        let error = ErrorLine {
            time: line.time,
            id: (line.id)(),
            request_id: line.request_id.map(Box::from),
            certainty,
            form,
        };
        found(&origin, error);
    }

    fn shared(&mut self, origin: &Origin) -> Arc<Origin> {
        match &self.last_origin {
            Some(last) if **last == *origin => Arc::clone(last),
            Some(_) | None => Arc::clone(self.last_origin.insert(Arc::new(origin.clone()))),
        }
    }

    /// Adds what another collector has read.
    pub(crate) fn merge(&mut self, other: Self) {
        self.unfinished.extend(other.open);
        self.unfinished.extend(other.unfinished);
        self.parts.extend(other.parts);
    }

    /// Ends all reports: joins those whose lines are in several inputs, and returns their errors.
    pub(crate) fn finish(mut self, found: Found<'_>) {
        self.unfinished.extend(self.open.drain());
        self.unfinished.sort_by_key(|(stream, report)| (*stream, report.time, report.id));
        let order = |part: &ReportPart| (part.stream, part.time, part.order.clone(), part.place, part.id);
        self.parts.sort_by_cached_key(order);
        self.parts.dedup_by(|a, b| (a.stream, a.time, a.id) == (b.stream, b.time, b.id));
        let mut parts = self.parts.into_iter().peekable();
        let mut reports = self.unfinished.into_iter().peekable();
        while let Some((stream, mut report)) = reports.next() {
            let next = reports.peek().filter(|(other, _)| *other == stream).map(|(_, next)| next.time);
            while parts.next_if(|part| (part.stream, part.time) < (stream, report.last)).is_some() {}
            while let Some(part) = parts.next_if(|part| {
                let is_near = report.last.distance(part.time) <= MAX_PAUSE;
                part.stream == stream && is_near && next.is_none_or(|next| part.time < next)
            }) {
                report.push(&part.text, part.time);
            }
            report.finish(found);
        }
    }
}

impl Report {
    fn push(&mut self, line: &str, time: UnixMillis) {
        if self.lines < MAX_LINES && self.text.len() + line.len() < MAX_BYTES {
            self.text.push('\n');
            self.text.push_str(line.trim_end_matches(['\r', '\n']));
            self.lines += 1;
        }
        self.last = self.last.max(time);
    }

    fn finish(self, found: Found<'_>) {
        let form = ErrorForm::read(&self.text, None);
        let error = ErrorLine {
            time: self.time,
            id: self.id,
            request_id: self.request_id,
            certainty: self.certainty,
            form,
        };
        found(&self.origin, error);
    }
}

fn certainty(app: &App<'_>, form: &ErrorForm) -> Certainty {
    match app.failure {
        Some(RuntimeFailure::Unhandled | RuntimeFailure::OutOfMemory) => Certainty::Uncaught,
        Some(RuntimeFailure::UnhandledIfLast) => Certainty::Typed,
        None if form.outer.is_some() || form.has_stack => Certainty::Typed,
        None => Certainty::Plain,
    }
}

fn is_part(line: &str) -> bool {
    stack::is_part_of_go_trace(line) || stack::is_part_of_rust_trace(line)
}

fn stream_hash(origin: &Origin) -> u64 {
    let names = (origin.batch_account(), origin.log_group(), origin.batch_function(), origin.log_stream());
    FixedState::default().hash_one(names)
}
