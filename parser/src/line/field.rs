//! `Key: value unit` fields and exact decimals, without a regex.

use std::time::Duration;

use crate::units::MemoryMib;

/// The fields of a platform line in the order they stand, split by tabs, newlines or any number of spaces.
///
/// A key ends at a colon with white space behind it. A value is one word, or a list in brackets; a number's unit is
/// stepped over. That way a line reads the same with Lambda's tabs and as documents and consoles render it.
/// Text at the end that is no field comes with an empty key.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a> {
    rest: &'a str,
}

impl<'a> Fields<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { rest: text }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.rest.trim_ascii_start();
        if text.is_empty() {
            return None;
        }
        let Some((key, behind)) = split_key(text) else {
            self.rest = "";
            return Some(("", text));
        };
        let (value, rest) = split_value(behind);
        self.rest = rest;
        Some((key, value))
    }
}

/// The first key and what stands behind its colon.
fn split_key(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let ends_key = |at: &usize| bytes.get(at + 1).is_none_or(u8::is_ascii_whitespace);
    let colon = memchr::memchr_iter(b':', bytes).find(ends_key)?;
    let (before, behind) = text.split_at(colon);
    let behind = behind.strip_prefix(": ").or_else(|| behind.strip_prefix(':'))?;
    Some((last_segment(before), behind))
}

/// What follows the last separator: words before it belong to the value of the field before.
fn last_segment(text: &str) -> &str {
    let segment = text.rsplit(['\t', '\n']).next().unwrap_or(text);
    segment.rsplit_once("  ").map_or(segment, |(_, segment)| segment)
}

/// A value without its unit, and the rest of the line.
fn split_value(text: &str) -> (&str, &str) {
    if let Some((list, rest)) = text.strip_prefix('[').and_then(|list| list.split_once(']')) {
        return (list, rest);
    }
    let (value, rest) = split_word(text);
    (value, skip_unit(value, rest))
}

/// What stands behind a value and its unit.
fn skip_unit<'a>(value: &str, behind: &'a str) -> &'a str {
    let Some((unit, rest)) = behind.strip_prefix(' ').map(split_word) else { return behind };
    // Another unit behind a number is one when its field ends there: else it may be the next key's first word.
    let is_number = || value.starts_with(|first: char| first.is_ascii_digit());
    let ends_field = || unit.len() <= 4 && !unit.ends_with(':') && !rest.starts_with(' ');
    if matches!(unit, "ms" | "MB") || (is_number() && ends_field()) { rest } else { behind }
}

/// The text up to the first white space, and from there on.
pub(super) fn split_word(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|byte| byte.is_ascii_whitespace()).unwrap_or(text.len());
    text.split_at(end)
}

/// A word that must not be empty, with white space or nothing behind it.
pub(super) fn word(text: &str) -> Option<(&str, &str)> {
    Some(split_word(text)).filter(|(word, _)| !word.is_empty())
}

/// The text unless it is empty.
pub(super) fn filled(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// True for nothing but white space, which is how most messages end.
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_whitespace())
}

/// A decimal number of milliseconds, exact to the nanosecond.
pub(super) fn millis(text: &str) -> Option<Duration> {
    decimal(text, 1_000_000)
}

/// A decimal number of seconds, exact to the nanosecond.
pub(super) fn seconds(text: &str) -> Option<Duration> {
    decimal(text, 1_000_000_000)
}

/// A decimal number of units of so many nanoseconds. No float is involved: `423.98` has none.
fn decimal(text: &str, unit_nanos: u64) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut nanos = digits(whole)?.checked_mul(unit_nanos)?;
    let mut weight = unit_nanos;
    for byte in fraction.bytes() {
        weight /= 10;
        nanos = nanos.checked_add(digit(byte)? * weight)?;
    }
    Some(Duration::from_nanos(nanos))
}

/// A whole number; a fraction is cut off.
pub(super) fn whole(text: &str) -> Option<u64> {
    digits(text.split_once('.').map_or(text, |(whole, _)| whole))
}

/// A number of Lambda's megabytes.
pub(super) fn memory(text: &str) -> Option<MemoryMib> {
    whole(text).and_then(|mib| u32::try_from(mib).ok()).map(MemoryMib)
}

fn digits(text: &str) -> Option<u64> {
    filled(text)?.bytes().try_fold(0_u64, |number, byte| number.checked_mul(10)?.checked_add(digit(byte)?))
}

fn digit(byte: u8) -> Option<u64> {
    byte.is_ascii_digit().then(|| u64::from(byte - b'0'))
}
