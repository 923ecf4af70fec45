//! Report about the work of rules, as text and as JSON.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;
use tailwater_forwarder::{
    ledger::Ledger,
    pipeline::{Audit, Example},
    rules::{self, RuleIdx, Rules},
};
use tailwater_parser::{ByteSize, UnixMillis};

use super::groups::ErrorGroups;
use crate::view::{
    Share,
    format::{count, percent, plural, span},
};

/// Price in US dollars that CloudWatch asks for the ingestion of a GiB of logs in most regions, such as us-east-1.
const USD_PER_GIB: f64 = 0.50;

/// Bytes in a GiB.
const GIB: f64 = 1_073_741_824.0;

/// Length of a month in milliseconds: 730 hours, as AWS counts.
const MONTH_MS: f64 = 730.0 * 3_600_000.0;

/// Number of titles of error groups in the text.
const MAX_TITLES: usize = 10;

/// Work of all rules.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    rules: Vec<RuleReport>,
    /// Share of the requests with a REPORT that can be sampled; null without such requests.
    eligible_requests_pct: Option<f64>,
    problems: Vec<ProblemReport>,
    #[serde(skip)]
    totals: Totals,
}

/// Work of one rule.
#[derive(Debug, Serialize)]
struct RuleReport {
    name: String,
    matched_events: u64,
    matched_bytes: u64,
    dropped_events: u64,
    sampled_events: u64,
    redactions: BTreeMap<&'static str, u64>,
    /// Null if events were dropped or sampled away, but all have the same time.
    saved_usd_per_month: Option<f64>,
    hides_error_groups: Vec<String>,
    series: u64,
    series_cut: u64,
    #[serde(skip)]
    sampled_requests: u64,
    #[serde(skip)]
    examples: Vec<Example>,
}

/// Problem of the rules.
#[derive(Debug, Serialize)]
struct ProblemReport {
    line: usize,
    column: usize,
    message: String,
}

/// Counts of the whole input.
#[derive(Debug, Default)]
struct Totals {
    ledger: Ledger,
    /// Requests with a REPORT; those that can be sampled are the part.
    requests: Share,
    times: Option<(UnixMillis, UnixMillis)>,
}

impl Report {
    /// Creates the report about rules that were applied. `series` has the number of series of each rule, and of its events
    /// beyond their limit.
    pub(super) fn new(
        rules: &Rules,
        audit: &Audit,
        series: &BTreeMap<usize, (usize, u64)>,
        groups: &ErrorGroups,
        ledger: &Ledger,
    ) -> Self {
        let report = |index: usize| {
            let counts = audit.counts.rules.get(index).cloned().unwrap_or_default();
            let (n_series, series_cut) = series.get(&index).copied().unwrap_or_default();
            RuleReport {
                name: rules.name(RuleIdx(index)).to_owned(),
                matched_events: counts.matched_events,
                matched_bytes: counts.matched_bytes,
                dropped_events: counts.dropped_events,
                sampled_events: counts.sampled_events,
                redactions: counts.redactions,
                saved_usd_per_month: saved(counts.dropped_bytes + counts.sampled_bytes, audit.times),
                hides_error_groups: groups.hidden_by(RuleIdx(index)),
                series: u64::try_from(n_series).unwrap_or(u64::MAX),
                series_cut,
                sampled_requests: audit.sampled_requests.get(index).copied().unwrap_or_default(),
                examples: audit.examples.get(index).cloned().unwrap_or_default(),
            }
        };
        let requests = Share { part: audit.eligible_requests, whole: audit.requests };
        Self {
            rules: (0..rules.len()).map(report).collect(),
            eligible_requests_pct: requests.percent(),
            problems: Vec::new(),
            totals: Totals { ledger: *ledger, requests, times: audit.times },
        }
    }

    /// Creates the report about rules that cannot be used.
    pub(super) fn of_problems(problems: &[rules::Problem]) -> Self {
        let problem = |problem: &rules::Problem| ProblemReport {
            line: problem.line,
            column: problem.column,
            message: problem.message.clone(),
        };
        Self {
            rules: Vec::new(),
            eligible_requests_pct: None,
            problems: problems.iter().map(problem).collect(),
            totals: Totals::default(),
        }
    }

