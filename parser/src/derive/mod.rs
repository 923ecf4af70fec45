//! Assembly of invocations from records, and the metrics and cost of an invocation.
//!
//! Many lines describe one invocation: INIT before it, START, the function's own lines, its REPORT, and sometimes a
//! fault after that. [`Streams`] joins the lines of an input, stream by stream, and emits one [`Invocation`] for each
//! REPORT. If the lines of one invocation are spread over several inputs, a [`Joiner`] joins them.
//! [`DERIVATIONS`] lists the metrics of an invocation.

mod cost;
mod event_meta;
mod evidence;
mod invocation;
mod joiner;
mod metric;
mod open_invocation;
mod outcome;
mod pending_error;
mod precedence;
mod stream;
mod streams;
mod usage;

#[cfg(test)]
mod tests;

pub use self::{
    cost::{Cost, CostError, CostResult, Terms},
    evidence::{Details, Evidence, EvidenceKind},
    invocation::{Invocation, billed_part_of_init},
    joiner::{Joined, Joiner},
    metric::{DERIVATIONS, Derivation, Metric, MetricKind, Unit},
    outcome::{Outcome, StartKind},
    streams::Streams,
    usage::BilledUsage,
};

/// Receiver of the invocations that [`Streams`] assemble, and of [`Evidence`] whose invocation may be in another input.
pub trait Collect {
    /// Receives one invocation.
    fn invocation(&mut self, invocation: Invocation);

    /// Receives evidence for an invocation whose REPORT is not in this input.
    fn evidence(&mut self, evidence: Evidence);
}
