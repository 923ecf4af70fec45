//! Log events as items of a logs v2 body: a JSON array, each item as Datadog's forwarder shapes it.

use std::sync::Arc;

use memchr::memmem;
use tailwater_parser::{
    Level, Origin, Record, UnixMillis,
    decode::{Part, Utf8},
};

use super::{
    labels::{Labels, function_arn, of_function},
    limits::{AHEAD, LOG_AGE, LOGS_BODY, LOGS_ITEMS, MAX_ITEM},
};
use crate::sink::text::ObjectWriter;

/// An open body of logs.
#[derive(Debug)]
pub struct LogsEncoder {
    labels: Arc<Labels>,
    batch: Batch,
    /// The body as far as it was not taken, without the closing bracket.
    pending: Vec<u8>,
    taken: usize,
    count: usize,
}

/// Why a record was not added. The body is as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DoesNotFit {
    /// The body would pass what the API takes: finish it, and add the record to the next.
    #[error("the body is full")]
    BodyFull,
    /// Encoded, the record has more than [`MAX_ITEM`] bytes, of which Datadog would keep that many: split its message.
    #[error("the log has {size} bytes, more than {MAX_ITEM}")]
    ItemTooLong {
        /// Bytes of the item, encoded.
        size: usize,
    },
}

impl LogsEncoder {
    /// An empty body whose items will carry `labels`.
    #[must_use]
    pub fn new(labels: Arc<Labels>) -> Self {
        Self { labels, batch: Batch::new(), pending: Vec::new(), taken: 0, count: 0 }
    }

    /// Adds a record, and returns the bytes of its item. `now` decides whether its time is one that Datadog takes.
    ///
    /// # Errors
    /// It does not fit, into this body or into any.
    pub fn add(&mut self, record: &Record<'_>, now: UnixMillis) -> Result<usize, DoesNotFit> {
        if self.count >= LOGS_ITEMS {
            return Err(DoesNotFit::BodyFull);
        }
        self.batch.enter(record.origin, &self.labels);
        let before = self.pending.len();
        self.pending.push(if self.count == 0 { b'[' } else { b',' });
        self.batch.write_item(record, now, &mut self.pending);
        let size = self.pending.len() - before - 1;
        let fits = if size > MAX_ITEM {
            Err(DoesNotFit::ItemTooLong { size })
        } else if self.taken + self.pending.len() + 1 > LOGS_BODY {
            Err(DoesNotFit::BodyFull)
        } else {
            Ok(size)
        };
        match fits {
            Ok(_) => self.count += 1,
            Err(_) => self.pending.truncate(before),
        }
        fits
    }

    /// Bytes of the body if it were finished now, what was taken included.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        if self.count == 0 { "[]".len() } else { self.taken + self.pending.len() + "]".len() }
    }

    /// Items in the body.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Bytes that are encoded and not yet taken.
    pub(super) fn pending_len(&self) -> usize {
        self.pending.len()
    }

    /// Moves what is encoded so far behind what `out` holds, so that a body being compressed is never held whole.
    pub fn take_encoded(&mut self, out: &mut Vec<u8>) {
        self.taken += self.pending.len();
        out.append(&mut self.pending);
    }

    /// Moves the rest of the body behind what `out` holds. The next `add` opens another.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if self.count == 0 {
            self.pending.push(b'[');
        }
        self.pending.push(b']');
        (self.count, self.taken) = (0, 0);
        out.append(&mut self.pending);
    }
}

/// What all items of one origin share, encoded once.
#[derive(Debug)]
struct Batch {
    origin: Option<Origin>,
    /// Source, service, host, tags, the log stream and what `lambda` begins with, as members of an object.
    members: Vec<u8>,
    /// Finds Datadog's trace ids; making it anew for each message would cost more than the search.
    trace_id: memmem::Finder<'static>,
}

/// What stands before a trace id, as Datadog's tracers put it into text. Out of JSON, Datadog reads it itself.
const TRACE_ID: &str = "dd.trace_id=";

