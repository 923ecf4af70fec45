//! Metrics as distribution points. Metrics of invocations have Datadog's names; metrics that functions declare (EMF)
//! keep their names.

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
    tags::{tag, tags_of},
};
use crate::rules::MetricPoint;
use crate::sink::{Chunk, Delimiters, MetricLine, MetricsBody, RejectedPoints, text::write_string};

/// Distribution points that are not encoded yet, grouped by series: metric and tags.
#[derive(Debug)]
pub(super) struct DatadogMetrics {
    labels: Arc<Labels>,
    points: Points,
    /// Encoded tags of the last invocation, for reuse: most invocations have the same tags as the one before.
    /// `tags_of` tells which invocations these tags are for.
    tags: Vec<u8>,
    tags_of: Option<TagSource>,
    /// Buffer for the JSON of a series up to its points, as `series_head` writes it.
    head: Vec<u8>,
}

/// Properties of an invocation that determine its tags: invocations with equal properties have equal tags.
#[derive(Debug, PartialEq)]
struct TagSource {
    origin: Arc<Origin>,
    region: String,
    memory_size: Option<MemoryMib>,
    start: StartKind,
}

impl DatadogMetrics {
    /// Creates an empty collection. Its points will have the tags of `labels`.
    pub(super) fn new(labels: Arc<Labels>) -> Self {
        let (tags, head) = (Vec::new(), Vec::new());
        Self { labels, points: Points::default(), tags, tags_of: None, head }
    }

    /// Encodes the tags of an invocation, unless they are the same as those of the last one.
    fn set_tags(&mut self, source: TagSource) {
        if self.tags_of.as_ref() != Some(&source) {
            write_tags(source.tags().chain(self.labels.of_points()), &mut self.tags);
            self.tags_of = Some(source);
        }
    }

    /// Adds the values of one declared metric.
    fn add_metric(
        &mut self,
        metric: &EmfMetric<'_>,
        record: &Record<'_>,
        time: UnixMillis,
        now: UnixMillis,
    ) -> RejectedPoints {
        let all = count(metric.values.iter());
        let Some(name) = names::custom(metric.name) else {
            return RejectedPoints { unwritable: all, ..RejectedPoints::default() };
        };
        let finite = || metric.values.iter().copied().filter(|value| value.is_finite());
        let writable = count(finite());
        let unwritable = all - writable;
        let range = TimeRange::of(time, now);
        if range == TimeRange::Accepted && writable > 0 {
            self.tags_of = None;
            let region = self.labels.region(record.origin);
            let tags = of_function(record.origin, region).chain(of_declared(metric));
            write_tags(tags.chain(self.labels.of_points()), &mut self.tags);
            series_head(&name, &self.tags, &mut self.head);
            finite().for_each(|value| self.points.add(&self.head, time, value));
        }
        RejectedPoints { unwritable, ..range.rejected(writable) }
    }
}

impl MetricsBody for DatadogMetrics {
    /// Adds the metrics of an invocation. The time of the points is that of the REPORT line in the log.
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
            self.points.add(&self.head, invocation.time, names::enhanced_value(&metric));
        }
        RejectedPoints::default()
    }

    /// Adds the metrics that a log line declares. The time of the points is the declared one.
    fn add_declared(&mut self, record: &Record<'_>, emf: &Emf<'_>, now: UnixMillis) -> RejectedPoints {
        let mut rejected = RejectedPoints::default();
        for metric in &emf.metrics {
            rejected += self.add_metric(metric, record, emf.time(record.time), now);
        }
        rejected
    }

    fn add_point(&mut self, record: &Record<'_>, point: &MetricPoint<'_>, now: UnixMillis) -> RejectedPoints {
        let tags = point.tags.iter();
        let dimensions = tags.map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let metric =
            EmfMetric { namespace: "", name: point.name, unit: None, values: vec![point.value], dimensions };
        self.add_metric(&metric, record, record.time, now)
    }

    fn add_metric_line(&mut self, record: &Record<'_>, line: &MetricLine, now: UnixMillis) -> RejectedPoints {
        let Some(name) = names::custom(&line.name).filter(|_| line.value.is_finite()) else {
            return RejectedPoints { unwritable: 1, ..RejectedPoints::default() };
        };
        let range = TimeRange::of(line.time, now);
        if range == TimeRange::Accepted {
            self.tags_of = None;
            let own = line.tags.iter().flat_map(|tag| tags_of(tag));
            let tags = of_function(record.origin, self.labels.region(record.origin)).chain(own);
            write_tags(tags.chain(self.labels.of_points()), &mut self.tags);
            series_head(&name, &self.tags, &mut self.head);
            self.points.add(&self.head, line.time, line.value);
        }
        range.rejected(1)
    }

    fn weight(&self) -> usize {
        self.points.weight()
    }

    /// Encodes all points. Each chunk is one element of the list `series` of a body.
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

    /// Returns the tags of Datadog's enhanced metrics. The tag `resource` is the function's name without an alias,
    /// because logs do not contain the alias that was invoked.
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

/// Returns the tags of a declared metric: its namespace and its dimensions.
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

/// Replaces `out` by a JSON array of the tags, sorted and without duplicates, so that equal tags in another order
/// are one series.
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

/// Returns the number of items of an iterator as a `u64`.
fn count<T>(items: impl Iterator<Item = T>) -> u64 {
    items.fold(0, |n, _| n + 1)
}
