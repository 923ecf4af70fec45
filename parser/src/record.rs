//! A parsed log event with its origin: the event type that stores and sinks receive.

use std::{borrow::Cow, fmt};

use crate::{
    decode::{Event, Part, Utf8},
    level::Level,
    line::{App, Dialect, Emf, Line, Report, RuntimeDone, Segment, Start, TraceContext},
    origin::Origin,
    units::UnixMillis,
};

/// A parsed log event with its origin and the ids of its invocation.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// Origin of the event.
    pub origin: &'a Origin,
    /// Id of the event. If the same input is read again, the event gets the same id.
    pub event_id: EventId<'a>,
    /// Time of the event.
    pub time: UnixMillis,
    /// The message as logged, including any prefix.
    pub message: &'a str,
    /// The parsed message.
    pub line: Line<'a>,
    /// Log level: that of the message, or for a platform line the one that AWS defines.
    pub level: Option<Level>,
    /// Request id of the invocation: from the line itself, or from the START before it.
    pub request_id: Option<&'a str>,
    /// X-Ray trace id.
    pub trace_id: Option<&'a str>,
    /// X-Ray segment of the invocation according to earlier lines; [`Self::segment`] completes it.
    pub invocation_segment: Option<&'a Segment>,
    /// Ids of the trace and span in the line itself, if it states a trace id other than X-Ray's, or a span id.
    pub trace_context: Option<TraceContext>,
    /// Tenant id, for functions with tenant isolation.
    pub tenant: Option<&'a str>,
    /// Part of the event's message that `message` holds.
    pub part: Part,
    /// States if bytes of `message` had to be replaced because they were not UTF-8.
    pub utf8: Utf8,
    /// Data that the user's rules add; `None` without rules.
    pub additions: Option<&'a Additions<'a>>,
}

/// Service, tags and attributes that the user's rules add to a record, and the numbers of joined and sampled events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Additions<'a> {
    /// Name of the service; `None` for the one that follows from the origin.
    pub service: Option<&'a str>,
    /// Tags, such as `team:shop`, each once.
    pub tags: Vec<&'a str>,
    /// Names and values of attributes.
    pub attributes: Vec<(&'a str, &'a str)>,
    /// Number of events that were joined into this one, itself included; 0 if it was not joined.
    pub joined: u32,
    /// Number of requests that this one stands for; `None` if no sample rule decided about it.
    pub sampling_one_in: Option<u32>,
}

impl Additions<'_> {
    /// True if nothing is added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Id of an event, by which duplicates are recognised if the event is read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventId<'a> {
    /// CloudWatch's event id, unique in its log group.
    CloudWatch(&'a str),
    /// For inputs without event ids: a hash of everything read from the input up to and including this event. The same
    /// file gives the same ids again, even if it has grown.
    Position(u64),
}

impl fmt::Display for EventId<'_> {
    /// Writes CloudWatch's id unchanged, a position as 16 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CloudWatch(id) => f.write_str(id),
            Self::Position(hash) => write!(f, "{hash:016x}"),
        }
    }
}

/// Ids of the invocation that a line belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ids<'a> {
    pub(crate) request_id: Option<&'a str>,
    pub(crate) trace_id: Option<&'a str>,
    pub(crate) segment: Option<&'a Segment>,
    pub(crate) tenant: Option<&'a str>,
}

/// Reused buffers for ids that had to be unescaped, so that a record can borrow them like other ids.
#[derive(Debug, Default)]
pub(crate) struct UnescapedIds {
    request_id: String,
    trace_id: String,
    tenant: String,
}

