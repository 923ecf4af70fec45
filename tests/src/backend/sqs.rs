//! Stand-in for SQS: queues of any URL in memory, visibility timeouts and receipt handles. Real servers are used in
//! `tests/it/aws`; they are too slow for hundreds of scenarios.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{Protocol, RequestContents};
use crate::http::{Request, Response};

/// Maximum size of a message with its attributes, in queues created before August 2025.
const MESSAGE_LIMIT: usize = 256 * 1024;

/// Maximum number of messages per receive.
const BATCH: u64 = 10;

/// Queues and their messages. Clones share the same messages.
#[derive(Clone, Debug, Default)]
pub struct Sqs {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    messages: Vec<Message>,
    sent: u64,
    /// Offset of the simulated clock from the real one.
    ahead: Duration,
}

/// Message in a queue.
#[derive(Clone, Debug)]
pub struct Message {
    /// URL of the queue.
    pub queue: String,
    /// Body as sent.
    pub body: String,
    /// `MessageAttributes` as sent.
    pub attributes: Value,
    id: String,
    receives: u64,
    visible: Option<Instant>,
}

impl Sqs {
    /// Returns all messages of all queues, visible or not.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        self.lock().messages.clone()
    }

    /// Sends a message with these `MessageAttributes` to the queue at a URL.
    ///
    /// # Panics
    /// Panics if the message is larger than SQS accepts.
    pub fn send(&self, queue: &str, body: &str, attributes: &Value) {
        let input = json!({"QueueUrl": queue, "MessageBody": body, "MessageAttributes": attributes});
        self.lock().send(&input).expect("the message has a valid size");
    }

    /// Advances the simulated clock, which ends shorter visibility timeouts.
    pub fn advance_clock(&self, time: Duration) {
        self.lock().ahead += time;
    }

    /// True if a request is for SQS and not for another service at the same endpoint.
    #[must_use]
    pub fn is_target_of(request: &Request) -> bool {
        request.head.header("x-amz-target").is_some_and(|target| target.starts_with("AmazonSQS."))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Protocol for Sqs {
    /// Rejects requests without a signature. The contents are always empty: requests to SQS contain no log events.
    fn decode(&self, request: &Request) -> Result<RequestContents, Response> {
        let authorization = request.head.header("authorization").unwrap_or_default();
        if authorization.starts_with("AWS4-HMAC-SHA256 ") {
            Ok(RequestContents::default())
        } else {
            Err(rejection(403, "MissingAuthenticationToken"))
        }
    }

    fn respond(&self, request: &Request, _rejected: usize) -> Response {
        let Ok(input) = serde_json::from_slice::<Value>(&request.body) else {
            return rejection(400, "SerializationException");
        };
        let target = request.head.header("x-amz-target").unwrap_or_default();
        let mut state = self.lock();
        let answer = match target.strip_prefix("AmazonSQS.") {
            Some("SendMessage") => state.send(&input),
            Some("ReceiveMessage") => state.receive(&input),
            Some("DeleteMessage") => state.delete(&input),
            Some("ChangeMessageVisibility") => state.hide(&input),
            Some(_) | None => Err("InvalidAction"),
        };
        match answer {
            Ok(Value::Null) => Response::new(200, ""),
            Ok(answer) => {
                Response::new(200, answer.to_string()).with("Content-Type", "application/x-amz-json-1.0")
            }
            Err(code) => rejection(400, code),
        }
    }
}

impl State {
    fn now(&self) -> Instant {
        Instant::now() + self.ahead
    }

    fn send(&mut self, input: &Value) -> Result<Value, &'static str> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (queue, body) = (text(&input["QueueUrl"]), text(&input["MessageBody"]));
        if queue.is_empty() || body.is_empty() {
            return Err("MissingParameter");
        }
        let attributes = input["MessageAttributes"].clone();
        if body.len() + size_of(&attributes) > MESSAGE_LIMIT {
            return Err("InvalidParameterValue");
        }
        self.sent += 1;
        let id = format!("{:08x}-0d8a-4c3d-9d5f-2a1f8c6f0b12", self.sent);
        let answer = json!({"MessageId": id});
        self.messages.push(Message { queue, body, attributes, id, receives: 0, visible: None });
        Ok(answer)
    }

    /// Returns visible messages without long polling: no other client can send one meanwhile.
    fn receive(&mut self, input: &Value) -> Result<Value, &'static str> {
        let count = input["MaxNumberOfMessages"].as_u64().unwrap_or(1);
        let hidden = input["VisibilityTimeout"].as_u64().ok_or("MissingParameter")?;
        if !(1..=BATCH).contains(&count) {
            return Err("InvalidParameterValue");
        }
        let now = self.now();
        let can_be_seen = |message: &&mut Message| {
            Some(message.queue.as_str()) == input["QueueUrl"].as_str()
                && message.visible.is_none_or(|visible| visible <= now)
        };
        let seen = self.messages.iter_mut().filter(can_be_seen).take(usize::try_from(count).unwrap_or(1));
        let handed_out: Vec<_> = seen
            .map(|message| {
                message.receives += 1;
                message.visible = Some(now + Duration::from_secs(hidden));
                json!({"MessageId": message.id, "ReceiptHandle": message.receipt(), "Body": message.body,
                    "MessageAttributes": message.attributes})
            })
            .collect();
        Ok(if handed_out.is_empty() { json!({}) } else { json!({"Messages": handed_out}) })
    }

    /// Deletes the message with this receipt handle. An outdated handle is accepted without effect, as in a standard
    /// queue.
    fn delete(&mut self, input: &Value) -> Result<Value, &'static str> {
        let receipt = input["ReceiptHandle"].as_str().ok_or("ReceiptHandleIsInvalid")?;
        self.messages.retain(|message| message.receipt() != receipt);
        Ok(Value::Null)
    }

    fn hide(&mut self, input: &Value) -> Result<Value, &'static str> {
        let hidden = input["VisibilityTimeout"].as_u64().ok_or("MissingParameter")?;
        let receipt = input["ReceiptHandle"].as_str().ok_or("ReceiptHandleIsInvalid")?;
        let now = self.now();
        let mut own = self.messages.iter_mut().filter(|message| message.receipt() == receipt);
        let message = own.next().ok_or("ReceiptHandleIsInvalid")?;
        if message.visible.is_none_or(|visible| visible <= now) {
            return Err("MessageNotInflight");
        }
        message.visible = Some(now + Duration::from_secs(hidden));
        Ok(Value::Null)
    }
}

