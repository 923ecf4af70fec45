//! Metrics that are derived besides those of invocations, if the settings name them: bytes of log lines by level, and cost
//! by tenant. The function is a resource attribute, as for all metrics.

use std::collections::HashSet;

use foldhash::fast::FixedState;
use tailwater_parser::{
    Record, UnixMillis,
    decode::{Part, Utf8},
    derive::Invocation,
    line::{self, Line},
    record::EventId,
};

use crate::{
    ledger::Tally,
    rules::{MetricKind, MetricPoint, Sinks},
};

/// Name of the metric of log bytes.
const LOG_BYTES: &str = "aws.lambda.log_bytes";
/// Name of the metric of the cost by tenant.
const TENANT_COST: &str = "aws.lambda.tenant_cost";
/// Bytes that CloudWatch counts for each event besides its message.
const EVENT_OVERHEAD: u64 = 26;
/// Greatest number of tenants in one invocation of the forwarder. The cost of others has the tenant [`OTHER`].
const MAX_TENANTS: usize = 200;
const OTHER: &str = "other";
/// Greatest number of bytes of a tenant.
const MAX_TENANT: usize = 200;

/// Metric that is derived if the settings name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DerivedMetric {
    /// Bytes of log lines that CloudWatch counts, by level.
    LogBytes,
    /// Estimated cost of invocations in US dollars, by tenant.
    TenantCost,
}

/// Derivation of the metrics that the settings name, with the tenants of the invocation of the forwarder.
#[derive(Debug, Default)]
pub(super) struct Derived {
    has_log_bytes: bool,
    has_tenant_cost: bool,
    tenants: HashSet<Box<str>, FixedState>,
}

impl Derived {
    pub(super) fn new(wanted: &[DerivedMetric]) -> Self {
        Self {
            has_log_bytes: wanted.contains(&DerivedMetric::LogBytes),
            has_tenant_cost: wanted.contains(&DerivedMetric::TenantCost),
            tenants: HashSet::default(),
        }
    }

    /// Forgets the tenants of the invocation before.
    pub(super) fn begin(&mut self) {
        self.tenants.clear();
    }

    /// Calls `give` with the bytes of a log event of a Lambda function.
    pub(super) fn log_bytes(&self, record: &Record<'_>, tally: Tally, give: impl FnOnce(&MetricPoint<'_>)) {
        if !self.has_log_bytes || !record.origin.is_lambda() {
            return;
        }
        let bytes = tally.bytes.0.saturating_add(tally.events.saturating_mul(EVENT_OVERHEAD));
        let tags = [("level".to_owned(), level_of(record).to_owned())];
        give(&point(LOG_BYTES, to_float(bytes), &tags));
    }

    /// Tenant of an invocation, if its cost is wanted; beyond the maximum number of tenants it is [`OTHER`].
    pub(super) fn tenant(&mut self, invocation: &Invocation) -> Option<String> {
        let tenant =
            invocation.tenant.as_deref().filter(|tenant| self.has_tenant_cost && !tenant.is_empty())?;
        let tenant = tenant.get(..tenant.floor_char_boundary(MAX_TENANT)).unwrap_or(tenant);
        let is_admitted = self.tenants.contains(tenant) || self.tenants.len() < MAX_TENANTS;
        if is_admitted && !self.tenants.contains(tenant) {
            self.tenants.insert(tenant.into());
        }
        Some(if is_admitted { tenant } else { OTHER }.to_owned())
    }
}

/// Calls `give` with the cost of an invocation of this tenant, and a record that tells its origin and time.
pub(super) fn tenant_cost(
    invocation: &Invocation,
    dollars: f64,
    tenant: &str,
    give: impl FnOnce(&Record<'_>, &MetricPoint<'_>),
) {
    let record = Record {
        origin: &invocation.origin,
        event_id: EventId::Position(0),
        time: UnixMillis(invocation.time.0),
        message: "",
        line: line::plain(""),
        level: None,
        request_id: None,
        trace_id: None,
        invocation_segment: None,
        trace_context: None,
        tenant: None,
        part: Part::Whole,
        utf8: Utf8::Valid,
        additions: None,
    };
    give(&record, &point(TENANT_COST, dollars, &[("tenant".to_owned(), tenant.to_owned())]));
}

fn point<'a>(name: &'a str, value: f64, tags: &'a [(String, String)]) -> MetricPoint<'a> {
    MetricPoint { name, kind: MetricKind::Sum, value, tags, sinks: Sinks::ALL }
}

