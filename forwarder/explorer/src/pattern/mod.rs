//! Patterns of log lines: lines that differ only in times, ids, numbers and words with many values are one pattern.
//!
//! [`mask`] replaces times, ids and numbers in a line. A [`Miner`] then sorts lines by the number and the order of their
//! words. The result depends on the set of lines only, not on their order or on how they were divided among miners that
//! are merged.

mod mask;
mod miner;
mod regex;

pub use self::{
    mask::{Kind, Masked, mask},
    miner::{Example, Miner, Pattern, Tally},
    regex::{Writing, to_regex},
};
