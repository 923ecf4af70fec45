//! Metrics as distribution points: those of invocations under Datadog's names, those that functions declare (EMF) under
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
    points::{DELIMITERS, Points, TimeRange, series_head},
    tags::tag,
};
use crate::sink::{Chunk, Delimiters, MetricsBody, RejectedPoints, text::write_string};

/// Distribution points, grouped by series.
#[derive(Debug)]
pub(super) struct DatadogMetrics {
    labels: Arc<Labels>,
    points: Points,
    /// Encoded tags of the last points, and the invocations that they are for: most invocations have the tags of the one
    /// before.
    tags: Vec<u8>,
    tags_of: Option<TagSource>,
    /// Buffer for the head of a series.
    head: Vec<u8>,
}

/// Everything that the tags of an invocation depend on.
#[derive(Debug, PartialEq)]
struct TagSource {
    origin: Arc<Origin>,
    region: String,
    memory_size: Option<MemoryMib>,
    start: StartKind,
}

impl DatadogMetrics {
    /// Creates a body without points. They will get `labels`.
    pub(super) fn new(labels: Arc<Labels>) -> Self {
        let (tags, head) = (Vec::new(), Vec::new());
        Self { labels, points: Points::default(), tags, tags_of: None, head }
    }

    /// Encodes the tags of an invocation, unless they are those of the last one.
    fn set_tags(&mut self, source: TagSource) {
        if self.tags_of.as_ref() != Some(&source) {
            write_tags(source.tags().chain(self.labels.of_points()), &mut self.tags);
            self.tags_of = Some(source);
        }
    }

    /// Adds the values of one declared metric.
    fn add_metric(&mut self, metric: &EmfMetric<'_>, record: &Record<'_>, now: UnixMillis) -> RejectedPoints {
        let all = count(metric.values.iter());
        let Some(name) = names::custom(metric.name) else {
            return RejectedPoints { unwritable: all, ..RejectedPoints::default() };
        };
        let finite = || metric.values.iter().copied().filter(|value| value.is_finite());
        let writable = count(finite());
        let unwritable = all - writable;
        let range = TimeRange::of(record.time, now);
        if range == TimeRange::Accepted && writable > 0 {
            self.tags_of = None;
            let region = self.labels.region(record.origin);
            let tags = of_function(record.origin, region).chain(of_declared(metric));
            write_tags(tags.chain(self.labels.of_points()), &mut self.tags);
            series_head(&name, &self.tags, &mut self.head);
            finite().for_each(|value| self.points.add(&self.head, record.time, value));
        }
        RejectedPoints { unwritable, ..range.rejected(writable) }
    }
}

impl MetricsBody for DatadogMetrics {
    /// Adds the metrics of an invocation; their time is that of the REPORT.
    fn add_invocation(
        &mut self,
        invocation: &Invocation,
        terms: &Terms<'_>,
        now: UnixMillis,
    ) -> RejectedPoints {
        let priced = invocation.cost(terms);
        let metrics = || DERIVATIONS.iter().filter_map(|derive| derive(invocation, &priced));
        let range = TimeRange::of(invocation.time, now);
        if range != TimeRange::Accepted {
            return range.rejected(count(metrics()));
        }
        self.set_tags(TagSource::of(invocation, terms, &self.labels));
        for metric in metrics() {
            series_head(&names::enhanced(metric.name), &self.tags, &mut self.head);
            self.points.add(&self.head, invocation.time, metric.value);
        }
        RejectedPoints::default()
    }

    /// Adds the metrics that a line declares; their time is that of the line.
    fn add_declared(&mut self, record: &Record<'_>, emf: &Emf<'_>, now: UnixMillis) -> RejectedPoints {
        let mut rejected = RejectedPoints::default();
        for metric in &emf.metrics {
            rejected += self.add_metric(metric, record, now);
        }
        rejected
    }

    fn weight(&self) -> usize {
        self.points.weight()
    }

    /// Returns chunks that are elements of the list `series` of a body.
    fn finish(&mut self) -> Vec<Chunk> {
        self.points.finish()
    }

    fn delimiters(&self) -> Delimiters {
        DELIMITERS
    }
}

impl TagSource {
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

    /// Returns the tags of Datadog's enhanced metrics. `resource` is the function's name, as for an invocation without a
    /// qualifier, because logs do not contain the alias.
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

/// Returns the tags for namespace and dimensions of a declared metric.
fn of_declared(metric: &EmfMetric<'_>) -> impl Iterator<Item = String> {
    let dimensions = metric.dimensions.iter().filter_map(|(name, value)| tag(name, &unescaped(value)));
    tag("namespace", metric.namespace).into_iter().chain(dimensions)
}

/// Decodes the JSON escapes of a dimension's value.
fn unescaped(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    serde_json::from_str(&format!("\"{raw}\"")).map_or(Cow::Borrowed(raw), Cow::Owned)
}

/// Writes tags as a JSON array, sorted and without duplicates, so that equal sets of tags are one series.
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

/// Counts items as a `u64`.
fn count<T>(items: impl Iterator<Item = T>) -> u64 {
    items.fold(0, |n, _| n + 1)
}
