//! EventBridge events: a new S3 object, a request to redrive, or a failed invocation. Every other event is itself taken
//! as a log event.

use std::{borrow::Cow, sync::Arc};

use serde::Serialize;
use simd_json::tape::Value;
use tailwater_parser::{Arrival, UnixMillis, timestamp};

use super::{
    delivery::{Content, Delivery},
    findings,
    json::{tape, text},
    members::member,
    on_failure,
    origin::DeliveryOrigin,
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
        (Some("aws.s3"), Some("Object Created")) => s3::created(value, time, parsed),
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

/// Source of Security Hub's events.
const SECURITY_HUB: &str = "aws.securityhub";

/// Adds the EventBridge event as a log event, or each finding in an event of Security Hub. They are put in an envelope
/// like those of CloudWatch subscriptions, but without log group and stream, so that they are read, parked and redriven
/// like other log events.
fn add_log_event(
    event: &[u8],
    value: Value<'_, '_>,
    parsed: &mut ParsedEvent<'_>,
) -> Result<(), UnknownEvent> {
    let member = |name| text(value, &[name]).filter(|text| !text.is_empty());
    let source = member("source").ok_or_else(|| UnknownEvent::shape(event.len(), value))?;
    let message =
        str::from_utf8(event).map_err(|error| UnknownEvent::Json { offset: error.valid_up_to() })?.trim();
    let findings = (source == SECURITY_HUB).then(|| findings::separate(message)).flatten();
    let (id, time) = (member("id"), member("time").and_then(timestamp::read_all));
    let log_event = |id: Option<String>, time: Option<UnixMillis>, message| LogEvent {
        id,
        timestamp: time.map(|time| time.0),
        message,
        extracted_fields: Extracted { region: member("region") },
    };
    let log_events = match &findings {
        None => vec![log_event(id.map(str::to_owned), time, message)],
        Some(findings) => {
            let named = |n: usize| id.map(|id| format!("{id}/{n}"));
            let numbered = findings.iter().enumerate();
            numbered.map(|(n, finding)| log_event(named(n), finding.time.or(time), &finding.text)).collect()
        }
    };
    let document = Document { message_type: "DATA_MESSAGE", owner: member("account"), log_events };
    let document =
        serde_json::to_string(&document).expect("a struct of strings and numbers can be serialized");
    let arrival = Arrival {
        event_source: source.to_owned(),
        detail_type: member("detail-type").unwrap_or_default().to_owned(),
        ..Arrival::default()
    };
    parsed.deliveries.push(Delivery {
        id: Cow::Borrowed(""),
        name: Cow::Owned(id.unwrap_or_default().to_owned()),
        index: 0,
        time,
        origin: Arc::new(DeliveryOrigin {
            account: member("account").unwrap_or_default().to_owned(),
            region: member("region").unwrap_or_default().to_owned(),
            arrival: Some(Arc::new(arrival)),
        }),
        content: Content::Text(Cow::Owned(document)),
    });
    Ok(())
}

/// Envelope, as in a CloudWatch subscription, but without log group and stream.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'e> {
    message_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'e str>,
    log_events: Vec<LogEvent<'e>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogEvent<'e> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
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
