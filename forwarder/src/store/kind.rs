//! The name of a line's kind, as design and page call it.

use tailwater_parser::{Line, line::Dialect};

/// Kind of a line.
pub(super) fn kind_of(line: &Line<'_>) -> &'static str {
    match line {
        Line::App(app) if app.dialect == Dialect::Text => "text",
        Line::App(_) => "app",
        Line::Start(_) => "start",
        Line::End(_) => "end",
        Line::Report(_) => "report",
        Line::InitStart(_) => "init_start",
        Line::InitReport(_) => "init_report",
        Line::RestoreStart(_) => "restore_start",
        Line::RestoreReport(_) => "restore_report",
        Line::Extension(_) => "extension",
        Line::Emf(_) => "emf",
        Line::Fault(_) => "fault",
        Line::InitRuntimeDone(_)
        | Line::RestoreRuntimeDone(_)
        | Line::RuntimeDone(_)
        | Line::Subscription(_)
        | Line::LogsDropped(_)
        | Line::OtherPlatform(_) => "platform",
    }
}
