//! Patterns of dates as Java writes them, for `parseDate`: `yyyy-MM-dd'T'HH:mm:ss.SSSXXX`.

use jiff::{
    civil::{Date, DateTime, Time},
    tz::{Offset, TimeZone},
};

/// Parses a text that a pattern describes as a whole. Returns Unix milliseconds.
///
/// A zone in the text takes precedence over `zone`. A part of the date that the pattern does not have is that of
/// 1970-01-01, a part of the time is 0.
pub(super) fn parse(text: &str, pattern: &str, zone: &TimeZone) -> Option<i64> {
    let mut reader = Reader { rest: text, parts: Parts::default() };
    let items = items(pattern)?;
    for (at, item) in items.iter().enumerate() {
        // A number right before another one has exactly as many digits as it has letters.
        let is_followed = items.get(at + 1).is_some_and(|next| matches!(next, Item::Letters(..)));
        match item {
            Item::Literal(c) => reader.literal(*c)?,
            Item::Letters(letter, count) => reader.letters(*letter, *count, is_followed)?,
        }
    }
    if reader.rest.is_empty() { reader.parts.millis(zone) } else { None }
}

/// Piece of a pattern.
enum Item {
    Literal(char),
    /// Letter and the number of its repetitions.
    Letters(char, usize),
}

/// Splits a pattern. Text between single quotes is literal, and `''` is a quote. Brackets of optional parts are dropped.
fn items(pattern: &str) -> Option<Vec<Item>> {
    let mut items = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' => {
                if chars.next_if_eq(&'\'').is_some() {
                    items.push(Item::Literal('\''));
                    continue;
                }
                loop {
                    match chars.next()? {
                        '\'' if chars.next_if_eq(&'\'').is_some() => items.push(Item::Literal('\'')),
                        '\'' => break,
                        inside => items.push(Item::Literal(inside)),
                    }
                }
            }
            c if c.is_ascii_alphabetic() => {
                let mut count = 1;
                while chars.next_if_eq(&c).is_some() {
                    count += 1;
                }
                items.push(Item::Letters(c, count));
            }
            '[' | ']' => {}
            c => items.push(Item::Literal(c)),
        }
    }
    Some(items)
}

/// Parts of a date that were read.
#[derive(Default)]
struct Parts {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    day_of_year: Option<i16>,
    hour: Option<i8>,
    is_afternoon: Option<bool>,
    minute: i8,
    second: i8,
    nanosecond: i32,
    zone: Option<TimeZone>,
}

impl Parts {
    fn millis(self, zone: &TimeZone) -> Option<i64> {
        let year = self.year.unwrap_or(1970);
        let date = match self.day_of_year {
            Some(day) => {
                let first = Date::new(year, 1, 1).ok()?;
                if !(1..=first.days_in_year()).contains(&day) {
                    return None;
                }
                first.checked_add(jiff::Span::new().days(i64::from(day - 1))).ok()?
            }
            None => Date::new(year, self.month.unwrap_or(1), self.day.unwrap_or(1)).ok()?,
        };
        let hour = match (self.hour.unwrap_or(0), self.is_afternoon) {
            (hour @ 1..=11, Some(true)) => hour + 12,
            (12, Some(false)) => 0,
            (hour, _) => hour,
        };
        let time = Time::new(hour, self.minute, self.second, self.nanosecond).ok()?;
        let zone = self.zone.as_ref().unwrap_or(zone);
        let time = zone.to_zoned(DateTime::from_parts(date, time)).ok()?;
        Some(time.timestamp().as_millisecond())
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

struct Reader<'t> {
    rest: &'t str,
    parts: Parts,
}

impl Reader<'_> {
    fn literal(&mut self, c: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(c)?;
        Some(())
    }

