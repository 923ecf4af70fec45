//! Views of segments of the index, computed on first use and kept until an invocation in them changes.

use std::{
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use super::{compact::CompactInvocation, origins::OriginTable};
use crate::view::View;

/// Number of invocations in a segment. It is small enough that adding the invocations at the ends of a range
/// one by one takes only a few milliseconds, and large enough that few views have to be merged.
const SEGMENT_LEN: usize = 32 * 1024;

/// Views of the segments of an index; `None` for a segment whose view has not been computed yet. Segments are
/// counted from the first invocation; the incomplete one at the end has no view here.
#[derive(Debug, Default)]
pub(super) struct Segments {
    views: Mutex<Vec<Option<Arc<View>>>>,
}

impl Segments {
    /// Discards the views of all segments that contain an invocation at this index or a later one.
    pub(super) fn invalidate_from(&mut self, index: usize) {
        self.views.get_mut().unwrap_or_else(PoisonError::into_inner).truncate(index / SEGMENT_LEN);
    }

    /// Returns the view of the invocations in a range of indices.
    pub(super) fn view(
        &self,
        invocations: &[CompactInvocation],
        origins: &OriginTable,
        range: Range<usize>,
    ) -> View {
        let mut view = View::default();
        let mut add = |indices| add_range(&mut view, invocations, origins, indices);
        let (first, last) = (range.start.div_ceil(SEGMENT_LEN), range.end / SEGMENT_LEN);
        if first >= last {
            add(range);
            return view;
        }
        add(range.start..first * SEGMENT_LEN);
        add(last * SEGMENT_LEN..range.end);
        for segment in first..last {
            view.merge(&self.segment(invocations, origins, segment));
        }
        view
    }

    /// Computes the views of all whole segments.
    pub(super) fn fill(&self, invocations: &[CompactInvocation], origins: &OriginTable) {
        for segment in 0..invocations.len() / SEGMENT_LEN {
            self.segment(invocations, origins, segment);
        }
    }

    fn segment(&self, invocations: &[CompactInvocation], origins: &OriginTable, segment: usize) -> Arc<View> {
        let cached = self.locked(|views| views.get(segment).cloned().flatten());
        cached.unwrap_or_else(|| {
            let mut view = View::default();
            let indices = segment * SEGMENT_LEN..(segment + 1) * SEGMENT_LEN;
            add_range(&mut view, invocations, origins, indices);
            let view = Arc::new(view);
            self.locked(|views| {
                let length = views.len().max(segment + 1);
                views.resize(length, None);
                if let Some(slot) = views.get_mut(segment) {
                    *slot = Some(Arc::clone(&view));
                }
            });
            view
        })
    }

    fn locked<T>(&self, with: impl FnOnce(&mut Vec<Option<Arc<View>>>) -> T) -> T {
        with(&mut self.views.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn add_range(
    view: &mut View,
    invocations: &[CompactInvocation],
    origins: &OriginTable,
    indices: Range<usize>,
) {
    for invocation in invocations.get(indices).into_iter().flatten() {
        view.add(&invocation.expand(origins.origin(invocation.origin_id)));
    }
}
