//! Places in a message at which detectors found something before its structure was read.

use std::ops::Range;

use super::detect::Span;

/// Places of the secrets in a message without escapes; unknown for other messages.
#[derive(Debug, Default)]
pub(super) struct Places {
    is_known: bool,
    /// Ranges that do not overlap, in ascending order.
    ranges: Vec<Range<usize>>,
    /// Number of ranges that end before the part that was asked for last.
    passed: usize,
}

impl Places {
    /// Forgets all places: detectors may find something anywhere.
    pub(super) fn clear(&mut self) {
        self.is_known = false;
    }

    /// Notes that detectors find something in these spans and nowhere else.
    pub(super) fn set(&mut self, spans: &[Span]) {
        self.ranges.clear();
        self.ranges.extend(spans.iter().map(|span| span.from..span.end));
        self.ranges.sort_unstable_by_key(|range| range.start);
        self.ranges.dedup_by(|next, kept| {
            let is_overlap = next.start <= kept.end;
            if is_overlap {
                kept.end = kept.end.max(next.end);
            }
            is_overlap
        });
        self.is_known = true;
        self.passed = 0;
    }

    /// Returns true if detectors may find something in a part of the message. Parts are asked for in ascending order.
    pub(super) fn may_be_in(&mut self, part: Range<usize>) -> bool {
        if !self.is_known {
            return true;
        }
        let rest = self.ranges.get(self.passed..).unwrap_or_default();
        self.passed += rest.iter().take_while(|range| range.end <= part.start).count();
        self.ranges.get(self.passed).is_some_and(|range| range.start < part.end)
    }
}
