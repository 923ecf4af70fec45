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
///
/// The key begins behind the last tab, line break or run of spaces: words before it belong to the value of the field
/// before.
fn split_key(text: &str) -> Option<(&str, &str)> {
    let (mut start, mut previous) = (0, b'\0');
    for (at, byte) in text.bytes().enumerate() {
        let is_separator = matches!(byte, b'\t' | b'\n') || (byte == b' ' && previous == b' ');
        if is_separator {
            start = at + 1;
        }
        previous = byte;
        if byte == b':' && text.as_bytes().get(at + 1).is_none_or(u8::is_ascii_whitespace) {
            let behind = text.get(at + 1..)?;
            return Some((text.get(start..at)?, behind.strip_prefix(' ').unwrap_or(behind)));
        }
    }
    None
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

/// A decimal number of units of so many nanoseconds. No float is involved: there is none for `423.98`.
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

/// What stands before and behind the decimal point.
fn split_point(text: &str) -> (&str, &str) {
    let point = text.bytes().position(|byte| byte == b'.').unwrap_or(text.len());
    let (whole, fraction) = text.split_at(point);
    (whole, fraction.strip_prefix('.').unwrap_or(fraction))
}

/// A whole number; a fraction is cut off.
pub(super) fn whole(text: &str) -> Option<u64> {
    digits(split_point(text).0)
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
