//! Log events of one log stream in columnar form: the decoded content of a block.

use std::collections::HashSet;

use foldhash::fast::RandomState;
use tailwater_parser::{Level, Record, UnixMillis, decode::Part, varint};

use super::{
    codes::{LevelMask, level_code, level_from_code},
    identity::EventKey,
    string_column::StringColumn,
};

/// Set of event keys.
pub(super) type EventKeys = HashSet<EventKey, RandomState>;

/// Columns of log events, in the order in which they were added. Every column has one entry for each event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Events {
    keys: Vec<EventKey>,
    times: Vec<UnixMillis>,
    levels: Vec<u8>,
    /// Part of a split message that each event holds, as encoded by [`part_code`].
    parts: Vec<u64>,
    kinds: StringColumn,
    request_ids: StringColumn,
    trace_ids: StringColumn,
    /// Additions of rules to each event, as a JSON object.
    additions: StringColumn,
    /// For each message, the offset in `text` directly after the line feed that follows the message.
    ends: Vec<usize>,
    text: String,
}

/// One event, borrowed from [`Events`] or from a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EventView<'e> {
    pub(super) key: EventKey,
    pub(super) time: UnixMillis,
    pub(super) level: Option<Level>,
    pub(super) part: Part,
    pub(super) kind: &'e str,
    pub(super) request_id: Option<&'e str>,
    pub(super) trace_id: Option<&'e str>,
    /// Additions of rules, as a JSON object.
    pub(super) additions: Option<&'e str>,
    pub(super) message: &'e str,
}

impl<'e> EventView<'e> {
    /// Takes the stored fields of a record. `additions` is what rules added to it, as a JSON object.
    pub(super) fn of(record: &'e Record<'_>, additions: Option<&'e str>) -> Self {
        Self {
            key: EventKey::of(record.event_id, record.part),
            time: record.time,
            level: record.level,
            part: record.part,
            kind: record.line.kind(),
            request_id: record.request_id,
            trace_id: record.trace_id,
            additions,
            message: record.message,
        }
    }
}

impl Events {
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Returns all messages, each followed by a line feed so that no word spans two messages.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns for each message the offset in [`Events::text`] directly after the line feed that follows the
    /// message.
    pub(super) fn ends(&self) -> &[usize] {
        &self.ends
    }

    pub(super) fn keys(&self) -> &[EventKey] {
        &self.keys
    }

    pub(super) fn request_ids(&self) -> impl Iterator<Item = &str> {
        self.request_ids.dictionary()
    }

    /// Returns the earliest and the latest time; `None` if there are no events.
    pub(super) fn first_and_last(&self) -> Option<(UnixMillis, UnixMillis)> {
        Some((*self.times.iter().min()?, *self.times.iter().max()?))
    }

    pub(super) fn levels(&self) -> LevelMask {
        let mut mask = LevelMask::default();
        self.levels.iter().for_each(|code| mask.add(level_from_code(*code)));
        mask
    }

    /// Returns the number of events, where the parts of a split message count once.
    pub(super) fn counted(&self) -> u64 {
        let first = self.parts.iter().filter(|code| part_from_code(**code).is_first());
        u64::try_from(first.count()).unwrap_or(u64::MAX)
    }

    pub(super) fn push(&mut self, event: &EventView<'_>) {
        self.keys.push(event.key);
        self.times.push(event.time);
        self.levels.push(level_code(event.level));
        self.parts.push(part_code(event.part));
        self.kinds.push(Some(event.kind));
        self.request_ids.push(event.request_id);
        self.trace_ids.push(event.trace_id);
        self.additions.push(event.additions);
        self.text.push_str(event.message);
        self.text.push('\n');
        self.ends.push(self.text.len());
    }

