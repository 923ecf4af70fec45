//! Groups of rows by the pattern of a text.

use super::{frame::Frame, position::Position, range::Ranges};
use crate::{
    pattern::{Miner, Pattern, Tally, mask},
    query::value::{Number, Value},
};

/// Levels as they stand in a line, and the severity that they mean.
const LEVELS: [(&str, &str); 8] = [
    ("FATAL", "Fatal"),
    ("CRITICAL", "Fatal"),
    ("ERROR", "Error"),
    ("WARN", "Warning"),
    ("WARNING", "Warning"),
    ("INFO", "Info"),
    ("DEBUG", "Debug"),
    ("TRACE", "Debug"),
];
/// Parts of words by which the severity of a pattern without a level is told, the most severe first.
const HINTS: [(&str, &str); 6] = [
    ("fatal", "Fatal"),
    ("error", "Error"),
    ("exception", "Error"),
    ("failed", "Error"),
    ("timed out", "Error"),
    ("warn", "Warning"),
];

/// Patterns of the rows so far.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    miner: Miner,
    rows: u64,
    earlier_rows: u64,
}

impl Patterns {
    /// Adds a row. It counts in the queried range, in the one to compare with, or in both.
    pub(super) fn add(&mut self, text: usize, frame: &Frame<'_>, position: Position, ranges: Option<Ranges>) {
        let value = frame.slot(text);
        let Some(text) = value.to_text() else { return };
        let (is_now, is_earlier) = ranges.map_or((true, false), |ranges| ranges.contain(position.time));
        let (events, earlier_events) = (u64::from(is_now), u64::from(is_earlier));
        self.rows += events;
        self.earlier_rows += earlier_events;
        let bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
        self.miner.add((), &mask(&text), Tally { events, earlier_events, bytes, example: None }, None);
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.earlier_rows += other.earlier_rows;
        self.miner.merge(other.miner);
    }

    /// Rows of pattern, ratio, number of samples and severity; with a comparison also the earlier number and the
    /// difference.
    pub(super) fn finish(self, is_compared: bool) -> Vec<Vec<Value<'static>>> {
        let all = float(self.rows);
        let row = |pattern: Pattern| {
            let Tally { events, earlier_events, .. } = pattern.tally;
            let severity = severity(&pattern.text).map_or(Value::Missing, Value::text);
            let mut row =
                vec![Value::text(pattern.text), Value::float(float(events) / all), integer(events), severity];
            if is_compared {
                row.push(integer(earlier_events));
                row.push(Value::integer(signed(events).saturating_sub(signed(earlier_events))));
            }
            row
        };
        let is_shown = |pattern: &Pattern| is_compared || pattern.tally.events > 0;
        let mut patterns: Vec<_> = self.miner.patterns().into_iter().filter(is_shown).collect();
        if is_compared {
            // What is new or grew most comes first.
            let growth = |tally: &Tally| signed(tally.earlier_events).saturating_sub(signed(tally.events));
            patterns.sort_by_key(|pattern| growth(&pattern.tally));
        }
        patterns.into_iter().map(row).collect()
    }
}

/// Severity that a level in a pattern, or else its words, tell.
fn severity(pattern: &str) -> Option<&'static str> {
    let mut words = pattern.split(|c: char| !c.is_ascii_alphanumeric());
    let level = words.find_map(|word| LEVELS.iter().find(|(level, _)| *level == word));
    let lower = || pattern.to_ascii_lowercase();
    let hint = || {
        let lower = lower();
        HINTS.iter().find(|(hint, _)| lower.contains(hint))
    };
    level.or_else(hint).map(|(_, severity)| *severity)
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn integer(count: u64) -> Value<'static> {
    Value::integer(signed(count))
}

fn float(count: u64) -> f64 {
    Number::Integer(signed(count)).to_f64()
}
