//! Cost by tenant, version, function or day.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
};

use foldhash::fast::RandomState;
use serde::{Serialize, Serializer};
use tailwater_parser::{UnixMillis, Usd};

use super::run::{FunctionRuns, Run};
use crate::view::{format, number, share::Share};

/// Maximum number of rows of a dimension. The other values are summed up.
const MAX_ROWS: usize = 50;

/// Dimension that the cost is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Tenant id of functions with tenant isolation.
    Tenant,
    /// Version of the function, as `function:41`.
    Version,
    /// Name of the function.
    Function,
    /// Day (UTC) on which the run began.
    Day,
}

impl Dimension {
    /// Dimensions of a summary if `--by` gives none.
    pub const DEFAULT: [Self; 2] = [Self::Tenant, Self::Version];

    const ALL: [Self; 4] = [Self::Tenant, Self::Version, Self::Function, Self::Day];

    /// Name in `--by`, in the JSON document and in the store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Version => "version",
            Self::Function => "function",
            Self::Day => "day",
        }
    }

    /// Parses the name of a dimension; `None` for other text.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.name() == name)
    }

    /// Parses names with commas between them; `None` if one is unknown.
    #[must_use]
    pub fn read_list(names: &str) -> Option<Vec<Self>> {
        names.split(',').map(Self::read).collect()
    }

    /// Formats dimensions as [`Self::read_list`] parses them.
    #[must_use]
    pub fn write_list(dimensions: &[Self]) -> String {
        dimensions.iter().map(|dimension| dimension.name()).collect::<Vec<_>>().join(",")
    }

    /// Dimensions that a store keeps. Another version of this program may have kept names that are unknown here.
    #[must_use]
    pub fn kept(names: Option<&str>) -> Vec<Self> {
        Self::or_default(names.and_then(Self::read_list).unwrap_or_default())
    }

    /// The dimensions without repetitions; [`Self::DEFAULT`] if there are none.
    #[must_use]
    pub fn or_default(mut dimensions: Vec<Self>) -> Vec<Self> {
        let mut seen = HashSet::new();
        dimensions.retain(|dimension| seen.insert(*dimension));
        if dimensions.is_empty() { Self::DEFAULT.to_vec() } else { dimensions }
    }
}

impl Serialize for Dimension {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Cost by the values of one dimension. The costs of `rows`, `none` and `other` add up to `total_cost`, which is the
/// cost in the totals of the summary.
#[derive(Clone, Debug, Serialize)]
pub struct CostBy {
    /// Dimension.
    pub dimension: Dimension,
    /// Cost of all runs; `None` if no run has a known cost.
    #[serde(rename = "total_cost_usd", serialize_with = "number::dollars")]
    pub total_cost: Option<Usd>,
    /// Number of distinct values.
    pub values: u64,
    /// Values with the highest cost: highest cost first, then by name; at most 50.
    pub rows: Vec<CostByRow>,
    /// Number of runs without a value.
    pub none_invocations: u64,
    /// Cost of runs without a value.
    #[serde(rename = "none_cost_usd", serialize_with = "number::dollars")]
    pub none_cost: Option<Usd>,
    /// Number of runs with several values. Runs have one value of each of these dimensions, so it is 0.
    pub several_invocations: u64,
    /// Number of runs without a known cost.
    pub unpriced_invocations: u64,
    /// Number of values that are not in `rows`.
    pub other_values: u64,
    /// Cost of the values that are not in `rows`.
    #[serde(rename = "other_cost_usd", serialize_with = "number::dollars")]
    pub other_cost: Option<Usd>,
    /// Number of all runs.
    #[serde(skip)]
    pub(in crate::view) all_invocations: u64,
}

impl CostBy {
    /// Says which share of the cost has no value, if it is more than a fifth and there are values.
    pub(super) fn note(&self) -> Option<String> {
        let without = self.none_cost?.millionths_of(self.total_cost?)?;
        let share = Share { part: without, whole: 1_000_000 };
        (self.values > 0 && share.is_at_least(20)).then(|| {
            format!("cost by {}: {} of the cost has no {0}", self.dimension.name(), format::percent(share))
        })
    }
}

/// Runs and cost of one value of a dimension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CostByRow {
    /// Value.
    pub value: String,
    /// Number of runs.
    pub invocations: u64,
    /// Number of failed runs.
    pub errors: u64,
    /// Cost of the runs; `None` if the cost of none is known.
    #[serde(rename = "cost_usd", serialize_with = "number::dollars")]
    pub cost: Option<Usd>,
}

/// Sums of the runs with one value.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    invocations: u64,
    errors: u64,
    cost: Option<Usd>,
}

impl Sum {
    fn add(&mut self, run: &Run, cost: Option<Usd>) {
        self.merge(Self { invocations: 1, errors: u64::from(run.outcome.is_failure()), cost });
    }

    fn merge(&mut self, other: Self) {
        self.invocations += other.invocations;
        self.errors += other.errors;
        self.cost = sum(self.cost, other.cost);
    }

