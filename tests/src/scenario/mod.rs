//! Fault scenarios: runs that a seed defines completely, each followed by a check that nothing was lost.
//!
//! A scenario has these phases. (1) All deliveries are sent while backends and parking fail and the process is killed.
//! (2) In most scenarios, parked objects are redriven (delivered to their sinks again), also under faults. (3) Without
//! faults, deliveries that AWS gave up are sent again as from dead-letter queues, one further delivery is sent, and
//! parked objects are redriven. The function must answer each invocation before its deadline. At the end every
//! sink must have every event, intact and under one id, and the counts of every ledger must balance. Metrics must have
//! arrived too, unless they could not be parked and were counted as lost.

mod fault_counts;
mod fixture;
mod ingest;
mod ledger;
mod plan;
mod planned_fault;
mod redrive;

use std::{fmt, time::Duration};

pub use self::{
    fault_counts::{Component, CountedEvent, FaultCounts, FaultKind, Phase},
    ledger::Ledger,
    plan::{
        BucketClock, Disk, Parking, Plan, Redrive, RedriveFaults, Redrivers, Refused, Reports, Sink, Source,
        SourceObjects, Traces,
    },
    planned_fault::{Endpoints, FaultPlan, PlannedFault, Then},
};
use self::{
    fixture::Fixture,
    ingest::{Delivery, IngestResult},
};
use crate::{
    lambda::History,
    oracle::{FaultTotals, Findings, Oracle},
    parked::{ParkedKind, ParkedObject},
    producer::{EventNumber, Producer, is_report},
    runtime_api::Answer,
};

/// Result of a scenario.
#[derive(Clone, Debug)]
pub struct ScenarioResult {
    /// Findings on lost, damaged and duplicate events.
    pub findings: Findings,
    /// Faults that occurred.
    pub fault_counts: FaultCounts,
    /// Number of events sent.
    pub events: u64,
    /// Number of ledgers printed.
    pub ledgers: u64,
    /// Descriptions of everything else that is wrong, such as late answers and unbalanced ledgers.
    pub violations: Vec<String>,
    /// Output of the processes.
    pub output: String,
}

impl ScenarioResult {
    /// True if no finding and no violation exists.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_clean() && self.violations.is_empty()
    }

    /// True if the only violations are late answers, which a machine that is busy with other tests causes as well.
    #[must_use]
    pub fn is_only_late(&self) -> bool {
        let is_late = |violation: &String| violation.starts_with(LATE) || violation.ends_with("TimedOut");
        self.findings.is_clean() && !self.is_clean() && self.violations.iter().all(is_late)
    }
}

impl fmt::Display for ScenarioResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} events, {} ledgers", self.events, self.ledgers)?;
        write!(f, "{}", self.findings)?;
        writeln!(f, "{}", self.fault_counts)?;
        self.violations.iter().try_for_each(|violation| writeln!(f, "{violation}"))
    }
}

/// Start of the violation that an invocation was not answered in time.
const LATE: &str = "no answer before the deadline";

/// Timeout of invocations without faults: large deliveries take long on a busy machine.
const LONG_TIMEOUT: Duration = Duration::from_secs(20);

/// Runs a scenario.
///
/// # Panics
/// Panics if the programs under test cannot be started, or the harness itself fails.
#[must_use]
pub fn run(plan: &Plan) -> ScenarioResult {
    let mut producer = Producer::with_current_time();
    let deliveries: Vec<_> =
        plan.deliveries.iter().map(|count| Delivery::new(producer.document(*count))).collect();
    let fresh = Delivery::new(producer.document(7));

    let fixture = Fixture::new(plan);
    let mut evaluation = Evaluation::default();
    let mut function = fixture.function(plan.timeout);
    fixture.inject_delivery_faults(&function.kill_switch());
    let ingested = ingest::send(plan, &deliveries, &fixture, &mut function);
    let fault_totals =
        FaultTotals { parkings: fixture.n_parked(ParkedKind::Parked), ..FaultTotals::default() };
    fixture.count_parked();
    evaluation.check_history(&function.finish());
    if plan.redrive_faults.is_some() {
        fixture.clear_faults();
        let mut function = fixture.function(plan.timeout);
        evaluation.violations.extend(redrive::run_with_faults(plan, &fixture, &mut function));
        evaluation.check_history(&function.finish());
    }

    // After a long pause AWS starts a new sandbox, whose circuit breakers are closed.
    fixture.clear_faults();
    let mut function = fixture.function(LONG_TIMEOUT);
    let given_up = ingested.given_up.iter().map(|index| (&deliveries[*index], *index));
    let unacknowledged = ingest::send_again(plan, given_up, &fixture, &mut function);
    evaluation.add_violations("not acknowledged when sent again without faults: delivery", &unacknowledged);
    let last = ingest::subscribe(std::slice::from_ref(&fresh), &mut function);
    evaluation.add_violations("not acknowledged: further delivery", &last.given_up);
    fixture.count_remainders();
    evaluation.violations.extend(redrive::run_until_empty(plan, &fixture, &mut function));
    evaluation.check_history(&function.finish());

    let numbers: Vec<_> =
        deliveries.iter().chain([&fresh]).flat_map(|delivery| delivery.numbers.clone()).collect();
    evaluation.finish(plan, &fixture, &ingested, &numbers, fault_totals)
}

