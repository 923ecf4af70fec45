//! Log events in each form that users have: Lambda events, documents, exports, downloads and terminal output.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::{
    encoding::lambda_event,
    sample::{ACCOUNT, Event, GROUP, START_MS, STREAM},
};

/// Subscription document with the events of one log stream, before compression.
#[must_use]
pub fn document(events: &[Event]) -> Vec<u8> {
    document_of(GROUP, STREAM, events)
}

/// Subscription document of a given log group and stream.
#[must_use]
pub fn document_of(group: &str, stream: &str, events: &[Event]) -> Vec<u8> {
    let log_events: Vec<_> = events
        .iter()
        .map(
            |event| json!({"id": event.id, "timestamp": START_MS + event.after_ms, "message": event.message}),
        )
        .collect();
    let document = json!({
        "messageType": "DATA_MESSAGE", "owner": ACCOUNT, "logGroup": group, "logStream": stream,
        "subscriptionFilters": ["tailwater"], "logEvents": log_events,
    });
    document.to_string().into_bytes()
}

/// Control message with which CloudWatch Logs checks a destination.
#[must_use]
pub fn control_message() -> Vec<u8> {
    let document = json!({
        "messageType": "CONTROL_MESSAGE", "owner": "CloudwatchLogs", "logGroup": "", "logStream": "",
        "subscriptionFilters": [], "logEvents": [{"id": "", "timestamp": START_MS,
        "message": "CWL CONTROL MESSAGE: Checking health of destination Firehose."}],
    });
    document.to_string().into_bytes()
}

/// Lambda event of a Kinesis stream, whose records contain this data. The data is already encoded in base64.
#[must_use]
pub fn kinesis_event(data: &[String]) -> Value {
    let record = |(index, data): (usize, &String)| {
        json!({
            "eventSource": "aws:kinesis", "awsRegion": "eu-west-1",
            "kinesis": {"partitionKey": "k", "sequenceNumber": format!("{index:056}"), "data": data},
        })
    };
    json!({"Records": data.iter().enumerate().map(record).collect::<Vec<_>>()})
}

/// Lambda event of an SQS queue, whose messages have these bodies.
#[must_use]
pub fn sqs_event(bodies: &[String]) -> Value {
    let record = |(index, body): (usize, &String)| {
        json!({
            "messageId": format!("059f36b4-87a3-44ab-83d2-{index:012}"), "eventSource": "aws:sqs",
            "awsRegion": "eu-west-1", "body": body,
        })
    };
    json!({"Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>()})
}

/// SNS event of one message.
#[must_use]
pub fn sns_event(message: &str) -> Value {
    json!({"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": {
        "Type": "Notification", "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e", "Message": message}}]})
}

/// Firehose transformation event of records with this data in base64.
#[must_use]
pub fn firehose_event(data: &[String]) -> Value {
    let record = |(index, data): (usize, &String)| json!({"recordId": format!("{index:056}"), "approximateArrivalTimestamp": START_MS, "data": data});
    json!({
        "invocationId": "invoked123", "deliveryStreamArn": "arn:aws:firehose:eu-west-1:123456789012:deliverystream/d",
        "region": "eu-west-1", "records": data.iter().enumerate().map(record).collect::<Vec<_>>(),
    })
}

/// Lambda event as `bootstrap` receives it, on one line.
#[must_use]
pub fn event_line(events: &[Event]) -> String {
    lambda_event(&document(events)).to_string() + "\n"
}

/// Page of `aws logs filter-log-events`.
#[must_use]
pub fn filter_page(events: &[Event]) -> Value {
    let event = |event: &Event| {
        let time = START_MS + event.after_ms;
        json!({"logStreamName": STREAM, "timestamp": time, "message": event.message,
               "ingestionTime": time + 900, "eventId": event.id})
    };
    json!({"events": events.iter().map(event).collect::<Vec<_>>(), "searchedLogStreams": []})
}

