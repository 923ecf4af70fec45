//! Replacements of parts of a text.

use super::{kind::Kind, unescape::escape_into};

/// Replacement of a part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    /// Start of what shows that this is a secret: at or before `start`.
    pub(super) from: usize,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) text: String,
    /// Kind of the secret; `None` for an edit that belongs to another one.
    pub(super) kind: Option<Kind>,
}

impl Edit {
    /// Removal of the start of a text that continues a secret; its end is yet to be set.
    pub(super) fn removal() -> Self {
        Self { from: 0, start: 0, end: 0, text: String::new(), kind: None }
    }

    /// Converts the edit of a text that is a part of another one: `index` maps positions, and the text gets a layer of
    /// escapes.
    pub(super) fn outwards(&self, index: impl Fn(usize) -> usize) -> Self {
        let mut text = String::with_capacity(self.text.len());
        escape_into(&self.text, &mut text);
        let (from, start, end) = (index(self.from), index(self.start), index(self.end));
        Self { from, start, end, text, kind: self.kind }
    }
}

/// Appends `text` with its edits, which are in ascending order and do not overlap.
pub(super) fn apply(text: &str, edits: &[Edit], out: &mut String) {
    let mut copied = 0;
    for edit in edits {
        out.push_str(text.get(copied..edit.start).unwrap_or_default());
        out.push_str(&edit.text);
        copied = edit.end;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
}
