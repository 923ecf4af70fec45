//! `tailwater store`: what a store holds, and its maintenance.

use std::{
    fs,
    io::{self, IsTerminal as _, Write as _},
    path::Path,
};

use anyhow::bail;
use serde_json::json;
use tailwater_parser::ByteSize;

use super::{
    args::{StoreArgs, StoreCommand, StoreForgetArgs, StoreInfoArgs},
    clock::now,
    exit::Exit,
    interrupt::Interrupt,
    progress::Progress,
    stderr, stdout,
};
use crate::{
    store::{CheckReport, Forgettable, Forgotten, Store, StoreInfo},
    view::{
        Share,
        format::{date_time, percent, plural},
    },
};

/// Runs the command.
pub(super) fn run(command: &StoreCommand, interrupt: &Interrupt) -> anyhow::Result<Exit> {
    match command {
        StoreCommand::Info(args) => info(args),
        StoreCommand::Check(args) => check(args),
        StoreCommand::Compact(args) => compact(args, interrupt),
        StoreCommand::Forget(args) => forget(args),
    }
}

/// Opens an existing store for reading.
///
/// # Errors
/// Returns an error if there is none, or if it cannot be read.
pub(super) fn open_existing(path: &Path) -> anyhow::Result<Store> {
    if !fs::exists(path)? {
        bail!("there is no store {}: name one with --store", path.display());
    }
    Ok(Store::open_read_only(path)?)
}

/// Prints what a store holds and the sizes of its parts.
fn info(args: &StoreInfoArgs) -> anyhow::Result<Exit> {
    let path = args.store.store.as_path();
    let info = open_existing(path)?.info()?;
    if args.json {
        let parts: Vec<_> =
            info.parts.iter().map(|part| json!({"name": part.name, "bytes": part.bytes})).collect();
        let times = info.stats.first_and_last;
        stdout::write_json(&json!({
            "schema_version": info.schema_version,
            "events": info.stats.events,
            "invocations": info.stats.invocations,
            "functions": info.functions,
            "first_ms": times.map(|(first, _)| first.0),
            "last_ms": times.map(|(_, last)| last.0),
            "bytes": info.bytes,
            "parts": parts,
        }))?;
        return Ok(Exit::Success);
    }
    describe(path, &info).iter().try_for_each(stdout::write_line)?;
    Ok(Exit::Success)
}

fn describe(path: &Path, info: &StoreInfo) -> Vec<String> {
    let functions = u64::try_from(info.functions).unwrap_or(u64::MAX);
    let mut lines = vec![
        format!("{}: {}, schema version {}", path.display(), ByteSize(info.bytes), info.schema_version),
        format!(
            "{}, {}, {}",
            plural(info.stats.events, "event"),
            plural(info.stats.invocations, "invocation"),
            plural(functions, "function")
        ),
    ];
    let times = info.stats.first_and_last;
    lines.extend(times.map(|(first, last)| format!("from {} to {}", date_time(first), date_time(last))));
    lines.push(String::new());
    let width = info.parts.iter().map(|part| part.name.len()).max().unwrap_or(0);
    lines.extend(info.parts.iter().map(|part| {
        let share = percent(Share { part: part.bytes, whole: info.bytes });
        format!("  {:width$}  {:>10}  {share:>6}", part.name, ByteSize(part.bytes).to_string())
    }));
    lines
}

/// Checks a store, and prints what it holds and each damage.
fn check(args: &StoreArgs) -> anyhow::Result<Exit> {
    let path = args.store.as_path();
    let report = open_existing(path)?.check()?;
    for damage in &report.damage {
        stderr::log(format_args!("{}: {damage}", path.display()));
    }
    stdout::write_line(conclusion(path, &report))?;
    Ok(if report.damage.is_empty() { Exit::Success } else { Exit::Failure })
}

fn conclusion(path: &Path, report: &CheckReport) -> String {
    let content = format!(
        "{} in {}, {}",
        plural(report.events, "event"),
        plural(report.blocks, "block"),
        plural(report.invocations, "invocation")
    );
    let damage = u64::try_from(report.damage.len()).unwrap_or(u64::MAX);
    match damage {
        0 => format!("{} is intact: {content}", path.display()),
        _ => format!(
            "{} is damaged in {}; it holds {content}. Move the file away, and replay the logs into a new one.",
            path.display(),
            plural(damage, "place")
        ),
    }
}

/// Compacts a store, with the number of finished blocks on a terminal.
fn compact(args: &StoreArgs, interrupt: &Interrupt) -> anyhow::Result<Exit> {
    let path = args.store.as_path();
    let store = open_existing(path)?;
    let size = || fs::metadata(path).map(|data| data.len());
    let before = size()?;
    stderr::log(format_args!(
        "compacting {}, which needs up to {} of free space next to it, and as much for temporary files",
        path.display(),
        ByteSize(before)
    ));
    let progress = Progress::spinner()?;
    let go_on = |done: usize, all: usize| {
        progress.set_text(if done < all {
            format!("compressing block {done} of {all}")
        } else {
            "writing the file".to_owned()
        });
        !interrupt.is_requested()
    };
    let is_done = store.compact(&go_on)?;
    progress.finish();
    if !is_done {
        stderr::log("interrupted; the store is intact: run the command again to continue");
        return Ok(Exit::Interrupted);
    }
    let after = size()?;
    let share = percent(Share { part: after, whole: before });
    stdout::write_line(format_args!(
        "{} has {} instead of {}: {share}",
        path.display(),
        ByteSize(after),
        ByteSize(before)
    ))?;
    Ok(Exit::Success)
}

/// Deletes what is older than a time, after a question.
fn forget(args: &StoreForgetArgs) -> anyhow::Result<Exit> {
    let path = args.store.store.as_path();
    let store = open_existing(path)?;
    let before = args.before.resolve(now());
    let Forgettable { invocations, events } = store.forgettable(before)?;
    let is_terminal = io::stdin().is_terminal();
    if !args.yes && !is_terminal {
        stderr::log(format_args!(
            "{} and at least {} in {} are older than {}; add --yes to delete them",
            plural(invocations, "invocation"),
            plural(events, "event"),
            path.display(),
            date_time(before)
        ));
        return Ok(Exit::WrongUsage);
    }
    let question = format!(
        "Delete {} and at least {} before {} from {}? [y/N] ",
        plural(invocations, "invocation"),
        plural(events, "event"),
        date_time(before),
        path.display()
    );
    if !args.yes && !is_confirmed(&question)? {
        stderr::log("nothing was deleted");
        return Ok(Exit::Failure);
    }
    let Forgotten { invocations, events } = store.forget(before)?;
    stdout::write_line(format_args!(
        "deleted {} and {} before {}; tailwater store compact gives their space back",
        plural(invocations, "invocation"),
        plural(events, "event"),
        date_time(before)
    ))?;
    Ok(Exit::Success)
}

/// Asks a question on the terminal. Anything but `y` or `yes` is a no.
fn is_confirmed(question: &str) -> io::Result<bool> {
    let mut err = anstream::stderr().lock();
    write!(err, "{}", tailwater_forwarder::telemetry::escape::escape_controls(question.to_owned()))?;
    err.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
