//! Insight: answers that are calculated from the runs alone, of cost, memory, concurrency, waste, leaks and timeouts.
//!
//! Each calculation is a pure function of the runs of one function, in an order that does not depend on that of the
//! inputs. A value that the runs cannot tell is `None`, `null` in JSON.

mod concurrency;
mod cost_by;
mod elasticity;
mod leaks;
mod memory;
mod memory_sizes;
mod provisioned;
mod run;
mod statistics;
#[cfg(test)]
mod tests;
mod timeout_risk;
mod waste;
mod window;

use serde::Serialize;

use tailwater_forwarder::pipeline::TimeRange;

use self::concurrency::ConcurrencyBuilder;
pub use self::{
    concurrency::{AccountConcurrency, Concurrency, FunctionConcurrency},
    cost_by::{CostBy, CostByRow, Dimension},
    leaks::Leak,
    memory::{MeasuredSize, MemoryAdvice, MemoryVerdict},
    provisioned::ProvisionedOption,
    timeout_risk::{TimeoutRisk, TimeoutSource},
    waste::{FunctionWaste, Waste, WasteParts},
};
pub(super) use self::{
    cost_by::{CostByBuilder, add_function},
    run::{FunctionRuns, Prices, Run},
    window::Window,
};
use super::{
    catalog::Catalog,
    errors::{ErrorEvent, ErrorTable, Errors, ErrorsBuilder},
    fields::FieldCollector,
    index::{FunctionIdentity, InvocationIndex},
    lines::LineCollector,
    logs::Logs,
    summary::FunctionSummary,
};
use crate::requests::{Declared, Graph, MapOptions, MapSummary, Requests, Spans, Texts};

/// Answers that are calculated from the runs. Lists have the most important entry first.
#[derive(Clone, Debug, Serialize)]
pub struct Insight {
    /// Cost by each dimension of `--by`.
    pub cost_by: Vec<CostBy>,
    /// Memory sizes of each function: highest saving first, then by name.
    pub memory: Vec<MemoryAdvice>,
    /// Runs at once, environments and provisioned concurrency.
    pub concurrency: Concurrency,
    /// Cost of INIT, failures and repeated attempts.
    pub waste: Waste,
    /// Function versions that leak memory: the one that runs out of it first comes first.
    pub leaks: Vec<Leak>,
    /// Functions whose timeout is known: the one that needs the largest part of it comes first.
    pub timeout_risk: Vec<TimeoutRisk>,
    /// Cost of logs; `None` if the lines were not read.
    pub logs: Option<Logs>,
    /// Errors by group. `None` if there were too many to keep.
    pub errors: Option<Errors>,
    /// Requests across several functions. `None` if their ids were too many to keep.
    pub requests: Option<Requests>,
    /// Functions, what they use, and the calls between them. `None` as for `requests`.
    pub map: Option<MapSummary>,
    /// Numbers of spans. `None` as for `requests`.
    pub spans: Option<Spans>,
    #[serde(skip)]
    window: Window,
    /// Notes about lines that were left out.
    #[serde(skip)]
    line_notes: Vec<String>,
    /// Functions whose last runs have all failed, with the number of these runs.
    #[serde(skip)]
    pub(super) failing: Vec<(FunctionIdentity, u64)>,
    /// Number of runs of each function that has failed runs.
    #[serde(skip)]
    runs: Vec<(FunctionIdentity, u64)>,
}

impl Insight {
    /// Number of the last runs of a function that have all failed.
    pub(super) fn last_failed(&self, function: &FunctionSummary) -> u64 {
        let is_of = |identity: &FunctionIdentity| {
            identity.function == function.function
                && identity.region == function.region
                && identity.account == function.account
        };
        self.failing.iter().find(|(identity, _)| is_of(identity)).map_or(0, |(_, failed)| *failed)
    }

    /// Number of runs of a function that has failed runs.
    pub(super) fn runs_of(&self, function: &FunctionIdentity) -> u64 {
        self.runs.iter().find(|(identity, _)| identity == function).map_or(0, |(_, runs)| *runs)
    }

    /// Returns notes about data that the insight lacks.
    pub(super) fn notes(&self) -> Vec<String> {
        let without_tenant = self.cost_by.iter().filter_map(CostBy::note);
        let of_logs = self.logs.iter().flat_map(Logs::notes);
        let no_errors = self.errors.is_none().then(|| {
            "errors are left out: too many different ones, or too many lines; set --since or --until"
                .to_owned()
        });
        let no_requests = self.requests.is_none().then(|| {
            "requests, map and spans are left out: too many correlation ids; set --since or --until"
                .to_owned()
        });
        without_tenant
            .chain(no_requests)
            .chain(self.concurrency.note())
            .chain(of_logs)
            .chain(self.line_notes.clone())
            .chain(no_errors)
            .collect()
    }

