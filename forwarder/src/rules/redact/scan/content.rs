//! Redaction of the contents of strings, numbers and plain text.

use std::{borrow::Cow, cmp::Reverse, ops::Range};

use super::{
    super::{
        detect::{Context, Span},
        edit::Edit,
        kind::Kind,
        unescape::Unescaped,
    },
    Extent, MAX_LAYERS, Scanner, Shared,
};

/// Number of strings after a name like "secret access key" that may hold the key: `{"name":"SECRET_KEY","value":"…"}`.
const SECRET_NAME_AGE: u8 = 3;

impl Scanner {
    /// Reads plain text, which may have escapes: a part of a JSON string, or JSON in a string of another language.
    pub(super) fn text_content(&mut self, shared: &mut Shared<'_>, text: &str, range: Range<usize>) {
        let content = text.get(range.clone()).unwrap_or_default();
        if content.is_empty() {
            return;
        }
        if !self.unescaped_content(shared, content, range.start) {
            self.flat_content(shared, content, range.start);
        }
        self.name.clear();
    }

    /// Reads the content of a string, which may be JSON itself.
    pub(super) fn string_content(&mut self, shared: &mut Shared<'_>, text: &str, range: Range<usize>) {
        let content = text.get(range.clone()).unwrap_or_default();
        if !self.may_find(shared, range.clone()) && !shared.set.has_patterns() {
            return;
        }
        if self.unescaped_content(shared, content, range.start) {
            return;
        }
        let may_be_json = memchr::memchr2(b'{', b'[', content.as_bytes()).is_some();
        if may_be_json && self.layer < MAX_LAYERS {
            let edits = self.inner_edits(shared, content);
            self.edits.extend(edits.iter().map(|edit| edit.outwards(|at| range.start + at)));
        } else {
            self.flat_content(shared, content, range.start);
        }
    }

    /// Returns true if detectors may find something in a part of this layer.
    fn may_find(&self, shared: &mut Shared<'_>, range: Range<usize>) -> bool {
        self.layer > 0 || shared.places.may_be_in(range)
    }

    /// Reads content with escapes; returns false if it has none.
    fn unescaped_content(&mut self, shared: &mut Shared<'_>, content: &str, start: usize) -> bool {
        if memchr::memchr(b'\\', content.as_bytes()).is_none() {
            return false;
        }
        let Some(unescaped) = Unescaped::new(content) else { return false };
        if self.layer >= MAX_LAYERS {
            self.deepest_content(shared, content, start);
            return true;
        }
        let edits = self.inner_edits(shared, &unescaped.text);
        self.edits.extend(edits.iter().map(|edit| edit.outwards(|at| start + unescaped.escaped_index(at))));
        true
    }

    /// Reads content in more layers of escapes than are removed: if anything is found, all of it is replaced.
    fn deepest_content(&mut self, shared: &mut Shared<'_>, content: &str, start: usize) {
        let first = self.edits.len();
        self.flat_content(shared, content, start);
        if let Some(edit) = self.edits.get_mut(first) {
            (edit.from, edit.start, edit.end) = (start, start, start + content.len());
            self.edits.truncate(first + 1);
        }
    }

    /// Returns the edits of the content of a string.
    fn inner_edits(&self, shared: &mut Shared<'_>, content: &str) -> Vec<Edit> {
        let mut inner = Self {
            name: self.name.clone(),
            outer: self.value.clone(),
            layer: self.layer + 1,
            ..Self::default()
        };
        inner.scan(shared, content, Extent::ToEnd);
        inner.edits
    }

    /// Reads content without escapes and without JSON.
    fn flat_content(&mut self, shared: &mut Shared<'_>, content: &str, start: usize) {
        let may_find = self.may_find(shared, start..start + content.len());
        find(shared, content, may_find.then_some(&self.name));
        merge(&mut shared.found.spans);
        for span in &shared.found.spans {
            let secret = content.get(span.start..span.end).unwrap_or_default();
            let mut text = String::new();
            shared.set.write(span, secret, &mut text);
            let (from, start, end) = (start + span.from, start + span.start, start + span.end);
            self.edits.push(Edit { from, start, end, text, kind: Some(span.kind) });
        }
    }

    /// Reads a number: if it has a card's number or matches a pattern, a string replaces it.
    pub(super) fn number_content(&mut self, shared: &mut Shared<'_>, text: &str, range: Range<usize>) {
        let number = text.get(range.clone()).unwrap_or_default();
        let age = *shared.secret_name_age;
        let may_find = self.may_find(shared, range.clone());
        find(shared, number, may_find.then_some(""));
        *shared.secret_name_age = age;
        let spans = &shared.found.spans;
        if let Some(span) = spans.iter().find(|span| matches!(span.kind, Kind::Card | Kind::Pattern)) {
            let mut text = String::from('"');
            shared.set.write(span, number, &mut text);
            text.push('"');
            self.edits.push(Edit {
                from: range.start,
                start: range.start,
                end: range.end,
                text,
                kind: Some(span.kind),
            });
        }
    }
}

/// Finds the secrets in text without escapes, the value of a member `name`; without one, only those of patterns.
fn find(shared: &mut Shared<'_>, text: &str, name: Option<&str>) {
    shared.found.clear();
    if let Some(name) = name {
        let context = Context { name, is_after_secret_name: *shared.secret_name_age > 0 };
        shared.set.detectors.find(text.as_bytes(), context, shared.pem, shared.found);
    }
    shared.set.find_patterns(text, shared.caches, shared.found);
    *shared.secret_name_age = match shared.found.has_secret_name {
        true => SECRET_NAME_AGE,
        false => shared.secret_name_age.saturating_sub(1),
    };
}

/// Sorts spans and joins those that overlap: the first and longest one gives its kind.
fn merge(spans: &mut Vec<Span>) {
    spans.sort_by_key(|span| (span.start, Reverse(span.end), span.kind));
    spans.dedup_by(|next, kept| {
        let is_overlap = next.start < kept.end;
        if is_overlap {
            kept.end = kept.end.max(next.end);
            kept.from = kept.from.min(next.from);
        }
        is_overlap
    });
}

/// Returns the content of a string without its escapes.
pub(super) fn unescaped(content: &str) -> Cow<'_, str> {
    match memchr::memchr(b'\\', content.as_bytes()).and_then(|_| Unescaped::new(content)) {
        Some(unescaped) => unescaped.text.into(),
        None => content.into(),
    }
}