    /// Formats the report as text. Without input, only the rules are described.
    pub(super) fn lines(&self, rules: &Rules, has_input: bool) -> Vec<String> {
        let n_rules = u64::try_from(rules.len()).unwrap_or(u64::MAX);
        let mut lines =
            vec![format!("{} without problems; nothing was sent or stored.", plural(n_rules, "rule"))];
        for (rule, description) in self.rules.iter().zip(rules.describe()) {
            lines.extend([String::new(), description]);
            if has_input {
                lines.extend(rule.lines(self.totals.requests.whole).iter().map(|line| format!("  {line}")));
            }
        }
        if has_input {
            lines.push(String::new());
            lines.extend(self.conclusion());
        }
        lines
    }

    fn conclusion(&self) -> Vec<String> {
        let Totals { ledger, requests, times } = &self.totals;
        let time = times.map(|(first, last)| u64::try_from(last.0.saturating_sub(first.0)).unwrap_or(0));
        let time = time.map_or_else(String::new, |ms| format!(" of {}", span(Duration::from_millis(ms))));
        let mut line = format!("{}{time}: ", plural(ledger.received().events, "event"));
        line += &format!(
            "{} delivered, {} filtered, {} sampled, {} rejected.",
            count(ledger.delivered().events),
            count(ledger.filtered().events),
            count(ledger.sampled().events),
            count(ledger.rejected().events),
        );
        let mut lines = vec![line];
        if requests.whole > 0 {
            let (share, requests) = (percent(*requests), plural(requests.whole, "request"));
            lines.push(format!(
                "{share} of {requests} can be sampled: START and REPORT are in the same input."
            ));
        }
        lines.push(
            "Metrics of invocations, of embedded metrics and of rules are made before events are dropped or sampled: no rule hides one.".to_owned(),
        );
        lines.push(format!(
            "Dollars are a yardstick: the bytes kept from a backend at {USD_PER_GIB:.2} a GiB, CloudWatch's price of ingestion. CloudWatch's own bill stays the same.",
        ));
        lines
    }
}

impl RuleReport {
    fn lines(&self, requests: u64) -> Vec<String> {
        let events = plural(self.matched_events, "event");
        let mut line = format!("matches {events}, {}", ByteSize(self.matched_bytes));
        if self.dropped_events > 0 {
            line += &format!("; drops {}", count(self.dropped_events));
        }
        if self.sampled_events > 0 {
            let (events, sampled) = (count(self.sampled_events), count(self.sampled_requests));
            line += &format!("; samples away {events}, with {sampled} of {}", plural(requests, "request"));
        }
        if self.dropped_events + self.sampled_events > 0 {
            line += &match self.saved_usd_per_month {
                Some(saved) => format!("; saves ${saved:.2} a month"),
                None => "; savings are unknown, because all events have the same time".to_owned(),
            };
        }
        let mut lines = vec![line];
        if !self.redactions.is_empty() {
            let kinds: Vec<_> =
                self.redactions.iter().map(|(kind, n)| format!("{kind} {}", count(*n))).collect();
            lines.push(format!("redacts {}", kinds.join(", ")));
        }
        if self.series > 0 {
            let cut = self.series_cut;
            let cut =
                if cut > 0 { format!("; {} beyond max_series", plural(cut, "event")) } else { String::new() };
            let series = if self.series == 1 {
                "1 series".to_owned()
            } else {
                format!("{} series", count(self.series))
            };
            lines.push(format!("makes {series}{cut}"));
        }
        lines.extend(
            self.hides_error_groups.iter().take(MAX_TITLES).map(|title| format!("hides the error {title}")),
        );
        let more = self.hides_error_groups.len().saturating_sub(MAX_TITLES);
        if more > 0 {
            lines.push(format!("hides {more} more errors"));
        }
        for example in &self.examples {
            let text = |text: &String| text.replace('\n', " ⏎ ");
            if let Some(before) = &example.before {
                lines.push(format!("before  {}", text(before)));
            }
            lines.push(match &example.after {
                Some(after) => format!("after   {}", text(after)),
                None => "after   not delivered".to_owned(),
            });
        }
        lines
    }
}

/// Returns the price of so many bytes, which were logged between two times, in a month.
fn saved(bytes: u64, times: Option<(UnixMillis, UnixMillis)>) -> Option<f64> {
    if bytes == 0 {
        return Some(0.0);
    }
    let (first, last) = times?;
    let ms = u64::try_from(last.0.saturating_sub(first.0)).ok().filter(|ms| *ms > 0)?;
    Some(float(bytes) / GIB * USD_PER_GIB * MONTH_MS / float(ms))
}

#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "a price needs no more than 53 bits")]
fn float(n: u64) -> f64 {
    n as f64
}
