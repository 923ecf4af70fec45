//! Cost by tenant, version, function, day, or a value in the log lines of a run.

use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::{HashMap, HashSet},
};

use foldhash::fast::RandomState;
use serde::{Serialize, Serializer};
use tailwater_parser::{UnixMillis, Usd};

use super::run::{FunctionRuns, Run};
use crate::{
    number,
    view::{
        fields::{RunValues, Values},
        format,
        share::Share,
    },
};

/// Maximum number of rows of a dimension. The other values are summed up.
const MAX_ROWS: usize = 50;

/// Dimension that the cost is divided by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Tenant id of functions with tenant isolation.
    Tenant,
    /// Version of the function, as `function:41`.
    Version,
    /// Name of the function.
    Function,
    /// Day (UTC) on which the run began.
    Day,
    /// Member at this path of the JSON lines of the run.
    Field(Box<str>),
    /// Dimension of this name in the EMF documents of the run.
    Emf(Box<str>),
}

impl Dimension {
    /// Dimensions of a summary if `--by` gives none.
    pub const DEFAULT: [Self; 2] = [Self::Tenant, Self::Version];

    /// Names that [`Self::read`] parses, in words.
    pub const EXPECTED: &str =
        "tenant, version, function, day, field:PATH or emf:NAME (at most 200 bytes, without a comma)";

    const PLAIN: [Self; 4] = [Self::Tenant, Self::Version, Self::Function, Self::Day];

    /// Name in `--by`, in the JSON document and in the store.
    #[must_use]
    pub fn name(&self) -> Cow<'static, str> {
        match self {
            Self::Tenant => "tenant".into(),
            Self::Version => "version".into(),
            Self::Function => "function".into(),
            Self::Day => "day".into(),
            Self::Field(path) => format!("field:{path}").into(),
            Self::Emf(name) => format!("emf:{name}").into(),
        }
    }

    /// True if the values are in log lines.
    #[must_use]
    pub fn needs_lines(&self) -> bool {
        matches!(self, Self::Field(_) | Self::Emf(_))
    }

    /// Parses the name of a dimension; `None` for other text.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        const MAX_NAME: usize = 200;
        if let Some(plain) = Self::PLAIN.into_iter().find(|dimension| dimension.name() == name) {
            return Some(plain);
        }
        let (kind, name) = name.split_once(':')?;
        let is_name = !name.is_empty()
            && name.len() <= MAX_NAME
            && !name.contains(|c: char| c == ',' || c.is_control());
        match kind {
            "field" if is_name => Some(Self::Field(name.into())),
            "emf" if is_name => Some(Self::Emf(name.into())),
            _ => None,
        }
    }

    /// Parses names with commas between them; `None` if one is unknown, or if there are more than four of values in log
    /// lines, which take memory.
    #[must_use]
    pub fn read_list(names: &str) -> Option<Vec<Self>> {
        const MAX_OF_LINES: usize = 4;
        let all: Vec<Self> = names.split(',').map(Self::read).collect::<Option<_>>()?;
        (all.iter().filter(|dimension| dimension.needs_lines()).count() <= MAX_OF_LINES).then_some(all)
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
        dimensions.retain(|dimension| seen.insert(dimension.clone()));
        if dimensions.is_empty() { Self::DEFAULT.to_vec() } else { dimensions }
    }
}

impl Serialize for Dimension {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name())
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
    /// Number of runs with several values, among which their cost is divided equally. Each counts in the invocations of
    /// all of them.
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
pub(in crate::view) struct CostByBuilder {
    dimension: Dimension,
    tenants: HashMap<u32, Sum, RandomState>,
    days: HashMap<i64, Sum, RandomState>,
    /// Versions as `function:41`, and functions.
    names: HashMap<String, Sum, RandomState>,
    /// Versions of the current function.
    versions: Vec<Sum>,
    /// Values in log lines.
    values: Option<RunValues>,
    by_value: HashMap<u64, Sum, RandomState>,
    /// Values of each run of the current function.
    of_runs: Vec<Values>,
    none: Sum,
    several: u64,
    unpriced: u64,
    /// Number of all runs.
    runs: u64,
}

impl CostByBuilder {
    pub(super) fn new(dimension: Dimension) -> Self {
        Self {
            dimension,
            tenants: HashMap::default(),
            days: HashMap::default(),
            names: HashMap::default(),
            versions: Vec::new(),
            values: None,
            by_value: HashMap::default(),
            of_runs: Vec::new(),
            none: Sum::default(),
            several: 0,
            unpriced: 0,
            runs: 0,
        }
    }

    /// Creates a builder for a dimension whose values are in log lines.
    pub(in crate::view) fn of_values(dimension: Dimension, values: RunValues) -> Self {
        Self { values: Some(values), ..Self::new(dimension) }
    }

