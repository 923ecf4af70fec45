//! SQS API: sends, receives and deletes messages, and changes their visibility timeout.

use std::time::Duration;

use serde_json::{Value, json};

use super::{AwsClient, Error, Service, client::ApiRequest};
use crate::value::QueueUrl;

const SERVICE: Service = Service::Sqs;

/// Name of the message attribute with the key that [`Sqs::send`] gives to a message.
const KEY: &str = "tailwater-key";

/// Maximum size in bytes of a message, attributes included. Every queue accepts it: SQS accepts 1 MiB since August
/// 2025, but an older queue keeps its configured limit, which was at most 256 KiB.
pub const MESSAGE_LIMIT: usize = 256 * 1024;

/// Maximum number of messages that one request receives.
pub const BATCH: usize = 10;

/// Client of one SQS queue.
#[derive(Clone, Debug)]
pub struct Sqs {
    client: AwsClient,
    url: QueueUrl,
}

/// Received message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Message id. It is the same each time the message is received.
    pub id: String,
    /// Receipt handle, which is valid for this receive only. It is needed to delete the message or to change its
    /// visibility.
    pub receipt_handle: String,
    /// Key that [`Sqs::send`] gave to the message; `None` if another program sent the message.
    pub key: Option<String>,
    /// Body of the message.
    pub body: String,
}

impl Sqs {
    /// Creates a client of the queue at `url`. It sends nothing yet.
    #[must_use]
    pub fn new(client: AwsClient, url: QueueUrl) -> Self {
        Self { client, url }
    }

    /// Sends a message of up to [`MESSAGE_LIMIT`] bytes, key included. `within` is the maximum time, retries and
    /// pauses included. If a response is lost, the message is sent again, so that the queue gets it twice.
    ///
    /// # Errors
    /// Returns an error if the request fails.
    pub async fn send(&self, key: &str, body: &str, within: Duration) -> Result<(), Error> {
        let attributes = json!({KEY: {"DataType": "String", "StringValue": key}});
        let message = json!({"MessageBody": body, "MessageAttributes": attributes});
        self.call("AmazonSQS.SendMessage", message, within).await.map(drop)
    }

    /// Receives up to [`BATCH`] messages, and hides them from other receivers for `visibility_timeout`. If the queue
    /// is empty, waits up to `wait` (at most 20 s) for a message.
    ///
    /// # Errors
    /// Returns an error if the request fails or its response is invalid.
    pub async fn receive(&self, visibility_timeout: Duration, wait: Duration) -> Result<Vec<Message>, Error> {
        let body = json!({
            "MaxNumberOfMessages": BATCH,
            "VisibilityTimeout": whole_seconds(visibility_timeout),
            "WaitTimeSeconds": wait.as_secs(),
            "MessageAttributeNames": [KEY],
        });
        let within = self.client.within + wait * 2;
        let response = self.call("AmazonSQS.ReceiveMessage", body, within).await?;
        let Some(messages) = response.get("Messages").and_then(Value::as_array) else {
            return Ok(Vec::new());
        };
        let text = |message: &Value, member| Some(message.get(member)?.as_str()?.to_owned());
        let messages = messages.iter().map(|message| {
            Some(Message {
                id: text(message, "MessageId")?,
                receipt_handle: text(message, "ReceiptHandle")?,
                key: message
                    .get("MessageAttributes")
                    .and_then(|attributes| text(attributes.get(KEY)?, "StringValue")),
                body: text(message, "Body")?,
            })
        });
        messages.collect::<Option<_>>().ok_or(Error::InvalidResponse(SERVICE))
    }

    /// Deletes a message.
    ///
    /// # Errors
    /// Returns an error if the request fails.
    pub async fn delete(&self, receipt_handle: &str) -> Result<(), Error> {
        let body = json!({"ReceiptHandle": receipt_handle});
        self.call("AmazonSQS.DeleteMessage", body, self.client.within).await.map(drop)
    }

    /// Hides a received message from other receivers for `visibility_timeout` from now; zero makes it visible at once.
    ///
    /// # Errors
    /// Returns an error if the request fails.
    pub async fn change_visibility(
        &self,
        receipt_handle: &str,
        visibility_timeout: Duration,
    ) -> Result<(), Error> {
        let body = json!({
            "ReceiptHandle": receipt_handle,
            "VisibilityTimeout": whole_seconds(visibility_timeout),
        });
        self.call("AmazonSQS.ChangeMessageVisibility", body, self.client.within).await.map(drop)
    }

    async fn call(&self, target: &str, mut body: Value, within: Duration) -> Result<Value, Error> {
        if let Some(members) = body.as_object_mut() {
            members.insert("QueueUrl".to_owned(), self.url.to_string().into());
        }
        let (region, url) = (self.url.region().cloned(), Some(self.url.endpoint()));
        let request = ApiRequest { service: SERVICE, region, url, target, body, within };
        self.client.call(request).await
    }
}

/// Converts to seconds, rounded up: rounded down, a timeout below one second would be zero, which makes the message
/// visible at once.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0))
}
