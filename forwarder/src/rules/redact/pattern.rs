//! Patterns of users: all their matches in a text, in time linear in its length.

use std::ops::Range;

use super::super::pattern::{Dialect, Pattern, PatternCache, PatternError, Purpose};

/// Number of matches in a text that are searched for with the whole rest of the text in view. The search for one of them
/// may read all of that rest, so later ones see a limited part of it first.
const WHOLE_SEARCHES: usize = 64;
/// Bytes that later searches see first.
const WINDOW: usize = 256;

/// Pattern whose matches are redacted.
#[derive(Debug)]
pub(super) struct Redacted {
    pattern: Pattern,
    /// True if a match in a part of a text is also one in the whole text.
    is_local: bool,
}

impl Redacted {
    pub(super) fn in_dialect(text: &str, dialect: Dialect, cache_bytes: usize) -> Result<Self, PatternError> {
        Ok(Self {
            pattern: Pattern::in_dialect(text, dialect, Purpose::Find, cache_bytes)?,
            is_local: !may_have_anchor(text),
        })
    }

    /// Bytes of memory of the compiled pattern, with one cache.
    pub(super) fn memory_usage(&self) -> usize {
        self.pattern.memory_usage()
    }

    /// Returns true if the pattern may match in `text`, or in a string that is a part of it.
    pub(super) fn may_match(&self, cache: &mut PatternCache, text: &str) -> bool {
        !self.is_local || self.pattern.is_match(cache, text)
    }

    /// Returns the first match.
    pub(super) fn first(&self, cache: &mut PatternCache, text: &str) -> Option<Range<usize>> {
        self.pattern.find_at(cache, text, 0)
    }

    /// Calls `each` with every match that is not empty. After [`WHOLE_SEARCHES`] matches, an alternative that needs more
    /// than [`WINDOW`] bytes loses against a shorter one.
    pub(super) fn find(&self, cache: &mut PatternCache, text: &str, mut each: impl FnMut(Range<usize>)) {
        let mut at = 0;
        for searched in 0.. {
            let found = if searched < WHOLE_SEARCHES {
                self.pattern.find_at(cache, text, at)
            } else {
                self.find_in_window(cache, text, at)
            };
            let Some(found) = found else { return };
            at = text.ceil_char_boundary(found.end + usize::from(found.is_empty()));
            if !found.is_empty() {
                each(found);
            }
            if at >= text.len() {
                return;
            }
        }
    }

    /// Searches from `at` in a window that grows until a match ends inside of it.
    fn find_in_window(&self, cache: &mut PatternCache, text: &str, at: usize) -> Option<Range<usize>> {
        let mut window = WINDOW;
        loop {
            let end = text.ceil_char_boundary(at.saturating_add(window).min(text.len()));
            let found = self.pattern.find_at(cache, text.get(..end)?, at);
            match found {
                Some(found) if found.end < end => return Some(found),
                found if end == text.len() => return found,
                Some(_) | None => window = window.saturating_mul(2),
            }
        }
    }
}

/// Returns true if a regex may have an anchor: `^` outside of a class, `$`, `\A` or `\z`.
fn may_have_anchor(regex: &str) -> bool {
    let has_start = regex.match_indices('^').any(|(at, _)| {
        let before = regex.get(..at).unwrap_or_default();
        !before.ends_with('[') || before.ends_with("\\[")
    });
    has_start || ["$", "\\A", "\\z", "\\Z"].iter().any(|anchor| regex.contains(anchor))
}
