//! Notes of the summary: assumptions behind the numbers and gaps in them, each with a remedy if there is one.

use std::collections::BTreeSet;

use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::derive::CostError;

use super::{
    catalog::{Catalog, Source},
    format,
    resolved::ResolvedFunction,
    summary::FunctionSummary,
};

/// Collects the notes that apply, gaps in the numbers before assumptions.
pub(super) fn collect(
    functions: &[FunctionSummary],
    uses: &UsedAssumptions,
    requested: TimeRange,
    catalog: &Catalog,
) -> Vec<String> {
    let mut notes = unknown_costs(functions);
    notes.extend(unbilled(functions));
    notes.extend(unknown_outcomes(functions));
    notes.extend(assumed_architecture(functions));
    notes.extend(assumed_prices(functions));
    notes.extend(uses.notes(catalog));
    notes.extend(partial_groups(catalog));
    notes.extend(only_throttled(functions, requested, catalog));
    notes
}

/// Notes functions that AWS throttled and that have no invocation: they have no row of their own.
fn only_throttled(
    functions: &[FunctionSummary],
    requested: TimeRange,
    catalog: &Catalog,
) -> impl Iterator<Item = String> {
    let throttled = catalog.aws_metrics.throttled(requested).into_iter();
    let has_row = |name: &str| functions.iter().any(|function| function.function == name);
    throttled.filter(move |(name, _)| !has_row(name)).map(|(name, throttles)| {
        let requests = format::plural(throttles, "request");
        format!("AWS throttled {requests} of {name}, which has no invocation in these logs")
    })
}

/// Notes that the logs of some groups are incomplete.
fn partial_groups(catalog: &Catalog) -> Option<String> {
    let groups = u64::try_from(catalog.partial_groups).unwrap_or(u64::MAX);
    (groups > 0).then(|| {
        format!(
            "the logs of {} are partial: `pull --query` has read only what its query returns, without event ids",
            format::plural(groups, "log group")
        )
    })
}

/// Assumptions of a catalog that decide about numbers in the summary.
#[derive(Debug, Default)]
pub(super) struct UsedAssumptions {
    region: bool,
    cpu: bool,
    configuration: bool,
}

impl UsedAssumptions {
    /// Adds the assumptions about a function.
    pub(super) fn add(&mut self, function: &ResolvedFunction<'_>) {
        self.region |= function.assumed.region;
        self.cpu |= function.assumed.cpu;
        self.configuration |= function.configuration.is_some();
    }

    /// Returns a note for each assumption that this run was not told by a flag.
    fn notes(&self, catalog: &Catalog) -> Vec<String> {
        let region = catalog.default_region.as_ref().filter(|_| self.region);
        let region = region.map(|region| (format!("region {region}"), "--region", catalog.region_source));
        let cpu = catalog.default_cpu.filter(|_| self.cpu);
        let cpu = cpu.map(|cpu| (format!("architecture {}", cpu.name()), "--arch", catalog.cpu_source));
        let functions = self
            .configuration
            .then(|| ("configurations".to_owned(), "--functions", catalog.functions_source));
        let used = [region, cpu, functions].into_iter().flatten();
        used.filter_map(|(value, flag, source)| assumption_note(&value, flag, source)).collect()
    }
}

fn assumption_note(value: &str, flag: &str, source: Source) -> Option<String> {
    match source {
        Source::Flag => None,
        Source::Store => Some(format!("{value} from {flag} of an earlier run; set {flag} to change it")),
        Source::Environment(name) => Some(format!("{value} from {name}; set {flag} to change it")),
    }
}

/// Returns one note for each reason why costs are unknown, with the names of the functions concerned.
fn unknown_costs(functions: &[FunctionSummary]) -> Vec<String> {
    let mut reasons: Vec<(CostError, Vec<&str>)> = Vec::new();
    for function in functions {
        let Some(reason) = function.no_cost else {
            continue;
        };
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, names)) => names.push(&function.function),
            None => reasons.push((reason, vec![&function.function])),
        }
    }
    reasons
        .into_iter()
        .map(|(reason, names)| format!("cost of {} unknown: {reason}{}", list(&names), remedy(reason)))
        .collect()
}

fn remedy(reason: CostError) -> &'static str {
    match reason {
        CostError::UnknownRegion => "; set --region or --functions FILE",
        CostError::Price(_) | CostError::NoBilledDuration | CostError::NoMemorySize => "",
    }
}

/// Returns a note if the costs do not include all invocations.
fn unbilled(functions: &[FunctionSummary]) -> Option<String> {
    let partly = functions.iter().filter(|function| function.billing.cost.is_some());
    let (missing, of) = partly
        .filter(|function| function.unbilled > 0)
        .fold((0, 0), |(missing, of), function| (missing + function.unbilled, of + function.invocations));
    let (missing, of) = ((missing > 0).then(|| format::count(missing))?, format::count(of));
    Some(format!(
        "{missing} of {of} reports have no billed duration or memory size: their cost is not included"
    ))
}

fn unknown_outcomes(functions: &[FunctionSummary]) -> Option<String> {
    let unknown = functions.iter().map(|function| function.unknown_outcomes).sum();
    let all = format::count(functions.iter().map(|function| function.invocations).sum());
    let unknown = (unknown > 0).then(|| format::count(unknown))?;
    let text = "ended with a status unknown to this version: not counted as errors";
    Some(format!("{unknown} of {all} invocations {text}"))
}

fn assumed_architecture(functions: &[FunctionSummary]) -> Option<String> {
    let priced = functions.iter().filter(|function| function.billing.cost.is_some());
    let assumed: Vec<_> = priced.filter(|function| function.arch_assumed).collect();
    let cpu = assumed.first()?.arch.name();
    let names: Vec<_> = assumed.iter().map(|function| function.function.as_str()).collect();
    let are_all = names.len() > 1 && names.len() == functions.len();
    let of = if are_all { "all functions".to_owned() } else { list(&names) };
    Some(format!("cost of {of} assumes {cpu}; set --arch or --functions FILE"))
}

fn assumed_prices(functions: &[FunctionSummary]) -> Option<String> {
    let assumed = functions.iter().filter(|function| function.price_assumed);
    let regions: BTreeSet<_> = assumed.filter_map(|function| function.region.as_deref()).collect();
    let regions: Vec<_> = regions.into_iter().collect();
    (!regions.is_empty())
        .then(|| format!("prices of {} are estimated: no AWS price list was available", list(&regions)))
}

/// Formats names as `a`, `a and b`, `a, b and 3 more`.
pub(super) fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [one, other] => format!("{one} and {other}"),
        [one, other, more @ ..] => format!("{one}, {other} and {} more", more.len()),
    }
}
