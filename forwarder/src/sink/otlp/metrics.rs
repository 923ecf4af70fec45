//! Body of a request to `/v1/metrics`: metrics of invocations and declared metrics, aggregated by function and minute.

use std::{collections::BTreeMap, time::Duration};

use tailwater_parser::{
    MemoryMib, Record, UnixMillis, Usd,
    derive::{Cost, CostResult, Invocation, Terms},
    line::Emf,
};

use super::{
    chunks::ChunkWriter,
    declared::Declared,
    histogram::Histogram,
    identity::LAMBDA,
    names::{Instrument, METRICS, MetricDefinition},
    point::{self, Number, Points, Window},
    resource::{Enrichment, Function},
};
use crate::{rules::MetricPoint, sink::Chunk};

/// Approximate size of all metrics of a function's invocations in one minute, in bytes.
const INVOCATIONS_WEIGHT: usize = 5 * 1024;

/// Metrics of many invocations. Each minute, function, version, account, region, architecture, memory size and
/// metric has one data point. The points are in order of time, because backends reject a point that is older than
/// the last one.
///
/// All points have delta temporality: a point covers the time from the start of its first invocation to the end of
/// its last invocation. So many Lambda instances can send at the same time, and none has to keep state.
#[derive(Debug)]
pub struct MetricsBatch {
    enrichment: Enrichment,
    functions: BTreeMap<(Minute, Function), Totals>,
    weight: usize,
}

/// Minutes since the Unix epoch.
type Minute = i64;

fn minute(time: UnixMillis) -> Minute {
    time.0.div_euclid(60_000)
}

/// Metrics of one function in one minute.
#[derive(Debug, Default)]
struct Totals {
    /// Metrics of the function's invocations, in the order of [`METRICS`]; empty before the first invocation.
    invocations: Vec<Total>,
    window: Window,
    declared: Declared,
}

/// Value of one metric, aggregated over several invocations.
#[derive(Debug)]
enum Total {
    Count(fn(&Invocation) -> bool, u64),
    Time(fn(&Invocation) -> Option<Duration>, Option<Duration>),
    Money(fn(&Cost) -> Usd, Option<Usd>),
    Histogram(fn(&Invocation) -> Option<f64>, Histogram),
}

impl MetricsBatch {
    /// Creates an empty batch.
    #[must_use]
    pub fn new(enrichment: Enrichment) -> Self {
        Self { enrichment, functions: BTreeMap::new(), weight: 0 }
    }

    /// Adds an invocation, with its cost, which depends on `terms`.
    pub fn add(&mut self, invocation: &Invocation, terms: &Terms<'_>) {
        let function = self.function_of(invocation, terms);
        let priced = invocation.cost(terms);
        let totals = self.functions.entry((minute(invocation.time), function)).or_default();
        if totals.invocations.is_empty() {
            totals.invocations.extend(METRICS.iter().map(Total::new));
            self.weight += INVOCATIONS_WEIGHT;
        }
        totals.window.include(invocation.time.before(invocation.duration.unwrap_or_default()));
        totals.window.include(invocation.time);
        for total in &mut totals.invocations {
            total.add(invocation, &priced);
        }
    }

    /// Adds the metrics that a log line in the embedded metric format (EMF) declares. Each becomes a histogram,
    /// because EMF does not tell counters from other metrics; sum and count are fields of the histogram.
    pub fn add_emf(&mut self, record: &Record<'_>, emf: &Emf<'_>) {
        let region = first_known(&record.origin.region, &self.enrichment.region);
        let function = Function::of(record.origin, region);
        let time = emf.time(record.time);
        let totals = self.functions.entry((minute(time), function)).or_default();
        for metric in &emf.metrics {
            self.weight += totals.declared.add(metric, time);
        }
    }

    /// Adds a data point that a rule makes of an event: a monotonic sum, or a histogram.
    pub fn add_point(&mut self, record: &Record<'_>, point: &MetricPoint<'_>) {
        let region = first_known(&record.origin.region, &self.enrichment.region);
        let function = Function::of(record.origin, region);
        let totals = self.functions.entry((minute(record.time), function)).or_default();
        self.weight += totals.declared.add_point(point, record.time);
    }

    /// Returns the number of data points in the batch.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.functions.values().map(Totals::count).sum()
    }

    /// True if the batch has no data points.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// Returns the approximate size of the encoded batch in bytes.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.weight
    }

    /// Encodes the batch in chunks, whose concatenation is a request body. Afterwards, the batch is empty.
    pub fn finish(&mut self) -> Vec<Chunk> {
        self.weight = 0;
        let mut chunks = ChunkWriter::new();
        for ((_, function), totals) in std::mem::take(&mut self.functions) {
            chunks.begin(|out, field| function.write(&self.enrichment, out, field));
            totals.write(&function, &mut chunks);
        }
        chunks.finish()
    }

    fn function_of(&self, invocation: &Invocation, terms: &Terms<'_>) -> Function {
        let origin = &invocation.origin;
        let region = first_known(terms.region, &self.enrichment.region);
        Function {
            platform: LAMBDA,
            cpu: Some(terms.cpu),
            memory_bytes: invocation.memory_size.map(|MemoryMib(size)| i64::from(size) << 20),
            ..Function::of(origin, first_known(&origin.region, &region))
        }
    }
}

/// Returns `first`, or `second` if `first` is empty.
fn first_known(first: &str, second: &str) -> String {
    if first.is_empty() { second } else { first }.to_owned()
}

impl Totals {
    /// Returns the number of data points of the function in this minute.
    fn count(&self) -> u64 {
        let of_invocations = self.invocations.iter().filter(|total| total.has_value()).count();
        u64::try_from(of_invocations + self.declared.count()).unwrap_or(u64::MAX)
    }

    fn write(&self, function: &Function, out: &mut ChunkWriter) {
        for (definition, total) in METRICS.iter().zip(&self.invocations) {
            total.write(definition, function, self.window, out);
        }
        self.declared.write(function, out);
        self.declared.write_sums(function, out);
    }
}

impl Total {
    /// Creates the aggregate of a metric, without any invocation.
    fn new(definition: &MetricDefinition) -> Self {
        match definition.instrument {
            Instrument::Count(read) => Self::Count(read, 0),
            Instrument::Time(read) => Self::Time(read, None),
            Instrument::Money(read) => Self::Money(read, None),
            Instrument::Histogram(read) => Self::Histogram(read, Histogram::default()),
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
            Self::Histogram(read, histogram) => {
                if let Some(value) = read(invocation) {
                    histogram.add(value);
                }
            }
        }
    }

    /// True if at least one invocation has a value of the metric. A count always has a value, which may be zero.
    fn has_value(&self) -> bool {
        match self {
            Self::Count(..) => true,
            Self::Time(_, sum) => sum.is_some(),
            Self::Money(_, sum) => sum.is_some(),
            Self::Histogram(_, histogram) => !histogram.is_empty(),
        }
    }

    fn write(
        &self,
        definition: &MetricDefinition,
        function: &Function,
        window: Window,
        out: &mut ChunkWriter,
    ) {
        if !self.has_value() {
            return;
        }
        let MetricDefinition { name, unit, help, .. } = *definition;
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
                Self::Histogram(_, histogram) => {
                    let mut points = Points::default();
                    points.add(histogram, function.point_attributes(), window);
                    points.write(metric);
                }
            }
        });
    }
}
