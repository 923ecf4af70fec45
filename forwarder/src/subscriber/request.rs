//! Event that the subscriber is invoked with: a log group was created, or it is time to check all log groups.

use serde_json::Value;

/// Log groups that an event asks to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// All log groups.
    All,
    /// The log group with this name.
    One(String),
    /// No log group: the recorded call of `CreateLogGroup` had failed.
    Nothing,
}

/// Error for an event that the subscriber does not handle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownRequest {
    /// The event comes neither from a schedule nor from CloudTrail.
    #[error("invalid event: expected a schedule or CloudTrail's record of CreateLogGroup")]
    Event,
    /// CloudTrail's record lacks the name of the log group.
    #[error("invalid event: CloudTrail's record of CreateLogGroup has no logGroupName")]
    NoName,
}

impl Request {
    /// Parses an event: `{"tailwater":{"subscribe":{}}}` of an EventBridge schedule, the `Scheduled Event` of an
    /// EventBridge rule, or CloudTrail's record of `CreateLogGroup`.
    ///
    /// # Errors
    /// Returns an error for any other event.
    pub fn read(event: &Value) -> Result<Self, UnknownRequest> {
        let ours = event.get("tailwater").and_then(|ours| ours.get("subscribe")?.as_object());
        if ours.is_some_and(serde_json::Map::is_empty) {
            return Ok(Self::All);
        }
        match event.get("detail-type").and_then(Value::as_str) {
            Some("Scheduled Event") => Ok(Self::All),
            Some("AWS API Call via CloudTrail") => Self::read_call(event.get("detail")),
            Some(_) | None => Err(UnknownRequest::Event),
        }
    }

    /// Parses CloudTrail's record of an API call.
    fn read_call(call: Option<&Value>) -> Result<Self, UnknownRequest> {
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
    fn schedules_request_all_log_groups() {
        check(&json!({"tailwater": {"subscribe": {}}}), &Ok(Request::All));
        check(
            &json!({"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}),
            &Ok(Request::All),
        );
    }

    #[test]
    fn record_of_a_created_log_group_requests_that_one() {
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
    fn other_events_are_rejected() {
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