/// Collected results of the phases.
#[derive(Default)]
struct Evaluation {
    violations: Vec<String>,
    ledgers: u64,
    output: String,
}

impl Evaluation {
    fn add_violations(&mut self, words: &str, indices: &[usize]) {
        self.violations.extend(indices.iter().map(|index| format!("{words} {index}")));
    }

    /// Checks the invocations and the output of a function that has ended.
    fn check_history(&mut self, history: &History) {
        self.violations.extend(
            history.violations.iter().map(|violation| format!("invalid Runtime API call: {violation}")),
        );
        let late = history.invocations.iter().filter(|run| run.answer == Answer::TimedOut);
        self.violations.extend(late.map(|run| format!("{LATE}: request {}", run.request_id)));
        let text =
            String::from_utf8_lossy(&history.output.stdout) + String::from_utf8_lossy(&history.output.stderr);
        for ledger in Ledger::all(&text) {
            self.ledgers += 1;
            self.violations.extend(ledger.imbalance());
        }
        self.output += &text;
    }

    fn finish(
        mut self,
        plan: &Plan,
        fixture: &Fixture,
        ingested: &IngestResult,
        numbers: &[EventNumber],
        fault_totals: FaultTotals,
    ) -> ScenarioResult {
        let names: Vec<_> = plan.sinks.iter().map(|(sink, _)| sink.name()).collect();
        let mut oracle = Oracle::new(&names);
        oracle.record_sent(numbers);
        oracle.record_acknowledged(numbers);
        let parked = fixture.parked_objects();
        for (sink, _) in &plan.sinks {
            oracle.record_received(sink.name(), &fixture.received(*sink));
            oracle.record_parked(sink.name(), &fixture.rejected(*sink));
            let rejected = parked.iter().filter(|parked| is_rejected_by(parked, *sink));
            for parked in rejected.clone() {
                oracle.record_parked(sink.name(), &parked.pending(&fixture.delivery(parked)));
            }
            if !plan.may_reject(*sink) {
                self.check_metrics(*sink, fixture, numbers);
                if plan.traces == Traces::Sent && *sink == Sink::Otlp {
                    self.check_spans(fixture, numbers);
                }
            }
        }
        self.violations.extend(left_behind(&parked));
        self.violations.extend(ingested.violations.iter().cloned());
        if self.ledgers == 0 {
            self.violations.push("no ledger was printed".to_owned());
        }
        let fault_counts = fixture.fault_counts().clone();
        let kills =
            fault_counts.counts().iter().filter(|(event, _)| event.is_kill()).map(|(_, count)| count).sum();
        oracle.add_faults(FaultTotals {
            faults: fixture.faults(),
            retries: ingested.retries,
            kills,
            ..fault_totals
        });
        let events = u64::try_from(numbers.len()).unwrap_or(u64::MAX);
        let Self { violations, ledgers, output, .. } = self;
        ScenarioResult { findings: oracle.findings(), fault_counts, events, ledgers, violations, output }
    }

    /// Checks that each invocation reported in the events is counted at least once, unless the program has counted points
    /// as lost: it does so if it cannot park them.
    fn check_metrics(&mut self, sink: Sink, fixture: &Fixture, numbers: &[EventNumber]) {
        if ledger::lost(&self.output, sink.name(), "points") > 0 {
            return;
        }
        let expected = u32::try_from(numbers.iter().filter(|number| is_report(**number)).count());
        let (counted, expected) = (fixture.invocations(sink), f64::from(expected.unwrap_or(u32::MAX)));
        if counted < expected {
            self.violations
                .push(format!("metrics of {} count {counted} of {expected} invocations", sink.name()));
        }
    }

    /// Checks that there is one span for each invocation reported in the events, however often it was sent; fewer only if
    /// the program has counted spans as lost.
    fn check_spans(&mut self, fixture: &Fixture, numbers: &[EventNumber]) {
        let expected = numbers.iter().filter(|number| is_report(**number)).count();
        let sent = fixture.spans();
        let may_lack = ledger::lost(&self.output, Sink::Otlp.name(), "spans") > 0;
        if sent > expected || (sent < expected && !may_lack) {
            self.violations.push(format!("{sent} spans of {expected} invocations"));
        }
    }
}

fn is_rejected_by(parked: &ParkedObject, sink: Sink) -> bool {
    parked.kind() == ParkedKind::Rejected && parked.sink() == sink.name()
}

fn left_behind(parked: &[ParkedObject]) -> Vec<String> {
    let still = parked.iter().filter(|parked| parked.kind() == ParkedKind::Parked);
    still.map(|parked| format!("still parked after redrive: {} {}", parked.key, parked.header)).collect()
}
