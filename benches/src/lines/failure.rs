//! Lines that the runtime or the platform writes before END when a run fails.

use super::{LogEvent, RunContext};
use crate::{
    json_object::JsonObject,
    model::{FailureStyle, LogFormat, Outcome, Runtime, StartType, UnhandledError},
};

/// Writes the failure line of a run; nothing if the run succeeded or timed out.
pub(super) fn write_failure(ctx: RunContext<'_>, out: &mut Vec<LogEvent>) {
    let time = ctx.run.ended();
    let message = match &ctx.run.outcome {
        Outcome::Success | Outcome::TimedOut => None,
        Outcome::Panicked(lines) => {
            out.extend(lines.iter().map(|line| LogEvent { time, message: format!("{line}\n") }));
            Some(runtime_exit(ctx, "exit status 2"))
        }
        Outcome::UnhandledError(unhandled) => Some(unhandled_error(ctx, unhandled)),
        Outcome::OutOfMemory => out_of_memory(ctx),
        Outcome::Exited => match ctx.environment.function.log_format {
            LogFormat::Text => Some(runtime_exit(ctx, "exit status 1")),
            LogFormat::Json(_) => None,
        },
    };
    out.extend(message.map(|message| LogEvent { time, message }));
}

/// Formats the runtime's line about an unhandled error.
fn unhandled_error(ctx: RunContext<'_>, unhandled: &UnhandledError) -> String {
    let function = &ctx.environment.function;
    match function.log_format {
        LogFormat::Json(_) => unhandled_error_json(ctx, unhandled),
        LogFormat::Text => match function.runtime {
            Runtime::Node => unhandled_error_node(ctx, unhandled),
            Runtime::Python => unhandled_error_python(unhandled),
            Runtime::Ruby => unhandled_error_ruby(unhandled),
            Runtime::Java | Runtime::DotNet | Runtime::Go | Runtime::Rust => {
                format!(
                    "{}: {}\n{}\n",
                    unhandled.error_type,
                    unhandled.message,
                    frames(unhandled, "    at ").join("\n")
                )
            }
        },
    }
}

/// Formats Node's line. During INIT the runtime has no request id and writes `undefined`.
fn unhandled_error_node(ctx: RunContext<'_>, unhandled: &UnhandledError) -> String {
    let UnhandledError { error_type, message, .. } = unhandled;
    let mut stack = vec![format!("{error_type}: {message}")];
    stack.extend(frames(unhandled, "    at "));
    let error = JsonObject::new()
        .text("errorType", error_type)
        .text("errorMessage", message)
        .text_array("stack", &stack);
    let (id, label) = match ctx.run.start_type {
        StartType::InitRetried(_) => ("undefined", "Uncaught Exception"),
        StartType::Warm | StartType::Cold(_) | StartType::Provisioned(_) | StartType::Restored { .. } => {
            (ctx.run.request_id.as_str(), "Invoke Error")
        }
    };
    format!("{}\t{id}\tERROR\t{label} \t{error}\n", ctx.run.ended().iso())
}

fn unhandled_error_python(unhandled: &UnhandledError) -> String {
    let frames: String = frames(unhandled, "  ").into_iter().rev().map(|frame| frame + "\n").collect();
    format!(
        "[ERROR] {}: {}\nTraceback (most recent call last):\n{frames}",
        unhandled.error_type, unhandled.message
    )
}

fn unhandled_error_ruby(unhandled: &UnhandledError) -> String {
    let error = JsonObject::new()
        .text("errorMessage", &unhandled.message)
        .text("errorType", &format!("Function<{}>", unhandled.error_type))
        .text_array("stackTrace", unhandled.frames);
    format!("Error raised from handler method\n{error}\n")
}

fn unhandled_error_json(ctx: RunContext<'_>, unhandled: &UnhandledError) -> String {
    let UnhandledError { error_type, message, frames } = unhandled;
    let run = ctx.run;
    let error = JsonObject::new().text("errorType", error_type).text("errorMessage", message);
    let line = match ctx.environment.function.runtime {
        // In this line, Python's runtime names the level `log_level` instead of `level`.
        Runtime::Python => JsonObject::new()
            .text("timestamp", &format!("{}Z", run.ended().iso_second()))
            .text("log_level", "ERROR")
            .append(&error)
            .text("requestId", &run.request_id)
            .text_array("stackTrace", frames),
        Runtime::Node | Runtime::Java | Runtime::DotNet | Runtime::Ruby | Runtime::Go | Runtime::Rust => {
            let mut stack = vec![format!("{error_type}: {message}")];
            stack.extend(self::frames(unhandled, "    at "));
            JsonObject::new()
                .text("timestamp", &run.ended().iso())
                .text("level", "ERROR")
                .text("requestId", &run.request_id)
                .optional_text("tenantId", run.tenant)
                .text("message", "Invoke Error")
                .append(&error)
                .text_array("stackTrace", &stack)
        }
    };
    format!("{line}\n")
}

/// Formats the line about a run killed at its memory limit, if there is one. Newer platform versions report it
/// in REPORT only, older ones in a line; some runtimes write a line of their own.
fn out_of_memory(ctx: RunContext<'_>) -> Option<String> {
    let function = &ctx.environment.function;
    match (function.log_format, function.failure_style, function.runtime) {
        (LogFormat::Text, FailureStyle::SeparateLines | FailureStyle::Both, _) => {
            Some(runtime_exit(ctx, "signal: killed"))
        }
        (_, _, Runtime::Node) => {
            let words = "Reached heap limit Allocation failed - JavaScript heap out of memory";
            Some(format!("FATAL ERROR: {words}\n"))
        }
        (_, _, Runtime::Java) => Some("java.lang.OutOfMemoryError: Java heap space\n".to_owned()),
        (_, _, Runtime::Go) => Some("fatal error: runtime: out of memory\n".to_owned()),
        (_, _, Runtime::Python | Runtime::DotNet | Runtime::Ruby | Runtime::Rust) => None,
    }
}

fn runtime_exit(ctx: RunContext<'_>, reason: &str) -> String {
    let id = &ctx.run.request_id;
    format!("RequestId: {id} Error: Runtime exited with error: {reason}\nRuntime.ExitError\n")
}

/// Indents the stack frames.
fn frames(unhandled: &UnhandledError, indentation: &str) -> Vec<String> {
    unhandled.frames.iter().map(|frame| format!("{indentation}{frame}")).collect()
}
