//! Pages through the events of a log group with `FilterLogEvents`.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::json;
use tailwater_forwarder::aws::Call;
use tailwater_parser::UnixMillis;

use super::{
    account::Account,
    api::Api,
    discover::Group,
    error::PullError,
    operation::Operation,
    plan::{Covered, Plan},
};

/// Maximum number of events in a page; AWS allows no more.
const PAGE_EVENTS: u32 = 10_000;

/// Event of a page. Texts are borrowed from the answer unless they have escapes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FilteredEvent<'p> {
    /// CloudWatch's event id, the same as in a forwarded copy of the event.
    #[serde(borrow)]
    pub event_id: Cow<'p, str>,
    /// Log stream.
    #[serde(borrow)]
    pub log_stream_name: Cow<'p, str>,
    /// Time in Unix milliseconds.
    pub timestamp: i64,
    /// Message.
    #[serde(borrow)]
    pub message: Cow<'p, str>,
}

/// Answer of `FilterLogEvents`. A page may be empty although there is a next one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<'p> {
    #[serde(borrow, default)]
    events: Vec<FilteredEvent<'p>>,
    next_token: Option<String>,
}

/// Receiver of the events of a log group.
pub trait PageHandler {
    /// Receives the events of a page, ordered by log stream.
    fn page(&mut self, group: &Group, events: &[FilteredEvent<'_>]);

    /// Called when all events of a window were received, with the times that are covered now.
    fn covered(&mut self, group: &Group, covered: Covered);

    /// True if the receiver accepts nothing more.
    fn has_failed(&self) -> bool;
}

/// Reads the events of a log group with times from `since` up to but not including `until`, except those that an earlier
/// pull has `covered`.
///
/// # Errors
/// Returns an error if a request fails for good. The windows that were covered before stay covered.
pub async fn pull_group(
    api: &Api<'_>,
    account: &Account,
    group: &Group,
    (since, until): (UnixMillis, UnixMillis),
    covered: Option<Covered>,
    handler: &mut dyn PageHandler,
) -> Result<(), PullError> {
    let plan = Plan::new(since, until, covered);
    let bytes = group.estimated_bytes(plan.length(), until);
    for (window, covered) in plan.windows(bytes) {
        read_window(api, account, group, window, handler).await?;
        if handler.has_failed() {
            return Err(PullError::Interrupted);
        }
        handler.covered(group, covered);
    }
    Ok(())
}

async fn read_window(
    api: &Api<'_>,
    account: &Account,
    group: &Group,
    window: Covered,
    handler: &mut dyn PageHandler,
) -> Result<(), PullError> {
    const OPERATION: Operation = Operation::FilterLogEvents;
    let mut token: Option<String> = None;
    loop {
        // `endTime` is inclusive.
        let mut body = json!({
            "logGroupName": group.name,
            "startTime": window.from.max(0),
            "endTime": window.until.saturating_sub(1),
            "limit": PAGE_EVENTS,
        });
        if let (Some(token), Some(members)) = (&token, body.as_object_mut()) {
            members.insert("nextToken".to_owned(), token.as_str().into());
        }
        let call = Call::Json { target: OPERATION.target(), body: &body };
        let answer = api.call(account, OPERATION, &call).await?;
        let mut page: Page<'_> =
            serde_json::from_slice(&answer).map_err(|_| PullError::InvalidAnswer(OPERATION))?;
        // The order within a stream is kept.
        page.events.sort_by(|one, other| one.log_stream_name.cmp(&other.log_stream_name));
        handler.page(group, &page.events);
        match page.next_token {
            None => return Ok(()),
            // The same page again, for ever.
            Some(next) if token.as_ref() == Some(&next) => return Err(PullError::InvalidAnswer(OPERATION)),
            next => token = next,
        }
        if api.should_stop() || handler.has_failed() {
            return Err(PullError::Interrupted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_is_read_with_and_without_escapes() {
        let text = r#"{"events":[{"logStreamName":"s","timestamp":5,"message":"a\n\"b\"","ingestionTime":6,"eventId":"7"}],
                       "searchedLogStreams":[],"nextToken":"t"}"#;
        let page: Page<'_> = serde_json::from_str(text).unwrap();
        let [event] = page.events.as_slice() else { panic!("one event") };
        assert_eq!((event.message.as_ref(), event.timestamp, event.event_id.as_ref()), ("a\n\"b\"", 5, "7"));
        assert!(matches!(event.log_stream_name, Cow::Borrowed("s")));
        assert_eq!(page.next_token.as_deref(), Some("t"));
        let empty: Page<'_> = serde_json::from_str("{}").unwrap();
        assert!(empty.events.is_empty() && empty.next_token.is_none());
    }
}
