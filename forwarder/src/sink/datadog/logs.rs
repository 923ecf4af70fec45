//! Body of a request to the logs intake (API v2): a JSON array with one JSON object per log, called an item here.
//! Its members are those that Datadog's forwarder sends.

use std::sync::Arc;

use tailwater_parser::{
    Level, Origin, Record, UnixMillis,
    decode::{Part, Utf8},
    record::Additions,
};

use super::{
    labels::{Labels, NO_ENV, function_arn, of_function},
    limits::{AHEAD, LOG_AGE, LOGS_BODY, LOGS_ITEMS, MAX_ITEM},
    message::{MessageReader, OwnLabels},
    source::{self, source_of},
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
        self.batch.write_item(record, &self.labels, now, &mut self.pending);
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
    /// Encoded members: source, service, host, tags, and the names of what the logs come from.
    members: Vec<u8>,
    /// Encoded members of the JSON object `lambda`.
    lambda: Vec<u8>,
    /// Value of the member `ddsource`.
    source: String,
    reader: MessageReader,
}

impl Batch {
    fn new() -> Self {
        let (members, lambda, reader) = (Vec::new(), Vec::new(), MessageReader::new());
        Self { origin: None, members, lambda, source: String::new(), reader }
    }

    /// Encodes the shared members of `origin`, unless it is the origin of the record before.
    fn enter(&mut self, origin: &Origin, labels: &Labels) {
        if self.origin.as_ref() == Some(origin) {
            return;
        }
        self.origin = Some(origin.clone());
        self.source = source_of(origin).into_owned();
        let shared = Shared::of(origin, &self.source, labels);
        self.members.clear();
        shared.write(&OwnLabels::default(), &mut ObjectWriter::continuing(&mut self.members));
        self.lambda.clear();
        if let Some(arn) = &shared.arn {
            ObjectWriter::continuing(&mut self.lambda).text("arn", arn);
        }
    }

    /// Appends the item (JSON object) of a record.
    fn write_item(&self, record: &Record<'_>, labels: &Labels, now: UnixMillis, out: &mut Vec<u8>) {
        let message = self.reader.read(record, &self.source);
        let mut item = ObjectWriter::begin(out);
        item.event_id("id", record.event_id);
        write_time(record.time, now, &mut item);
        item.text("message", &message.text);
        if let Some(level) = record.level {
            item.text("status", status(level));
        }
        if let Some(trace_id) = message.trace_id {
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
        if let Some(additions) = record.additions {
            write_counts(additions, &mut item);
        }
        let own = message.own.with(record.additions);
        if own.is_empty() {
            item.encoded(&self.members);
        } else {
            Shared::of(record.origin, &self.source, labels).write(&own, &mut item);
        }
        self.write_lambda(record, &mut item);
        item.end();
    }

    /// Appends the JSON object `lambda` with the function and the ids of the invocation, if at least one is known. The log
    /// of another service has none, even if it names a trace.
    fn write_lambda(&self, record: &Record<'_>, item: &mut ObjectWriter<'_>) {
        if record.request_id.is_none() && record.origin.is_other_service() {
            return;
        }
        let ids = [
            ("request_id", record.request_id),
            ("tenant_id", record.tenant),
            ("xray_trace_id", record.trace_id),
        ];
        let known = ids.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let mut known = known.filter(|(_, value)| !value.is_empty()).peekable();
        if self.lambda.is_empty() && known.peek().is_none() {
            return;
        }
        item.object("lambda", |lambda| {
            lambda.encoded(&self.lambda);
            known.for_each(|(name, value)| lambda.text(name, value));
        });
    }
}

/// Labels that all records of one origin share.
struct Shared<'a> {
    origin: &'a Origin,
    source: &'a str,
    labels: &'a Labels,
    /// ARN of the function.
    arn: Option<String>,
}

impl<'a> Shared<'a> {
    fn of(origin: &'a Origin, source: &'a str, labels: &'a Labels) -> Self {
        Self { origin, source, labels, arn: function_arn(origin, labels.region(origin)) }
    }