    fn row(self, value: String) -> CostByRow {
        CostByRow { value, invocations: self.invocations, errors: self.errors, cost: self.cost }
    }
}

fn sum(one: Option<Usd>, other: Option<Usd>) -> Option<Usd> {
    match (one, other) {
        (Some(mut one), Some(other)) => {
            one += other;
            Some(one)
        }
        (one, other) => one.or(other),
    }
}

/// Collects the costs of all functions by one dimension.
#[derive(Debug)]
pub(super) struct CostByBuilder {
    dimension: Dimension,
    tenants: HashMap<u32, Sum, RandomState>,
    days: HashMap<i64, Sum, RandomState>,
    /// Versions as `function:41`, and functions.
    names: HashMap<String, Sum, RandomState>,
    /// Versions of the current function.
    versions: Vec<Sum>,
    none: Sum,
    unpriced: u64,
}

impl CostByBuilder {
    pub(super) fn new(dimension: Dimension) -> Self {
        Self {
            dimension,
            tenants: HashMap::default(),
            days: HashMap::default(),
            names: HashMap::default(),
            versions: Vec::new(),
            none: Sum::default(),
            unpriced: 0,
        }
    }

    /// Begins the runs of a function, of `versions` versions.
    fn begin(&mut self, versions: usize) {
        self.versions.clear();
        self.versions.resize(versions, Sum::default());
    }

    fn add(&mut self, run: &Run, cost: Option<Usd>) {
        self.unpriced += u64::from(cost.is_none());
        let sum = match self.dimension {
            Dimension::Tenant => run.tenant.map(|tenant| self.tenants.entry(tenant).or_default()),
            Dimension::Day => Some(self.days.entry(day_of(run.begin)).or_default()),
            Dimension::Version | Dimension::Function => self.versions.get_mut(run.version),
        };
        sum.unwrap_or(&mut self.none).add(run, cost);
    }

    /// Ends the runs of a function, and adds its versions to the names.
    fn end(&mut self, function: &FunctionRuns<'_>) {
        let sums = self.versions.drain(..);
        for (version, sum) in function.versions.iter().zip(sums).filter(|(_, sum)| sum.invocations > 0) {
            let name = &function.identity.function;
            let value = match self.dimension {
                Dimension::Version if version.is_empty() => {
                    self.none.merge(sum);
                    continue;
                }
                Dimension::Version => format!("{name}:{version}"),
                Dimension::Function | Dimension::Tenant | Dimension::Day => name.clone(),
            };
            self.names.entry(value).or_default().merge(sum);
        }
    }

    /// Returns the sums. The index of a name in `tenants` is the number of the tenant.
    pub(super) fn finish(self, tenants: &[Box<str>]) -> CostBy {
        let tenant =
            |id: u32| usize::try_from(id).ok().and_then(|at| tenants.get(at)).map(|name| (**name).to_owned());
        let by_tenant = self.tenants.into_iter().map(|(id, sum)| sum.row(tenant(id).unwrap_or_default()));
        let by_day = self
            .days
            .into_iter()
            .map(|(day, sum)| sum.row(format::date(UnixMillis(day.saturating_mul(DAY_MS)))));
        let by_name = self.names.into_iter().map(|(name, sum)| sum.row(name));
        let mut rows: Vec<_> = by_tenant.chain(by_day).chain(by_name).collect();
        rows.sort_unstable_by(|a, b| (Reverse(a.cost), &a.value).cmp(&(Reverse(b.cost), &b.value)));
        let total_cost = rows.iter().map(|row| row.cost).fold(self.none.cost, sum);
        let all_invocations = rows.iter().map(|row| row.invocations).sum::<u64>() + self.none.invocations;
        let total_cost = total_cost.or((all_invocations == 0).then_some(Usd::ZERO));
        let values = rows.len();
        let others = rows.split_off(values.min(MAX_ROWS));
        let zero = |cost: Option<Usd>| cost.or(total_cost.map(|_| Usd::ZERO));
        CostBy {
            dimension: self.dimension,
            total_cost,
            values: count(values),
            none_invocations: self.none.invocations,
            none_cost: zero(self.none.cost),
            several_invocations: 0,
            unpriced_invocations: self.unpriced,
            other_values: count(others.len()),
            other_cost: zero(others.iter().map(|row| row.cost).fold(None, sum)),
            rows,
            all_invocations,
        }
    }
}

/// Adds the runs of a function to all dimensions. The cost of each run is calculated once.
pub(super) fn add_function(dimensions: &mut [CostByBuilder], function: &FunctionRuns<'_>) {
    dimensions.iter_mut().for_each(|by| by.begin(function.versions.len()));
    for run in &function.runs {
        let cost = function.prices.cost(run);
        dimensions.iter_mut().for_each(|by| by.add(run, cost));
    }
    dimensions.iter_mut().for_each(|by| by.end(function));
}

const DAY_MS: i64 = 86_400_000;

fn day_of(time: UnixMillis) -> i64 {
    time.0.div_euclid(DAY_MS)
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
