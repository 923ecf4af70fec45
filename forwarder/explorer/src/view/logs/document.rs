//! Answers about log cost, as they stand in the JSON document.

use std::cmp::Reverse;

use serde::Serialize;
use tailwater_parser::Usd;

use super::{class::LevelClass, what_if::WhatIf};
use crate::{number, view::index::FunctionIdentity};

/// Bytes and price of the lines of all functions, with the changes that would lower the price. Dollars are those of the log
/// class Standard; `None` if no price is known.
#[derive(Clone, Debug, Serialize)]
pub struct Logs {
    /// Number of log events.
    pub events: u64,
    /// Bytes of the messages as delivered.
    pub message_bytes: u64,
    /// Bytes that CloudWatch counts besides, 26 for each event.
    pub overhead_bytes: u64,
    /// `message_bytes` and `overhead_bytes`.
    pub ingest_bytes: u64,
    /// Price of ingestion in the window, at the price of the first tier.
    #[serde(rename = "ingest_usd", serialize_with = "number::dollars")]
    pub ingest: Option<Usd>,
    /// Price of ingestion in a month at this rate, at most: other logs of the account share the tiers.
    #[serde(rename = "ingest_usd_per_month", serialize_with = "number::dollars")]
    pub ingest_per_month: Option<Usd>,
    /// Price of the compressed logs of a month, for each month that they are kept.
    #[serde(rename = "storage_usd_per_month", serialize_with = "number::dollars")]
    pub storage_per_month: Option<Usd>,
    /// Date of the prices; `None` if `--log-price` gives the price.
    pub price_as_of: Option<&'static str>,
    /// Functions: most bytes first, then by name.
    pub by_function: Vec<FunctionVolume>,
    /// Levels: most bytes first.
    pub by_level: Vec<LevelVolume>,
    /// The ten patterns with most bytes; empty without [`super::Depth::Patterns`].
    pub patterns: Vec<PatternVolume>,
    /// True if there were so many different lines that patterns are coarser than usual, or left out.
    pub patterns_truncated: bool,
    /// Changes that would lower the price.
    pub what_if: Vec<WhatIf>,
    /// Regions of functions without a price.
    #[serde(skip)]
    pub(super) unpriced: Vec<String>,
}

/// Events, bytes and price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VolumeRow {
    /// Number of log events.
    pub events: u64,
    /// Bytes that CloudWatch counts.
    pub ingest_bytes: u64,
    /// Price of ingestion in the window; `None` if it is unknown.
    #[serde(rename = "ingest_usd", serialize_with = "number::dollars")]
    pub ingest: Option<Usd>,
}

/// Volume of one function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FunctionVolume {
    /// Identity of the function.
    #[serde(flatten)]
    pub identity: FunctionIdentity,
    /// Events, bytes and price.
    #[serde(flatten)]
    pub volume: VolumeRow,
    /// Price in a month: what the account would pay less without the lines of the function.
    #[serde(skip)]
    pub per_month: Option<Usd>,
    /// Bytes of TRACE and DEBUG.
    #[serde(skip)]
    pub debug_bytes: u64,
}

/// Volume of one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LevelVolume {
    /// Level, `platform`, `emf`, or `none`.
    pub level: LevelClass,
    /// Events, bytes and price.
    #[serde(flatten)]
    pub volume: VolumeRow,
}

/// Volume of one pattern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PatternVolume {
    /// Hash of function, level and pattern, in hexadecimal digits.
    pub id: String,
    /// Identity of the function.
    #[serde(flatten)]
    pub identity: FunctionIdentity,
    /// Level of the lines.
    pub level: LevelClass,
    /// Pattern of the lines.
    pub pattern: String,
    /// Events, bytes and price.
    #[serde(flatten)]
    pub volume: VolumeRow,
    /// Beginning of the earliest line.
    pub example: String,
}

impl VolumeRow {
    pub(super) fn add(&mut self, other: Self) {
        self.events = self.events.saturating_add(other.events);
        self.ingest_bytes = self.ingest_bytes.saturating_add(other.ingest_bytes);
        if let Some(usd) = other.ingest {
            *self.ingest.get_or_insert(Usd::ZERO) += usd;
        }
    }

    /// Order of rows: highest price first, then most bytes.
    pub(super) fn rank(&self) -> impl Ord + use<> {
        (Reverse(self.ingest), Reverse(self.ingest_bytes))
    }
}

impl Logs {
    /// Returns notes about what the answers rest on.
    pub(in crate::view) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.events > 0 {
            notes.push(
                "log cost is the price of ingestion of the lines that were read, in the log class Standard, at most: \
                 other logs of the account share the tiers"
                    .to_owned(),
            );
        }
        if !self.unpriced.is_empty() {
            let regions = self.unpriced.join(", ");
            notes.push(format!("price of logs unknown: {regions}; set --log-price to dollars per GB"));
        }
        notes
    }

    /// The volume of a function.
    pub(in crate::view) fn function(&self, identity: &FunctionIdentity) -> Option<&FunctionVolume> {
        self.by_function.iter().find(|row| row.identity == *identity)
    }
}
