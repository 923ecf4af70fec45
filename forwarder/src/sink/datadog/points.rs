//! Distribution points, grouped by metric and tags, and cut into pieces: each a series of its own.

use std::{collections::BTreeMap, mem, ops::AddAssign};

use foldhash::HashMap;
use tailwater_parser::UnixMillis;

use super::limits::{AHEAD, POINT_AGE};
use crate::sink::text::write_string;
use crate::sink::{CHUNK_SIZE, Chunk, Delimiters, RejectedPoints};

/// What stands around all series.
pub(super) const DELIMITERS: Delimiters = Delimiters { open: br#"{"series":["#, between: b",", close: b"]}" };

/// What stands behind the points of one series.
const SERIES_CLOSE: &[u8] = b"]}";

/// Bytes of a point besides its values.
const POINT_LEN: usize = ",[1763725200,[]]".len();

/// What became of points that were to be added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PointTally {
    /// In a piece.
    pub taken: u64,
    /// Left out: more than an hour old, which Datadog refuses.
    pub too_old: u64,
    /// Left out: more than ten minutes ahead, which Datadog refuses.
    pub too_early: u64,
    /// Left out: no number that JSON has, or no name that Datadog has.
    pub unwritable: u64,
}

impl PointTally {
    /// `n` points at a time that Datadog takes, or does not.
    pub(super) fn at(time: UnixMillis, now: UnixMillis, n: u64) -> Self {
        let none = Self::default();
        if time < now.before(POINT_AGE) {
            Self { too_old: n, ..none }
        } else if time.before(AHEAD) > now {
            Self { too_early: n, ..none }
        } else {
            Self { taken: n, ..none }
        }
    }

    /// Points that were left out.
    #[must_use]
    pub fn left_out(self) -> RejectedPoints {
        let Self { taken: _, too_old, too_early, unwritable } = self;
        RejectedPoints { too_old, too_early, unwritable, refused: 0 }
    }
}

impl AddAssign for PointTally {
    fn add_assign(&mut self, other: Self) {
        self.taken += other.taken;
        self.too_old += other.too_old;
        self.too_early += other.too_early;
        self.unwritable += other.unwritable;
    }
}

/// Points by series and second.
#[derive(Debug, Default)]
pub(super) struct Points {
    series: Vec<Series>,
    /// Where in `series` each head is.
    places: HashMap<Vec<u8>, usize>,
    weight: usize,
}

/// One metric with one set of tags.
#[derive(Debug)]
struct Series {
    /// Its JSON up to its points.
    head: Vec<u8>,
    /// The values of each second, as they will stand in its list.
    seconds: BTreeMap<i64, Vec<u8>>,
}

impl Points {
    /// Adds one value. `head` is what [`series_head`] writes.
    pub(super) fn add(&mut self, head: &[u8], time: UnixMillis, value: f64) {
        let place = self.places.get(head).copied().unwrap_or_else(|| self.begin(head));
        let series = self.series.get_mut(place).expect("places are those of series");
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

    /// Where the series is that begins.
    fn begin(&mut self, head: &[u8]) -> usize {
        let place = self.series.len();
        self.places.insert(head.to_vec(), place);
        self.series.push(Series { head: head.to_vec(), seconds: BTreeMap::new() });
        self.weight += head.len() + SERIES_CLOSE.len();
        place
    }

    /// About the bytes of all pieces.
    pub(super) fn weight(&self) -> usize {
        self.weight
    }

    /// All series, long ones in several pieces; nothing is left.
    pub(super) fn finish(&mut self) -> Vec<Chunk> {
        self.places.clear();
        self.weight = 0;
        let mut pieces = Vec::new();
        for Series { head, seconds } in mem::take(&mut self.series) {
            let mut open = Open { bytes: head.clone(), head, points: 0, closed: &mut pieces };
            seconds.iter().for_each(|(second, values)| open.add(*second, values));
            open.close();
        }
        pieces
    }
}

/// A piece of a series that is not complete.
struct Open<'p> {
    head: Vec<u8>,
    bytes: Vec<u8>,
    points: u64,
    closed: &'p mut Vec<Chunk>,
}

impl Open<'_> {
    /// Appends the values of a second; in several pieces where they fit into none.
    fn add(&mut self, second: i64, values: &[u8]) {
        if self.points > 0 && self.room() < values.len() {
            self.close();
        }
        let mut rest = values;
        while !rest.is_empty() {
            let (fitting, later) = cut(rest, self.room());
            self.write(second, fitting);
            if !later.is_empty() {
                self.close();
            }
            rest = later;
        }
    }

    fn write(&mut self, second: i64, values: &[u8]) {
        self.bytes.extend_from_slice(if self.points == 0 { b"[" } else { b",[" });
        self.bytes.extend_from_slice(second.to_string().as_bytes());
        self.bytes.extend_from_slice(b",[");
        self.bytes.extend_from_slice(values);
        self.bytes.extend_from_slice(b"]]");
        self.points += values.iter().fold(1, |points, byte| points + u64::from(*byte == b','));
    }

    fn room(&self) -> usize {
        CHUNK_SIZE.saturating_sub(self.bytes.len() + POINT_LEN + SERIES_CLOSE.len())
    }

    /// Ends the piece; the next one is of the same series.
    fn close(&mut self) {
        let mut bytes = mem::replace(&mut self.bytes, self.head.clone());
        bytes.extend_from_slice(SERIES_CLOSE);
        self.closed.push(Chunk { bytes, points: mem::take(&mut self.points) });
    }
}

/// As many values as have room, one at least, and those behind them.
fn cut(values: &[u8], room: usize) -> (&[u8], &[u8]) {
    if values.len() <= room {
        return (values, &[]);
    }
    let (near, far) = values.split_at_checked(room.saturating_add(1)).unwrap_or((values, &[]));
    let is_comma = |byte: &u8| *byte == b',';
    let behind = || far.iter().position(is_comma).map(|at| near.len() + at);
    let comma = near.iter().rposition(is_comma).or_else(behind);
    let halves = comma.and_then(|comma| values.split_at_checked(comma));
    halves.map_or((values, &[]), |(now, later)| (now, later.get(1..).unwrap_or_default()))
}

/// A series up to its points. `tags` is a JSON array.
pub(super) fn series_head(metric: &str, tags: &[u8], out: &mut Vec<u8>) {
    out.clear();
    out.extend_from_slice(br#"{"metric":"#);
    write_string(out, metric);
    out.extend_from_slice(br#","type":"distribution","tags":"#);
    out.extend_from_slice(tags);
    out.extend_from_slice(br#","points":["#);
}
