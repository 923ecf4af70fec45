//! Detector of the numbers of payment cards.

use super::{
    super::kind::Kind,
    Found,
    bytes::{byte_at, byte_before, run_end},
    word::Word,
};

/// Fewest and most digits of a card's number.
const DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

/// Distance of the words that are looked at: the shortest number holds one of them whole.
const STEP: usize = 6;

/// Finds numbers of cards: digits on their own, or in groups that a space or a hyphen separates.
pub(super) fn find(text: &[u8], found: &mut Found) {
    let mut done = 0;
    for (at, word) in Word::each(text, STEP) {
        let is_part = |byte: &u8| byte.is_ascii_digit() || is_separator(*byte);
        if !word.has_no_letter()
            || at < done
            || !text.get(at..at + STEP).is_some_and(|word| word.iter().all(is_part))
        {
            continue;
        }
        if let Some(seed) = (at..=at + 1).find(|at| byte_at(text, *at).is_ascii_digit()) {
            done = find_in_run(text, done, seed, found);
        }
    }
}

/// Finds numbers in the run of digits and single separators around `seed`. Returns the end of the run.
fn find_in_run(text: &[u8], limit: usize, seed: usize, found: &mut Found) -> usize {
    let (mut start, run_end) = (run_start(text, limit, seed), run_end_after(text, seed));
    while run_end - start >= *DIGITS.start() {
        let group_end = run_end_of_digits(text, start);
        let end = number_at(text, start, group_end);
        if let Some(end) = end {
            found.push(Kind::Card, start, start, end);
        }
        // A separator is never last in the run.
        start = end.unwrap_or(group_end) + 1;
        if start > run_end {
            break;
        }
    }
    run_end
}

fn run_start(text: &[u8], limit: usize, seed: usize) -> usize {
    let mut start = seed;
    while start > limit {
        let before = byte_before(text, start);
        let is_joined = is_separator(before) && byte_before(text, start - 1).is_ascii_digit();
        let is_in_run = before.is_ascii_digit() || (is_joined && start - 1 > limit);
        if !is_in_run {
            break;
        }
        start -= 1;
    }
    start
}

fn run_end_after(text: &[u8], seed: usize) -> usize {
    let mut end = seed + 1;
    loop {
        let byte = byte_at(text, end);
        let is_joint = is_separator(byte) && byte_at(text, end + 1).is_ascii_digit();
        let is_in_run = byte.is_ascii_digit() || is_joint;
        if !is_in_run {
            return end;
        }
        end += 1;
    }
}

fn run_end_of_digits(text: &[u8], at: usize) -> usize {
    run_end(text, at, |byte| byte.is_ascii_digit())
}

fn is_separator(byte: u8) -> bool {
    byte == b' ' || byte == b'-'
}

/// Returns the end of the number that begins at `start`, where a group of digits begins.
fn number_at(text: &[u8], start: usize, group_end: usize) -> Option<usize> {
    if is_beside(byte_before(text, start)) || is_fraction(text, start) {
        return None;
    }
    let mut number = Number::default();
    number.push(text.get(start..group_end)?)?;
    if number.length >= *DIGITS.start() {
        return number.ends_at(text, group_end).then_some(group_end);
    }
    let separator = byte_at(text, group_end);
    let (mut at, mut groups, mut best) = (group_end, [group_end - start, 0, 0, 0, 0], None);
    for index in 1..groups.len() {
        if byte_at(text, at) != separator || !is_separator(separator) {
            break;
        }
        let end = run_end_of_digits(text, at + 1);
        let Some(()) = text.get(at + 1..end).and_then(|group| number.push(group)) else { break };
        if let Some(length) = groups.get_mut(index) {
            *length = end - at - 1;
        }
        if is_grouping(groups.get(..=index).unwrap_or_default()) && number.ends_at(text, end) {
            best = Some(end);
        }
        at = end;
    }
    best
}

/// Returns true if cards are printed in groups of these lengths.
fn is_grouping(groups: &[usize]) -> bool {
    match groups {
        [4, 6, 4 | 5] | [6, 13] | [8, 8] => true,
        [first @ .., last] => {
            groups.len() >= 4 && first.iter().all(|group| *group == 4) && (1..=4).contains(last)
        }
        [] => false,
    }
}

/// Returns true for letters and digits, which must not be beside a number.
fn is_beside(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// Returns true if the digits are those after a decimal point.
fn is_fraction(text: &[u8], start: usize) -> bool {
    byte_before(text, start) == b'.' && byte_before(text, start - 1).is_ascii_digit()
}

/// Digits of a number that may be a card's.
#[derive(Clone, Copy, Default)]
struct Number {
    digits: [u8; 19],
    length: usize,
}

impl Number {
    /// Appends digits; `None` if they are too many.
    fn push(&mut self, group: &[u8]) -> Option<()> {
        let end = self.length.checked_add(group.len())?;
        for (digit, byte) in self.digits.get_mut(self.length..end)?.iter_mut().zip(group) {
            *digit = byte.wrapping_sub(b'0');
        }
        self.length = end;
        Some(())
    }

    /// Returns true if the digits are a card's number and what follows it, at `end`, is not a part of it.
    fn ends_at(&self, text: &[u8], end: usize) -> bool {
        let next = byte_at(text, end);
        let is_decimal = next == b'.' && byte_at(text, end + 1).is_ascii_digit();
        let digits = self.digits.get(..self.length).unwrap_or_default();
        DIGITS.contains(&self.length)
            && !is_beside(next)
            && !is_decimal
            && has_known_prefix(digits)
            && has_check_digit(digits)
    }
}

/// Checks the digits by Luhn's algorithm.
fn has_check_digit(digits: &[u8]) -> bool {
    let mut sum = 0_u32;
    for (digit, place) in digits.iter().rev().zip(0_u32..) {
        let value = u32::from(*digit) << (place % 2);
        sum += value / 10 + value % 10;
    }
    sum.is_multiple_of(10)
}

/// Returns true if a network gives out cards with these first digits and of this length.
fn has_known_prefix(digits: &[u8]) -> bool {
    let first = |n: usize| digits.iter().take(n).fold(0, |value, digit| value * 10 + u32::from(*digit));
    let (two, three, four) = (first(2), first(3), first(4));
    match digits.len() {
        13 => two / 10 == 4 || is_maestro(four),
        14 => matches!(three, 300..=305 | 309) || matches!(two, 36 | 38 | 39) || is_maestro(four),
        15 => matches!(two, 34 | 37) || matches!(four, 1800 | 2131) || is_maestro(four),
        16 => {
            matches!(two, 40..=49 | 51..=55 | 60 | 62 | 65 | 81 | 36 | 38 | 39)
                || matches!(three, 644..=649 | 300..=305 | 309 | 508)
                || matches!(four, 2221..=2720 | 2200..=2204 | 3528..=3589)
                || is_maestro(four)
        }
        _ => {
            two == 62
                || (digits.len() == 19 && two / 10 == 4)
                || two == 65
                || four == 6011
                || matches!(three, 644..=649)
                || matches!(four, 3528..=3589)
                || is_maestro(four)
        }
    }
}

fn is_maestro(four: u32) -> bool {
    matches!(four, 5018 | 5020 | 5038 | 5612 | 5893 | 6304 | 6390 | 6759 | 6761..=6763)
}
