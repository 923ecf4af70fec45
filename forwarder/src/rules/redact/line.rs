//! Regex that is applied to a message as it is written, not to the values in its JSON: its matches may span members.

use std::ops::Range;

use super::{
    super::pattern::{Dialect, Pattern, PatternCache, PatternError, Purpose},
    OptionsError,
    edit::Edit,
    json_form::JsonForm,
    kind::Kind,
    pattern::Redacted,
    replacement::Replacement,
    unescape::unescape_all,
};

/// Regex and replacement of Python's `re.sub`, for the text of a message and for the JSON string of this text.
#[derive(Debug)]
pub(super) struct LineRule {
    regex: Redacted,
    /// Regex that finds the groups of a match; `None` if the replacement refers to none.
    groups: Option<Pattern>,
    replacement: Replacement,
}

/// Caches of a [`LineRule`], which one worker uses at a time.
#[derive(Debug, Default)]
pub(super) struct LineCache {
    pub(super) regex: PatternCache,
    groups: PatternCache,
}

impl LineRule {
    pub(super) fn new(regex: &str, replacement: &str, cache_bytes: usize) -> Result<Self, OptionsError> {
        let refused =
            |error: PatternError| OptionsError::Pattern { character: error.character, reason: error.reason };
        let pattern = || Pattern::in_dialect(regex, Dialect::Python, Purpose::Find, cache_bytes);
        let groups = pattern().map_err(refused)?;
        let replacement =
            Replacement::parse(replacement, groups.groups()).map_err(OptionsError::Replacement)?;
        let groups = replacement.has_groups().then_some(groups);
        let regex = Redacted::in_dialect(regex, Dialect::Python, cache_bytes).map_err(refused)?;
        Ok(Self { regex, groups, replacement })
    }

    /// The regex, for the values in a message.
    pub(super) fn regex(&self) -> &Redacted {
        &self.regex
    }

    /// True if the replacement can stand in a JSON string as it is.
    pub(super) fn is_fit_for_strings(&self) -> bool {
        !self.replacement.needs_escapes()
    }

    /// Bytes of memory of the compiled regexes, with their caches.
    pub(super) fn memory_usage(&self) -> usize {
        self.regex.memory_usage() + self.groups.as_ref().map_or(0, Pattern::memory_usage)
    }

    /// Appends the replacement of `secret`, which the regex matches.
    pub(super) fn write(&self, cache: &mut LineCache, secret: &str, out: &mut String) {
        let groups = self.groups.as_ref().map(|groups| groups.find_groups(&mut cache.groups, secret));
        let groups = groups.unwrap_or_default();
        self.replacement.write(secret, |number| secret.get(groups.get(number)?.clone()?), out);
    }

    /// Finds the edits of a text, in ascending order; they do not overlap.
    pub(super) fn edits(&self, cache: &mut LineCache, text: &str) -> Vec<Edit> {
        let mut edits = Vec::new();
        for range in self.ranges(cache, text) {
            let mut replaced = String::new();
            self.write(cache, text.get(range.clone()).unwrap_or_default(), &mut replaced);
            edits.push(edit(range, replaced));
        }
        let Some(form) = JsonForm::of(text) else { return edits };
        let in_text = edits.len();
        for range in self.ranges(cache, &form.text) {
            let secret = form.text.get(range.clone()).unwrap_or_default();
            let original = form.original(&range);
            let is_known = edits.get(..in_text).unwrap_or_default().iter();
            let mut is_known =
                is_known.filter(|edit| edit.start <= original.start && original.end <= edit.end);
            if original.is_empty() || is_known.next().is_some() {
                continue;
            }
            let (mut replaced, mut plain) = (String::new(), <[String; 2]>::default());
            self.write(cache, secret, &mut replaced);
            if unescape_all(&replaced, 1, &mut plain) {
                [replaced, _] = plain;
            }
            edits.push(edit(original, replaced));
        }
        merge(&mut edits);
        edits
    }

    fn ranges(&self, cache: &mut LineCache, text: &str) -> Vec<Range<usize>> {
        let mut ranges = Vec::new();
        self.regex.find(&mut cache.regex, text, |range| ranges.push(range));
        ranges
    }

    /// Returns the end of a match at the start of `text`; `None` if there is none.
    pub(super) fn match_at_start(&self, cache: &mut LineCache, text: &str) -> Option<usize> {
        let first = self.regex.first(&mut cache.regex, text)?;
        (first.start == 0).then_some(first.end)
    }
}

fn edit(range: Range<usize>, text: String) -> Edit {
    Edit { from: range.start, start: range.start, end: range.end, text, kind: Some(Kind::Pattern) }
}

/// Adds the edits of lines to those of the values in a message, which take precedence.
pub(super) fn add(message: &str, values: &mut Vec<Edit>, mut lines: Vec<Edit>) {
    if lines.is_empty() {
        return;
    }
    let bytes = message.as_bytes();
    for line in &mut lines {
        let backslashes =
            bytes.get(..line.start).unwrap_or_default().iter().rev().take_while(|byte| **byte == b'\\');
        // The letter of an escape is no part of the value after it.
        if backslashes.count() % 2 == 1 && values.iter().any(|value| value.start == line.start + 1) {
            line.start += 1;
        }
    }
    values.extend(lines);
    merge(values);
}

/// Sorts edits and joins those that overlap: the first one gives the text.
pub(super) fn merge(edits: &mut Vec<Edit>) {
    edits.sort_by_key(|edit| edit.start);
    edits.dedup_by(|next, kept| {
        let is_overlap = next.start < kept.end;
        if is_overlap {
            kept.end = kept.end.max(next.end);
            kept.from = kept.from.min(next.from);
        }
        is_overlap
    });
}
