//! A line with where it came from: the one event type that stores and sinks see.

use std::{borrow::Cow, fmt};

use crate::{
    decode::{Event, Part, Text},
    level::Level,
    line::{App, Dialect, Emf, InitReport, InitStart, Initialization, Line, Status},
    origin::Origin,
    units::UnixMillis,
};

/// One log event, read.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// Where it came from.
    pub origin: &'a Origin,
    /// Stable identity of the event.
    pub event_id: EventId<'a>,
    /// When it was logged.
    pub time: UnixMillis,
    /// The message as it came, prefix and all.
    pub message: &'a str,
    /// What it says.
    pub line: Line<'a>,
    /// How serious it is; platform lines have levels of their own.
    pub level: Option<Level>,
    /// Of the invocation: named by the line, or carried from the START it stands behind.
    pub request_id: Option<&'a str>,
    /// X-Ray trace id.
    pub trace_id: Option<&'a str>,
    /// Tenant.
    pub tenant: Option<&'a str>,
    /// Whether `message` is all of it.
    pub part: Part,
    /// Whether `message` is as it was written.
    pub text: Text,
}

/// What makes an event the same event when it comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventId<'a> {
    /// CloudWatch's own id, unique in its log group.
    CloudWatch(&'a str),
    /// Where the input has none: a hash of everything read from it up to and including this event, so that the same
    /// file, or one that has grown since, gives the same ids.
    Position(u64),
}

impl fmt::Display for EventId<'_> {
    /// CloudWatch's id as it is, a position as 16 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CloudWatch(id) => f.write_str(id),
            Self::Position(hash) => write!(f, "{hash:016x}"),
        }
    }
}

/// Whose a line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ids<'a> {
    pub(crate) request_id: Option<&'a str>,
    pub(crate) trace_id: Option<&'a str>,
    pub(crate) tenant: Option<&'a str>,
}

/// Room for ids that had to be unescaped, so that a record can borrow them like all others; reused.
#[derive(Debug, Default)]
pub(crate) struct Unescaped {
    request_id: String,
    trace_id: String,
    tenant: String,
}

impl<'a> Record<'a> {
    /// Joins an event, and what it says, with where it stands: `origin`, and the ids of the invocation around it.
    #[inline]
    pub(crate) fn join(
        origin: &'a Origin,
        around: Ids<'a>,
        event: &Event<'a>,
        (event_id, time): (EventId<'a>, UnixMillis),
        line: Line<'a>,
        unescaped: &'a mut Unescaped,
    ) -> Self {
        let Ids { request_id, trace_id, tenant } = ids_of(&line, unescaped).or(around);
        Record {
            origin,
            event_id,
            time,
            message: event.message,
            level: level_of(&line),
            line,
            request_id,
            trace_id,
            tenant,
            part: event.part,
            text: event.text,
        }
    }
}

impl Ids<'_> {
    /// What is missing is taken from the invocation around, unless the line is another one's.
    fn or(self, around: Self) -> Self {
        if self.request_id.is_some() && self.request_id != around.request_id {
            return self;
        }
        Self {
            request_id: around.request_id,
            trace_id: self.trace_id.or(around.trace_id),
            tenant: self.tenant.or(around.tenant),
        }
    }
}

/// A line that says nothing but its text.
pub(crate) fn plain_text(message: &str) -> Line<'_> {
    Line::App(App {
        dialect: Dialect::Text,
        level: None,
        request_id: None,
        trace_id: None,
        tenant: None,
        timestamp: None,
        message,
        error_type: None,
        sign: None,
    })
}

/// The ids that the line itself names.
fn ids_of<'a>(line: &Line<'a>, unescaped: &'a mut Unescaped) -> Ids<'a> {
    let request = |request_id| Ids { request_id, ..Ids::default() };
    match line {
        Line::App(app) | Line::Emf(Emf { app, .. }) => Ids {
            request_id: app.request_id.as_ref().map(|id| lend(id, &mut unescaped.request_id)),
            trace_id: app.trace_id.as_ref().map(|id| lend(id, &mut unescaped.trace_id)),
            tenant: app.tenant.as_ref().map(|id| lend(id, &mut unescaped.tenant)),
        },
        Line::Start(it) => Ids { request_id: Some(it.request_id), trace_id: it.trace_id, tenant: it.tenant },
        Line::RuntimeDone(it) => {
            Ids { request_id: Some(it.request_id), trace_id: it.trace_id, tenant: it.tenant }
        }
        Line::Report(it) => Ids { request_id: Some(it.request_id), trace_id: it.trace_id, tenant: it.tenant },
        Line::End(end) => request(Some(end.request_id)),
        Line::Fault(fault) => request(fault.request_id),
        Line::OtherPlatform(other) => request(other.request_id),
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

/// A borrowed text as it is, an owned one from `room`.
fn lend<'a>(text: &Cow<'a, str>, room: &'a mut String) -> &'a str {
    match text {
        Cow::Borrowed(text) => text,
        Cow::Owned(text) => {
            text.clone_into(room);
            room
        }
    }
}

/// The level AWS gives each of its system events, and the function's own to what it writes.
fn level_of(line: &Line<'_>) -> Option<Level> {
    match line {
        Line::App(app) | Line::Emf(Emf { app, .. }) => app.level,
        Line::InitStart(InitStart { runtime_version: Some(_), .. }) | Line::Start(_) | Line::End(_) => {
            Some(Level::Info)
        }
        Line::InitReport(report) => Some(init_report_level(report)),
        Line::Report(report) => Some(by_status(report.status, Level::Info)),
        Line::InitRuntimeDone(report) => Some(by_status(report.status, Level::Debug)),
        Line::RuntimeDone(done) => Some(by_status(done.status, Level::Debug)),
        Line::RestoreReport(report) | Line::RestoreRuntimeDone(report) => {
            Some(by_status(report.status, Level::Debug))
        }
        Line::InitStart(_) | Line::RestoreStart(_) | Line::Subscription(_) => Some(Level::Debug),
        Line::Extension(extension) if extension.error_type.is_none() => Some(Level::Debug),
        Line::Extension(_) | Line::LogsDropped(_) => Some(Level::Warn),
        Line::Fault(_) => Some(Level::Error),
        Line::OtherPlatform(_) => None,
    }
}

fn init_report_level(report: &InitReport<'_>) -> Level {
    let success = match report.initialization {
        None | Some(Initialization::OnDemand) => Level::Debug,
        Some(
            Initialization::ProvisionedConcurrency
            | Initialization::SnapStart
            | Initialization::ManagedInstances,
        ) => Level::Info,
    };
    by_status(report.status, success)
}

fn by_status(status: Option<Status>, success: Level) -> Level {
    match status {
        None | Some(Status::Success) => success,
        Some(Status::Failure | Status::Error | Status::Timeout | Status::Unknown) => Level::Warn,
    }
}