impl Message {
    /// Returns the receipt handle, which changes with each receive.
    fn receipt(&self) -> String {
        format!("{}#{}", self.id, self.receives)
    }
}

/// Returns the size of names, types and values.
fn size_of(attributes: &Value) -> usize {
    let text = |value: &Value| value.as_str().map_or(0, str::len);
    let size = |(name, value): (&String, &Value)| {
        name.len() + text(&value["DataType"]) + text(&value["StringValue"])
    };
    attributes.as_object().into_iter().flatten().map(size).sum()
}

fn rejection(status: u16, code: &str) -> Response {
    let body = json!({"__type": format!("com.amazonaws.sqs#{code}"), "message": "refused"});
    Response::new(status, body.to_string()).with("Content-Type", "application/x-amz-json-1.0")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns status and body of the response.
    fn call(sqs: &Sqs, operation: &str, mut input: Value) -> (u16, Value) {
        input["QueueUrl"] = "http://queue".into();
        let target = format!("AmazonSQS.{operation}");
        let request = Request::new("POST", "/", &[("x-amz-target", target.as_str())], input.to_string());
        let response = sqs.respond(&request, 0);
        (response.status, serde_json::from_slice(&response.body).unwrap_or_default())
    }

    fn receipts(sqs: &Sqs, hidden_seconds: u64) -> Vec<Value> {
        let input = json!({"MaxNumberOfMessages": 10, "VisibilityTimeout": hidden_seconds});
        let (_, answer) = call(sqs, "ReceiveMessage", input);
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        messages.into_iter().map(|message| message["ReceiptHandle"].clone()).collect()
    }

    fn with_messages(count: usize) -> Sqs {
        let sqs = Sqs::default();
        for _ in 0..count {
            assert_eq!(call(&sqs, "SendMessage", json!({"MessageBody": "body"})).0, 200);
        }
        sqs
    }

    #[test]
    fn received_message_is_hidden_until_its_visibility_timeout_ends() {
        let sqs = with_messages(12);
        assert_eq!((receipts(&sqs, 300).len(), receipts(&sqs, 300).len()), (10, 2));
        assert_eq!(receipts(&sqs, 300).len(), 0);
        sqs.advance_clock(Duration::from_secs(301));
        assert_eq!(receipts(&sqs, 300).len(), 10);
    }

    #[test]
    fn visibility_timeout_of_zero_makes_a_message_visible_at_once() {
        let sqs = with_messages(1);
        let [receipt] = receipts(&sqs, 300).try_into().expect("one message");
        let input = json!({"ReceiptHandle": receipt, "VisibilityTimeout": 0});
        assert_eq!(call(&sqs, "ChangeMessageVisibility", input.clone()).0, 200);
        assert_eq!(call(&sqs, "ChangeMessageVisibility", input).0, 400);
        assert_eq!(receipts(&sqs, 300).len(), 1);
    }

    #[test]
    fn only_the_latest_receipt_handle_deletes() {
        let sqs = with_messages(1);
        let (old, new) = (receipts(&sqs, 0).remove(0), receipts(&sqs, 300).remove(0));
        assert_eq!(call(&sqs, "DeleteMessage", json!({"ReceiptHandle": old})).0, 200);
        assert_eq!(sqs.messages().len(), 1);
        assert_eq!(call(&sqs, "DeleteMessage", json!({"ReceiptHandle": new})).0, 200);
        assert_eq!(sqs.messages().len(), 0);
    }

    #[test]
    fn oversized_message_is_rejected() {
        let (status, answer) =
            call(&Sqs::default(), "SendMessage", json!({"MessageBody": "x".repeat(MESSAGE_LIMIT + 1)}));
        assert_eq!(
            (status, answer["__type"].as_str()),
            (400, Some("com.amazonaws.sqs#InvalidParameterValue"))
        );
    }
}
