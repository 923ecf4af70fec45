//! Attribution of values to runs: by log stream and request id, and by time if a request was tried several times.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    num::NonZeroU64,
};

use foldhash::fast::RandomState;
use tailwater_parser::UnixMillis;

use super::{Entry, MANY, MAX_VALUES};
use crate::view::insight::Run;

/// Number of the log stream and hash of the request id of a run.
type Key = (Option<u32>, Option<NonZeroU64>);

fn key(run: &Run) -> Key {
    (run.environment, run.request)
}

/// Attempts of one request in one log stream.
#[derive(Debug, Default)]
struct Attempts {
    /// Number of attempts that are not looked at yet.
    left: u32,
    /// End of the attempt before.
    ended: Option<UnixMillis>,
}

impl Attempts {
    /// Times after which and up to which lines belong to the attempt that ends at `end`. The last one has all later lines.
    fn next(&mut self, end: UnixMillis) -> (Option<UnixMillis>, UnixMillis) {
        self.left = self.left.saturating_sub(1);
        let until = if self.left == 0 { UnixMillis(i64::MAX) } else { end };
        (self.ended.replace(end), until)
    }
}

/// Values of all runs.
#[derive(Debug)]
pub(in crate::view) struct RunValues {
    /// Key, time and value of each line with a value, in this order.
    lines: Vec<(Key, UnixMillis, u64)>,
    texts: BTreeMap<u64, Box<str>>,
    /// Hash of [`MANY`].
    many: u64,
}

/// Values of one run: their hashes, without repetitions, in the order of their texts.
pub(in crate::view) type Values = Vec<u64>;

impl RunValues {
    pub(super) fn new(
        entries: &[Entry],
        texts: BTreeMap<u64, Box<str>>,
        many: u64,
        number: impl Fn(u64) -> Option<u32>,
    ) -> Self {
        let line = |entry: &Entry| ((number(entry.stream), entry.request), entry.time, entry.value);
        let mut lines: Vec<_> = entries.iter().map(line).collect();
        lines.sort_unstable();
        Self { lines, texts, many }
    }

    /// Text of a value; `None` if it is not kept.
    pub(in crate::view) fn text(&self, value: u64) -> Option<&str> {
        if value == self.many {
            return Some(MANY);
        }
        self.texts.get(&value).map(AsRef::as_ref)
    }

    /// Values of each of these runs of a function, which are in the order of their ends.
    pub(in crate::view) fn of_runs(&self, runs: &[Run]) -> Vec<Values> {
        let mut attempts: HashMap<Key, Attempts, RandomState> = HashMap::default();
        for run in runs.iter().filter(|run| !run.is_duplicate) {
            attempts.entry(key(run)).or_default().left += 1;
        }
        let mut begun: HashSet<u32, RandomState> = HashSet::default();
        let mut all: Vec<Values> = Vec::with_capacity(runs.len());
        for run in runs {
            if run.is_duplicate {
                all.push(all.last().cloned().unwrap_or_default());
                continue;
            }
            let is_first = run.environment.is_some_and(|environment| begun.insert(environment));
            let (after, until) = attempts.entry(key(run)).or_default().next(run.end);
            let is_within = |time: UnixMillis| after.is_none_or(|after| after < time) && time <= until;
            let own = self.lines_of(key(run)).iter().filter(|(_, time, _)| is_within(*time));
            // A line without a request id is from before the first START of its environment.
            let before_start = (run.environment, None);
            let early = if is_first && run.request.is_some() { self.lines_of(before_start) } else { &[] };
            let early = early.iter().filter(|(_, time, _)| *time <= run.end);
            let mut values: Values = early.chain(own).map(|(.., value)| *value).collect();
            self.make_distinct(&mut values);
            all.push(values);
        }
        all
    }

    fn lines_of(&self, key: Key) -> &[(Key, UnixMillis, u64)] {
        let begin = self.lines.partition_point(|(other, ..)| *other < key);
        let rest = self.lines.get(begin..).unwrap_or_default();
        rest.get(..rest.partition_point(|(other, ..)| *other == key)).unwrap_or_default()
    }

    fn make_distinct(&self, values: &mut Values) {
        values.sort_unstable_by_key(|value| (self.text(*value), *value));
        values.dedup();
        if values.len() > MAX_VALUES {
            *values = vec![self.many];
        }
    }
}
