//! Line rules over the parts of an oversize message: no match is cut where one part ends and the next begins.

use super::{
    Part,
    edit::apply,
    kind::{Counts, Kind},
    line::{LineCache, LineRule},
};

/// Bytes at the end of a part that are read again with the next part. A match is found if its first half or all of it is
/// within one part and this much of the one before.
const OVERLAP: usize = 64 * 1024;
/// Most bytes of an unfinished match that are kept for the next part.
const MAX_CARRY: usize = 1024 * 1024;
/// Bytes at the start of a longer match with which its rest is found.
const HEAD: usize = 4 * 1024;

/// State of a message between its parts.
#[derive(Debug, Default)]
pub(super) struct LineParts {
    carry: String,
    /// Start of a match that is replaced already and was cut; `None` outside of one.
    head: Option<String>,
}

impl LineParts {
    /// Begins another message.
    pub(super) fn clear(&mut self) {
        self.carry.clear();
        self.head = None;
    }

    /// Reads the next part of a message, and returns the replaced text that is complete.
    pub(super) fn read(
        &mut self,
        rule: &LineRule,
        cache: &mut LineCache,
        part: Part,
        message: &str,
        counts: &mut Counts,
    ) -> String {
        let mut text = std::mem::take(&mut self.carry);
        text.push_str(message);
        if let Some(head) = self.head.take() {
            let from = self.skip_rest(rule, cache, part, head, &text);
            text.drain(..from);
        }
        let edits = rule.edits(cache, &text);
        let mut end = text.len();
        if part == Part::Piece {
            end = text.floor_char_boundary(text.len().saturating_sub(OVERLAP));
            let cut = edits.iter().find(|edit| edit.end >= end.max(1) && edit.start < end);
            end = cut.map_or(end, |edit| edit.start);
            if text.len() - end > MAX_CARRY {
                let cut = cut.map(|edit| text.get(edit.start..).unwrap_or_default());
                self.head =
                    cut.map(|cut| cut.get(..cut.floor_char_boundary(HEAD)).unwrap_or_default().to_owned());
                end = text.len();
            }
        }
        let done: Vec<_> = edits.into_iter().take_while(|edit| edit.start < end).collect();
        done.iter().for_each(|_| counts.add(Kind::Pattern));
        let mut out = String::with_capacity(end);
        apply(text.get(..end).unwrap_or_default(), &done, &mut out);
        text.drain(..end);
        self.carry = text;
        out
    }

    /// Returns the length of the rest of a cut match at the start of `text`.
    fn skip_rest(
        &mut self,
        rule: &LineRule,
        cache: &mut LineCache,
        part: Part,
        head: String,
        text: &str,
    ) -> usize {
        let whole = format!("{head}{text}");
        let end = rule.match_at_start(cache, &whole).unwrap_or_default();
        let length = end.saturating_sub(head.len());
        if length == text.len() && part == Part::Piece {
            self.head = Some(head);
        }
        length
    }
}
