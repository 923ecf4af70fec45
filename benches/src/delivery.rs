//! What CloudWatch Logs hands to a subscriber: some events of one log stream, in one JSON document.

use std::fmt::Write;

use crate::{
    lines::LogEvent,
    model::Environment,
    moment::Moment,
    object::{Object, push_string},
};

/// Some consecutive events of one log stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Account that owns the log group.
    pub account: &'static str,
    /// Name of the log group.
    pub group: String,
    /// Name of the log stream.
    pub stream: String,
    /// The events, oldest first.
    pub events: Vec<LogEvent>,
    /// Number of the first event in its corpus: ids are made from it, so no two events share one.
    pub first: u64,
}

impl Delivery {
    pub(crate) fn new(environment: &Environment, events: Vec<LogEvent>, first: u64) -> Self {
        Self {
            account: environment.function.account,
            group: environment.group(),
            stream: environment.stream.clone(),
            events,
            first,
        }
    }

    /// The subscription document.
    #[must_use]
    pub fn document(&self) -> String {
        let mut document = self.opening(self.events.len());
        document.push_str("]}");
        document
    }

    /// The document up to the end of its `count`th event.
    pub(crate) fn opening(&self, count: usize) -> String {
        let head = Object::new()
            .text("messageType", "DATA_MESSAGE")
            .text("owner", self.account)
            .text("logGroup", &self.group)
            .text("logStream", &self.stream)
            .texts("subscriptionFilters", &["tailwater"])
            .to_string();
        let size: usize = self.events.iter().map(|event| event.message.len() + 160).sum();
        let mut document = String::with_capacity(head.len() + size);
        document.push_str(head.trim_end_matches('}'));
        document.push_str(",\"logEvents\":[");
        for (n, (number, event)) in (self.first..).zip(self.events.iter().take(count)).enumerate() {
            document.push_str(if n == 0 { "" } else { "," });
            push_event(&mut document, event, number);
        }
        document
    }
}

fn push_event(document: &mut String, event: &LogEvent, number: u64) {
    let (id, time) = (event_id(number), event.time.0);
    write!(document, "{{\"id\":\"{id}\",\"timestamp\":{time},\"message\":")
        .expect("writing to a string cannot fail");
    push_string(document, &event.message);
    document.push('}');
}

/// The id of a corpus's event: 56 digits that rise with its number. CloudWatch's begin with the time; these do not,
/// because that would cost the demo a tenth of its size.
pub(crate) fn event_id(number: u64) -> String {
    format!("3951{number:052}")
}

/// What CloudWatch sends to see whether its destination is there: to be acknowledged and dropped.
#[must_use]
pub fn control_message(time: Moment) -> String {
    let event = Object::new()
        .text("id", "")
        .json("timestamp", time.0)
        .text("message", "CWL CONTROL MESSAGE: Checking health of destination Lambda.");
    Object::new()
        .text("messageType", "CONTROL_MESSAGE")
        .text("owner", "CloudwatchLogs")
        .text("logGroup", "")
        .text("logStream", "")
        .texts::<&str>("subscriptionFilters", &[])
        .json("logEvents", format!("[{event}]"))
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_what_aws_sends() {
        let event = LogEvent { time: Moment(1_772_618_400_123), message: "a\tb\n".to_owned() };
        let delivery = Delivery {
            account: "123456789012",
            group: "/aws/lambda/f".to_owned(),
            stream: "2026/03/04/[1]ab".to_owned(),
            events: vec![event.clone(), event],
            first: 7,
        };
        let value: serde_json::Value = serde_json::from_str(&delivery.document()).unwrap();
        assert_eq!(value["messageType"], "DATA_MESSAGE");
        assert_eq!(value["owner"], "123456789012");
        assert_eq!(value["logEvents"][1]["message"], "a\tb\n");
        let ids = [0, 1].map(|n| value["logEvents"][n]["id"].as_str().unwrap().to_owned());
        assert!(ids[0] < ids[1] && ids[0].len() == 56);
    }

    #[test]
    fn a_control_message_is_json() {
        let value: serde_json::Value = serde_json::from_str(&control_message(Moment(5))).unwrap();
        assert_eq!(
            (value["messageType"].as_str(), &value["logEvents"][0]["timestamp"]),
            (Some("CONTROL_MESSAGE"), &5.into())
        );
    }
}