impl Batch {
    fn new() -> Self {
        let trace_id = memmem::Finder::new(TRACE_ID);
        Self { origin: None, members: Vec::new(), trace_id }
    }

    fn enter(&mut self, origin: &Origin, labels: &Labels) {
        if self.origin.as_ref() == Some(origin) {
            return;
        }
        self.origin = Some(origin.clone());
        self.members.clear();
        write_shared(origin, labels, &mut self.members);
        // The members are spliced into items, so the brace before them goes.
        self.members.remove(0);
    }

    fn write_item(&self, record: &Record<'_>, now: UnixMillis, out: &mut Vec<u8>) {
        let mut item = ObjectWriter::begin(out);
        item.event_id("id", record.event_id);
        write_time(record.time, now, &mut item);
        item.text("message", message(record));
        if let Some(level) = record.level {
            item.text("status", status(level));
        }
        if let Some(trace_id) = self.find_trace_id(record.message) {
            item.text("dd.trace_id", trace_id);
        }
        match record.part {
            Part::Whole => {}
            Part::Piece(n) | Part::Last(n) => item.integer("part", i64::from(n)),
        }
        match record.utf8 {
            Utf8::Valid => {}
            Utf8::Repaired => item.boolean("invalid_utf8", true),
        }
        item.members_with_open_end(&self.members, |lambda| write_lambda(record, lambda));
        item.end();
    }

    fn find_trace_id<'m>(&self, message: &'m str) -> Option<&'m str> {
        let at = self.trace_id.find(message.as_bytes())?;
        let value = message.get(at + TRACE_ID.len()..)?;
        let end = value.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(value.len());
        value.get(..end).filter(|id| !id.is_empty())
    }
}

/// What `lambda` tells of one record.
fn write_lambda(record: &Record<'_>, lambda: &mut ObjectWriter<'_>) {
    let members =
        [("request_id", record.request_id), ("tenant_id", record.tenant), ("xray_trace_id", record.trace_id)];
    for (name, value) in members {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            lambda.text(name, value);
        }
    }
}

/// Members whose last is `lambda`, still open.
fn write_shared(origin: &Origin, labels: &Labels, out: &mut Vec<u8>) {
    let arn = function_arn(origin, labels.region(origin));
    let tags: Vec<_> = of_function(origin, labels.region(origin)).chain(labels.of_logs()).collect();
    let mut shared = ObjectWriter::begin(out);
    shared.text("ddsource", "lambda");
    shared.text("ddsourcecategory", "aws");
    shared.text("service", &labels.service(origin));
    shared.text("host", arn.as_deref().unwrap_or(origin.function()));
    shared.text("ddtags", &tags.join(","));
    shared.object("aws", |aws| {
        let stream = [
            ("logGroup", origin.log_group()),
            ("logStream", origin.log_stream()),
            ("owner", &origin.account),
        ];
        aws.texts("awslogs", stream.into_iter());
    });
    shared.open_object("lambda", |lambda| {
        if let Some(arn) = &arn {
            lambda.text("arn", arn);
        }
    });
}

/// A time that Datadog would not take is kept beside the one it gets, which is when it was sent.
fn write_time(time: UnixMillis, now: UnixMillis, item: &mut ObjectWriter<'_>) {
    if time < now.before(LOG_AGE) || time.before(AHEAD) > now {
        item.integer("timestamp", now.0);
        item.integer("original_timestamp", time.0);
    } else {
        item.integer("timestamp", time.0);
    }
}

/// The message without the line break at its end; within a message that goes on, every byte counts.
fn message<'a>(record: &Record<'a>) -> &'a str {
    match record.part {
        Part::Whole | Part::Last(_) => record.message.trim_end_matches(['\n', '\r']),
        Part::Piece(_) => record.message,
    }
}

/// The level in lower case, which Datadog maps to its own statuses.
fn status(level: Level) -> &'static str {
    match level {
        Level::Trace => "trace",
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
        Level::Fatal => "fatal",
    }
}
