//! `tailwater show`: functions, errors and invocations of the store on the terminal, from a number down to the lines behind
//! it. Each answer names the command of the next step.

mod answer;
mod answers;
mod next;
mod target;

use std::io::{self, IsTerminal as _};

use tailwater_forwarder::pipeline::TimeRange;

use self::{answer::Answer, next::Next, target::Target};
use super::{
    args::ShowArgs,
    assumptions::AssumptionFlags,
    exit::Exit,
    stderr, stdout,
    store::open_existing,
    table::{self, Layout},
};
use crate::{
    store::{Assumption, Store},
    stored_index::read_index,
    view::{Catalog, LedgerCounts, Summary, errors::Errors, index::InvocationIndex, insight::Dimension},
};

/// All that is read of a store before an answer.
struct Context<'a> {
    store: &'a Store,
    catalog: &'a Catalog,
    index: &'a InvocationIndex,
    summary: &'a Summary,
    next: Next<'a>,
}

impl Context<'_> {
    /// The error groups of the store. `None` if there are too many errors.
    fn errors(&self) -> Option<&Errors> {
        self.summary.insight.as_ref()?.errors.as_ref()
    }
}

/// Runs the command.
pub(super) fn run(args: &ShowArgs) -> anyhow::Result<Exit> {
    let store = open_existing(&args.store)?;
    let flags =
        AssumptionFlags { region: args.region.as_deref(), arch: args.arch, functions: None, log_price: None };
    let catalog = flags.catalog_for_reading(&store)?;
    let index = read_index(&store)?;
    let summary = summary(&store, &index, &catalog)?;
    let next = Next { store: &args.store };
    let context = Context { store: &store, catalog: &catalog, index: &index, summary: &summary, next };
    let Some(what) = &args.what else { return overview(&context, args) };
    let target = match target::find(what, &context)? {
        Ok(target) => target,
        Err(problem) => {
            problem.iter().for_each(stderr::log);
            return Ok(Exit::Failure);
        }
    };
    let answer = match target {
        Target::Errors => answers::errors(&context),
        Target::Function(name) => answers::function(&context, &name)?,
        Target::Group(group) => answers::group(&context, &group)?,
        Target::Request(id) => answers::invocation(&context, &id)?,
        Target::Correlated(id) => answers::correlated(&context, &id)?,
    };
    print(&answer, args.json)
}

fn summary(store: &Store, index: &InvocationIndex, catalog: &Catalog) -> anyhow::Result<Summary> {
    let events = store.stats()?.events;
    let ledger = LedgerCounts { received: events, delivered: events, ..LedgerCounts::default() };
    let dimensions = Dimension::kept(store.assumption(Assumption::Dimensions)?.as_deref());
    let insight = index.insight(TimeRange::default(), catalog, &dimensions);
    Ok(index.summary(TimeRange::default(), catalog, ledger).with_insight(insight))
}

/// Prints the table of functions.
fn overview(context: &Context<'_>, args: &ShowArgs) -> anyhow::Result<Exit> {
    if args.json {
        stdout::write_json(&context.summary.clone().with_insight_notes())?;
        return Ok(Exit::Success);
    }
    let rows = args.table.rows();
    let layout = Layout::new(io::stdout().is_terminal(), &rows, None);
    table::write(context.summary, &layout, &mut anstream::stdout().lock())?;
    let worst = context.summary.functions.iter().max_by_key(|function| function.outcomes.errors);
    if let Some(function) = worst {
        stdout::write_line("")?;
        stdout::write_line(format_args!("  next: {}", context.next.command(&function.function)))?;
    }
    Ok(Exit::Success)
}

fn print(answer: &Answer, is_json: bool) -> anyhow::Result<Exit> {
    if is_json {
        stdout::write_json(&answer.json)?;
    } else {
        answer.lines.iter().try_for_each(stdout::write_line)?;
    }
    Ok(Exit::Success)
}
