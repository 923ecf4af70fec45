//! Collection of the lines of all functions.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use tailwater_parser::{Line, Origin};

use super::{function_logs::FunctionLogs, line::LogLine, message_sample::MessageSample};
use crate::view::function_stats::{BatchName, batch_name};

/// Number of different masked lines over all functions that are collected before they are sorted into the trees.
const MAX_PENDING: usize = 16 * 1024;
/// Greatest number of nodes in the trees of all functions.
const MAX_NODES: usize = 200_000;

/// Depth of the calculation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// Bytes by function and level.
    #[default]
    Sums,
    /// Also patterns and what changes would save, for which each line is parsed.
    Patterns,
}

/// Bytes of the lines of all functions. The result does not depend on the order of the lines, nor on how they are spread
/// over collections that are merged.
#[derive(Debug, Default)]
pub struct LogCosts {
    pub(super) depth: Depth,
    pub(super) places: Vec<Place>,
    ids: HashMap<PlaceKey, usize, RandomState>,
    /// Index of the last line's place; lines of one function arrive one after another.
    last: usize,
    pub(super) sample: MessageSample,
    /// True if there were too many different lines in all: then no patterns are kept.
    pub(super) is_overfull: bool,
    /// Number of lines that are not sorted into a tree, and number of lines since it was calculated.
    pending: usize,
}

/// Lines of one origin; origins that differ only in version and log stream share one place.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) origin: Origin,
    pub(super) logs: FunctionLogs,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct PlaceKey {
    account: Box<str>,
    region: Box<str>,
    name: Box<str>,
    batch: BatchName,
    is_learned: bool,
}

impl Place {
    fn is_of(&self, origin: &Origin) -> bool {
        let own = &self.origin;
        own.account == origin.account
            && own.region == origin.region
            && own.function() == origin.function()
            && own.log_group() == origin.log_group()
            && own.batch_account() == origin.batch_account()
            && own.batch_function() == origin.batch_function()
            && own.is_learned() == origin.is_learned()
    }
}

impl LogCosts {
    /// Creates an empty collection.
    #[must_use]
    pub fn new(depth: Depth) -> Self {
        Self { depth, ..Self::default() }
    }

    /// True if lines have to be parsed.
    #[must_use]
    pub fn needs_lines(&self) -> bool {
        self.depth == Depth::Patterns
    }

    /// Adds a log event.
    #[inline]
    pub fn add(&mut self, line: &LogLine<'_>, parsed: &Line<'_>) {
        let index = self.place(line.origin);
        let Some(place) = self.places.get_mut(index) else { return };
        place.logs.add(line);
        if self.depth == Depth::Sums {
            return;
        }
        self.sample.add(line.time, line.message);
        if self.is_overfull {
            return;
        }
        let patterns = &place.logs.details.patterns;
        let before = patterns.pending();
        place.logs.details.add(line, parsed);
        let after = place.logs.details.patterns.pending();
        self.pending = (self.pending + after).saturating_sub(before);
        if self.pending > MAX_PENDING {
            self.bound();
        }
    }

    /// Adds all lines of another collection.
    pub fn merge(&mut self, other: Self) {
        if self.places.is_empty() && self.depth == other.depth {
            *self = other;
            return;
        }
        for place in other.places {
            let index = self.place(&place.origin);
            if let Some(ours) = self.places.get_mut(index) {
                ours.logs.merge(place.logs);
            }
        }
        self.sample.merge(other.sample);
        self.is_overfull |= other.is_overfull;
        if self.depth == Depth::Patterns {
            self.bound();
        }
    }

    /// Index of the place of an origin, which is added if it is new.
    fn place(&mut self, origin: &Origin) -> usize {
        if self.places.get(self.last).is_some_and(|place| place.is_of(origin)) {
            return self.last;
        }
        let key = PlaceKey {
            account: origin.account.as_str().into(),
            region: origin.region.as_str().into(),
            name: origin.listed_name().into(),
            batch: batch_name(origin),
            is_learned: origin.is_learned(),
        };
        let next = self.places.len();
        self.last = *self.ids.entry(key).or_insert(next);
        if self.last == next {
            self.places.push(Place { origin: origin.clone(), logs: FunctionLogs::default() });
        }
        self.last
    }

    /// Halves the number of different words at one place of a pattern, in all functions, until there are few enough nodes.
    fn bound(&mut self) {
        let miners = |places: &mut Vec<Place>| -> usize {
            places.iter_mut().map(|place| place.logs.details.patterns.sorted_nodes()).sum()
        };
        let mut nodes = miners(&mut self.places);
        self.pending = 0;
        while nodes > MAX_NODES && !self.is_overfull {
            let halved = self.places.iter_mut().map(|place| place.logs.details.patterns.halve());
            let halved: Vec<_> = halved.collect();
            self.is_overfull = halved.iter().all(Option::is_none);
            nodes = miners(&mut self.places);
        }
        if self.is_overfull {
            for place in &mut self.places {
                place.logs.details.patterns = crate::pattern::Miner::default();
            }
        }
    }
}
