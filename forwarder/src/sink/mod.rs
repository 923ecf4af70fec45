//! What backends are given: records, invocations and metrics, encoded.

pub mod datadog;
pub mod ndjson;
pub mod otlp;
mod retry_after;
mod text;
mod verdict;

pub use self::verdict::{Answer, Verdict};