    pub(super) fn at(&self, index: usize) -> Option<EventView<'_>> {
        let start = index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        Some(EventView {
            key: *self.keys.get(index)?,
            time: *self.times.get(index)?,
            level: level_from_code(*self.levels.get(index)?),
            part: part_from_code(*self.parts.get(index)?),
            kind: self.kinds.at(index).unwrap_or_default(),
            request_id: self.request_ids.at(index),
            trace_id: self.trace_ids.at(index),
            additions: self.additions.at(index),
            message: self.text.get(start..self.ends.get(index)?.checked_sub(1)?)?,
        })
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = EventView<'_>> {
        (0..self.len()).filter_map(|index| self.at(index))
    }

    /// Returns the events whose keys are not in `seen`, and adds their keys to it.
    pub(super) fn unseen(&self, seen: &mut EventKeys) -> Self {
        let mut kept = Self::default();
        self.iter().filter(|event| seen.insert(event.key)).for_each(|event| kept.push(&event));
        kept
    }

    /// Appends all columns except keys and text to `out`.
    pub(super) fn encode_columns(&self, out: &mut Vec<u8>) {
        let mut before = 0;
        for time in &self.times {
            varint::write_signed(out, time.0.wrapping_sub(before));
            before = time.0;
        }
        out.extend_from_slice(&self.levels);
        self.parts.iter().for_each(|code| varint::write(out, *code));
        let mut start = 0;
        for end in &self.ends {
            varint::write_size(out, end - start);
            start = *end;
        }
        [&self.kinds, &self.request_ids, &self.trace_ids].iter().for_each(|column| column.encode(out));
        // Blocks without additions are as those of earlier versions, which do not know this column.
        if self.additions.dictionary().next().is_some() {
            self.additions.encode(out);
        }
    }

    /// Decodes events from keys, encoded columns and text. Returns `None` if they are damaged or their lengths differ.
    pub(super) fn decode(keys: Vec<EventKey>, mut columns: &[u8], text: String) -> Option<Self> {
        let (input, count) = (&mut columns, keys.len());
        let times = read_times(input, count)?;
        let levels = input.split_off(..count)?.to_vec();
        let parts = (0..count).map(|_| varint::read(input)).collect::<Option<_>>()?;
        let ends = read_ends(input, count)?;
        let kinds = StringColumn::decode(input, count)?;
        let request_ids = StringColumn::decode(input, count)?;
        let trace_ids = StringColumn::decode(input, count)?;
        let additions = match input.is_empty() {
            true => StringColumn::of_none(count),
            false => StringColumn::decode(input, count)?,
        };
        let fits = ends.last().copied().unwrap_or(0) == text.len();
        fits.then_some(Self {
            keys,
            times,
            levels,
            parts,
            kinds,
            request_ids,
            trace_ids,
            additions,
            ends,
            text,
        })
    }
}

fn read_times(input: &mut &[u8], count: usize) -> Option<Vec<UnixMillis>> {
    let mut time = 0_i64;
    let next = |_| {
        time = time.wrapping_add(varint::read_signed(input)?);
        Some(UnixMillis(time))
    };
    (0..count).map(next).collect()
}

fn read_ends(input: &mut &[u8], count: usize) -> Option<Vec<usize>> {
    let mut end = 0_usize;
    let next = |_| {
        end = end.checked_add(varint::read_size(input)?)?;
        Some(end)
    };
    (0..count).map(next).collect()
}

/// Encodes which part of a split message an event holds: 0 for a whole message, an odd number for a part that
/// others follow, an even number for the last part.
fn part_code(part: Part) -> u64 {
    match part {
        Part::Whole => 0,
        Part::Piece(index) => u64::from(index) * 2 + 1,
        Part::Last(index) => u64::from(index) * 2 + 2,
    }
}

/// Inverse of [`part_code`].
fn part_from_code(code: u64) -> Part {
    let index = |code: u64| u32::try_from(code / 2).unwrap_or(u32::MAX);
    match code {
        0 => Part::Whole,
        odd if odd % 2 == 1 => Part::Piece(index(odd - 1)),
        even => Part::Last(index(even - 2)),
    }
}