    fn letters(&mut self, letter: char, count: usize, is_followed: bool) -> Option<()> {
        let width = if is_followed { Some(count) } else { None };
        match letter {
            'y' | 'u' | 'Y' => self.parts.year = Some(self.year(count, width)?),
            'M' | 'L' if count >= 3 => {
                let month = self.word(&MONTHS)? + 1;
                self.parts.month = Some(i8::try_from(month).ok()?);
            }
            'M' | 'L' => self.parts.month = Some(self.number(width)?),
            'd' => self.parts.day = Some(self.number(width)?),
            'D' => self.parts.day_of_year = Some(self.number(width)?),
            'H' | 'h' => self.parts.hour = Some(self.number(width)?),
            // These count from 1 to 24 and from 0 to 11.
            'k' => self.parts.hour = Some(self.number::<i8>(width)? % 24),
            'K' => self.parts.hour = Some(self.number(width)?),
            'm' => self.parts.minute = self.number(width)?,
            's' => self.parts.second = self.number(width)?,
            'S' => self.parts.nanosecond = self.fraction(width)?,
            'n' => self.parts.nanosecond = self.number(width)?,
            'a' => self.parts.is_afternoon = Some(self.word(&["am", "pm"])? == 1),
            'E' => drop(self.word(&WEEKDAYS)?),
            'X' | 'x' | 'Z' | 'z' | 'V' | 'O' | 'v' => self.parts.zone = Some(self.zone()?),
            _ => return None,
        }
        Some(())
    }

    /// Reads digits: as many as `width`, or all that follow.
    fn digits(&mut self, width: Option<usize>) -> Option<&str> {
        let all = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let length = width.unwrap_or(all);
        let (digits, rest) = self.rest.split_at_checked(length).filter(|_| length > 0 && length <= all)?;
        self.rest = rest;
        Some(digits)
    }

    fn number<T: std::str::FromStr>(&mut self, width: Option<usize>) -> Option<T> {
        self.digits(width)?.parse().ok()
    }

    /// Reads a year. Two digits are in this century.
    fn year(&mut self, count: usize, width: Option<usize>) -> Option<i16> {
        let digits = self.digits(width)?;
        let is_short = count == 2 && digits.len() == 2;
        let year: i16 = digits.parse().ok()?;
        Some(if is_short { 2000 + year } else { year })
    }

    /// Reads the fraction of a second. Returns nanoseconds.
    fn fraction(&mut self, width: Option<usize>) -> Option<i32> {
        let digits = self.digits(width)?;
        let nine: String = digits.chars().chain(std::iter::repeat('0')).take(9).collect();
        nine.parse().ok()
    }

    /// Reads one of some words, or its first three letters, in any case. Returns its position.
    fn word(&mut self, words: &[&str]) -> Option<usize> {
        let length = self.rest.find(|c: char| !c.is_alphabetic()).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(length)?;
        let word = word.to_lowercase();
        let found = words.iter().position(|known| *known == word || known.get(..3) == Some(word.as_str()))?;
        self.rest = rest;
        Some(found)
    }

    /// Reads an offset, or the name of a zone.
    fn zone(&mut self) -> Option<TimeZone> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | ':' | '/' | '_');
        let length = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        super::date::zone_of(name)
    }
}

/// Parses an offset from UTC: `Z`, `+02`, `+0200` or `+02:00`.
pub(super) fn offset(text: &str) -> Option<TimeZone> {
    if text == "Z" {
        return Some(TimeZone::UTC);
    }
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let digits: String = text.get(1..)?.chars().filter(|c| *c != ':').collect();
    let is_digits = matches!(digits.len(), 1 | 2 | 4 | 6) && digits.bytes().all(|b| b.is_ascii_digit());
    if !is_digits {
        return None;
    }
    let number =
        |from: usize, to: usize| digits.get(from..to).map_or(Some(0), |part| part.parse::<i32>().ok());
    let seconds = if digits.len() < 3 {
        digits.parse::<i32>().ok()? * 3600
    } else {
        number(0, 2)? * 3600 + number(2, 4)? * 60 + number(4, 6)?
    };
    Some(TimeZone::fixed(Offset::from_seconds(sign * seconds).ok()?))
}
