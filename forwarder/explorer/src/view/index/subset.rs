//! Parts of an index: the invocations and errors of some functions and versions, and the latest versions of all functions.

use std::collections::BTreeMap;

use tailwater_forwarder::pipeline::TimeRange;

use super::{
    origins::to_index,
    select::{FunctionGroup, Selection},
    table::InvocationIndex,
};
use crate::view::catalog::Catalog;

/// Selections by the age of versions. A function of one version, or of unknown ones, has only the latest.
#[derive(Debug)]
pub struct VersionAges {
    /// The latest version of each function.
    pub latest: Selection,
    /// The version before it.
    pub before: Selection,
    /// All versions before the latest.
    pub earlier: Selection,
}

impl InvocationIndex {
    /// Returns an index of the selected invocations and errors only.
    #[must_use]
    pub fn only(&self, selection: &Selection) -> Self {
        let kept = self.invocations.iter().filter(|invocation| selection.contains(invocation.origin_id));
        Self {
            invocations: kept.copied().collect(),
            origins: self.origins.clone(),
            tables: self.tables.clone(),
            errors: self.errors.only(|origin| selection.contains(origin)),
            ..Self::default()
        }
    }

    /// Selects the versions of all functions by their age: the order of their first starts.
    #[must_use]
    pub fn version_ages(&self, catalog: &Catalog) -> VersionAges {
        let none = || vec![false; self.origins.len()];
        let (mut latest, mut before, mut earlier) = (none(), none(), none());
        let mut first_starts = vec![i64::MAX; self.origins.len()];
        for invocation in &self.invocations {
            if let Some(first) = to_index(invocation.origin_id).and_then(|at| first_starts.get_mut(at)) {
                *first = (*first).min(invocation.start_time().0);
            }
        }
        self.for_each_function(TimeRange::default(), catalog, |function| {
            let ages = self.ages(function, &first_starts);
            for at in function.origins {
                let age = ages.get(self.origins.version(*at)).copied();
                let is_only = ages.len() < 2;
                let set = |list: &mut Vec<bool>, is_selected: bool| {
                    if let Some(selected) = list.get_mut(*at) {
                        *selected = is_selected;
                    }
                };
                set(&mut latest, is_only || age == Some(0));
                set(&mut before, !is_only && age == Some(1));
                set(&mut earlier, !is_only && age != Some(0));
            }
        });
        VersionAges {
            latest: Selection::new(latest),
            before: Selection::new(before),
            earlier: Selection::new(earlier),
        }
    }

    /// Age of each known version of a function: 0 is the latest.
    fn ages<'a>(&'a self, function: &FunctionGroup<'_>, first_starts: &[i64]) -> BTreeMap<&'a str, usize> {
        let mut starts: BTreeMap<&str, i64> = BTreeMap::new();
        for at in function.origins {
            let version = self.origins.version(*at);
            if !version.is_empty() {
                let start = starts.entry(version).or_insert(i64::MAX);
                *start = (*start).min(first_starts.get(*at).copied().unwrap_or(i64::MAX));
            }
        }
        let mut ordered: Vec<_> = starts.into_iter().filter(|(_, start)| *start < i64::MAX).collect();
        ordered.sort_by_key(|(version, start)| (std::cmp::Reverse(*start), std::cmp::Reverse(*version)));
        ordered.into_iter().enumerate().map(|(age, (version, _))| (version, age)).collect()
    }
}
