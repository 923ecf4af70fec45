//! Events with the fields that CloudWatch discovers, read without the programs under test.

use benches::{Delivery, LogEvent};
use serde_json::Value;

/// Log event.
pub(super) struct Event {
    pub(super) time: i64,
    pub(super) log: String,
    pub(super) stream: String,
    pub(super) message: String,
    json: Option<Value>,
}

impl Event {
    pub(super) fn new(delivery: &Delivery, event: &LogEvent) -> Self {
        Self {
            time: i64::try_from(event.time.0).expect("a time of this century"),
            log: format!("{}:{}", delivery.account, delivery.group),
            stream: delivery.stream.clone(),
            json: json_of(&event.message),
            message: event.message.clone(),
        }
    }

    /// True for a REPORT line in text.
    pub(super) fn is_report(&self) -> bool {
        self.message.starts_with("REPORT RequestId")
    }

    /// Number behind a name in a REPORT line.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        let (_, rest) = self.message.split_once(&format!("\t{name}: "))?;
        rest.split(' ').next()?.parse().ok()
    }

    /// Text between two others.
    pub(super) fn between(&self, before: &str, after: &str) -> Option<&str> {
        let (_, rest) = self.message.split_once(before)?;
        rest.split_once(after).map(|(text, _)| text)
    }

    /// Scalar at a path in the message's JSON, where a key with dots comes before nested keys.
    pub(super) fn field(&self, path: &str) -> Option<Value> {
        let found = at(self.json.as_ref()?, path)?;
        (!found.is_object() && !found.is_array() && !found.is_null()).then(|| found.clone())
    }

    pub(super) fn text(&self, path: &str) -> Option<String> {
        self.field(path)?.as_str().map(str::to_owned)
    }
}

/// Whole message as JSON, or the first object in it.
fn json_of(message: &str) -> Option<Value> {
    if message.trim_start().starts_with(['{', '[']) {
        return serde_json::from_str(message.trim()).ok();
    }
    message.match_indices('{').take(8).find_map(|(start, _)| {
        let rest = message.get(start..)?;
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        values.next()?.ok().filter(Value::is_object)
    })
}

fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let child = |key: &str| match value {
        Value::Object(members) => members.get(key),
        Value::Array(elements) => elements.get(key.parse::<usize>().ok()?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    };
    child(path).or_else(|| {
        let mut dots = path.rmatch_indices('.');
        dots.find_map(|(dot, _)| at(child(path.get(..dot)?)?, path.get(dot + 1..)?))
    })
}
