//! What the runtime or the platform writes when a run fails, before END.

use super::{LogEvent, Scene};
use crate::{
    model::{Birth, Ending, Era, Format, Runtime, Thrown},
    object::Object,
};

/// The words of a failure; nothing for a run that went well or was stopped at its timeout.
pub(super) fn write(scene: Scene<'_>, out: &mut Vec<LogEvent>) {
    let message = match &scene.run.ending {
        Ending::Success | Ending::TimedOut => None,
        Ending::Thrown(thrown) => Some(thrown_line(scene, thrown)),
        Ending::OutOfMemory => out_of_memory(scene),
        Ending::Exited => match scene.environment.function.format {
            Format::Text => Some(exited(scene, "exit status 1")),
            Format::Json(_) => None,
        },
    };
    let time = scene.run.ended();
    out.extend(message.map(|message| LogEvent { time, message }));
}

/// What the runtime says about an error that nothing caught.
fn thrown_line(scene: Scene<'_>, thrown: &Thrown) -> String {
    let function = &scene.environment.function;
    match function.format {
        Format::Json(_) => thrown_json(scene, thrown),
        Format::Text => match function.runtime {
            Runtime::Node => thrown_node(scene, thrown),
            Runtime::Python => thrown_python(thrown),
            Runtime::Ruby => thrown_ruby(thrown),
            Runtime::Java | Runtime::DotNet | Runtime::Go | Runtime::Rust => {
                format!(
                    "{}: {}\n{}\n",
                    thrown.error_type,
                    thrown.message,
                    frames(thrown, "    at ").join("\n")
                )
            }
        },
    }
}

/// In INIT the runtime knows no request yet, and says `undefined`.
fn thrown_node(scene: Scene<'_>, thrown: &Thrown) -> String {
    let Thrown { error_type, message, .. } = thrown;
    let mut stack = vec![format!("{error_type}: {message}")];
    stack.extend(frames(thrown, "    at "));
    let error =
        Object::new().text("errorType", error_type).text("errorMessage", message).texts("stack", &stack);
    let (id, what) = match scene.run.birth {
        Birth::ColdTwice(_) => ("undefined", "Uncaught Exception"),
        Birth::Warm | Birth::Cold(_) | Birth::Provisioned(_) | Birth::Restored { .. } => {
            (scene.run.request_id.as_str(), "Invoke Error")
        }
    };
    format!("{}\t{id}\tERROR\t{what} \t{error}\n", scene.run.ended().iso())
}

fn thrown_python(thrown: &Thrown) -> String {
    let frames: String = frames(thrown, "  ").into_iter().rev().map(|frame| frame + "\n").collect();
    format!("[ERROR] {}: {}\nTraceback (most recent call last):\n{frames}", thrown.error_type, thrown.message)
}

fn thrown_ruby(thrown: &Thrown) -> String {
    let error = Object::new()
        .text("errorMessage", &thrown.message)
        .text("errorType", &format!("Function<{}>", thrown.error_type))
        .texts("stackTrace", thrown.frames);
    format!("Error raised from handler method\n{error}\n")
}

fn thrown_json(scene: Scene<'_>, thrown: &Thrown) -> String {
    let Thrown { error_type, message, frames } = thrown;
    let run = scene.run;
    let error = Object::new().text("errorType", error_type).text("errorMessage", message);
    let line = match scene.environment.function.runtime {
        // Python's runtime names the level differently in this one line.
        Runtime::Python => Object::new()
            .text("timestamp", &format!("{}Z", run.ended().iso_second()))
            .text("log_level", "ERROR")
            .and(&error)
            .text("requestId", &run.request_id)
            .texts("stackTrace", frames),
        Runtime::Node | Runtime::Java | Runtime::DotNet | Runtime::Ruby | Runtime::Go | Runtime::Rust => {
            let mut stack = vec![format!("{error_type}: {message}")];
            stack.extend(self::frames(thrown, "    at "));
            Object::new()
                .text("timestamp", &run.ended().iso())
                .text("level", "ERROR")
                .text("requestId", &run.request_id)
                .maybe("tenantId", run.tenant)
                .text("message", "Invoke Error")
                .and(&error)
                .texts("stackTrace", &stack)
        }
    };
    format!("{line}\n")
}

/// What is left of a run that was killed at its memory limit. Newer logs say it in the REPORT, older ones in a line;
/// some runtimes notice themselves and say so.
fn out_of_memory(scene: Scene<'_>) -> Option<String> {
    let function = &scene.environment.function;
    match (function.format, function.era, function.runtime) {
        (Format::Text, Era::Lines | Era::Both, _) => Some(exited(scene, "signal: killed")),
        (_, _, Runtime::Node) => {
            let words = "Reached heap limit Allocation failed - JavaScript heap out of memory";
            Some(format!("FATAL ERROR: {words}\n"))
        }
        (_, _, Runtime::Java) => Some("java.lang.OutOfMemoryError: Java heap space\n".to_owned()),
        (_, _, Runtime::Go) => Some("fatal error: runtime: out of memory\n".to_owned()),
        (_, _, Runtime::Python | Runtime::DotNet | Runtime::Ruby | Runtime::Rust) => None,
    }
}

fn exited(scene: Scene<'_>, how: &str) -> String {
    let id = &scene.run.request_id;
    format!("RequestId: {id} Error: Runtime exited with error: {how}\nRuntime.ExitError\n")
}

/// The frames with the indentation of the language.
fn frames(thrown: &Thrown, indentation: &str) -> Vec<String> {
    thrown.frames.iter().map(|frame| format!("{indentation}{frame}")).collect()
}
