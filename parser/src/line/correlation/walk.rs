//! Ids and resources in the members of a JSON line, and of the objects in it that loggers and events wrap them in.

use std::borrow::Cow;

use super::{Found, IdKind, Mention, resource, text};
use crate::json::{self, Kind, Value};

/// Deepest nesting of objects and arrays that is looked at.
const MAX_DEPTH: u32 = 6;
/// Maximum number of members of a line that are looked at.
const MAX_MEMBERS: u32 = 400;

/// Returns the text before the JSON object that ends a message, and the object; `None` if there is none.
pub(super) fn json_in(message: &str) -> Option<(&str, &str)> {
    let (before, json) = message.split_at_checked(message.find('{')?)?;
    json::members(json, |_, _| ()).map(|()| (before, json))
}

/// Finds ids and resources in a JSON object.
pub(super) fn scan(json: &str, fields: &[Vec<Box<str>>], found: &mut Found) {
    let mut walk = Walk { found, members: MAX_MEMBERS };
    walk.object(json, Place { depth: 0, source: ValueSource::Line });
    for field in fields {
        if let Some(value) = at_path(json, field) {
            walk.found.id(IdKind::Field, &value);
        }
    }
}

/// Origin of a value: the line that the function logs, or the event that it handles.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ValueSource {
    /// Member of the line itself, or of a logger's wrapper.
    Line,
    /// Member of the event that the function handles.
    Event,
}

/// Depth of a JSON object, and the origin of its values.
#[derive(Clone, Copy)]
struct Place {
    depth: u32,
    source: ValueSource,
}

impl Place {
    fn inside(self, source: ValueSource) -> Self {
        Self {
            depth: self.depth + 1,
            source: if self.source == ValueSource::Event { ValueSource::Event } else { source },
        }
    }
}

struct Walk<'f> {
    found: &'f mut Found,
    members: u32,
}

impl Walk<'_> {
    fn object(&mut self, json: &str, place: Place) {
        let (mut event_id, mut is_event) = (None, false);
        let read = json::members(json, |name, value| {
            let Some(left) = self.members.checked_sub(1) else { return };
            self.members = left;
            match name {
                "id" => event_id = value.text(),
                "detail-type" => is_event = true,
                _ => {}
            }
            self.member(name, value, place);
        });
        if let (Some(()), Some(id), true) = (read, event_id, is_event) {
            self.found.id(IdKind::Event, &id);
        }
    }

    fn member(&mut self, name: &str, value: Value<'_>, place: Place) {
        match value.kind {
            Kind::String { .. } => self.text_member(name, &value.text().unwrap_or_default(), place),
            Kind::Object | Kind::Array if place.depth >= MAX_DEPTH => {}
            Kind::Object if kind_of_name(name).is_some() => self.attribute(name, value),
            Kind::Object if name == "requestContext" => self.request_context(value),
            Kind::Object => {
                if let Some(source) = source_of_wrapper(name) {
                    self.object(value.raw, place.inside(source));
                }
            }
            Kind::Array => {
                if let Some(source) = source_of_wrapper(name) {
                    let place = place.inside(source);
                    let _ = json::elements(value.raw, |element| self.element(element, place));
                }
            }
            Kind::Number | Kind::True | Kind::False | Kind::Null => {}
        }
    }

    fn element(&mut self, element: Value<'_>, place: Place) {
        match element.kind {
            Kind::Object => self.object(element.raw, place),
            Kind::String { .. } => self.resource("resources", &element.text().unwrap_or_default(), place),
            Kind::Array | Kind::Number | Kind::True | Kind::False | Kind::Null => {}
        }
    }

    /// Reads an attribute of a message, `"correlationId":{"stringValue":"…"}`.
    fn attribute(&mut self, name: &str, value: Value<'_>) {
        let _ = json::members(value.raw, |inner, value| {
            if let (Some(kind), "stringValue" | "StringValue" | "Value", Some(text)) =
                (kind_of_name(name), inner, value.text())
            {
                self.found.id(kind, &text);
            }
        });
    }

    fn request_context(&mut self, value: Value<'_>) {
        let _ = json::members(value.raw, |name, value| match (name, value.text()) {
            ("requestId", Some(id)) => self.found.id(IdKind::ApiRequest, &id),
            ("apiId", Some(api)) if api.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                self.found.add(Mention::HandlesEventOf, &["API:", &*api].concat());
            }
            _ => {}
        });
    }

    fn text_member(&mut self, name: &str, value: &str, place: Place) {
        if let Some(kind) = kind_of_name(name) {
            self.found.id(kind, value);
        }
        if matches!(name, "message" | "msg" | "body" | "Message" | "log") && place.depth < MAX_DEPTH {
            let source = if name == "body" { ValueSource::Event } else { ValueSource::Line };
            match json_in(value) {
                Some((before, json)) => {
                    text::scan(before, self.found);
                    self.object(json, place.inside(source));
                }
                None => text::scan(value, self.found),
            }
            return;
        }
        self.resource(name, value, place);
    }

    /// Reads the name of a resource in an ARN, a URL or a host name.
    fn resource(&mut self, name: &str, value: &str, place: Place) {
        if value.starts_with("arn:aws") {
            if is_own_arn(name) {
                return;
            }
            if value.contains(":states:") && value.contains(":execution:") {
                self.found.id(IdKind::Execution, value);
            }
            let Some(resource) = resource::of_arn(value) else { return };
            let is_source = place.source == ValueSource::Event || is_source(name);
            self.found.add(if is_source { Mention::HandlesEventOf } else { Mention::Uses }, &resource);
        } else if place.source == ValueSource::Line && is_target(name) {
            let host =
                || if name.to_ascii_lowercase().contains("host") { resource::of_host(value) } else { None };
            if let Some(resource) = resource::of_url(value).or_else(host) {
                self.found.add(Mention::Uses, &resource);
            }
        }
    }
}

