//! Values that the log lines of runs have for a dimension of the cost: a member of JSON lines, or a dimension of EMF.

mod attribute;
mod extract;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap},
    hash::BuildHasher as _,
    num::NonZeroU64,
};

use foldhash::fast::{FixedState, RandomState};
use memchr::memmem;
use tailwater_parser::UnixMillis;

pub(super) use self::attribute::{RunValues, Values};
use super::{index, insight::Dimension, lines::SeenLine};

/// Greatest number of values of one run; a run with more has the value [`MANY`].
const MAX_VALUES: usize = 64;
/// Value of a run with too many values.
const MANY: &str = "...";
/// Greatest number of values whose text is kept. The cost of others is summed up.
const MAX_TEXTS: usize = 100_000;
/// Greatest number of values of runs of one dimension, about 130 MB.
const MAX_ENTRIES: usize = 4_000_000;

/// Values of all runs for one dimension. The result does not depend on the order of the lines.
#[derive(Debug)]
pub(super) struct FieldCollector {
    pub(super) dimension: Dimension,
    /// Finds the last part of the path, which every line with a value contains.
    finder: memmem::Finder<'static>,
    entries: Vec<Entry>,
    texts: Texts,
    /// True if there were more values than the maximum; none are kept then.
    is_overfull: bool,
    /// First of the entries of the current run: others of it are compared with them.
    run_begin: usize,
}

/// Value in a line of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    /// Hash of the log stream; 0 without a name.
    stream: u64,
    /// Hash of the request id; `None` for a line before the first START.
    request: Option<NonZeroU64>,
    time: UnixMillis,
    /// Hash of the value.
    value: u64,
}

/// Texts of values by their hash: those with the smallest hashes.
#[derive(Debug, Default)]
struct Texts(BTreeMap<u64, Box<str>>);

impl Texts {
    fn add(&mut self, text: &str) -> u64 {
        let hash = FixedState::default().hash_one(text);
        let is_beyond =
            self.0.len() >= MAX_TEXTS && self.0.last_key_value().is_some_and(|(last, _)| *last < hash);
        if !is_beyond && !self.0.contains_key(&hash) {
            self.0.insert(hash, text.into());
            self.cut();
        }
        hash
    }

    fn cut(&mut self) {
        while self.0.len() > MAX_TEXTS {
            self.0.pop_last();
        }
    }
}

impl FieldCollector {
    /// Creates an empty collection; `None` for a dimension that needs no lines.
    pub(super) fn new(dimension: &Dimension) -> Option<Self> {
        let (Dimension::Field(name) | Dimension::Emf(name)) = dimension else { return None };
        let last = name.rsplit('.').next().unwrap_or(name);
        Some(Self {
            dimension: dimension.clone(),
            finder: memmem::Finder::new(last.as_bytes()).into_owned(),
            entries: Vec::new(),
            texts: Texts::default(),
            is_overfull: false,
            run_begin: 0,
        })
    }

    /// Adds the values in a line.
    pub(super) fn add(&mut self, line: &SeenLine<'_>) {
        if line.kind == "report" {
            self.run_begin = self.entries.len();
        }
        let is_app = matches!(line.kind, "app" | "text" | "emf");
        if !is_app || self.is_overfull || self.finder.find(line.message.as_bytes()).is_none() {
            return;
        }
        let stream = index::stream_hash(line.origin).unwrap_or(0);
        let request = line.request_id.and_then(index::request_hash);
        let (entries, texts, run_begin) = (&mut self.entries, &mut self.texts, &mut self.run_begin);
        let add = |text: &str| {
            let entry = Entry { stream, request, time: line.time, value: texts.add(text) };
            let is_of_run = |other: &Entry| (other.stream, other.request) == (stream, request);
            if entries.get(*run_begin).is_some_and(|first| !is_of_run(first)) {
                *run_begin = entries.len();
            }
            let known = entries.get(*run_begin..).unwrap_or_default();
            if known.len() <= MAX_VALUES && !known.iter().any(|known| known.value == entry.value) {
                entries.push(entry);
            }
        };
        match &self.dimension {
            Dimension::Field(path) => extract::field_values(line.message, path, add),
            Dimension::Emf(name) if line.kind == "emf" => extract::emf_values(line.message, name, add),
            Dimension::Emf(_)
            | Dimension::Tenant
            | Dimension::Version
            | Dimension::Function
            | Dimension::Day => {}
        }
        self.bound();
    }

    /// Adds all values of another collection of the same dimension.
    pub(super) fn merge(&mut self, other: Self) {
        self.entries.extend(other.entries);
        self.texts.0.extend(other.texts.0);
        self.texts.cut();
        self.is_overfull |= other.is_overfull;
        self.run_begin = self.entries.len();
        self.bound();
    }

    fn bound(&mut self) {
        if self.entries.len() > MAX_ENTRIES || self.is_overfull {
            self.is_overfull = true;
            self.entries = Vec::new();
        }
    }

    /// Note about values that are not kept.
    pub(super) fn note(&self) -> Option<String> {
        let name = self.dimension.name();
        self.is_overfull.then(|| {
            format!(
                "cost by {name} is left out: there are more than 4,000,000 values; set --since or --until"
            )
        })
    }

    /// Orders the values by run; `streams` has the numbers of the log streams by their hashes.
    pub(super) fn into_values(self, streams: &HashMap<u64, u32, RandomState>) -> Option<RunValues> {
        let number = |hash: u64| streams.get(&hash).copied();
        let many = FixedState::default().hash_one(MANY);
        (!self.is_overfull).then(|| RunValues::new(&self.entries, self.texts.0, many, number))
    }
}
