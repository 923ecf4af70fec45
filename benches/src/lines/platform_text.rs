//! Platform lines around a run in text format.

use std::{fmt::Write, time::Duration};

use super::{LogEvent, Position, RunContext, ms_with_two_decimals};
use crate::{
    model::{FailureStyle, Outcome, StartType},
    timestamp::Timestamp,
};

/// Writes the lines before the handler: start of the environment, and START.
pub(super) fn before_handler(ctx: RunContext<'_>, out: &mut Vec<LogEvent>) {
    if ctx.position == Position::First {
        environment_start(ctx, out);
    }
    let version = &ctx.environment.version;
    let message = format!("START RequestId: {} Version: {version}\n", ctx.run.request_id);
    out.push(LogEvent { time: ctx.run.started, message });
}

/// Writes the lines after the handler: END, REPORT and, in older logs, the timeout line.
pub(super) fn after_handler(ctx: RunContext<'_>, out: &mut Vec<LogEvent>) {
    let time = ctx.run.ended();
    out.push(LogEvent { time, message: format!("END RequestId: {}\n", ctx.run.request_id) });
    out.push(LogEvent { time, message: report(ctx) });
    if ctx.run.outcome == Outcome::TimedOut
        && ctx.environment.function.failure_style != FailureStyle::ReportStatus
    {
        out.push(LogEvent { time, message: timed_out(ctx) });
    }
}

fn environment_start(ctx: RunContext<'_>, out: &mut Vec<LogEvent>) {
    match ctx.run.start_type {
        StartType::Warm => {}
        StartType::Cold(init) | StartType::Provisioned(init) => init_start(ctx, "INIT_START", init, out),
        StartType::InitRetried(init) => init_start(ctx, "INIT_START", init * 2, out),
        StartType::Restored { restore, .. } => init_start(ctx, "RESTORE_START", restore, out),
    }
    extension_lines(ctx, out);
    init_reports(ctx, out);
}

fn init_start(ctx: RunContext<'_>, word: &str, duration: Duration, out: &mut Vec<LogEvent>) {
    let function = &ctx.environment.function;
    let (version, arn) = (function.runtime.version(), function.runtime_version_arn());
    let message = format!("{word} Runtime Version: {version}\tRuntime Version ARN: {arn}\n");
    out.push(LogEvent { time: ctx.run.started.before(duration), message });
}

fn extension_lines(ctx: RunContext<'_>, out: &mut Vec<LogEvent>) {
    let Some(name) = ctx.environment.function.extension else {
        return;
    };
    let time = ctx.run.started;
    let mut line = |message| out.push(LogEvent { time, message });
    line(format!("TELEMETRY\tName: {name}\tState: Subscribed\tTypes: [Platform, Function, Extension]\n"));
    line(format!("EXTENSION\tName: {name}\tState: Ready\tEvents: [INVOKE,SHUTDOWN]\n"));
}

/// Writes INIT_REPORT or RESTORE_REPORT. A successful on-demand INIT has none: its duration is in REPORT.
fn init_reports(ctx: RunContext<'_>, out: &mut Vec<LogEvent>) {
    let failed = "Status: error\tError Type: Runtime.ImportModuleError";
    let time = ctx.run.started;
    let mut line = |time: Timestamp, message| out.push(LogEvent { time, message });
    match ctx.run.start_type {
        StartType::Warm | StartType::Cold(_) => {}
        StartType::Provisioned(init) => {
            line(time, format!("INIT_REPORT Init Duration: {} ms\n", ms_with_two_decimals(init)));
        }
        StartType::InitRetried(init) => {
            let init_text = ms_with_two_decimals(init);
            line(
                time.before(init),
                format!("INIT_REPORT Init Duration: {init_text} ms\tPhase: init\t{failed}\n"),
            );
            line(time, format!("INIT_REPORT Init Duration: {init_text} ms\tPhase: invoke\t{failed}\n"));
        }
        StartType::Restored { restore, .. } => {
            line(time, format!("RESTORE_REPORT Restore Duration: {} ms\n", ms_with_two_decimals(restore)));
        }
    }
}

/// Formats REPORT, with the fields in AWS's order.
fn report(ctx: RunContext<'_>) -> String {
    let RunContext { environment, run, .. } = ctx;
    let mut line = format!(
        "REPORT RequestId: {}\tDuration: {} ms\tBilled Duration: {} ms{}\tMemory Size: {} MB\tMax Memory Used: {} MB\t",
        run.request_id,
        ms_with_two_decimals(run.duration),
        run.billed_ms(),
        space_of_warm_lines(run.start_type),
        environment.function.memory_mib,
        run.max_memory_mib
    );
    line.push_str(&start_type_fields(run.start_type));
    line.push_str(&status_fields(ctx));
    if let Some(trace) = &run.trace {
        write!(line, "\nXRAY TraceId: {}\tSegmentId: {}\tSampled: true\t", trace.id, trace.segment)
            .expect("writing to a string cannot fail");
    }
    line.push('\n');
    line
}

/// Real REPORT lines of warm runs have a space before the tab after the billed duration; others do not.
fn space_of_warm_lines(start_type: StartType) -> &'static str {
    match start_type {
        StartType::Warm => " ",
        StartType::Cold(_)
        | StartType::InitRetried(_)
        | StartType::Provisioned(_)
        | StartType::Restored { .. } => "",
    }
}

fn start_type_fields(start_type: StartType) -> String {
    match start_type {
        StartType::Warm | StartType::InitRetried(_) | StartType::Provisioned(_) => String::new(),
        StartType::Cold(init) => format!("Init Duration: {} ms\t", ms_with_two_decimals(init)),
        StartType::Restored { restore, billed_ms } => {
            format!(
                "Restore Duration: {} ms\tBilled Restore Duration: {billed_ms} ms\t",
                ms_with_two_decimals(restore)
            )
        }
    }
}

/// Formats the status fields of REPORT. REPORT has no status for an error that the handler threw.
fn status_fields(ctx: RunContext<'_>) -> String {
    let RunContext { environment, run, .. } = ctx;
    if environment.function.failure_style == FailureStyle::SeparateLines {
        return String::new();
    }
    match &run.outcome {
        Outcome::UnhandledError(_) if matches!(run.start_type, StartType::InitRetried(_)) => {
            "Status: error\tError Type: Runtime.ImportModuleError".to_owned()
        }
        Outcome::Success | Outcome::UnhandledError(_) => String::new(),
        Outcome::TimedOut => "Status: timeout".to_owned(),
        Outcome::OutOfMemory => "Status: error\tError Type: Runtime.OutOfMemory".to_owned(),
        Outcome::Panicked(_) | Outcome::Exited => "Status: error\tError Type: Runtime.ExitError".to_owned(),
    }
}

fn timed_out(ctx: RunContext<'_>) -> String {
    let RunContext { environment, run, .. } = ctx;
    let timeout = environment.function.timeout;
    let seconds = format!("{}.{:02}", timeout.as_secs(), timeout.subsec_millis() / 10);
    format!("{} {} Task timed out after {seconds} seconds\n\n", run.ended().iso(), run.request_id)
}
