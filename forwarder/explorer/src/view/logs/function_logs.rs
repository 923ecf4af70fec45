//! Sums over the lines of one function.

use tailwater_parser::{Level, Line, line::Status};

use super::{
    class::LevelClass,
    line::{LogLine, PatternText},
    to_text::{EVENT_OVERHEAD, TextSize, text_size},
};
use crate::pattern::{Miner, Tally, mask};

/// Greatest number of bytes of an example.
const MAX_EXAMPLE: usize = 512;

/// Number and bytes of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Volume {
    pub(super) events: u64,
    pub(super) message_bytes: u64,
}

impl Volume {
    pub(super) fn add(&mut self, other: Self) {
        self.events = self.events.saturating_add(other.events);
        self.message_bytes = self.message_bytes.saturating_add(other.message_bytes);
    }

    /// Bytes that CloudWatch counts besides those of the messages.
    pub(super) fn overhead_bytes(self) -> u64 {
        self.events.saturating_mul(EVENT_OVERHEAD)
    }

    /// Bytes that CloudWatch counts.
    pub(super) fn ingest_bytes(self) -> u64 {
        self.message_bytes.saturating_add(self.overhead_bytes())
    }
}

/// Sums over the lines of one function.
#[derive(Debug, Default)]
pub(super) struct FunctionLogs {
    /// By [`LevelClass::index`].
    pub(super) classes: [Volume; LevelClass::ALL.len()],
    /// Part of TRACE and DEBUG in Lambda's JSON format.
    pub(super) json_debug: Volume,
    pub(super) details: Details,
}

/// Sums that take the time to parse each line.
#[derive(Debug, Default)]
pub(super) struct Details {
    /// Lines of the platform in JSON that Lambda leaves out at the system log level WARN.
    pub(super) system_info: Volume,
    /// Number of REPORTs among them.
    pub(super) good_reports: u64,
    /// Bytes that the lines in JSON would have less in the text format; negative if more.
    pub(super) text_saving: i64,
    /// Bytes of lines in JSON whose text format is not known.
    pub(super) text_unknown: u64,
    pub(super) patterns: Miner<LevelClass>,
}

impl FunctionLogs {
    /// Adds the size of a line.
    pub(super) fn add(&mut self, line: &LogLine<'_>) {
        let volume = Volume { events: line.events, message_bytes: line.bytes };
        if let Some(sum) = self.classes.get_mut(line.class.index()) {
            sum.add(volume);
        }
        if line.class.is_debug() && line.is_json() {
            self.json_debug.add(volume);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.classes.iter_mut().zip(other.classes).for_each(|(sum, volume)| sum.add(volume));
        self.json_debug.add(other.json_debug);
        let (ours, theirs) = (&mut self.details, other.details);
        ours.system_info.add(theirs.system_info);
        ours.good_reports = ours.good_reports.saturating_add(theirs.good_reports);
        ours.text_saving = ours.text_saving.saturating_add(theirs.text_saving);
        ours.text_unknown = ours.text_unknown.saturating_add(theirs.text_unknown);
        ours.patterns.merge(theirs.patterns);
    }

    /// All lines.
    pub(super) fn total(&self) -> Volume {
        self.sum(|_| true)
    }

    /// Lines of the classes for which `is_wanted` is true.
    pub(super) fn sum(&self, is_wanted: impl Fn(LevelClass) -> bool) -> Volume {
        let mut sum = Volume::default();
        for (class, volume) in LevelClass::ALL.iter().zip(self.classes) {
            if is_wanted(*class) {
                sum.add(volume);
            }
        }
        sum
    }
}

impl Details {
    /// Adds a line, and its pattern.
    pub(super) fn add(&mut self, line: &LogLine<'_>, parsed: &Line<'_>) {
        let volume = Volume { events: line.events, message_bytes: line.bytes };
        if line.is_json() {
            self.add_json(line, parsed, volume);
        }
        self.add_pattern(line, parsed, volume);
    }

    fn add_json(&mut self, line: &LogLine<'_>, parsed: &Line<'_>, volume: Volume) {
        let is_good_report = if let Line::Report(report) = parsed {
            matches!(report.status, Some(Status::Success) | None)
        } else {
            false
        };
        if is_good_report || matches!(parsed, Line::Start(_)) || is_init_start(parsed) {
            self.system_info.add(volume);
            self.good_reports += if is_good_report { line.events } else { 0 };
        }
        let ingested = volume.ingest_bytes();
        match text_size(parsed, line.message) {
            TextSize::Known(size) => {
                let signed = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
                let saving = signed(ingested).saturating_sub(signed(size));
                self.text_saving = self.text_saving.saturating_add(saving);
            }
            TextSize::Unknown => self.text_unknown = self.text_unknown.saturating_add(ingested),
        }
    }

    fn add_pattern(&mut self, line: &LogLine<'_>, parsed: &Line<'_>, volume: Volume) {
        let text = PatternText::of(parsed, line.message);
        let tally = Tally { events: volume.events, bytes: volume.message_bytes, ..Tally::default() };
        let cut = line.message.floor_char_boundary(MAX_EXAMPLE);
        let example = line.message.get(..cut).unwrap_or(line.message);
        self.patterns.add(line.class, &mask(text.text()), tally, Some((line.time, example)));
    }
}

/// True for INIT_START, which has the level INFO.
fn is_init_start(line: &Line<'_>) -> bool {
    matches!(line, Line::InitStart(_)) && line.level() == Some(Level::Info)
}
