//! Subscription documents: the JSON that CloudWatch Logs sends, with events of one log stream.

use std::fmt::Write;

use crate::{
    json_object::{JsonObject, push_string},
    lines::LogEvent,
    model::Environment,
    timestamp::Timestamp,
};

/// Consecutive events of one log stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Account id of the log group's owner.
    pub account: &'static str,
    /// Log group name.
    pub group: String,
    /// Log stream name.
    pub stream: String,
    /// Log events, oldest first.
    pub events: Vec<LogEvent>,
    /// Number of the first event within the corpus; event ids are made from these numbers and so are unique.
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

    /// Builds the subscription document.
    #[must_use]
    pub fn document(&self) -> String {
        let mut document = self.document_prefix(self.events.len());
        document.push_str("]}");
        document
    }

    /// Builds the document up to the end of its first `count` events.
    pub(crate) fn document_prefix(&self, count: usize) -> String {
        let head = JsonObject::new()
            .text("messageType", "DATA_MESSAGE")
            .text("owner", self.account)
            .text("logGroup", &self.group)
            .text("logStream", &self.stream)
            .text_array("subscriptionFilters", &["tailwater"])
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

/// Builds an event id: 56 digits that increase with the number. Ids of CloudWatch begin with the time; these do
/// not, because that would make the demo 10 % larger.
pub(crate) fn event_id(number: u64) -> String {
    format!("3951{number:052}")
}

/// Builds the control message that CloudWatch sends to check its destination; readers acknowledge and drop it.
#[must_use]
pub fn control_message(time: Timestamp) -> String {
    let event = JsonObject::new()
        .text("id", "")
        .json("timestamp", time.0)
        .text("message", "CWL CONTROL MESSAGE: Checking health of destination Lambda.");
    JsonObject::new()
        .text("messageType", "CONTROL_MESSAGE")
        .text("owner", "CloudwatchLogs")
        .text("logGroup", "")
        .text("logStream", "")
        .text_array::<&str>("subscriptionFilters", &[])
        .json("logEvents", format!("[{event}]"))
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn document_has_owner_messages_and_ascending_ids() {
        let event = LogEvent { time: Timestamp(1_772_618_400_123), message: "a\tb\n".to_owned() };
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
    fn control_message_is_valid_json() {
        let value: serde_json::Value = serde_json::from_str(&control_message(Timestamp(5))).unwrap();
        assert_eq!(
            (value["messageType"].as_str(), &value["logEvents"][0]["timestamp"]),
            (Some("CONTROL_MESSAGE"), &5.into())
        );
    }
}