    /// Adds the answers about requests. `texts` are those of the index that the graph is of.
    pub(super) fn add_requests(&mut self, graph: &Graph, texts: &dyn Texts, declared: &Declared) {
        self.requests = Some(graph.requests(texts));
        self.map = Some(MapSummary::from(&graph.map(declared, MapOptions::default())));
        self.spans = Some(graph.spans());
    }

    /// Adds the answers about the lines. `index` and `range` are those that the insight is of.
    #[must_use]
    pub fn with_lines(
        mut self,
        lines: LineCollector,
        index: &InvocationIndex,
        range: TimeRange,
        catalog: &Catalog,
    ) -> Self {
        self.line_notes = lines.fields.iter().filter_map(FieldCollector::note).collect();
        self.cost_by.extend(index.cost_by_fields(range, catalog, lines.fields));
        self.logs = Some(lines.logs.finish(self.window, catalog));
        self
    }
}

/// Calculates an [`Insight`] from one function after another.
#[derive(Debug)]
pub(super) struct InsightBuilder {
    window: Window,
    cost_by: Vec<CostByBuilder>,
    memory: Vec<MemoryAdvice>,
    concurrency: ConcurrencyBuilder,
    waste: Waste,
    leaks: Vec<Leak>,
    timeout_risk: Vec<TimeoutRisk>,
    errors: Option<ErrorsBuilder>,
    failing: Vec<(FunctionIdentity, u64)>,
    runs: Vec<(FunctionIdentity, u64)>,
}

impl InsightBuilder {
    pub(super) fn new(window: Window, dimensions: &[Dimension]) -> Self {
        Self {
            window,
            cost_by: dimensions
                .iter()
                .filter(|dimension| !dimension.needs_lines())
                .map(|dimension| CostByBuilder::new(dimension.clone()))
                .collect(),
            memory: Vec::new(),
            concurrency: ConcurrencyBuilder::new(window),
            waste: Waste::default(),
            leaks: Vec::new(),
            timeout_risk: Vec::new(),
            errors: Some(ErrorsBuilder::new(window)),
            failing: Vec::new(),
            runs: Vec::new(),
        }
    }

    /// Adds the runs of a function. Each function must be added once, with all its runs.
    pub(super) fn add(&mut self, function: &FunctionRuns<'_>) {
        add_function(&mut self.cost_by, function);
        self.memory.extend(memory::find(function, self.window));
        self.concurrency.add(function);
        self.waste.add(function);
        self.leaks.extend(leaks::find(function));
        self.timeout_risk.extend(timeout_risk::find(function));
        let failed = function.runs.iter().rev().take_while(|run| run.outcome.is_failure()).count();
        if function.runs.iter().any(|run| run.outcome.is_failure()) {
            let runs = u64::try_from(function.runs.len()).unwrap_or(u64::MAX);
            self.runs.push((function.identity.clone(), runs));
        }
        if failed > 0 {
            self.failing.push((function.identity.clone(), u64::try_from(failed).unwrap_or(u64::MAX)));
        }
    }

    /// Adds the errors of a function: its error events, each with its version.
    pub(super) fn add_errors(
        &mut self,
        function: &FunctionRuns<'_>,
        events: &[(&ErrorEvent, &str)],
        table: &ErrorTable,
    ) {
        if table.is_over_limit() {
            self.errors = None;
        }
        if let Some(errors) = &mut self.errors {
            errors.add(function, events, table);
        }
    }

    /// Returns the answers. The index of a name in `tenants` is the number of the tenant.
    pub(super) fn finish(mut self, tenants: &[Box<str>]) -> Insight {
        self.waste.finish();
        self.memory.sort_by(|a, b| b.saving_low.cmp(&a.saving_low).then_with(|| a.identity.cmp(&b.identity)));
        self.leaks.sort_by(|a, b| {
            let hours = |leak: &Leak| leak.hours_to_oom.unwrap_or(f64::INFINITY);
            let names = (&a.identity, &a.version).cmp(&(&b.identity, &b.version));
            hours(a).total_cmp(&hours(b)).then(names)
        });
        self.timeout_risk.sort_by(|a, b| {
            let used = |risk: &TimeoutRisk| risk.used_pct.unwrap_or(0.0);
            used(b).total_cmp(&used(a)).then_with(|| a.identity.cmp(&b.identity))
        });
        Insight {
            cost_by: self.cost_by.into_iter().map(|by| by.finish(tenants)).collect(),
            memory: self.memory,
            concurrency: self.concurrency.finish(),
            waste: self.waste,
            leaks: self.leaks,
            timeout_risk: self.timeout_risk,
            logs: None,
            errors: self.errors.map(|errors| errors.finish().errors),
            requests: None,
            map: None,
            spans: None,
            window: self.window,
            line_notes: Vec::new(),
            failing: self.failing,
            runs: self.runs,
        }
    }
}
