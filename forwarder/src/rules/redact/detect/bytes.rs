//! Reading of bytes at positions that may be outside of a text.

/// Returns the byte at an index; 0, which is part of no secret, outside of the text.
#[inline]
pub(super) fn byte_at(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}

/// Returns the byte before an index; 0 at the start of the text.
#[inline]
pub(super) fn byte_before(text: &[u8], at: usize) -> u8 {
    at.checked_sub(1).map_or(0, |before| byte_at(text, before))
}

/// Returns the first index at or after `at` whose byte is not `in_run`.
#[inline]
pub(in super::super) fn run_end(text: &[u8], at: usize, in_run: impl Fn(u8) -> bool) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.iter().position(|byte| !in_run(*byte)).map_or(text.len(), |length| at + length)
}

/// Returns the start of the run of bytes that are `in_run` before `at`, but not before `limit`.
#[inline]
pub(super) fn run_start(text: &[u8], limit: usize, at: usize, in_run: impl Fn(u8) -> bool) -> usize {
    let before = text.get(limit..at).unwrap_or_default();
    before.iter().rposition(|byte| !in_run(*byte)).map_or(limit, |last| limit + last + 1)
}

/// Returns true if the text has `word`, which is in lower case, at an index, in any case.
pub(super) fn has_word(text: &[u8], at: usize, word: &str) -> bool {
    at.checked_add(word.len())
        .and_then(|end| text.get(at..end))
        .is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes()))
}