    /// Appends the members: source, service, host, tags, and the names of what the logs come from. Labels of the log
    /// itself take precedence; unknown ones are left out.
    fn write(&self, own: &OwnLabels, item: &mut ObjectWriter<'_>) {
        let service = self.labels.service(self.origin, self.source);
        item.text("ddsource", self.labels.source(self.source));
        item.text("ddsourcecategory", "aws");
        item.text("service", own.tag("service").unwrap_or(&service));
        if let Some(host) = own.host.as_deref().or(self.host()) {
            item.text("host", host);
        }
        let tags = self.tags(own);
        if !tags.is_empty() {
            item.text("ddtags", &tags.join(","));
        }
        write_aws(self.origin, item);
        self.write_notification(item);
    }

    /// Returns the host: the ARN or name of the function, or the log group of another service.
    fn host(&self) -> Option<&str> {
        let names =
            [self.arn.as_deref().unwrap_or_default(), self.origin.function(), self.origin.log_group()];
        names.into_iter().find(|name| !name.is_empty())
    }

    fn tags(&self, own: &OwnLabels) -> Vec<String> {
        let of_origin = of_function(self.origin, self.labels.region(self.origin));
        // Only functions are expected to have an environment.
        let needs_env = !self.origin.function().is_empty() && own.tag("env").is_none();
        let of_labels = self.labels.of_logs().filter(|tag| needs_env || tag != NO_ENV);
        of_origin.chain(of_labels).chain(own.tags.iter().cloned()).collect()
    }

    /// Appends topic and subject of an SNS notification.
    fn write_notification(&self, item: &mut ObjectWriter<'_>) {
        if self.source != source::SNS {
            return;
        }
        if let Some(arrival) = &self.origin.arrival {
            write_known("Sns", &[("TopicArn", &arrival.topic_arn), ("Subject", &arrival.subject)], item);
        }
    }
}

/// Appends the JSON object `aws`: names of the log group and log stream, and of the S3 object that held the logs. Logs
/// without these names have those of the queue or stream instead.
fn write_aws(origin: &Origin, item: &mut ObjectWriter<'_>) {
    let mut names = Vec::new();
    let mut aws = ObjectWriter::continuing(&mut names);
    let (group, stream) = (origin.log_group(), origin.log_stream());
    let has_names = !group.is_empty() || !stream.is_empty();
    if has_names {
        let members = [("logGroup", group), ("logStream", stream), ("owner", &origin.account)];
        write_known("awslogs", &members, &mut aws);
    }
    if let Some(arrival) = &origin.arrival {
        write_known("s3", &[("bucket", &arrival.bucket), ("key", &arrival.key)], &mut aws);
        if !has_names {
            write_known("sqs", &[("queueArn", &arrival.queue_arn)], &mut aws);
            write_known("kinesis", &[("streamArn", &arrival.stream_arn)], &mut aws);
            write_known("firehose", &[("deliveryStreamArn", &arrival.delivery_stream_arn)], &mut aws);
        }
    }
    if !names.is_empty() {
        item.object("aws", |aws| aws.encoded(&names));
    }
}

/// Appends a member whose value is a JSON object with those of `members` that are not empty; nothing if all are empty.
fn write_known(name: &str, members: &[(&str, &str)], item: &mut ObjectWriter<'_>) {
    let mut known = members.iter().copied().filter(|(_, value)| !value.is_empty()).peekable();
    if known.peek().is_some() {
        item.texts(name, known);
    }
}

/// Appends the attributes that the user's rules set, and the numbers of events that a log stands for.
fn write_counts(additions: &Additions<'_>, item: &mut ObjectWriter<'_>) {
    if !additions.attributes.is_empty() {
        item.texts("attributes", additions.attributes.iter().copied());
    }
    if additions.joined > 0 {
        item.integer("log.joined", i64::from(additions.joined));
    }
    if let Some(one_in) = additions.sampling_one_in {
        item.integer("sampling.one_in", i64::from(one_in));
    }
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
