//! Most frequent values.

use std::{collections::HashMap, sync::Arc};

use foldhash::fast::RandomState;

use crate::query::{
    key,
    language::tree::Direction,
    value::{Map, Number, Value, order::sort_order},
};

/// Greatest number of values that are counted; beyond it new values are not counted.
const MAX_COUNTED: usize = 100_000;

/// Counts of values.
#[derive(Clone, Debug, Default)]
pub(in crate::query::exec) struct TopValues {
    counts: HashMap<Box<[u8]>, (Value<'static>, u64), RandomState>,
}

impl TopValues {
    /// Adds a value. Returns by how many bytes the counts have grown.
    pub(super) fn add(&mut self, value: &Value<'_>) -> usize {
        let Some(key) = key::of(value) else { return 0 };
        if let Some((_, count)) = self.counts.get_mut(&key) {
            *count += 1;
            return 0;
        }
        if self.counts.len() >= MAX_COUNTED {
            return 0;
        }
        let size = key.len() + super::ENTRY + value.size();
        self.counts.insert(key, (value.clone().into_owned(), 1));
        size
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (key, (value, count)) in other.counts {
            self.counts.entry(key).or_insert((value, 0)).1 += count;
        }
    }

    /// List of the `k` most frequent values with their counts.
    pub(super) fn list(self, k: f64) -> Value<'static> {
        let k = Number::Float(k).to_integer().and_then(|k| usize::try_from(k).ok()).unwrap_or(0);
        let mut all: Vec<_> = self.counts.into_values().collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| sort_order(&a.0, &b.0, Direction::Ascending)));
        let entry = |(value, count): (Value<'static>, u64)| {
            let count = Value::integer(i64::try_from(count).unwrap_or(i64::MAX));
            let entries = vec![("value".to_owned(), value), ("count".to_owned(), count)];
            Value::Map(Arc::new(Map { entries }))
        };
        Value::List(all.into_iter().take(k).map(entry).collect())
    }
}
