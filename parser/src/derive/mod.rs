//! Invocations and metrics, assembled from records.

mod invocation;

pub use self::invocation::{Evidence, EvidenceKind, Invocation, Outcome, StartKind};
