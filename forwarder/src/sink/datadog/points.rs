//! Distribution points, grouped by metric and tags. They are encoded in chunks, each of which is a complete JSON
//! object of a series; a long series has several chunks.

use std::{collections::BTreeMap, mem};

use foldhash::HashMap;
use tailwater_parser::UnixMillis;

use super::limits::{AHEAD, POINT_AGE};
use crate::sink::text::write_string;
use crate::sink::{CHUNK_SIZE, Chunk, Delimiters, RejectedPoints};

/// JSON before, between and after the series of a body.
pub(super) const DELIMITERS: Delimiters = Delimiters { open: br#"{"series":["#, between: b",", close: b"]}" };

/// JSON after the points of a series.
const SERIES_CLOSE: &[u8] = b"]}";

/// Length of the JSON of a point (a second with its values) in bytes, without the values.
const POINT_LEN: usize = ",[1763725200,[]]".len();

/// Position of a time relative to the range that Datadog accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeRange {
    Accepted,
    TooOld,
    TooEarly,
}

impl TimeRange {
    /// Compares a time with the range that Datadog accepts at `now`.
    pub(super) fn of(time: UnixMillis, now: UnixMillis) -> Self {
        if time < now.before(POINT_AGE) {
            Self::TooOld
        } else if time.before(AHEAD) > now {
            Self::TooEarly
        } else {
            Self::Accepted
        }
    }

    /// Returns `n` points as rejected, for the reason that their time is in this range; none if Datadog accepts the
    /// range.
    pub(super) fn rejected(self, n: u64) -> RejectedPoints {
        match self {
            Self::Accepted => RejectedPoints::default(),
            Self::TooOld => RejectedPoints { too_old: n, ..RejectedPoints::default() },
            Self::TooEarly => RejectedPoints { too_early: n, ..RejectedPoints::default() },
        }
    }
}

/// Distribution points that are not encoded yet, by series and second.
#[derive(Debug, Default)]
pub(super) struct Points {
    series: Vec<Series>,
    /// Index in the vector `series`, by [`Series::head`].
    indices: HashMap<Vec<u8>, usize>,
    weight: usize,
}

/// All points of one metric with the same tags.
#[derive(Debug)]
struct Series {
    /// JSON of the series up to its points, as [`series_head`] writes it.
    head: Vec<u8>,
    /// Encoded values of each second since the Unix epoch, separated by commas.
    seconds: BTreeMap<i64, Vec<u8>>,
}

impl Points {
    /// Adds one value to a series. `head` is the JSON of the series up to its points, as [`series_head`] writes it.
    pub(super) fn add(&mut self, head: &[u8], time: UnixMillis, value: f64) {
        let index = self.indices.get(head).copied().unwrap_or_else(|| self.begin(head));
        let series = self.series.get_mut(index).expect("indices are those of series");
        let values = series.seconds.entry(time.0.div_euclid(1_000)).or_default();
        let before = values.len();
        if values.is_empty() {
            self.weight += POINT_LEN;
        } else {
            values.push(b',');
        }
        serde_json::to_writer(&mut *values, &value).expect("a number is written to memory");
        self.weight += values.len().saturating_sub(before);
    }

    /// Adds an empty series and returns its index.
    fn begin(&mut self, head: &[u8]) -> usize {
        let index = self.series.len();
        self.indices.insert(head.to_vec(), index);
        self.series.push(Series { head: head.to_vec(), seconds: BTreeMap::new() });
        self.weight += head.len() + SERIES_CLOSE.len();
        index
    }

    /// Returns the approximate size in bytes of the chunks that [`Self::finish`] would return.
    pub(super) fn weight(&self) -> usize {
        self.weight
    }

    /// Encodes all series in chunks, a long series in several, and removes them from this collection.
    pub(super) fn finish(&mut self) -> Vec<Chunk> {
        self.indices.clear();
        self.weight = 0;
        let mut chunks = Vec::new();
        for Series { head, seconds } in mem::take(&mut self.series) {
            let mut open = OpenChunk { bytes: head.clone(), head, points: 0, closed: &mut chunks };
            seconds.iter().for_each(|(second, values)| open.add(*second, values));
            open.close();
        }
        chunks
    }
}

/// Chunk under construction, with points of one series.
struct OpenChunk<'c> {
    head: Vec<u8>,
    bytes: Vec<u8>,
    points: u64,
    closed: &'c mut Vec<Chunk>,
}

impl OpenChunk<'_> {
    /// Appends the values of a second, split over several chunks if one cannot hold them.
    fn add(&mut self, second: i64, values: &[u8]) {
        if self.points > 0 && self.free_len() < values.len() {
            self.close();
        }
        let mut rest = values;
        while !rest.is_empty() {
            let (fitting, remaining) = split_values(rest, self.free_len());
            self.write(second, fitting);
            if !remaining.is_empty() {
                self.close();
            }
            rest = remaining;
        }
    }

    /// Appends a point: a second with its values.
    fn write(&mut self, second: i64, values: &[u8]) {
        self.bytes.extend_from_slice(if self.points == 0 { b"[" } else { b",[" });
        self.bytes.extend_from_slice(second.to_string().as_bytes());
        self.bytes.extend_from_slice(b",[");
        self.bytes.extend_from_slice(values);
        self.bytes.extend_from_slice(b"]]");
        self.points += values.iter().fold(1, |points, byte| points + u64::from(*byte == b','));
    }

    /// Returns the number of bytes that the values of another point may have in this chunk.
    fn free_len(&self) -> usize {
        CHUNK_SIZE.saturating_sub(self.bytes.len() + POINT_LEN + SERIES_CLOSE.len())
    }

    /// Completes the chunk and begins another one for the same series.
    fn close(&mut self) {
        let mut bytes = mem::replace(&mut self.bytes, self.head.clone());
        bytes.extend_from_slice(SERIES_CLOSE);
        self.closed.push(Chunk { bytes, points: mem::take(&mut self.points) });
    }
}

/// Splits values at a comma. The first result has as many values as fit in `limit` bytes, but at least one; the
/// second has the remaining values.
fn split_values(values: &[u8], limit: usize) -> (&[u8], &[u8]) {
    if values.len() <= limit {
        return (values, &[]);
    }
    let (near, far) = values.split_at_checked(limit.saturating_add(1)).unwrap_or((values, &[]));
    let is_comma = |byte: &u8| *byte == b',';
    let after_limit = || far.iter().position(is_comma).map(|at| near.len() + at);
    let comma = near.iter().rposition(is_comma).or_else(after_limit);
    let halves = comma.and_then(|comma| values.split_at_checked(comma));
    halves.map_or((values, &[]), |(fitting, rest)| (fitting, rest.get(1..).unwrap_or_default()))
}

/// Writes the JSON of a series up to its points. `tags` is a JSON array.
pub(super) fn series_head(metric: &str, tags: &[u8], out: &mut Vec<u8>) {
    out.clear();
    out.extend_from_slice(br#"{"metric":"#);
    write_string(out, metric);
    out.extend_from_slice(br#","type":"distribution","tags":"#);
    out.extend_from_slice(tags);
    out.extend_from_slice(br#","points":["#);
}
