//! `tailwater store`: maintenance of a store.

use std::{fs, path::Path};

use anyhow::bail;

use super::{
    args::{StoreCheckArgs, StoreCommand},
    exit::Exit,
    stderr, stdout,
};
use crate::{
    store::{CheckReport, Store},
    view::format::plural,
};

/// Runs the command.
pub(super) fn run(command: &StoreCommand) -> anyhow::Result<Exit> {
    match command {
        StoreCommand::Check(args) => check(args),
    }
}

/// Checks a store, and prints what it holds and each damage.
fn check(args: &StoreCheckArgs) -> anyhow::Result<Exit> {
    let path = args.store.as_path();
    if !fs::exists(path)? {
        bail!("there is no store {}: name one with --store", path.display());
    }
    let report = Store::open_read_only(path)?.check()?;
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
