//! Store for the time of one query, filled from files.

use std::{
    fs,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    process, thread,
};

use tailwater_forwarder::{pipeline::TimeRange, rules::Sinks, sink::EmfScope};

use crate::{
    cli::{
        args::QueryArgs,
        assumptions::AssumptionFlags,
        clock::now,
        inputs::{EmptyFiles, find_inputs},
        interrupt::Interrupt,
        progress::Progress,
        stderr,
        targets::LocalSinks,
        workers::{self, Destinations, ReplayJob},
    },
    files::OriginDefaults,
    store::{Store, Writer},
};

/// Store that is deleted at the end.
pub(super) struct TemporaryStore {
    folder: PathBuf,
    path: PathBuf,
    /// False if an input, or a part of one, could not be read.
    pub(super) is_complete: bool,
}

impl TemporaryStore {
    /// Reads the inputs of a query into a new store.
    ///
    /// # Errors
    /// Returns an error if no store can be written in the folder for temporary files.
    pub(super) fn read(args: &QueryArgs, paths: &[PathBuf], interrupt: &Interrupt) -> anyhow::Result<Self> {
        let name = format!("tailwater-query-{}-{}", process::id(), now().0);
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder)?;
        let path = folder.join("tailwater.db");
        let mut temporary = Self { folder, path, is_complete: true };
        temporary.is_complete = temporary.fill(args, paths, interrupt)?;
        Ok(temporary)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns false if an input, or a part of one, could not be read.
    fn fill(&self, args: &QueryArgs, paths: &[PathBuf], interrupt: &Interrupt) -> anyhow::Result<bool> {
        let store = Store::open(&self.path)?;
        let flags = AssumptionFlags {
            region: args.region.as_deref(),
            arch: args.arch,
            functions: args.functions.as_ref(),
            log_price: None,
        };
        let catalog = flags.catalog(Some(&store))?;
        let inputs = find_inputs(paths, EmptyFiles::Reject);
        let progress = Progress::new(workers::total_size(&inputs))?;
        let job = ReplayJob {
            defaults: OriginDefaults {
                function: args.function.clone().unwrap_or_default(),
                log_group: args.log_group.clone().unwrap_or_default(),
            },
            catalog: &catalog,
            destinations: Destinations { store: true, stdout: false, backends: false },
            emf: EmfScope::None,
            lines: None,
            rules: None,
            local_sinks: LocalSinks { store: Sinks::ALL, stdout: Sinks::NONE },
            relays: None,
            // Lines outside the range of the query may tell about runs within it.
            range: TimeRange::default(),
            interrupt,
            progress: &progress,
            is_dry_run: false,
            follow: None,
        };
        let jobs = args.jobs.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
        let writer = store.writer()?;
        let read = workers::run(&job, inputs, jobs, &|| Some(writer.handle()));
        let written = Writer::finish(writer);
        let ledger = read?.ledger;
        written?;
        progress.finish();
        if ledger.received().events == ledger.rejected().events {
            stderr::log("nothing was read");
            return Ok(false);
        }
        Ok(ledger.rejected().events == 0)
    }
}

impl Drop for TemporaryStore {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            stderr::log(format_args!("cannot delete {}: {error}", self.folder.display()));
        }
    }
}
