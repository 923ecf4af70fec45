//! Distribution points, grouped by metric and tags into bodies of bounded size.

use std::{collections::BTreeMap, mem, ops::AddAssign};

use foldhash::{HashMap, HashMapExt as _};
use tailwater_parser::UnixMillis;

use super::{
    super::text::write_string,
    limits::{AHEAD, POINT_AGE},
};

/// What stands around all series.
const OPEN: &[u8] = br#"{"series":["#;
const CLOSE: &[u8] = b"]}";
const EMPTY_LEN: usize = OPEN.len() + CLOSE.len();

/// What stands behind the points of one series.
const SERIES_CLOSE: &[u8] = b"]}";

/// A finished body of points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointsBody {
    /// The body.
    pub bytes: Vec<u8>,
    /// How many points it holds.
    pub points: u64,
}

/// What became of points that were to be added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PointTally {
    /// In a body.
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

    /// Points that were left out, for whatever reason.
    #[must_use]
    pub fn left_out(self) -> u64 {
        self.too_old + self.too_early + self.unwritable
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

/// Points by series and second; full bodies are closed as it goes.
#[derive(Debug)]
pub(super) struct Points {
    limit: usize,
    series: Vec<Series>,
    /// Where in `series` each head is.
    places: HashMap<Vec<u8>, usize>,
    len: usize,
    count: u64,
    closed: Vec<PointsBody>,
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
    pub(super) fn new(limit: usize) -> Self {
        let (series, places) = (Vec::new(), HashMap::new());
        Self { limit, series, places, len: EMPTY_LEN, count: 0, closed: Vec::new() }
    }

    /// Adds one value. `head` is what [`series_head`] writes.
    pub(super) fn add(&mut self, head: &[u8], time: UnixMillis, value: f64) {
        let second = time.0.div_euclid(1_000);
        let mut text = Vec::new();
        serde_json::to_writer(&mut text, &value).expect("a number is written to memory");
        if self.count > 0 && self.len + self.growth(head, second, text.len()) > self.limit {
            self.close();
        }
        self.len += self.growth(head, second, text.len());
        self.count += 1;
        let values = self.values(head, second);
        if !values.is_empty() {
            values.push(b',');
        }
        values.extend_from_slice(&text);
    }

    /// By how much one more value lengthens the open body.
    fn growth(&self, head: &[u8], second: i64, value_len: usize) -> usize {
        let point = || "[,[]]".len() + second.to_string().len() + value_len;
        match self.places.get(head).and_then(|place| self.series.get(*place)) {
            None => {
                let comma = if self.series.is_empty() { 0 } else { ",".len() };
                comma + head.len() + point() + SERIES_CLOSE.len()
            }
            Some(series) if series.seconds.contains_key(&second) => ",".len() + value_len,
            Some(_) => ",".len() + point(),
        }
    }

    /// The values of a second of a series, which begins when it is first asked for.
    fn values(&mut self, head: &[u8], second: i64) -> &mut Vec<u8> {
        let place = self.places.get(head).copied().unwrap_or_else(|| {
            self.places.insert(head.to_vec(), self.series.len());
            self.series.push(Series { head: head.to_vec(), seconds: BTreeMap::new() });
            self.series.len() - 1
        });
        let series = self.series.get_mut(place).expect("places are those of series");
        series.seconds.entry(second).or_default()
    }

    pub(super) fn encoded_len(&self) -> usize {
        self.len
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The bodies that were full.
    pub(super) fn take_full(&mut self) -> Vec<PointsBody> {
        mem::take(&mut self.closed)
    }

    /// Every body, the open one included.
    pub(super) fn finish(&mut self) -> Vec<PointsBody> {
        if self.count > 0 {
            self.close();
        }
        self.take_full()
    }

    fn close(&mut self) {
        let mut bytes = Vec::with_capacity(self.len);
        bytes.extend_from_slice(OPEN);
        for (n, series) in mem::take(&mut self.series).iter().enumerate() {
            if n > 0 {
                bytes.push(b',');
            }
            series.write(&mut bytes);
        }
        self.places.clear();
        bytes.extend_from_slice(CLOSE);
        self.closed.push(PointsBody { bytes, points: mem::take(&mut self.count) });
        self.len = EMPTY_LEN;
    }
}

impl Series {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.head);
        for (n, (second, values)) in self.seconds.iter().enumerate() {
            out.extend_from_slice(if n == 0 { b"[" } else { b",[" });
            out.extend_from_slice(second.to_string().as_bytes());
            out.extend_from_slice(b",[");
            out.extend_from_slice(values);
            out.extend_from_slice(b"]]");
        }
        out.extend_from_slice(SERIES_CLOSE);
    }
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
