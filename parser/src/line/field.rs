//! Parser for `Key: value unit` fields and exact decimal numbers, without regular expressions.

use std::time::Duration;

use crate::units::MemoryMib;

/// Iterator over the fields of a platform line, as pairs of key and value, in the order of the line.
///
/// Fields are separated by tabs, line breaks or any number of spaces. A key ends at a colon that white space follows.
/// A value is one word, or a list in brackets; the unit of a number is skipped. So a line with Lambda's tabs gives
/// the same fields as one whose tabs a console or document turned into spaces. Text at the end that is not a field
/// has an empty key.
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
        let Some((key, after)) = split_key(text) else {
            self.rest = "";
            return Some(("", text));
        };
        let (value, rest) = split_value(after);
        self.rest = rest;
        Some((key, value))
    }
}

/// Splits off the first key and its colon; returns the key and the text after them.
///
/// The key begins after the last tab, line break or run of spaces: words before that belong to the previous field's
/// value.
fn split_key(text: &str) -> Option<(&str, &str)> {
    let (mut start, mut previous) = (0, b'\0');
    for (at, byte) in text.bytes().enumerate() {
        let is_separator = matches!(byte, b'\t' | b'\n') || (byte == b' ' && previous == b' ');
        if is_separator {
            start = at + 1;
        }
        previous = byte;
        if byte == b':' && text.as_bytes().get(at + 1).is_none_or(u8::is_ascii_whitespace) {
            let after = text.get(at + 1..)?;
            return Some((text.get(start..at)?, after.strip_prefix(' ').unwrap_or(after)));
        }
    }
    None
}

/// Splits off a value and its unit; returns the value and the rest of the line.
fn split_value(text: &str) -> (&str, &str) {
    if let Some((list, rest)) = text.strip_prefix('[').and_then(|list| list.split_once(']')) {
        return (list, rest);
    }
    let (value, rest) = split_word(text);
    (value, skip_unit(value, rest))
}

/// The text after the unit of `value`, or after the value if it has no unit.
fn skip_unit<'a>(value: &str, after: &'a str) -> &'a str {
    let Some((unit, rest)) = after.strip_prefix(' ').map(split_word) else { return after };
    // A copy may have lost the tab after the unit: `47 MBInit Duration: 205.52 ms`.
    let glued =
        || ["ms", "MB"].iter().find_map(|known| unit.strip_prefix(known)).filter(|key| begins_key(key));
    if let Some(key) = glued() {
        return after.get(after.len() - rest.len() - key.len()..).unwrap_or(rest);
    }
    // An unknown short word after a number is a unit only if the field ends there; else it may begin the next key.
    let is_number = || value.starts_with(|first: char| first.is_ascii_digit());
    let ends_field = || unit.len() <= 4 && !unit.ends_with(':') && !rest.starts_with(' ');
    if matches!(unit, "ms" | "MB") || (is_number() && ends_field()) { rest } else { after }
}

fn begins_key(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_uppercase())
}

/// Splits the text at the first white space.
pub(super) fn split_word(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|byte| byte.is_ascii_whitespace()).unwrap_or(text.len());
    text.split_at(end)
}

/// Splits off the first word; `None` if it is empty.
pub(super) fn word(text: &str) -> Option<(&str, &str)> {
    Some(split_word(text)).filter(|(word, _)| !word.is_empty())
}

/// The text; `None` if it is empty.
pub(super) fn non_empty(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// Parses a decimal number of milliseconds, exact to the nanosecond.
pub(super) fn millis(text: &str) -> Option<Duration> {
    decimal(text, 1_000_000)
}

/// Parses a decimal number of seconds, exact to the nanosecond.
pub(super) fn seconds(text: &str) -> Option<Duration> {
    decimal(text, 1_000_000_000)
}

/// Parses a decimal number in units of `unit_nanos` nanoseconds. No float is used, because none is exactly `423.98`.
fn decimal(text: &str, unit_nanos: u64) -> Option<Duration> {
    let (whole, fraction) = split_point(text);
    let mut nanos = digits(whole)?.checked_mul(unit_nanos)?;
    let mut weight = unit_nanos;
    for byte in fraction.bytes() {
        weight /= 10;
        nanos = nanos.checked_add(digit(byte)? * weight)?;
    }
    Some(Duration::from_nanos(nanos))
}

/// Splits a number at its decimal point.
fn split_point(text: &str) -> (&str, &str) {
    let point = text.bytes().position(|byte| byte == b'.').unwrap_or(text.len());
    let (whole, fraction) = text.split_at(point);
    (whole, fraction.strip_prefix('.').unwrap_or(fraction))
}

/// Parses a number and drops its fraction.
pub(super) fn whole(text: &str) -> Option<u64> {
    digits(split_point(text).0)
}

/// Parses a memory size in Lambda's MB.
pub(super) fn memory(text: &str) -> Option<MemoryMib> {
    whole(text).and_then(|mib| u32::try_from(mib).ok()).map(MemoryMib)
}

fn digits(text: &str) -> Option<u64> {
    non_empty(text)?.bytes().try_fold(0_u64, |number, byte| number.checked_mul(10)?.checked_add(digit(byte)?))
}

fn digit(byte: u8) -> Option<u64> {
    byte.is_ascii_digit().then(|| u64::from(byte - b'0'))
}
