//! What backends are given: records, invocations and metrics, encoded.

pub mod ndjson;
mod text;
mod verdict;

pub use self::verdict::{Answer, Verdict};