/// Page of `aws logs get-log-events`.
#[must_use]
pub fn get_page(events: &[Event]) -> Value {
    let event = |event: &Event| {
        let time = START_MS + event.after_ms;
        json!({"timestamp": time, "message": event.message, "ingestionTime": time + 900})
    };
    json!({"events": events.iter().map(event).collect::<Vec<_>>(),
           "nextForwardToken": "f/1", "nextBackwardToken": "b/1"})
}

/// One JSON log event per line.
#[must_use]
pub fn event_lines(events: &[Event]) -> String {
    let line = |event: &Event| {
        let mut line =
            json!({"id": event.id, "timestamp": START_MS + event.after_ms, "message": event.message});
        line["logGroup"] = GROUP.into();
        line["logStream"] = STREAM.into();
        line.to_string() + "\n"
    };
    events.iter().map(line).collect()
}

/// CSV of the console's "Download search results".
#[must_use]
pub fn console_csv(events: &[Event]) -> String {
    events.iter().fold("timestamp,message\n".to_owned(), |mut csv, event| {
        writeln!(csv, "{},{}", START_MS + event.after_ms, quoted(&event.message))
            .expect("writing to a string cannot fail");
        csv
    })
}

/// CSV export of Logs Insights: newest first, with a byte-order mark.
#[must_use]
pub fn insights_csv(events: &[Event]) -> String {
    let header = "\u{feff}@timestamp,@message,@logStream,@log\n".to_owned();
    events.iter().rev().fold(header, |mut csv, event| {
        let (time, message) = (insights_time(event), quoted(&event.message));
        writeln!(csv, "{time},{message},{STREAM},{ACCOUNT}:{GROUP}")
            .expect("writing to a string cannot fail");
        csv
    })
}

/// JSON export of Logs Insights, newest first.
#[must_use]
pub fn insights_json(events: &[Event]) -> Value {
    let row = |event: &Event| {
        json!({"@timestamp": insights_time(event), "@message": event.message, "@logStream": STREAM,
               "@log": format!("{ACCOUNT}:{GROUP}")})
    };
    events.iter().rev().map(row).collect()
}

/// Output of `aws logs get-query-results`, newest first.
#[must_use]
pub fn query_results(events: &[Event]) -> Value {
    let field = |name: &str, value: &str| json!({"field": name, "value": value});
    let row = |event: &Event| {
        json!([
            field("@timestamp", &insights_time(event)),
            field("@message", &event.message),
            field("@logStream", STREAM),
            field("@ptr", &event.id)
        ])
    };
    json!({"results": events.iter().rev().map(row).collect::<Vec<_>>(), "status": "Complete"})
}

/// Output of `aws logs tail` in its detailed format.
#[must_use]
pub fn tail(events: &[Event]) -> String {
    terminal(events, |event| format!("{}000+00:00 {STREAM}", iso(event)))
}

/// Output of `aws logs tail` on a terminal, with colours.
#[must_use]
pub fn tail_in_colour(events: &[Event]) -> String {
    terminal(events, |event| {
        format!("\u{1b}[32m{}000+00:00\u{1b}[0m \u{1b}[36m{STREAM}\u{1b}[0m", iso(event))
    })
}

/// Output of `aws logs tail --format short`.
#[must_use]
pub fn tail_short(events: &[Event]) -> String {
    terminal(events, |event| iso(event).chars().take("2026-03-04T10:00:00".len()).collect())
}

/// Output of `sam logs`.
#[must_use]
pub fn sam(events: &[Event]) -> String {
    terminal(events, |event| format!("{STREAM} {}000", iso(event)))
}

/// File of an export to S3.
#[must_use]
pub fn export(events: &[Event]) -> String {
    terminal(events, |event| format!("{}Z", iso(event)))
}

/// Folder name of the stream in an export to S3.
#[must_use]
pub fn export_folder() -> String {
    STREAM.replace('/', "-")
}

