//! `tailwater export`: writes the store as Parquet or NDJSON files.

use super::{
    args::{self, ExportArgs},
    assumptions::AssumptionFlags,
    clock::now,
    exit::Exit,
    interrupt::Interrupt,
    progress::Progress,
    stderr, stdout,
};
use crate::{
    export::{self, Existing, Exported, Options},
    store::Store,
    view::format::plural,
};

/// Runs the command.
pub(super) fn run(args: &ExportArgs, interrupt: &Interrupt) -> anyhow::Result<Exit> {
    let flags = AssumptionFlags {
        region: args.region.as_deref(),
        arch: args.arch,
        functions: args.functions.as_ref(),
        log_price: None,
    };
    let catalog = flags.catalog_for_reading(&Store::open_read_only(&args.store)?)?;
    let range = match args::time_range(args.since, args.until, now()) {
        Ok(range) => range,
        Err(problem) => {
            stderr::log(problem);
            return Ok(Exit::WrongUsage);
        }
    };
    let progress = Progress::spinner()?;
    let exported = export::run(&Options {
        store: &args.store,
        catalog: &catalog,
        range,
        folder: &args.folder,
        format: args.format.into(),
        existing: if args.force { Existing::Replace } else { Existing::Refuse },
        must_cancel: &|| interrupt.is_requested(),
        progress: &|exported| progress.set_text(content(exported)),
    });
    progress.finish();
    let exported = exported?;
    if exported.is_cancelled {
        stderr::log(format_args!(
            "interrupted after {}: the files in {} are complete, but others are missing; run again with --force",
            content(&exported),
            args.folder.display()
        ));
        return Ok(Exit::Interrupted);
    }
    let files = plural(exported.files, "file");
    stdout::write_line(format_args!("{} in {files} in {}", content(&exported), args.folder.display()))?;
    Ok(Exit::Success)
}

fn content(exported: &Exported) -> String {
    format!("{}, {}", plural(exported.events, "event"), plural(exported.invocations, "invocation"))
}
