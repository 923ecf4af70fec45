//! EventBridge events: a new S3 object, a request to redrive, or a failed invocation. Every other event is itself taken
//! as a log event.

use std::borrow::Cow;

use serde::Serialize;
use simd_json::tape::Value;
use tailwater_parser::timestamp;

use super::{
    delivery::{Content, Delivery},
    json::{tape, text},
    members::member,
    on_failure,
    parsed_event::ParsedEvent,
    redrive, s3,
    unknown_event::UnknownEvent,
};

/// Reads an event with the member `detail-type`.
pub(super) fn open<'e>(event: &'e [u8], parsed: &mut ParsedEvent<'e>) -> Result<(), UnknownEvent> {
    // Parsing unescapes in place. A log event has to stay as AWS sent it, so a copy is parsed.
    let mut copy = event.to_vec();
    let tape = tape(&mut copy)?;
    let value = tape.as_value();
    if let Some(request) = scheduled_redrive(value) {
        parsed.redrives.push(redrive::filter(request)?);
        return Ok(());
    }
    let time = text(value, &["time"]).and_then(timestamp::read_all);
    match (text(value, &["source"]), text(value, &["detail-type"])) {
        (Some("aws.s3"), Some("Object Created")) => parsed.deliveries.push(s3::created(value, time)),
        (Some("lambda"), Some(kind)) if kind.starts_with("Lambda Function Invocation Result - Failure") => {
            let record = member(event, b"detail").unwrap_or_default();
            // Failures of other functions contain no logs: they are log events themselves.
            on_failure::open(record, parsed).or_else(|_| add_log_event(event, value, parsed))?;
        }
        _ => add_log_event(event, value, parsed)?,
    }
    Ok(())
}

/// Returns the redrive request in the member `detail` of a scheduled event; `None` if there is none.
fn scheduled_redrive<'t, 'c>(event: Value<'t, 'c>) -> Option<Value<'t, 'c>> {
    (text(event, &["detail-type"])? == "Scheduled Event").then_some(())?;
    event.get("detail")?.get("tailwater")
}

/// Adds the EventBridge event as a log event, in an envelope like those of CloudWatch subscriptions, so that it is
/// read, parked and redriven like other log events.
fn add_log_event(
    event: &[u8],
    value: Value<'_, '_>,
    parsed: &mut ParsedEvent<'_>,
) -> Result<(), UnknownEvent> {
    let source = text(value, &["source"]).filter(|source| !source.is_empty());
    let source = source.ok_or_else(|| UnknownEvent::shape(event.len(), value))?;
    let message =
        str::from_utf8(event).map_err(|error| UnknownEvent::Json { offset: error.valid_up_to() })?;
    let member = |name| text(value, &[name]).filter(|text| !text.is_empty());
    let time = member("time").and_then(timestamp::read_all);
    let document = Document {
        message_type: "DATA_MESSAGE",
        owner: member("account"),
        log_group: &format!("aws.events/{source}"),
        log_stream: member("detail-type"),
        log_events: [LogEvent {
            id: member("id"),
            timestamp: time.map(|time| time.0),
            message: message.trim(),
            extracted_fields: Extracted { region: member("region") },
        }],
    };
    let document =
        serde_json::to_string(&document).expect("a struct of strings and a number can be serialized");
    parsed.deliveries.push(Delivery {
        id: Cow::Borrowed(""),
        name: Cow::Owned(member("id").unwrap_or_default().to_owned()),
        index: 0,
        time,
        content: Content::Text(Cow::Owned(document)),
    });
    Ok(())
}

/// Envelope, as in a CloudWatch subscription, with one log event.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'e> {
    message_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'e str>,
    log_group: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    log_stream: Option<&'e str>,
    log_events: [LogEvent<'e>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogEvent<'e> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<i64>,
    message: &'e str,
    extracted_fields: Extracted<'e>,
}

#[derive(Serialize)]
struct Extracted<'e> {
    #[serde(rename = "@aws.region", skip_serializing_if = "Option::is_none")]
    region: Option<&'e str>,
}
