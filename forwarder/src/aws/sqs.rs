//! SQS: messages sent, received, kept hidden while they are worked on, deleted.

use std::time::Duration;

use serde_json::{Value, json};

use super::{AwsClient, Error, Service, client::ApiRequest};
use crate::value::Url;

const SERVICE: Service = Service::Sqs;

/// The attribute that says what a message of ours is called.
const KEY: &str = "tailwater-key";

/// What a message may hold, in bytes, wherever and whenever its queue was made: SQS takes 1 MiB since August 2025, but a
/// queue keeps the limit that it was given, and 256 KiB was the most before.
pub const MESSAGE_LIMIT: usize = 256 * 1024;

/// What is received at once at most.
pub const BATCH: usize = 10;

/// A queue.
#[derive(Clone, Debug)]
pub struct Sqs {
    access: AwsClient,
    url: Url,
}

/// A received message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The same each time it is received.
    pub id: String,
    /// For this time it was received: what deletes or hides it.
    pub receipt: String,
    /// What its sender calls it, where its sender was [`Sqs::send`].
    pub key: Option<String>,
    /// What was sent.
    pub body: String,
}

impl Sqs {
    /// The queue of this address. Nothing is sent.
    #[must_use]
    pub fn new(access: AwsClient, url: Url) -> Self {
        Self { access, url }
    }

    /// Sends a message of up to [`MESSAGE_LIMIT`] bytes, key included. It may come twice if the answer is lost.
    ///
    /// # Errors
    /// When SQS does not take it within this time, tries and pauses together.
    pub async fn send(&self, key: &str, body: &str, within: Duration) -> Result<(), Error> {
        let attributes = json!({KEY: {"DataType": "String", "StringValue": key}});
        let message = json!({"MessageBody": body, "MessageAttributes": attributes});
        self.call("AmazonSQS.SendMessage", message, within).await.map(drop)
    }

    /// Up to [`BATCH`] messages, which nobody else receives for `hidden`; none when none came within `wait` (20 s at most).
    ///
    /// # Errors
    /// When SQS does not answer.
    pub async fn receive(&self, hidden: Duration, wait: Duration) -> Result<Vec<Message>, Error> {
        let body = json!({
            "MaxNumberOfMessages": BATCH,
            "VisibilityTimeout": whole_seconds(hidden),
            "WaitTimeSeconds": wait.as_secs(),
            "MessageAttributeNames": [KEY],
        });
        let within = self.access.within + wait * 2;
        let answer = self.call("AmazonSQS.ReceiveMessage", body, within).await?;
        let Some(messages) = answer.get("Messages").and_then(Value::as_array) else { return Ok(Vec::new()) };
        let text = |message: &Value, member| Some(message.get(member)?.as_str()?.to_owned());
        let messages = messages.iter().map(|message| {
            Some(Message {
                id: text(message, "MessageId")?,
                receipt: text(message, "ReceiptHandle")?,
                key: message.get("MessageAttributes").and_then(|own| text(own.get(KEY)?, "StringValue")),
                body: text(message, "Body")?,
            })
        });
        messages.collect::<Option<_>>().ok_or(Error::Unreadable(SERVICE))
    }

    /// Takes a message away.
    ///
    /// # Errors
    /// When SQS does not.
    pub async fn delete(&self, receipt: &str) -> Result<(), Error> {
        let body = json!({"ReceiptHandle": receipt});
        self.call("AmazonSQS.DeleteMessage", body, self.access.within).await.map(drop)
    }

    /// Keeps a message hidden for so long from now; not at all is at once there for everybody.
    ///
    /// # Errors
    /// When SQS does not.
    pub async fn hide(&self, receipt: &str, hidden: Duration) -> Result<(), Error> {
        let body = json!({"ReceiptHandle": receipt, "VisibilityTimeout": whole_seconds(hidden)});
        self.call("AmazonSQS.ChangeMessageVisibility", body, self.access.within).await.map(drop)
    }

    async fn call(&self, target: &str, mut body: Value, within: Duration) -> Result<Value, Error> {
        if let Some(members) = body.as_object_mut() {
            members.insert("QueueUrl".to_owned(), self.url.to_string().into());
        }
        let host = self.url.host();
        let address = format!("{}://{host}:{}/", self.url.scheme(), self.url.port());
        let region = region_of(&host);
        let call = ApiRequest { service: SERVICE, region, address: Some(address), target, body, within };
        self.access.call(call).await
    }
}

/// No less than asked for: what is hidden for no second is there for everybody.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0))
}

/// The region in `sqs.eu-west-1.amazonaws.com`.
fn region_of(host: &str) -> Option<&str> {
    let (region, _domain) = host.strip_prefix("sqs.")?.split_once(".amazonaws.")?;
    Some(region)
}
