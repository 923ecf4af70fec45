//! Body of a request to the logs intake (API v2): a JSON array with one JSON object per log, called an item here.
//! Its members are those that Datadog's forwarder sends.

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
use crate::sink::{AddError, LogsBody, WORTH_TAKING, text::ObjectWriter};

/// Request body of logs under construction.
#[derive(Debug)]
pub(super) struct DatadogLogs {
    labels: Arc<Labels>,
    batch: Batch,
    /// Encoded bytes that [`LogsBody::take`] did not take yet, without the closing bracket of the array.
    pending: Vec<u8>,
    /// Number of bytes of this body that [`LogsBody::take`] took.
    taken: usize,
    /// Number of items (logs) in this body.
    count: usize,
}

impl DatadogLogs {
    /// Creates an empty body. Each item will have the tags and the service of `labels`.
    pub(super) fn new(labels: Arc<Labels>) -> Self {
        Self { labels, batch: Batch::new(), pending: Vec::new(), taken: 0, count: 0 }
    }
}

impl LogsBody for DatadogLogs {
    fn add(&mut self, record: &Record<'_>, now: UnixMillis) -> Result<(), AddError> {
        if self.count >= LOGS_ITEMS {
            return Err(AddError::BodyFull);
        }
        self.batch.enter(record.origin, &self.labels);
        let before = self.pending.len();
        self.pending.push(if self.count == 0 { b'[' } else { b',' });
        self.batch.write_item(record, now, &mut self.pending);
        let result = if self.pending.len() - before - 1 > MAX_ITEM {
            Err(AddError::EventTooLarge)
        } else if self.taken + self.pending.len() + "]".len() > LOGS_BODY {
            Err(AddError::BodyFull)
        } else {
            Ok(())
        };
        match result {
            Ok(()) => self.count += 1,
            Err(_) => self.pending.truncate(before),
        }
        result
    }

    fn take(&mut self, out: &mut Vec<u8>) {
        if self.pending.len() >= WORTH_TAKING {
            self.taken += self.pending.len();
            out.append(&mut self.pending);
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        if self.count == 0 {
            self.pending.push(b'[');
        }
        self.pending.push(b']');
        (self.count, self.taken) = (0, 0);
        out.append(&mut self.pending);
    }
}

/// Members that all items of consecutive records of one [`Origin`] share, encoded once.
#[derive(Debug)]
struct Batch {
    origin: Option<Origin>,
    /// Encoded members: source, service, host, tags, log stream, and the beginning of the JSON object `lambda`.
    members: Vec<u8>,
    /// Searcher for [`TRACE_ID`]. It is kept, because building one for each message would take longer than the search.
    trace_id: memmem::Finder<'static>,
}

/// Text before a trace id, as Datadog's tracers write it into messages of plain text. Datadog itself finds ids in
/// JSON messages.
const TRACE_ID: &str = "dd.trace_id=";

impl Batch {
    fn new() -> Self {
        let trace_id = memmem::Finder::new(TRACE_ID);
        Self { origin: None, members: Vec::new(), trace_id }
    }

    /// Encodes the shared members of `origin`, unless it is the origin of the record before.
    fn enter(&mut self, origin: &Origin, labels: &Labels) {
        if self.origin.as_ref() == Some(origin) {
            return;
        }
        self.origin = Some(origin.clone());
        self.members.clear();
        write_shared(origin, labels, &mut self.members);
        // The opening brace is removed, because the members are inserted into items.
        self.members.remove(0);
    }

    /// Appends the item (JSON object) of a record.
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

/// Appends the members of the JSON object `lambda` that differ from record to record.
fn write_lambda(record: &Record<'_>, lambda: &mut ObjectWriter<'_>) {
    let members =
        [("request_id", record.request_id), ("tenant_id", record.tenant), ("xray_trace_id", record.trace_id)];
    for (name, value) in members {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            lambda.text(name, value);
        }
    }
}

/// Appends a JSON object with the shared members, without its closing braces: its last member, the JSON object
/// `lambda`, is still open.
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

/// Appends the timestamp of a log. If Datadog does not accept `time`, the timestamp is `now`, and `time` is appended as
/// `original_timestamp`.
fn write_time(time: UnixMillis, now: UnixMillis, item: &mut ObjectWriter<'_>) {
    if time < now.before(LOG_AGE) || time.before(AHEAD) > now {
        item.integer("timestamp", now.0);
        item.integer("original_timestamp", time.0);
    } else {
        item.integer("timestamp", time.0);
    }
}

/// Returns the message without the line break at its end. If a message is split into parts, only the last part loses
/// its line break, because all parts together are the message.
fn message<'a>(record: &Record<'a>) -> &'a str {
    match record.part {
        Part::Whole | Part::Last(_) => record.message.trim_end_matches(['\n', '\r']),
        Part::Piece(_) => record.message,
    }
}

/// Returns Datadog's status for a log level: the level in lower case.
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
