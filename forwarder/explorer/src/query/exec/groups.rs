//! Groups of rows with their aggregates.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::{
    aggregate::State,
    budget::Budget,
    frame::Frame,
    position::{Position, size_of},
};
use crate::query::{key, plan::Stats, value::Value};

/// Estimated memory of an aggregate's state in bytes.
const STATE: usize = 64;

/// Groups of a `stats` by their keys.
#[derive(Debug, Default)]
pub(super) struct Groups {
    groups: HashMap<Box<[u8]>, Group, RandomState>,
    key: Vec<u8>,
}

#[derive(Debug)]
struct Group {
    /// Place of the first row.
    first: Position,
    keys: Vec<Value<'static>>,
    states: Vec<State>,
}

impl Groups {
    pub(super) fn add<'e>(
        &mut self,
        stats: &'e Stats,
        frame: &Frame<'e>,
        position: Position,
        budget: &Budget,
    ) {
        self.key.clear();
        for slot in &stats.keys {
            key::write(frame.slot(*slot), &mut self.key);
        }
        let group = match self.groups.get_mut(self.key.as_slice()) {
            Some(group) => group,
            None => {
                let keys: Vec<_> = stats.keys.iter().map(|slot| key_value(frame.slot(*slot))).collect();
                if !budget.reserve(size_of(&keys) + self.key.len() + stats.calls.len() * STATE) {
                    return;
                }
                let states = stats.calls.iter().map(State::new).collect();
                let group = Group { first: position, keys, states };
                self.groups.entry(self.key.as_slice().into()).or_insert(group)
            }
        };
        group.first = group.first.min(position);
        let mut grown = 0;
        for (state, call) in group.states.iter_mut().zip(&stats.calls) {
            grown += state.add(call, frame, position);
        }
        if grown > 0 {
            // What is over the limit is noticed here; the state is complete all the same.
            let _ = budget.reserve(grown);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (key, theirs) in other.groups {
            match self.groups.get_mut(&key) {
                Some(ours) => {
                    ours.first = ours.first.min(theirs.first);
                    // A number and a text that reads as it are one key: the number is shown.
                    for (ours, theirs) in ours.keys.iter_mut().zip(theirs.keys) {
                        if matches!(ours, Value::Text(_)) && matches!(theirs, Value::Number(_)) {
                            *ours = theirs;
                        }
                    }
                    ours.states.iter_mut().zip(theirs.states).for_each(|(ours, theirs)| ours.merge(theirs));
                }
                None => {
                    self.groups.insert(key, theirs);
                }
            }
        }
    }

    /// Rows of keys and aggregates: by the first time among the keys, then in the order in which the groups began.
    pub(super) fn finish(self, stats: &Stats) -> Vec<Vec<Value<'static>>> {
        if self.groups.is_empty() && stats.keys.is_empty() {
            let none = stats.calls.iter().map(|call| State::new(call).finish(call));
            return vec![none.collect()];
        }
        let mut groups: Vec<_> = self.groups.into_values().collect();
        groups.sort_by_key(|group| (first_time(&group.keys), group.first));
        let row = |group: Group| {
            let mut row = group.keys;
            row.extend(group.states.into_iter().zip(&stats.calls).map(|(state, call)| state.finish(call)));
            row
        };
        groups.into_iter().map(row).collect()
    }
}

/// Value of a key that is shown. Lists and maps count as missing.
fn key_value(value: &Value<'_>) -> Value<'static> {
    if value.is_structure() { Value::Missing } else { value.clone().into_owned() }
}

/// First time among the keys of a group; 0 if there is none.
fn first_time(keys: &[Value<'_>]) -> i64 {
    let time = |key: &Value<'_>| match key {
        Value::Time(millis) => Some(*millis),
        _ => None,
    };
    keys.iter().find_map(time).unwrap_or(0)
}
