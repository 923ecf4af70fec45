//! Metrics as distribution points: those of invocations under Datadog's names, those that functions declare under
//! their own.

use std::{borrow::Cow, sync::Arc};

use tailwater_parser::{
    MemoryMib, Origin, Record, UnixMillis,
    derive::{DERIVATIONS, Invocation, StartKind, Terms},
    line::{Emf, EmfMetric},
};

use super::{
    labels::{Labels, of_function},
    names,
    points::{PointTally, Points, series_head},
    tags::tag,
};
use crate::sink::Chunk;
use crate::sink::text::write_string;

/// Distribution points on their way to be pieces of bodies.
#[derive(Debug)]
pub struct PointsEncoder {
    labels: Arc<Labels>,
    points: Points,
    /// The tags of the next points, and what they were written for: most invocations are like the one before.
    tags: Vec<u8>,
    tags_of: Option<Tagged>,
    head: Vec<u8>,
}

/// All that the tags of an invocation depend on.
#[derive(Debug, PartialEq)]
struct Tagged {
    origin: Arc<Origin>,
    region: String,
    memory_size: Option<MemoryMib>,
    start: StartKind,
}

impl PointsEncoder {
    /// No points yet; they will carry `labels`.
    #[must_use]
    pub fn new(labels: Arc<Labels>) -> Self {
        let (tags, head) = (Vec::new(), Vec::new());
        Self { labels, points: Points::default(), tags, tags_of: None, head }
    }

    /// Adds the metrics of an invocation, and says what became of them. Their time is that of the REPORT.
    pub fn add_invocation(
        &mut self,
        invocation: &Invocation,
        terms: &Terms<'_>,
        now: UnixMillis,
    ) -> PointTally {
        let priced = invocation.cost(terms);
        let metrics = || DERIVATIONS.iter().filter_map(|derive| derive(invocation, &priced));
        let tally = PointTally::at(invocation.time, now, count(metrics()));
        if tally.taken == 0 {
            return tally;
        }
        self.tag(Tagged::of(invocation, terms, &self.labels));
        for metric in metrics() {
            series_head(&names::enhanced(metric.name), &self.tags, &mut self.head);
            self.points.add(&self.head, invocation.time, metric.value);
        }
        tally
    }

    /// Writes the tags of an invocation, if they are not written already.
    fn tag(&mut self, tagged: Tagged) {
        if self.tags_of.as_ref() != Some(&tagged) {
            write_tags(tagged.tags().chain(self.labels.of_points()), &mut self.tags);
            self.tags_of = Some(tagged);
        }
    }

    /// Adds the metrics that a line in the embedded metric format declares, and says what became of them. Their time
    /// is that of the line.
    pub fn add_emf(&mut self, record: &Record<'_>, emf: &Emf<'_>, now: UnixMillis) -> PointTally {
        let mut tally = PointTally::default();
        for metric in &emf.metrics {
            tally += self.add_declared(metric, record, now);
        }
        tally
    }

    fn add_declared(&mut self, metric: &EmfMetric<'_>, record: &Record<'_>, now: UnixMillis) -> PointTally {
        let all = count(metric.values.iter());
        let Some(name) = names::custom(metric.name) else {
            return PointTally { unwritable: all, ..PointTally::default() };
        };
        let finite = || metric.values.iter().copied().filter(|value| value.is_finite());
        let mut tally = PointTally::at(record.time, now, count(finite()));
        tally.unwritable = all - count(finite());
        if tally.taken > 0 {
            self.tags_of = None;
            let region = self.labels.region(record.origin);
            let tags = of_function(record.origin, region).chain(of_declared(metric));
            write_tags(tags.chain(self.labels.of_points()), &mut self.tags);
            series_head(&name, &self.tags, &mut self.head);
            finite().for_each(|value| self.points.add(&self.head, record.time, value));
        }
        tally
    }

    /// About how many bytes they have when they are encoded.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.points.weight()
    }

    /// All points in pieces, which are the members of the list `series` of a body; the next ones begin anew.
    pub fn finish(&mut self) -> Vec<Chunk> {
        self.points.finish()
    }
}

impl Tagged {
    fn of(invocation: &Invocation, terms: &Terms<'_>, labels: &Labels) -> Self {
        let own = labels.region(&invocation.origin);
        let region = if own.is_empty() { terms.region } else { own };
        Self {
            origin: Arc::clone(&invocation.origin),
            region: region.to_owned(),
            memory_size: invocation.memory_size,
            start: invocation.start,
        }
    }

    /// The tags of Datadog's enhanced metrics. `resource` is the function alone, as for one invoked without a
    /// qualifier: no log tells by which alias it was invoked.
    fn tags(&self) -> impl Iterator<Item = String> + use<> {
        let cold_start = match self.start {
            StartKind::Warm => "false",
            StartKind::Cold | StartKind::Restored => "true",
        };
        let memory_size = self.memory_size.map(|memory| memory.0.to_string()).unwrap_or_default();
        let more = [
            tag("memorysize", &memory_size),
            tag("cold_start", cold_start),
            tag("resource", self.origin.function()),
        ];
        of_function(&self.origin, &self.region).chain(more.into_iter().flatten())
    }
}

/// Namespace and dimensions of a declared metric.
fn of_declared(metric: &EmfMetric<'_>) -> impl Iterator<Item = String> {
    let dimensions = metric.dimensions.iter().filter_map(|(name, value)| tag(name, &unescaped(value)));
    tag("namespace", metric.namespace).into_iter().chain(dimensions)
}

/// A dimension's value without the JSON escapes it was left with.
fn unescaped(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    serde_json::from_str(&format!("\"{raw}\"")).map_or(Cow::Borrowed(raw), Cow::Owned)
}

/// Tags as a JSON array, in order and each once, so that equal sets are equal series.
fn write_tags(tags: impl Iterator<Item = String>, out: &mut Vec<u8>) {
    let mut tags: Vec<_> = tags.collect();
    tags.sort_unstable();
    tags.dedup();
    out.clear();
    out.push(b'[');
    for (n, tag) in tags.iter().enumerate() {
        if n > 0 {
            out.push(b',');
        }
        write_string(out, tag);
    }
    out.push(b']');
}

/// How many; a `usize` always fits.
fn count<T>(items: impl Iterator<Item = T>) -> u64 {
    items.fold(0, |n, _| n + 1)
}
