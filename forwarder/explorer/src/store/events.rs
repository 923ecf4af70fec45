//! Events of one log stream, column by column: what a block holds when it is open.

use std::collections::HashSet;

use foldhash::fast::RandomState;
use tailwater_parser::{Level, Record, UnixMillis, decode::Part};

use super::{
    codes::{LevelMask, level_code, level_of},
    identity::EventKey,
    labels::Labels,
    varint,
};

/// Keys of events that are known.
pub(super) type EventKeys = HashSet<EventKey, RandomState>;

/// Events in the order they came. Every column has one entry an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Events {
    keys: Vec<EventKey>,
    times: Vec<UnixMillis>,
    levels: Vec<u8>,
    /// [`part_code`] of each.
    parts: Vec<u64>,
    kinds: Labels,
    request_ids: Labels,
    trace_ids: Labels,
    /// Where each message ends in `text`, behind its line feed.
    ends: Vec<usize>,
    text: String,
}

/// One event of [`Events`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EventView<'e> {
    pub(super) key: EventKey,
    pub(super) time: UnixMillis,
    pub(super) level: Option<Level>,
    pub(super) part: Part,
    pub(super) kind: &'e str,
    pub(super) request_id: Option<&'e str>,
    pub(super) trace_id: Option<&'e str>,
    pub(super) message: &'e str,
}

impl<'e> EventView<'e> {
    /// What is stored of a record.
    pub(super) fn of(record: &'e Record<'_>) -> Self {
        Self {
            key: EventKey::of(record.event_id, record.part),
            time: record.time,
            level: record.level,
            part: record.part,
            kind: record.line.kind(),
            request_id: record.request_id,
            trace_id: record.trace_id,
            message: record.message,
        }
    }
}

impl Events {
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// All messages, each followed by a line feed so that no word spans two.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where each message ends in [`Events::text`].
    pub(super) fn ends(&self) -> &[usize] {
        &self.ends
    }

    pub(super) fn keys(&self) -> &[EventKey] {
        &self.keys
    }

    pub(super) fn request_ids(&self) -> impl Iterator<Item = &str> {
        self.request_ids.texts()
    }

    /// The earliest and the latest time; `None` without events.
    pub(super) fn span(&self) -> Option<(UnixMillis, UnixMillis)> {
        Some((*self.times.iter().min()?, *self.times.iter().max()?))
    }

    pub(super) fn levels(&self) -> LevelMask {
        let mut mask = LevelMask::default();
        self.levels.iter().for_each(|code| mask.add(level_of(*code)));
        mask
    }

    /// Events that count: of a message in parts only the first does.
    pub(super) fn counted(&self) -> u64 {
        let first = self.parts.iter().filter(|code| part_of(**code).is_first());
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
        self.text.push_str(event.message);
        self.text.push('\n');
        self.ends.push(self.text.len());
    }

    pub(super) fn at(&self, index: usize) -> Option<EventView<'_>> {
        let start = index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        Some(EventView {
            key: *self.keys.get(index)?,
            time: *self.times.get(index)?,
            level: level_of(*self.levels.get(index)?),
            part: part_of(*self.parts.get(index)?),
            kind: self.kinds.at(index).unwrap_or_default(),
            request_id: self.request_ids.at(index),
            trace_id: self.trace_ids.at(index),
            message: self.text.get(start..self.ends.get(index)?.checked_sub(1)?)?,
        })
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = EventView<'_>> {
        (0..self.len()).filter_map(|index| self.at(index))
    }

    /// The events whose keys are not in `seen`, which then holds them too.
    pub(super) fn unseen(&self, seen: &mut EventKeys) -> Self {
        let mut kept = Self::default();
        self.iter().filter(|event| seen.insert(event.key)).for_each(|event| kept.push(&event));
        kept
    }

    /// Appends all columns but keys and text to `out`.
    pub(super) fn encode_columns(&self, out: &mut Vec<u8>) {
        let mut before = 0;
        for time in &self.times {
            varint::put_signed(out, time.0.wrapping_sub(before));
            before = time.0;
        }
        out.extend_from_slice(&self.levels);
        self.parts.iter().for_each(|code| varint::put(out, *code));
        let mut start = 0;
        for end in &self.ends {
            varint::put_size(out, end - start);
            start = *end;
        }
        [&self.kinds, &self.request_ids, &self.trace_ids].iter().for_each(|labels| labels.encode(out));
    }

    /// Puts columns, keys and text together again; `None` when they are damaged or do not fit each other.
    pub(super) fn decode(keys: Vec<EventKey>, mut columns: &[u8], text: String) -> Option<Self> {
        let (input, count) = (&mut columns, keys.len());
        let times = take_times(input, count)?;
        let levels = input.split_off(..count)?.to_vec();
        let parts = (0..count).map(|_| varint::take(input)).collect::<Option<_>>()?;
        let ends = take_ends(input, count)?;
        let kinds = Labels::decode(input, count)?;
        let request_ids = Labels::decode(input, count)?;
        let trace_ids = Labels::decode(input, count)?;
        let fits = ends.last().copied().unwrap_or(0) == text.len();
        fits.then_some(Self { keys, times, levels, parts, kinds, request_ids, trace_ids, ends, text })
    }
}

fn take_times(input: &mut &[u8], count: usize) -> Option<Vec<UnixMillis>> {
    let mut time = 0_i64;
    let next = |_| {
        time = time.wrapping_add(varint::take_signed(input)?);
        Some(UnixMillis(time))
    };
    (0..count).map(next).collect()
}

fn take_ends(input: &mut &[u8], count: usize) -> Option<Vec<usize>> {
    let mut end = 0_usize;
    let next = |_| {
        end = end.checked_add(varint::take_size(input)?)?;
        Some(end)
    };
    (0..count).map(next).collect()
}

/// 0 for a whole message, odd for a piece with more to follow, even for the last.
fn part_code(part: Part) -> u64 {
    match part {
        Part::Whole => 0,
        Part::Piece(index) => u64::from(index) * 2 + 1,
        Part::Last(index) => u64::from(index) * 2 + 2,
    }
}

fn part_of(code: u64) -> Part {
    let index = |code: u64| u32::try_from(code / 2).unwrap_or(u32::MAX);
    match code {
        0 => Part::Whole,
        odd if odd % 2 == 1 => Part::Piece(index(odd - 1)),
        even => Part::Last(index(even - 2)),
    }
}
