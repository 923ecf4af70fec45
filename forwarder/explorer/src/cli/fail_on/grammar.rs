//! The language of conditions: `METRIC>LIMIT`, separated by commas.

use std::fmt;

/// Conditions in the order in which they were given; at least one.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::cli) struct Conditions(pub(super) Vec<Condition>);

/// One condition: it is met by a function whose metric is above the limit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    pub(super) metric: Metric,
    pub(super) limit: Limit,
    /// The condition as it was written.
    text: String,
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Metric of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Metric {
    /// Number of error groups that were not there before.
    NewErrors,
    /// Number of failed invocations.
    Errors,
    /// Share of failed invocations.
    ErrorRate,
    /// Number of invocations that timed out.
    Timeouts,
    /// Share of cold starts.
    ColdStarts,
    /// Percentile of the duration.
    P50,
    /// Percentile of the duration.
    P95,
    /// Percentile of the duration.
    P99,
    /// Longest duration.
    Max,
    /// Cost of an invocation.
    Cost,
}

/// Limit of a condition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Limit {
    /// Number.
    Count(u64),
    /// Per cent of the invocations.
    Percent(f64),
    /// Milliseconds.
    Millis(f64),
    /// Per cent above the value before.
    Rise(f64),
}

/// Form of the limits that a metric takes besides `+N%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Count,
    Percent,
    Time,
    /// Only `+N%`.
    Rise,
}

const METRICS: [(&str, Metric, Form); 10] = [
    ("new-errors", Metric::NewErrors, Form::Count),
    ("errors", Metric::Errors, Form::Count),
    ("error-rate", Metric::ErrorRate, Form::Percent),
    ("timeouts", Metric::Timeouts, Form::Count),
    ("cold-starts", Metric::ColdStarts, Form::Percent),
    ("p50", Metric::P50, Form::Time),
    ("p95", Metric::P95, Form::Time),
    ("p99", Metric::P99, Form::Time),
    ("max", Metric::Max, Form::Time),
    ("cost", Metric::Cost, Form::Rise),
];

impl Metric {
    pub(super) fn name(self) -> &'static str {
        METRICS.iter().find(|(_, metric, _)| *metric == self).map_or("", |(name, ..)| name)
    }
}

impl Conditions {
    /// Reads conditions.
    ///
    /// # Errors
    /// Returns what is wrong, where, and what is known.
    pub(in crate::cli) fn read(text: &str) -> Result<Self, String> {
        let mut conditions = Vec::new();
        let mut column = 1;
        for part in text.split(',') {
            let blank = part.len() - part.trim_start().len();
            let condition = condition(part.trim(), column + blank)?;
            conditions.push(condition);
            column += part.chars().count() + 1;
        }
        Ok(Self(conditions))
    }
}

fn condition(text: &str, column: usize) -> Result<Condition, String> {
    let (name, limit) = text.split_once('>').map_or((text, None), |(name, limit)| (name, Some(limit)));
    let found = METRICS.iter().find(|(known, ..)| *known == name.trim_end());
    let Some((known, metric, form)) = found.copied() else {
        let names: Vec<_> = METRICS.iter().map(|(name, ..)| *name).collect();
        return Err(format!("column {column}: unknown metric {name:?}; known are {}", names.join(", ")));
    };
    let limit = match limit {
        None if metric == Metric::NewErrors => Limit::Count(0),
        None => {
            return Err(format!(
                "column {}: expected > and {} after {known}",
                column + known.len(),
                form.expected()
            ));
        }
        Some(limit) => {
            let at = column + text.chars().count() - limit.trim_start().chars().count();
            let read = form.read(limit.trim(), metric);
            read.ok_or_else(|| {
                format!("column {at}: expected {} after {known}>, got {:?}", form.expected(), limit.trim())
            })?
        }
    };
    Ok(Condition { metric, limit, text: text.to_owned() })
}

impl Form {
    fn expected(self) -> &'static str {
        match self {
            Self::Count => "a number (10), or a rise (+20%)",
            Self::Percent => "a share (1%), or a rise (+20%)",
            Self::Time => "a time (500ms, 2s), or a rise (+20%)",
            Self::Rise => "a rise (+20%)",
        }
    }

    fn read(self, limit: &str, metric: Metric) -> Option<Limit> {
        if let Some(rise) = limit.strip_prefix('+') {
            return (metric != Metric::NewErrors).then_some(Limit::Rise(number(rise.strip_suffix('%')?)?));
        }
        match self {
            Self::Count => limit.parse().ok().map(Limit::Count),
            Self::Percent => number(limit.strip_suffix('%')?).map(Limit::Percent),
            Self::Time => match limit.strip_suffix("ms") {
                Some(millis) => number(millis).map(Limit::Millis),
                None => number(limit.strip_suffix('s')?).map(|seconds| Limit::Millis(seconds * 1_000.0)),
            },
            Self::Rise => None,
        }
    }
}

/// Reads a decimal number without a sign.
fn number(text: &str) -> Option<f64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.trim_end().parse().ok().filter(|number: &f64| is_plain && number.is_finite())
}
