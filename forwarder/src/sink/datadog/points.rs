//! Distribution points, grouped by metric and tags into bodies of bounded size.

use std::{collections::BTreeMap, mem};

use tailwater_parser::UnixMillis;

use super::{
    super::text::write_string,
    limits::{AHEAD, POINT_AGE},
};

/// What stands around all series, and around the points of one.
const OPEN: &[u8] = br#"{"series":["#;
const CLOSE: &[u8] = b"]}";
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

impl std::ops::AddAssign for PointTally {
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
    /// By the series' own JSON up to its points; of each second, the values as they will stand in its list.
    series: BTreeMap<Vec<u8>, BTreeMap<i64, Vec<u8>>>,
    len: usize,
    count: u64,
    closed: Vec<PointsBody>,
}

impl Points {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, series: BTreeMap::new(), len: EMPTY_LEN, count: 0, closed: Vec::new() }
    }

    /// Adds one value. `head` is what [`series_head`] writes.
    pub(super) fn add(&mut self, head: &[u8], time: UnixMillis, value: f64) {
        let second = time.0.div_euclid(1_000);
        let mut text = Vec::new();
        serde_json::to_writer(&mut text, &value).expect("a number is written to memory");
        let mut more = self.growth(head, second, text.len());
        if self.count > 0 && self.len + more > self.limit {
            self.close();
            more = self.growth(head, second, text.len());
        }
        self.len += more;
        self.count += 1;
        if !self.series.contains_key(head) {
            self.series.insert(head.to_vec(), BTreeMap::new());
        }
        let values = self.series.get_mut(head).expect("it was inserted").entry(second).or_default();
        if !values.is_empty() {
            values.push(b',');
        }
        values.extend_from_slice(&text);
    }

    /// By how much one more value lengthens the open body.
    fn growth(&self, head: &[u8], second: i64, value_len: usize) -> usize {
        let point = "[,[]]".len() + second.to_string().len() + value_len;
        match self.series.get(head) {
            None => comma(self.series.is_empty()) + head.len() + point + SERIES_CLOSE.len(),
            Some(points) if points.contains_key(&second) => ",".len() + value_len,
            Some(_) => ",".len() + point,
        }
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
        for (n, (head, points)) in mem::take(&mut self.series).into_iter().enumerate() {
            if n > 0 {
                bytes.push(b',');
            }
            bytes.extend_from_slice(&head);
            write_points(&points, &mut bytes);
            bytes.extend_from_slice(SERIES_CLOSE);
        }
        bytes.extend_from_slice(CLOSE);
        self.closed.push(PointsBody { bytes, points: mem::take(&mut self.count) });
        self.len = EMPTY_LEN;
    }
}

const EMPTY_LEN: usize = OPEN.len() + CLOSE.len();

fn comma(is_first: bool) -> usize {
    usize::from(!is_first)
}

fn write_points(points: &BTreeMap<i64, Vec<u8>>, out: &mut Vec<u8>) {
    for (n, (second, values)) in points.iter().enumerate() {
        out.extend_from_slice(if n == 0 { b"[" } else { b",[" });
        out.extend_from_slice(second.to_string().as_bytes());
        out.extend_from_slice(b",[");
        out.extend_from_slice(values);
        out.extend_from_slice(b"]]");
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
