//! Invocations and declared metrics, summed up for each function, as an OTLP request.

use std::{collections::BTreeMap, time::Duration};

use tailwater_parser::{
    MemoryMib, Record, UnixMillis, Usd,
    derive::{Cost, CostResult, Invocation, Terms},
    line::Emf,
};

use super::{
    chunks::Pieces,
    declared::Declared,
    histogram::Histogram,
    names::{Instrument, METRICS, Named},
    point::{self, Number, Points, Window},
    resource::{Enrichment, Function},
};
use crate::sink::Chunk;

/// About the bytes of all metrics of a function's invocations in one minute.
const INVOCATIONS_WEIGHT: usize = 5 * 1024;

/// Metrics of many invocations, one data point for each minute, function, version, account, region, architecture, memory
/// size and metric, in order of time: backends take no point that is older than the last.
///
/// All are deltas: what happened from the first invocation's begin to the last one's end, and nothing before. So
/// many instances can send at once and none has to remember anything.
#[derive(Debug)]
pub struct MetricsBatch {
    enrichment: Enrichment,
    functions: BTreeMap<(Minute, Function), Totals>,
    weight: usize,
}

/// Minutes since 1970.
type Minute = i64;

fn minute(time: UnixMillis) -> Minute {
    time.0.div_euclid(60_000)
}

/// The metrics of one function in one minute.
#[derive(Debug, Default)]
struct Totals {
    /// Of its invocations: one for each of [`METRICS`], none before the first invocation.
    invocations: Vec<Total>,
    window: Window,
    declared: Declared,
}

/// One metric of several invocations.
#[derive(Debug)]
enum Total {
    Count(fn(&Invocation) -> bool, u64),
    Time(fn(&Invocation) -> Option<Duration>, Option<Duration>),
    Money(fn(&Cost) -> Usd, Option<Usd>),
    Spread(fn(&Invocation) -> Option<f64>, Histogram),
}

impl MetricsBatch {
    /// An empty batch.
    #[must_use]
    pub fn new(enrichment: Enrichment) -> Self {
        Self { enrichment, functions: BTreeMap::new(), weight: 0 }
    }

    /// Adds an invocation, at the price it has on these terms.
    pub fn add(&mut self, invocation: &Invocation, terms: &Terms<'_>) {
        let function = self.function_of(invocation, terms);
        let priced = invocation.cost(terms);
        let totals = self.functions.entry((minute(invocation.time), function)).or_default();
        if totals.invocations.is_empty() {
            totals.invocations.extend(METRICS.iter().map(Total::of));
            self.weight += INVOCATIONS_WEIGHT;
        }
        totals.window.include(invocation.time.before(invocation.duration.unwrap_or_default()));
        totals.window.include(invocation.time);
        for total in &mut totals.invocations {
            total.add(invocation, &priced);
        }
    }

    /// Adds what a line in the embedded metric format declares. Each metric becomes a histogram, in which sum, number
    /// and spread of its values are: whether it counts something, the format does not tell.
    pub fn add_emf(&mut self, record: &Record<'_>, emf: &Emf<'_>) {
        let origin = record.origin;
        let function = Function {
            account: origin.account.clone(),
            region: first_known(&origin.region, &self.enrichment.region),
            name: origin.function().to_owned(),
            version: origin.version().to_owned(),
            cpu: None,
            memory_bytes: None,
        };
        let totals = self.functions.entry((minute(record.time), function)).or_default();
        for metric in &emf.metrics {
            self.weight += totals.declared.add(metric, record.time);
        }
    }

    /// Data points in the batch.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.functions.values().map(Totals::count).sum()
    }

    /// True when there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// About how many bytes it has when it is encoded.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.weight
    }

    /// All of it as pieces, which one behind the other are the body of a request to `/v1/metrics`; the next batch begins.
    pub fn finish(&mut self) -> Vec<Chunk> {
        self.weight = 0;
        let mut pieces = Pieces::new();
        for ((_, function), totals) in std::mem::take(&mut self.functions) {
            pieces.begin(&function, &self.enrichment);
            totals.write(&function, &mut pieces);
        }
        pieces.finish()
    }

    fn function_of(&self, invocation: &Invocation, terms: &Terms<'_>) -> Function {
        let origin = &invocation.origin;
        let region = first_known(terms.region, &self.enrichment.region);
        Function {
            account: origin.account.clone(),
            region: first_known(&origin.region, &region),
            name: origin.function().to_owned(),
            version: origin.version().to_owned(),
            cpu: Some(terms.cpu),
            memory_bytes: invocation.memory_size.map(|MemoryMib(size)| i64::from(size) << 20),
        }
    }
}

fn first_known(one: &str, other: &str) -> String {
    if one.is_empty() { other } else { one }.to_owned()
}

impl Totals {
    /// Its data points.
    fn count(&self) -> u64 {
        let told = self.invocations.iter().filter(|total| total.is_told()).count();
        u64::try_from(told + self.declared.count()).unwrap_or(u64::MAX)
    }

    fn write(&self, function: &Function, out: &mut Pieces) {
        for (named, total) in METRICS.iter().zip(&self.invocations) {
            total.write(named, function, self.window, out);
        }
        self.declared.write(function, out);
    }
}

impl Total {
    fn of(named: &Named) -> Self {
        match named.instrument {
            Instrument::Count(read) => Self::Count(read, 0),
            Instrument::Time(read) => Self::Time(read, None),
            Instrument::Money(read) => Self::Money(read, None),
            Instrument::Spread(read) => Self::Spread(read, Histogram::default()),
        }
    }

    fn add(&mut self, invocation: &Invocation, priced: &CostResult) {
        match self {
            Self::Count(holds, sum) => *sum += u64::from(holds(invocation)),
            Self::Time(read, sum) => {
                if let Some(time) = read(invocation) {
                    *sum = Some(sum.unwrap_or_default().saturating_add(time));
                }
            }
            Self::Money(read, sum) => {
                if let Ok(cost) = priced {
                    *sum.get_or_insert(Usd::ZERO) += read(cost);
                }
            }
            Self::Spread(read, histogram) => {
                if let Some(value) = read(invocation) {
                    histogram.add(value);
                }
            }
        }
    }

    /// Whether any invocation had it. A count of none is known to be none.
    fn is_told(&self) -> bool {
        match self {
            Self::Count(..) => true,
            Self::Time(_, sum) => sum.is_some(),
            Self::Money(_, sum) => sum.is_some(),
            Self::Spread(_, histogram) => !histogram.is_empty(),
        }
    }

    fn write(&self, named: &Named, function: &Function, window: Window, out: &mut Pieces) {
        if !self.is_told() {
            return;
        }
        let Named { name, unit, help, .. } = *named;
        out.add(1, |metric| {
            point::write_description(name, help, unit, metric);
            match self {
                Self::Count(_, sum) => point::write_sum(Number::Whole(*sum), function, window, metric),
                Self::Time(_, sum) => {
                    let seconds = sum.unwrap_or_default().as_secs_f64();
                    point::write_sum(Number::Real(seconds), function, window, metric);
                }
                Self::Money(_, sum) => {
                    let dollars = sum.unwrap_or(Usd::ZERO).dollars();
                    point::write_sum(Number::Real(dollars), function, window, metric);
                }
                Self::Spread(_, histogram) => {
                    let mut points = Points::default();
                    points.add(histogram, function.point_attributes(), window);
                    points.write(metric);
                }
            }
        });
    }
}
