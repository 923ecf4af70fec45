//! Cost of CloudWatch Logs: bytes by function, level and pattern, their price, and what changes would save.
//!
//! [`LogCosts`] collects the lines, on any number of threads and in any order. Prices are applied only when the answers are
//! made.

mod class;
mod collect;
mod document;
mod function;
mod function_logs;
mod line;
mod message_sample;
mod price;
mod rule;
#[cfg(test)]
mod tests;
mod to_text;
mod what_if;

use std::{collections::BTreeSet, hash::BuildHasher as _};

use foldhash::fast::FixedState;

pub use self::{
    class::LevelClass,
    collect::{Depth, LogCosts},
    document::{FunctionVolume, LevelVolume, Logs, PatternVolume},
    line::LogLine,
    price::LogPrice,
    what_if::{Change, WhatIf},
};
use self::{
    document::VolumeRow,
    function::Function,
    what_if::{DearPattern, Months, WhatIfs},
};
use super::{catalog::Catalog, insight::Window, share::Share};
use crate::pattern::Pattern;

/// Number of patterns in the answers.
const MAX_PATTERNS: usize = 10;
/// Number of patterns among which those to leave out are looked for.
const MAX_CANDIDATES: usize = 100;

impl LogCosts {
    /// Returns the answers about the lines, at the rate of this window.
    pub(in crate::view) fn finish(self, window: Window, catalog: &Catalog) -> Logs {
        let (depth, mut is_truncated, compressed) = (self.depth, self.is_overfull, self.sample.compressed());
        let mut functions = function::merge(self, catalog);
        let mut patterns = Vec::new();
        for (index, function) in functions.iter_mut().enumerate() {
            let miner = std::mem::take(&mut function.logs.details.patterns);
            is_truncated |= miner.is_truncated();
            patterns.extend(miner.patterns().into_iter().map(|pattern| (index, pattern)));
        }
        let candidates = candidates(&functions, patterns);
        let months = Months::new(&functions, window);
        let what_if = WhatIfs::new(&months).finish(&dear(&functions, &candidates), depth);
        let mut logs = Logs {
            ingest_per_month: months.ingestion(),
            storage_per_month: compressed.and_then(|share: Share| months.storage(share)),
            price_as_of: catalog.log_price.is_none().then_some(price::AS_OF),
            patterns: candidates.into_iter().take(MAX_PATTERNS).map(|candidate| candidate.row).collect(),
            patterns_truncated: is_truncated,
            what_if,
            ..volumes(&functions, &months)
        };
        let unpriced = functions.iter().filter(|function| function.prices.is_none());
        let regions: BTreeSet<_> = unpriced.map(|function| function.identity.region.as_deref()).collect();
        logs.unpriced =
            regions.into_iter().map(|region| region.unwrap_or("unknown region").to_owned()).collect();
        logs
    }
}

/// Sums by function and level, and of all lines.
fn volumes(functions: &[Function], months: &Months<'_>) -> Logs {
    let mut levels = [VolumeRow::default(); LevelClass::ALL.len()];
    let (mut all, mut by_function) = (VolumeRow::default(), Vec::with_capacity(functions.len()));
    let (mut message_bytes, mut overhead_bytes) = (0_u64, 0_u64);
    for function in functions {
        let mut row = VolumeRow::default();
        for (level, volume) in levels.iter_mut().zip(function.logs.classes) {
            let bytes = volume.ingest_bytes();
            let ingest = function.prices.map(|prices| prices.ingestion(bytes));
            let cell = VolumeRow { events: volume.events, ingest_bytes: bytes, ingest };
            level.add(cell);
            row.add(cell);
        }
        let total = function.logs.total();
        message_bytes = message_bytes.saturating_add(total.message_bytes);
        overhead_bytes = overhead_bytes.saturating_add(total.overhead_bytes());
        all.add(row);
        by_function.push(FunctionVolume {
            identity: function.identity.clone(),
            volume: row,
            per_month: months.saved_of(function, row.ingest_bytes),
            debug_bytes: function.debug_bytes(),
        });
    }
    by_function.sort_by(|a, b| (a.volume.rank(), &a.identity).cmp(&(b.volume.rank(), &b.identity)));
    let rows = LevelClass::ALL.into_iter().zip(levels).map(|(level, volume)| LevelVolume { level, volume });
    let mut by_level: Vec<_> =
        rows.filter(|row| row.volume.events > 0 || row.volume.ingest_bytes > 0).collect();
    by_level.sort_by_key(|row| (row.volume.rank(), row.level));
    Logs {
        events: all.events,
        message_bytes,
        overhead_bytes,
        ingest_bytes: all.ingest_bytes,
        ingest: all.ingest,
        ingest_per_month: None,
        storage_per_month: None,
        price_as_of: None,
        by_function,
        by_level,
        patterns: Vec::new(),
        patterns_truncated: false,
        what_if: Vec::new(),
        unpriced: Vec::new(),
    }
}

/// Pattern among those with most bytes.
struct Candidate {
    /// Index of its function.
    function: usize,
    pattern: Pattern<LevelClass>,
    row: PatternVolume,
}

/// The patterns with the highest price, or else most bytes.
fn candidates(functions: &[Function], patterns: Vec<(usize, Pattern<LevelClass>)>) -> Vec<Candidate> {
    let volume = |function: &Function, pattern: &Pattern<LevelClass>| {
        let (events, message_bytes) = (pattern.tally.events, pattern.tally.bytes);
        let ingest_bytes = function_logs::Volume { events, message_bytes }.ingest_bytes();
        let ingest = function.prices.map(|prices| prices.ingestion(ingest_bytes));
        VolumeRow { events, ingest_bytes, ingest }
    };
    let mut ranked: Vec<_> = patterns
        .into_iter()
        .filter_map(|(index, pattern)| Some((volume(functions.get(index)?, &pattern), index, pattern)))
        .collect();
    ranked.sort_by(|(a, of_a, one), (b, of_b, other)| {
        a.rank()
            .cmp(&b.rank())
            .then_with(|| (of_a, one.group, &one.text).cmp(&(of_b, other.group, &other.text)))
    });
    ranked.truncate(MAX_CANDIDATES);
    let candidate = |(volume, index, pattern): (VolumeRow, usize, Pattern<LevelClass>)| {
        let identity = functions.get(index)?.identity.clone();
        let hash = FixedState::default().hash_one((&identity, pattern.group, &pattern.text));
        let example = pattern.tally.example.as_ref().map(|example| example.message.to_string());
        let row = PatternVolume {
            id: format!("{hash:016x}"),
            identity,
            level: pattern.group,
            pattern: pattern.text.clone(),
            volume,
            example: example.unwrap_or_default(),
        };
        Some(Candidate { function: index, pattern, row })
    };
    ranked.into_iter().filter_map(candidate).collect()
}

/// The candidates with their rules.
fn dear<'f>(functions: &'f [Function], candidates: &[Candidate]) -> Vec<DearPattern<'f>> {
    let dear = |candidate: &Candidate| {
        let function = functions.get(candidate.function)?;
        let Candidate { pattern, row, .. } = candidate;
        Some(DearPattern {
            id: row.id.clone(),
            function,
            level: row.level,
            bytes: row.volume.ingest_bytes,
            rule: rule::drop_pattern(&function.origin, row.level, &pattern.masked, &row.example),
        })
    };
    candidates.iter().filter_map(dear).collect()
}
