//! Lambda events whose JSON strings must not be unescaped in place, because parts of them are kept as AWS sent them.
//! They are recognised by the members of the outermost JSON object.

use super::members::{Member, Members};

/// Kind of Lambda event whose JSON strings must not be unescaped in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnescapedEvent {
    /// EventBridge event.
    EventBridge,
    /// Record of a failed asynchronous invocation, from an on-failure destination.
    Failed,
    /// Record of a failed invocation with a batch of a Kinesis stream, from an on-failure destination.
    FailedBatch,
    /// Parked object.
    Parked,
    /// Request to redrive parked objects.
    Redrive,
    /// Request of the Datadog Forwarder to send failed events again: `{"retry":"true"}`.
    Retry,
}

/// Members of other kinds of events, with long values. When one of them is found, the search ends.
const LONG_MEMBERS: [&[u8]; 3] = [b"awslogs", b"Records", b"records"];

impl UnescapedEvent {
    /// Returns the kind of an event; `None` for all other events.
    pub(super) fn detect(event: &[u8]) -> Option<Self> {
        let mut members = Members::of(event)?.take_while(|member| !LONG_MEMBERS.contains(&member.name));
        members.find_map(|member| Self::of_member(&member, event))
    }

    /// True for an object of the member `retry` alone, with a value that is not false in Python.
    fn is_retry(event: &[u8]) -> bool {
        let mut members = Members::of(event).into_iter().flatten();
        let is_false = |value: &[u8]| matches!(value, b"\"\"" | b"false" | b"null" | b"0");
        let is_retry =
            members.next().is_some_and(|member| member.name == b"retry" && !is_false(member.value()));
        is_retry && members.next().is_none()
    }

    fn of_member(member: &Member<'_>, event: &[u8]) -> Option<Self> {
        match member.name {
            b"detail-type" => Some(Self::EventBridge),
            b"requestPayload" => Some(Self::Failed),
            b"KinesisBatchInfo" => Some(Self::FailedBatch),
            b"tailwater" if member.starts_with(b"\"parked\"") => Some(Self::Parked),
            b"tailwater" if member.starts_with(b"{") => Some(Self::Redrive),
            b"retry" if Self::is_retry(event) => Some(Self::Retry),
            _ => None,
        }
    }
}
