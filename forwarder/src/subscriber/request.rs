//! What the subscriber is asked to do: look at one log group that was made, or at all of them.

use serde_json::Value;

/// What is to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// All log groups.
    All,
    /// The one of this name.
    One(String),
    /// None: the call that was reported had failed.
    Nothing,
}

/// The event is none that the subscriber knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownRequest {
    /// Neither a schedule's nor CloudTrail's.
    #[error("an event that is neither a schedule's nor of a log group that was made")]
    Event,
    /// CloudTrail's, of a call without a name.
    #[error("an event of a log group that was made, without its name")]
    NoName,
}

impl Request {
    /// Reads an event: `{"tailwater":{"subscribe":{}}}` of a schedule, a rule's `Scheduled Event`, or CloudTrail's record
    /// of `CreateLogGroup`.
    ///
    /// # Errors
    /// It is something else.
    pub fn read(event: &Value) -> Result<Self, UnknownRequest> {
        let ours = event.get("tailwater").and_then(|ours| ours.get("subscribe")?.as_object());
        if ours.is_some_and(serde_json::Map::is_empty) {
            return Ok(Self::All);
        }
        match event.get("detail-type").and_then(Value::as_str) {
            Some("Scheduled Event") => Ok(Self::All),
            Some("AWS API Call via CloudTrail") => Self::of_call(event.get("detail")),
            Some(_) | None => Err(UnknownRequest::Event),
        }
    }

    fn of_call(call: Option<&Value>) -> Result<Self, UnknownRequest> {
        let call = call.ok_or(UnknownRequest::Event)?;
        if call.get("eventName").and_then(Value::as_str) != Some("CreateLogGroup") {
            return Err(UnknownRequest::Event);
        }
        if call.get("errorCode").is_some_and(|code| !code.is_null()) {
            return Ok(Self::Nothing);
        }
        let name =
            call.get("requestParameters").and_then(|parameters| parameters.get("logGroupName")?.as_str());
        name.map(|name| Self::One(name.to_owned())).ok_or(UnknownRequest::NoName)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(event: &Value, expected: &Result<Request, UnknownRequest>) {
        assert_eq!(&Request::read(event), expected, "{event}");
    }

    #[test]
    fn schedules_ask_for_all() {
        check(&json!({"tailwater": {"subscribe": {}}}), &Ok(Request::All));
        check(
            &json!({"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}),
            &Ok(Request::All),
        );
    }

    #[test]
    fn a_log_group_that_was_made_is_looked_at() {
        let event = |detail: &Value| json!({"version": "0", "detail-type": "AWS API Call via CloudTrail", "source": "aws.logs", "detail": detail});
        let made = json!({"eventSource": "logs.amazonaws.com", "eventName": "CreateLogGroup",
            "requestParameters": {"logGroupName": "/aws/lambda/orders"}, "responseElements": null});
        check(&event(&made), &Ok(Request::One("/aws/lambda/orders".to_owned())));
        let mut failed = made.clone();
        failed["errorCode"] = json!("ResourceAlreadyExistsException");
        check(&event(&failed), &Ok(Request::Nothing));
        let mut nameless = made.clone();
        nameless["requestParameters"] = Value::Null;
        check(&event(&nameless), &Err(UnknownRequest::NoName));
        let mut other = made;
        other["eventName"] = json!("DeleteLogGroup");
        check(&event(&other), &Err(UnknownRequest::Event));
    }

    #[test]
    fn anything_else_is_refused() {
        for event in [
            json!({}),
            json!(null),
            json!({"tailwater": {"redrive": {}}}),
            json!({"tailwater": {"subscribe": {"x": 1}}}),
        ] {
            check(&event, &Err(UnknownRequest::Event));
        }
    }
}