    /// Begins the runs of a function.
    fn begin(&mut self, function: &FunctionRuns<'_>) {
        self.versions.clear();
        self.versions.resize(function.versions.len(), Sum::default());
        self.of_runs = self.values.as_ref().map(|values| values.of_runs(&function.runs)).unwrap_or_default();
    }

    fn add(&mut self, index: usize, run: &Run, cost: Option<Usd>) {
        self.unpriced += u64::from(cost.is_none());
        self.runs += 1;
        let sum = match self.dimension {
            Dimension::Field(_) | Dimension::Emf(_) => return self.add_values(index, run, cost),
            Dimension::Tenant => run.tenant.map(|tenant| self.tenants.entry(tenant).or_default()),
            Dimension::Day => Some(self.days.entry(day_of(run.begin)).or_default()),
            Dimension::Version | Dimension::Function => self.versions.get_mut(run.version),
        };
        sum.unwrap_or(&mut self.none).add(run, cost);
    }

    /// Adds a run to each of its values, with an equal part of its cost.
    fn add_values(&mut self, index: usize, run: &Run, cost: Option<Usd>) {
        let values = self.of_runs.get(index).map(Vec::as_slice).unwrap_or_default();
        if values.is_empty() {
            return self.none.add(run, cost);
        }
        self.several += u64::from(values.len() > 1);
        let mut parts = cost.map(|cost| cost.split(count(values.len())));
        for value in values {
            let part = parts.as_mut().and_then(Iterator::next);
            self.by_value.entry(*value).or_default().add(run, part);
        }
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
                Dimension::Function
                | Dimension::Tenant
                | Dimension::Day
                | Dimension::Field(_)
                | Dimension::Emf(_) => name.clone(),
            };
            self.names.entry(value).or_default().merge(sum);
        }
    }

    /// Returns the sums. The index of a name in `tenants` is the number of the tenant.
    pub(in crate::view) fn finish(self, tenants: &[Box<str>]) -> CostBy {
        let tenant =
            |id: u32| usize::try_from(id).ok().and_then(|at| tenants.get(at)).map(|name| (**name).to_owned());
        let by_tenant = self.tenants.into_iter().map(|(id, sum)| sum.row(tenant(id).unwrap_or_default()));
        let by_day = self
            .days
            .into_iter()
            .map(|(day, sum)| sum.row(format::date(UnixMillis(day.saturating_mul(DAY_MS)))));
        let by_name = self.names.into_iter().map(|(name, sum)| sum.row(name));
        let text = |value: u64| self.values.as_ref().and_then(|values| values.text(value)).map(str::to_owned);
        // The values whose text is not kept are among the others.
        let (mut unnamed, mut by_value) = (Vec::new(), Vec::new());
        for (value, sum) in self.by_value {
            match text(value) {
                Some(text) => by_value.push(sum.row(text)),
                None => unnamed.push(sum),
            }
        }
        let unnamed_cost = unnamed.iter().map(|other| other.cost).fold(None, sum);
        let mut rows: Vec<_> = by_tenant.chain(by_day).chain(by_name).chain(by_value).collect();
        rows.sort_unstable_by(|a, b| (Reverse(a.cost), &a.value).cmp(&(Reverse(b.cost), &b.value)));
        let total_cost = rows.iter().map(|row| row.cost).fold(sum(self.none.cost, unnamed_cost), sum);
        let total_cost = total_cost.or((self.runs == 0).then_some(Usd::ZERO));
        let values = rows.len() + unnamed.len();
        let others = rows.split_off(rows.len().min(MAX_ROWS));
        let zero = |cost: Option<Usd>| cost.or(total_cost.map(|_| Usd::ZERO));
        CostBy {
            dimension: self.dimension,
            total_cost,
            values: count(values),
            none_invocations: self.none.invocations,
            none_cost: zero(self.none.cost),
            several_invocations: self.several,
            unpriced_invocations: self.unpriced,
            other_values: count(others.len() + unnamed.len()),
            other_cost: zero(others.iter().map(|row| row.cost).fold(unnamed_cost, sum)),
            rows,
            all_invocations: self.runs,
        }
    }
}

/// Adds the runs of a function to all dimensions. The cost of each run is calculated once.
pub(in crate::view) fn add_function(dimensions: &mut [CostByBuilder], function: &FunctionRuns<'_>) {
    dimensions.iter_mut().for_each(|by| by.begin(function));
    for (index, run) in function.runs.iter().enumerate() {
        let cost = function.prices.cost(run);
        dimensions.iter_mut().for_each(|by| by.add(index, run, cost));
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