impl<'a> Record<'a> {
    /// Combines an event and its parsed line with its origin and with `context`, the ids of the current invocation.
    #[inline]
    pub(crate) fn new(
        origin: &'a Origin,
        context: Ids<'a>,
        event: &Event<'a>,
        event_id: EventId<'a>,
        time: UnixMillis,
        line: Line<'a>,
        buffers: &'a mut UnescapedIds,
    ) -> Self {
        let Ids { request_id, trace_id, segment, tenant } = ids_of(&line, buffers).or(context);
        Record {
            origin,
            event_id,
            time,
            message: event.message,
            level: line.level(),
            trace_context: line.trace_context(),
            line,
            request_id,
            trace_id,
            invocation_segment: segment,
            tenant,
            part: event.part,
            utf8: event.utf8,
            additions: None,
        }
    }

    /// X-Ray segment of the invocation, according to this line and earlier ones. `None` if the line names another trace.
    #[must_use]
    pub fn segment(&self) -> Option<Segment> {
        let own = if let Line::Start(Start { segment, .. })
        | Line::RuntimeDone(RuntimeDone { segment, .. })
        | Line::Report(Report { segment, .. }) = &self.line
        {
            *segment
        } else {
            None
        };
        Segment::merge(own, self.invocation_segment.copied())
    }
}

impl Ids<'_> {
    /// Fills missing ids from `context`, unless the line names another invocation.
    fn or(self, context: Self) -> Self {
        if self.request_id.is_some() && self.request_id != context.request_id {
            return self;
        }
        // The segment of the invocation is no part of another trace that the line names.
        let is_other_trace = self.trace_id.is_some() && self.trace_id != context.trace_id;
        Self {
            request_id: context.request_id,
            trace_id: self.trace_id.or(context.trace_id),
            segment: context.segment.filter(|_| !is_other_trace),
            tenant: self.tenant.or(context.tenant),
        }
    }
}

/// Creates a plain text line.
pub(crate) fn plain_text(message: &str) -> Line<'_> {
    Line::App(App {
        dialect: Dialect::Text,
        level: None,
        request_id: None,
        trace_id: None,
        trace_context: None,
        tenant: None,
        timestamp: None,
        message,
        error_type: None,
        failure: None,
    })
}

/// Ids in the line itself.
fn ids_of<'a>(line: &Line<'a>, buffers: &'a mut UnescapedIds) -> Ids<'a> {
    let platform = |request_id, trace_id, tenant| Ids { request_id, trace_id, segment: None, tenant };
    let request_only = |request_id| platform(request_id, None, None);
    match line {
        Line::App(app) | Line::Emf(Emf { app, .. }) => Ids {
            request_id: app.request_id.as_ref().map(|id| borrow_or_copy(id, &mut buffers.request_id)),
            trace_id: app.trace_id.as_ref().map(|id| borrow_or_copy(id, &mut buffers.trace_id)),
            segment: None,
            tenant: app.tenant.as_ref().map(|id| borrow_or_copy(id, &mut buffers.tenant)),
        },
        Line::Start(it) => platform(Some(it.request_id), it.trace_id, it.tenant),
        Line::RuntimeDone(it) => platform(Some(it.request_id), it.trace_id, it.tenant),
        Line::Report(it) => {
            // Empty in a copy of the log that leaves the ids out.
            let request_id = Some(it.request_id).filter(|id| !id.is_empty());
            platform(request_id, it.trace_id, it.tenant)
        }
        Line::End(end) => request_only(Some(end.request_id)),
        Line::Fault(fault) => request_only(fault.request_id),
        Line::OtherPlatform(other) => request_only(other.request_id),
        Line::InitStart(_)
        | Line::InitReport(_)
        | Line::InitRuntimeDone(_)
        | Line::RestoreStart(_)
        | Line::RestoreReport(_)
        | Line::RestoreRuntimeDone(_)
        | Line::Extension(_)
        | Line::Subscription(_)
        | Line::LogsDropped(_) => Ids::default(),
    }
}

/// Borrows `text`; an owned text is copied to `buffer` and borrowed from there.
fn borrow_or_copy<'a>(text: &Cow<'a, str>, buffer: &'a mut String) -> &'a str {
    match text {
        Cow::Borrowed(text) => text,
        Cow::Owned(text) => {
            text.clone_into(buffer);
            buffer
        }
    }
}