/// Level of a line of a function, or what the line is instead.
fn level_of(record: &Record<'_>) -> &'static str {
    match (&record.line, record.level) {
        (Line::Emf(_), _) => "emf",
        (Line::App(_), None) => "none",
        (Line::App(_), Some(level)) => level.name(),
        _ => "platform",
    }
}

#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "sizes below 2^53 are exact")]
fn to_float(bytes: u64) -> f64 {
    bytes as f64
}

#[cfg(test)]
mod tests {
    use tailwater_parser::{
        Event, Origin, Receive as _,
        derive::{Collect, Evidence},
    };

    use super::*;
    use crate::pipeline::{Pipeline, Target, TimeRange};

    /// Target that keeps what is derived.
    #[derive(Default)]
    struct Kept {
        derived: Derived,
        points: Vec<String>,
    }

    fn describe(point: &MetricPoint<'_>) -> String {
        let tags: Vec<_> = point.tags.iter().map(|(name, value)| format!("{name}:{value}")).collect();
        format!("{} {} {}", point.name, point.value, tags.join(","))
    }

    impl Collect for Kept {
        fn invocation(&mut self, invocation: Invocation) {
            if let Some(tenant) = self.derived.tenant(&invocation) {
                let points = &mut self.points;
                tenant_cost(&invocation, 0.5, &tenant, |record, point| {
                    points.push(format!("{} {}", record.origin.function(), describe(point)));
                });
            }
        }

        fn evidence(&mut self, _: Evidence) {}
    }

    impl Target for Kept {
        fn record(&mut self, record: &Record<'_>) {
            let points = &mut self.points;
            let tally = Tally::new(1, record.message.len());
            self.derived.log_bytes(record, tally, |point| points.push(describe(point)));
        }
    }

    fn derive(wanted: &[DerivedMetric], group: &str, messages: &[String]) -> Vec<String> {
        let mut pipeline =
            Pipeline::new(TimeRange::default(), Kept { derived: Derived::new(wanted), points: Vec::new() });
        let mut origin = Origin::default();
        origin.set_names(group, "s");
        pipeline.begin_input(b"input");
        pipeline.batch(&origin);
        for message in messages {
            pipeline.event(&Event {
                id: None,
                time: Some(UnixMillis(1)),
                message,
                part: Part::Whole,
                utf8: Utf8::Valid,
            });
        }
        pipeline.finish().0.points
    }

    fn report(number: usize) -> String {
        let id = format!("8f5f5a3e-6b1b-4c0e-9d2f-{number:012}");
        format!(
            r#"{{"time":"2026-03-04T10:00:00.000Z","type":"platform.report","record":{{"requestId":"{id}","tenantId":"t{number}","metrics":{{"durationMs":1.5,"billedDurationMs":2,"memorySizeMB":128,"maxMemoryUsedMB":60}},"status":"success"}}}}"#
        )
    }

    #[test]
    fn bytes_of_each_line_have_its_level() {
        let lines = [
            "{\"level\":\"DEBUG\",\"message\":\"a\"}",
            "plain",
            "START RequestId: 6234bffe-149a-b507-81ff-2e8e376d8aff Version: 41",
        ];
        let lines = lines.map(str::to_owned);
        let found = derive(&[DerivedMetric::LogBytes], "/aws/lambda/f", &lines);
        let expected: Vec<_> = lines
            .iter()
            .zip(["DEBUG", "none", "platform"])
            .map(|(line, level)| format!("aws.lambda.log_bytes {} level:{level}", line.len() + 26))
            .collect();
        assert_eq!(found, expected);
        // A START would show that they are those of a Lambda function.
        assert_eq!(derive(&[DerivedMetric::LogBytes], "/ecs/shop", &lines[..2]), Vec::<String>::new());
    }

    #[test]
    fn nothing_is_derived_unless_the_settings_name_it() {
        assert_eq!(derive(&[], "/aws/lambda/f", &[report(1), "plain".to_owned()]), Vec::<String>::new());
    }

    #[test]
    fn number_of_tenants_is_bounded() {
        let reports: Vec<_> = (0..MAX_TENANTS + 2).map(report).collect();
        let found = derive(&[DerivedMetric::TenantCost], "/aws/lambda/f", &reports);
        assert_eq!(found.len(), MAX_TENANTS + 2);
        assert_eq!(found[0], "f aws.lambda.tenant_cost 0.5 tenant:t0");
        assert_eq!(found.iter().filter(|point| point.ends_with("tenant:other")).count(), 2);
    }
}
