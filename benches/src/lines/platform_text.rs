//! What the platform writes around a run in text format.

use std::{fmt::Write, time::Duration};

use super::{LogEvent, Position, Scene, hundredths};
use crate::{
    model::{Birth, Ending, Era},
    moment::Moment,
};

/// What precedes the handler: the environment's beginning and START.
pub(super) fn before(scene: Scene<'_>, out: &mut Vec<LogEvent>) {
    if scene.position == Position::First {
        beginning(scene, out);
    }
    let version = &scene.environment.version;
    let message = format!("START RequestId: {} Version: {version}\n", scene.run.request_id);
    out.push(LogEvent { time: scene.run.started, message });
}

/// What follows it: END, REPORT and, in old logs, a line that says what went wrong.
pub(super) fn after(scene: Scene<'_>, out: &mut Vec<LogEvent>) {
    let time = scene.run.ended();
    out.push(LogEvent { time, message: format!("END RequestId: {}\n", scene.run.request_id) });
    out.push(LogEvent { time, message: report(scene) });
    if scene.run.ending == Ending::TimedOut && scene.environment.function.era != Era::Statuses {
        out.push(LogEvent { time, message: timed_out(scene) });
    }
}

fn beginning(scene: Scene<'_>, out: &mut Vec<LogEvent>) {
    match scene.run.birth {
        Birth::Warm => {}
        Birth::Cold(init) | Birth::Provisioned(init) => init_start(scene, "INIT_START", init, out),
        Birth::ColdTwice(init) => init_start(scene, "INIT_START", init * 2, out),
        Birth::Restored { restore, .. } => init_start(scene, "RESTORE_START", restore, out),
    }
    extension(scene, out);
    init_reports(scene, out);
}

fn init_start(scene: Scene<'_>, word: &str, took: Duration, out: &mut Vec<LogEvent>) {
    let function = &scene.environment.function;
    let (version, arn) = (function.runtime.version(), function.runtime_version_arn());
    let message = format!("{word} Runtime Version: {version}\tRuntime Version ARN: {arn}\n");
    out.push(LogEvent { time: scene.run.started.before(took), message });
}

fn extension(scene: Scene<'_>, out: &mut Vec<LogEvent>) {
    let Some(name) = scene.environment.function.extension else {
        return;
    };
    let time = scene.run.started;
    let mut line = |message| out.push(LogEvent { time, message });
    line(format!("TELEMETRY\tName: {name}\tState: Subscribed\tTypes: [Platform, Function, Extension]\n"));
    line(format!("EXTENSION\tName: {name}\tState: Ready\tEvents: [INVOKE,SHUTDOWN]\n"));
}

/// How INIT or the restore went. On demand, one that went well is told by the REPORT alone.
fn init_reports(scene: Scene<'_>, out: &mut Vec<LogEvent>) {
    let failed = "Status: error\tError Type: Runtime.ImportModuleError";
    let time = scene.run.started;
    let mut line = |time: Moment, message| out.push(LogEvent { time, message });
    match scene.run.birth {
        Birth::Warm | Birth::Cold(_) => {}
        Birth::Provisioned(init) => {
            line(time, format!("INIT_REPORT Init Duration: {} ms\n", hundredths(init)));
        }
        Birth::ColdTwice(init) => {
            let init_text = hundredths(init);
            line(
                time.before(init),
                format!("INIT_REPORT Init Duration: {init_text} ms\tPhase: init\t{failed}\n"),
            );
            line(time, format!("INIT_REPORT Init Duration: {init_text} ms\tPhase: invoke\t{failed}\n"));
        }
        Birth::Restored { restore, .. } => {
            line(time, format!("RESTORE_REPORT Restore Duration: {} ms\n", hundredths(restore)));
        }
    }
}

/// REPORT, field by field in the order AWS writes them.
fn report(scene: Scene<'_>) -> String {
    let Scene { environment, run, .. } = scene;
    let mut line = format!(
        "REPORT RequestId: {}\tDuration: {} ms\tBilled Duration: {} ms{}\tMemory Size: {} MB\tMax Memory Used: {} MB\t",
        run.request_id,
        hundredths(run.duration),
        run.billed_ms(),
        space_of_warm_lines(run.birth),
        environment.function.memory_mib,
        run.max_memory_mib
    );
    line.push_str(&birth_fields(run.birth));
    line.push_str(&status_fields(scene));
    if let Some(trace) = &run.trace {
        write!(line, "\nXRAY TraceId: {}\tSegmentId: {}\tSampled: true\t", trace.id, trace.segment)
            .expect("writing to a string cannot fail");
    }
    line.push('\n');
    line
}

/// Real warm lines have a space before the tab that follows the billed duration, others do not.
fn space_of_warm_lines(birth: Birth) -> &'static str {
    match birth {
        Birth::Warm => " ",
        Birth::Cold(_) | Birth::ColdTwice(_) | Birth::Provisioned(_) | Birth::Restored { .. } => "",
    }
}

fn birth_fields(birth: Birth) -> String {
    match birth {
        Birth::Warm | Birth::ColdTwice(_) | Birth::Provisioned(_) => String::new(),
        Birth::Cold(init) => format!("Init Duration: {} ms\t", hundredths(init)),
        Birth::Restored { restore, billed_ms } => {
            format!("Restore Duration: {} ms\tBilled Restore Duration: {billed_ms} ms\t", hundredths(restore))
        }
    }
}

/// How the run ended, where the platform says it in the REPORT. An error that the handler threw it does not say.
fn status_fields(scene: Scene<'_>) -> String {
    let Scene { environment, run, .. } = scene;
    if environment.function.era == Era::Lines {
        return String::new();
    }
    match &run.ending {
        Ending::Thrown(_) if matches!(run.birth, Birth::ColdTwice(_)) => {
            "Status: error\tError Type: Runtime.ImportModuleError".to_owned()
        }
        Ending::Success | Ending::Thrown(_) => String::new(),
        Ending::TimedOut => "Status: timeout".to_owned(),
        Ending::OutOfMemory => "Status: error\tError Type: Runtime.OutOfMemory".to_owned(),
        Ending::Exited => "Status: error\tError Type: Runtime.ExitError".to_owned(),
    }
}

fn timed_out(scene: Scene<'_>) -> String {
    let Scene { environment, run, .. } = scene;
    let timeout = environment.function.timeout;
    let seconds = format!("{}.{:02}", timeout.as_secs(), timeout.subsec_millis() / 10);
    format!("{} {} Task timed out after {seconds} seconds\n\n", run.ended().iso(), run.request_id)
}