/// Messages of the events only, as the function itself prints them.
#[must_use]
pub fn plain(events: &[Event]) -> String {
    events.iter().map(|event| event.message.as_str()).collect()
}

/// Rows copied from the CloudWatch console, with local times.
#[must_use]
pub fn console_rows(events: &[Event], separator: &str) -> String {
    events.iter().map(|event| format!("{}{separator}{}\n", local(event), event.message.trim_end())).collect()
}

/// Log as AWS extensions of editors save it: further lines of a message have blanks instead of the time.
#[must_use]
pub fn editor_log(events: &[Event]) -> String {
    let blanks = format!("\n{}\t", " ".repeat("2026-03-04T12:00:00.000+02:00".len()));
    let line = |event: &Event| {
        format!("{}\t{}\n", local(event), event.message.trim_end_matches('\n').replace('\n', &blanks))
    };
    events.iter().map(line).collect()
}

/// ASCII table of search results, as the console makes it.
#[must_use]
pub fn ascii_table(events: &[Event]) -> String {
    let ruler = "-".repeat(120);
    let rows: String = events
        .iter()
        .map(|event| format!("| {} | {:90} |\n", START_MS + event.after_ms, event.message.trim_end()))
        .collect();
    format!("{ruler}\n|   timestamp   | {:^90} |\n|{}|\n{rows}{ruler}\n", "message", "-".repeat(118))
}

/// Markdown that Logs Insights copies, newest first.
#[must_use]
pub fn insights_markdown(events: &[Event]) -> String {
    let escaped = |text: &str| {
        text.replace('&', "&amp;").replace('"', "&quot;").replace('\'', "&#x27;").replace('|', r"\|")
    };
    let rows: String = events
        .iter()
        .rev()
        .map(|event| format!("| {} | {} |\n", insights_time(event), escaped(event.message.trim_end())))
        .collect();
    format!(
        "**CloudWatch Logs Insights**    \nregion: eu-west-1    \nlog-group-names: {GROUP}    \nquery-string:\n  ```\n  \
         fields @timestamp, @message\n| sort @timestamp desc\n  ```\n---\n| @timestamp | @message |\n| --- | --- |\n{rows}"
    )
}

/// Columns of the output of `awslogs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwslogsColumns {
    /// Group and stream.
    WithoutTime,
    /// Group, stream and time (`--timestamp`).
    WithTime,
}

/// Output of `awslogs get`.
#[must_use]
pub fn awslogs(events: &[Event], columns: AwslogsColumns) -> String {
    terminal(events, |event| match columns {
        AwslogsColumns::WithoutTime => format!("{GROUP} {STREAM}"),
        AwslogsColumns::WithTime => format!("{GROUP} {STREAM} {}Z", iso(event)),
    })
}

/// Output of `saw get --pretty` on a terminal, with colours.
#[must_use]
pub fn saw(events: &[Event]) -> String {
    terminal(events, |event| {
        format!("[\u{1b}[31m{}+02:00\u{1b}[0m] (\u{1b}[37m{STREAM}\u{1b}[0m)", local_time(event))
    })
}

/// One line per event after a prefix, without trailing whitespace, as the commands print it.
fn terminal(events: &[Event], prefix: impl Fn(&Event) -> String) -> String {
    events.iter().map(|event| format!("{} {}\n", prefix(event), event.message.trim_end())).collect()
}

/// `2026-03-04T10:00:00.100`; the sample lasts less than a minute.
fn iso(event: &Event) -> String {
    format!("2026-03-04T10:00:{:02}.{:03}", event.after_ms / 1000, event.after_ms % 1000)
}

/// Local time of the event in a zone two hours ahead of UTC, with its offset.
fn local(event: &Event) -> String {
    format!("{}+02:00", local_time(event))
}

fn local_time(event: &Event) -> String {
    iso(event).replace("T10:", "T12:")
}

fn insights_time(event: &Event) -> String {
    iso(event).replace('T', " ")
}

/// Quotes a CSV field (RFC 4180).
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
