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
}

/// Members of other kinds of events, with long values. When one of them is found, the search ends.
const LONG_MEMBERS: [&[u8]; 3] = [b"awslogs", b"Records", b"records"];

impl UnescapedEvent {
    /// Returns the kind of an event; `None` for all other events.
    pub(super) fn detect(event: &[u8]) -> Option<Self> {
        let mut members = Members::of(event)?.take_while(|member| !LONG_MEMBERS.contains(&member.name));
        members.find_map(|member| Self::of_member(&member))
    }

    fn of_member(member: &Member<'_>) -> Option<Self> {
        match member.name {
            b"detail-type" => Some(Self::EventBridge),
            b"requestPayload" => Some(Self::Failed),
            b"KinesisBatchInfo" => Some(Self::FailedBatch),
            b"tailwater" if member.starts_with(b"\"parked\"") => Some(Self::Parked),
            b"tailwater" if member.starts_with(b"{") => Some(Self::Redrive),
            _ => None,
        }
    }
}
