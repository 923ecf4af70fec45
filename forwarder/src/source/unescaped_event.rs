//! Events that are told by their outermost members, before anything is unescaped: what is in them is wanted as it came.

use super::{
    ParsedEvent, UnknownEvent, eventbridge,
    members::{Member, Members},
    on_failure, parked, redrive,
};

/// An event that is parsed from its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnescapedEvent {
    EventBridge,
    /// A record of a failed asynchronous invocation.
    Failed,
    /// A record of a failed invocation with a batch of a stream.
    FailedBatch,
    Parked,
    RedriveFilter,
}

/// What is behind one of these is long, and of another kind.
const LISTS: [&[u8]; 3] = [b"awslogs", b"Records", b"records"];

impl UnescapedEvent {
    /// `None` for events of other kinds.
    pub(super) fn of(event: &[u8]) -> Option<Self> {
        let mut members = Members::of(event)?.take_while(|member| !LISTS.contains(&member.name));
        members.find_map(|member| Self::by(&member))
    }

    fn by(member: &Member<'_>) -> Option<Self> {
        match member.name {
            b"detail-type" => Some(Self::EventBridge),
            b"requestPayload" => Some(Self::Failed),
            b"KinesisBatchInfo" => Some(Self::FailedBatch),
            b"tailwater" if member.starts_with(b"\"parked\"") => Some(Self::Parked),
            b"tailwater" if member.starts_with(b"{") => Some(Self::RedriveFilter),
            _ => None,
        }
    }

    pub(super) fn open<'e>(self, event: &'e [u8], parsed: &mut ParsedEvent<'e>) -> Result<(), UnknownEvent> {
        match self {
            Self::EventBridge => eventbridge::open(event, parsed),
            Self::Failed => on_failure::open(event, parsed),
            Self::FailedBatch => on_failure::open_batch(event, parsed),
            Self::RedriveFilter => redrive::open(event, parsed),
            Self::Parked => {
                parked::open(event, parsed);
                Ok(())
            }
        }
    }
}
