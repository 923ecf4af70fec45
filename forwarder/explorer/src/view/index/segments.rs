//! Views of stretches of invocations, made when first asked for and kept until something in them changes.

use std::{
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use super::Runs;
use crate::view::View;

/// Invocations of a stretch: few enough that adding those at the ends of a range takes a few milliseconds, many enough
/// that there are few views to merge.
const STRETCH: usize = 32 * 1024;

/// The views of whole stretches, from the first invocation on.
#[derive(Debug, Default)]
pub(super) struct Segments {
    views: Mutex<Vec<Option<Arc<View>>>>,
}

impl Segments {
    /// Invocations from this one on are not what they were.
    pub(super) fn forget_from(&mut self, index: usize) {
        self.views.get_mut().unwrap_or_else(PoisonError::into_inner).truncate(index / STRETCH);
    }

    /// The view of the invocations at these places.
    pub(super) fn view(&self, runs: &Runs, range: Range<usize>) -> View {
        let mut view = View::default();
        let mut add = |places: Range<usize>| {
            runs.runs.get(places).into_iter().flatten().for_each(|run| view.add(&runs.invocation(run)));
        };
        let (first, last) = (range.start.div_ceil(STRETCH), range.end / STRETCH);
        if first >= last {
            add(range);
            return view;
        }
        add(range.start..first * STRETCH);
        add(last * STRETCH..range.end);
        for stretch in first..last {
            view.merge(&self.stretch(runs, stretch));
        }
        view
    }

    pub(super) fn warm(&self, runs: &Runs) {
        for stretch in 0..runs.runs.len() / STRETCH {
            self.stretch(runs, stretch);
        }
    }

    fn stretch(&self, runs: &Runs, stretch: usize) -> Arc<View> {
        let known = self.locked(|views| views.get(stretch).cloned().flatten());
        known.unwrap_or_else(|| {
            let mut view = View::default();
            let places = stretch * STRETCH..(stretch + 1) * STRETCH;
            runs.runs.get(places).into_iter().flatten().for_each(|run| view.add(&runs.invocation(run)));
            let view = Arc::new(view);
            self.locked(|views| {
                let length = views.len().max(stretch + 1);
                views.resize(length, None);
                if let Some(place) = views.get_mut(stretch) {
                    *place = Some(Arc::clone(&view));
                }
            });
            view
        })
    }

    fn locked<T>(&self, with: impl FnOnce(&mut Vec<Option<Arc<View>>>) -> T) -> T {
        with(&mut self.views.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