/// True if a member holds the ARN of the function itself.
fn is_own_arn(name: &str) -> bool {
    let name = plain(name);
    name.ends_with("functionarn") || name == "faasid"
}

/// True if a member names the source of an event: `eventSourceARN`, `source_arn`.
fn is_source(name: &str) -> bool {
    let name = plain(name);
    name.starts_with("eventsource") || name.starts_with("sourcearn")
}

/// True if a member holds the address that a request is sent to.
fn is_target(name: &str) -> bool {
    let name = plain(name);
    let is_address = ["url", "uri", "endpoint", "host", "hostname"].iter().any(|end| name.ends_with(end));
    is_address
        && !["refer", "callback", "redirect", "image", "avatar", "docs"]
            .iter()
            .any(|other| name.contains(other))
}

/// Origin of the values in an object that wraps others; `None` for objects that are not looked into.
fn source_of_wrapper(name: &str) -> Option<ValueSource> {
    match name {
        "message" | "fields" | "context" | "extra" | "data" | "mdc" | "contextMap" | "properties"
        | "attributes" | "response" | "result" | "request" | "span" | "payload" | "trace" | "http" => {
            Some(ValueSource::Line)
        }
        "event" | "Records" | "records" | "headers" | "Sns" | "s3" | "bucket" | "object" | "detail"
        | "resources" | "messageAttributes" | "MessageAttributes" | "Execution" | "input"
        | "multiValueHeaders" => Some(ValueSource::Event),
        _ => None,
    }
}

/// Kind of the id under a member's name. The case of letters, `-`, `_` and `.` do not count, except that SNS and SQS
/// name their message ids differently.
pub(super) fn kind_of_name(name: &str) -> Option<IdKind> {
    const LONGEST: usize = "x-correlation-identifier".len();
    if name.len() < "traceid".len() || name.len() > LONGEST {
        return None;
    }
    match name {
        "MessageId" => return Some(IdKind::SnsMessage),
        "EventId" => return Some(IdKind::Event),
        _ => {}
    }
    match &*plain(name) {
        "correlationid" | "xcorrelationid" => Some(IdKind::Correlation),
        "apirequestid" => Some(IdKind::ApiRequest),
        "messageid" | "sqsmessageid" => Some(IdKind::SqsMessage),
        "traceparent" | "traceid" | "oteltraceid" | "awstraceheader" | "xamzntraceid" | "xraytraceid" => {
            Some(IdKind::Trace)
        }
        "executionarn" | "executionname" => Some(IdKind::Execution),
        _ => None,
    }
}

/// A name in lower case without `-`, `_` and `.`.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_' | '.')).map(|c| c.to_ascii_lowercase()).collect()
}

/// Value at a path of members; a name with dots is tried as a whole first.
fn at_path<'a>(json: &'a str, path: &[Box<str>]) -> Option<Cow<'a, str>> {
    (1..=path.len()).rev().find_map(|length| {
        let (name, rest) = path.split_at_checked(length)?;
        let name = name.join(".");
        let mut found = None;
        json::members(json, |member, value| {
            if member == name && found.is_none() {
                found = Some(value);
            }
        })?;
        let value = found?;
        match (rest.is_empty(), value.kind) {
            (true, Kind::Number) => Some(Cow::Borrowed(value.raw)),
            (true, _) => value.text(),
            (false, Kind::Object) => at_path(value.raw, rest),
            (false, _) => None,
        }
    })
}
