//! Invocations and metrics, assembled from records.
//!
//! An invocation is told in many lines: INIT before it, START, what the function writes, its REPORT, a fault behind
//! that. [`Streams`] joins the lines of an input, stream by stream, and hands on one [`Invocation`] for each REPORT.
//! Where the lines of one are spread over several inputs, a [`Joiner`] brings them together.
//! [`DERIVATIONS`] are the metrics of an invocation.

mod bill;
mod cost;
mod evidence;
mod invocation;
mod joiner;
mod metric;
mod outcome;
mod run;
mod stream;
mod streams;

#[cfg(test)]
mod tests;

pub use self::{
    bill::Bill,
    cost::{Cost, NoCost, Priced, Terms},
    evidence::{Details, Evidence, EvidenceKind},
    invocation::{Invocation, Outcome, StartKind},
    joiner::{Joined, Joiner},
    metric::{DERIVATIONS, Derivation, Metric, MetricKind, Unit},
    streams::Streams,
};

/// Takes what records prove, in the order in which it becomes certain.
pub trait Collect {
    /// One run of a function.
    fn invocation(&mut self, invocation: Invocation);

    /// Evidence for an invocation whose REPORT this input lacks.
    fn evidence(&mut self, evidence: Evidence);
}
