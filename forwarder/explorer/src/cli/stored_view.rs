//! Summary of a whole store after a run, and printing of summaries.

use std::{
    io::{self, IsTerminal as _},
    path::Path,
    time::{Duration, Instant},
};

use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::line::correlation::Scanner;

use super::{
    interrupt::Interrupt,
    progress::Progress,
    stdout,
    table::{self, Layout, Rows},
};
use crate::{
    line_scan::LineScan,
    store::{ErrorCursor, MentionCursor, Store},
    view::{Catalog, CollectedInvocations, Summary, insight::Dimension, lines::LineCollector, logs::Depth},
};

/// Time within which the lines of a store have to be read for the terminal, which shows just their sum.
const MAX_LINE_SCAN: Duration = Duration::from_secs(2);

/// Reads a store for its summary.
pub(super) struct StoredView<'v> {
    pub(super) path: &'v Path,
    pub(super) jobs: usize,
    /// True if the summary is printed as JSON, which shows more of the lines.
    pub(super) is_json: bool,
    /// Signal that ends the reading of lines.
    pub(super) interrupt: Option<&'v Interrupt>,
    pub(super) progress: &'v Progress,
}

impl StoredView<'_> {
    /// Reads the invocations and the lines of a store. Without the lines if the run is interrupted, or if they take too
    /// long.
    pub(super) fn collect(
        &self,
        store: &Store,
        lines: &(dyn Fn() -> LineCollector + Sync),
    ) -> anyhow::Result<CollectedInvocations> {
        let begin = Instant::now();
        let is_too_long = || !self.is_json && begin.elapsed() > MAX_LINE_SCAN;
        let scan = LineScan {
            range: TimeRange::default(),
            must_stop: &|| is_too_long() || self.interrupt.is_some_and(Interrupt::is_requested),
            on_progress: &|done, all| {
                self.progress.set_text(format!("reading lines of the store: block {done} of {all}"));
            },
        };
        let lines = scan.run(self.path, self.jobs, lines)?;
        let mut invocations = CollectedInvocations::default().with_lines(lines);
        store.for_each_invocation(TimeRange::default(), |invocation| invocations.add(&invocation))?;
        store.errors_since(ErrorCursor::default(), &mut |origin, error| {
            invocations.add_error(origin, error);
        })?;
        if self.is_json {
            store.mentions_since(MentionCursor::default(), &mut |origin, found| {
                invocations.add_mention(origin, found.request_id, found.mention, found.value);
            })?;
        }
        Ok(invocations)
    }
}

/// Creates a collection of what the summary shows of the lines. The terminal shows only sums of bytes.
pub(super) fn line_collector(is_json: bool, dimensions: &[Dimension], catalog: &Catalog) -> LineCollector {
    if is_json {
        let fields = catalog.correlation_fields.iter().map(String::as_str);
        LineCollector::new(Depth::Patterns, dimensions).with_scanner(Scanner::new(fields))
    } else {
        LineCollector::new(Depth::Sums, &[])
    }
}

/// Form and place of a summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SummaryForm {
    /// JSON on standard output.
    Json,
    /// Table on standard output.
    TableOnStdout,
    /// Table on standard error, because records go to standard output.
    TableOnStderr,
}

/// Prints a summary; a table has these rows.
pub(super) fn print_summary(
    summary: Summary,
    form: SummaryForm,
    rows: &Rows,
    elapsed: Duration,
) -> anyhow::Result<()> {
    match form {
        SummaryForm::Json => stdout::write_json(&summary.with_insight_notes())?,
        SummaryForm::TableOnStdout => {
            let layout = Layout::new(io::stdout().is_terminal(), rows, Some(elapsed));
            table::write(&summary, &layout, &mut anstream::stdout().lock())?;
        }
        SummaryForm::TableOnStderr => {
            let layout = Layout::new(io::stderr().is_terminal(), rows, Some(elapsed));
            table::write(&summary, &layout, &mut anstream::stderr().lock())?;
        }
    }
    Ok(())
}
