//! Masks for the parts of a line that differ from event to event: times, ids, addresses and numbers.

use std::{
    fmt::{self, Write as _},
    net::{IpAddr, SocketAddrV4},
};

use tailwater_parser::{json, timestamp};

/// First of the characters that stand for masked parts: a range of Unicode's private use area, one character a kind.
const FIRST_MARK: u32 = 0xF_5000;
/// Number of bytes of a line that are looked at; the rest counts as one part of any content.
const MAX_LINE: usize = 8 * 1024;
/// Number of tokens of a line that are told apart; the rest counts as one part of any content.
const MAX_TOKENS: usize = 256;
/// Token that stands for the rest of a long line: the mark of [`Kind::Rest`].
const REST: &str = "\u{F500A}";
/// Length from which a word with letters and digits is an id.
const ID_WORD: usize = 6;
/// Length from which a run of hexadecimal digits is an id.
const HEX_RUN: usize = 8;
/// Greatest number of letters of a unit behind a number.
const UNIT: usize = 3;

/// Kind of a masked part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// JSON after other text.
    Json,
    /// Date and time.
    Time,
    /// UUID, such as a request id.
    Uuid,
    /// URL.
    Url,
    /// Email address.
    Email,
    /// IP address, also with a port.
    Ip,
    /// Amazon Resource Name.
    Arn,
    /// Hexadecimal number.
    Hex,
    /// Number, also with a unit.
    Number,
    /// Word of letters and digits, or a word with many values.
    Token,
    /// Rest of a long line.
    Rest,
}

impl Kind {
    const ALL: [Self; 11] = [
        Self::Json,
        Self::Time,
        Self::Uuid,
        Self::Url,
        Self::Email,
        Self::Ip,
        Self::Arn,
        Self::Hex,
        Self::Number,
        Self::Token,
        Self::Rest,
    ];

    /// Name in a printed pattern, as CloudWatch writes it: `<Time-1>`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "Json",
            Self::Time => "Time",
            Self::Uuid => "UUID",
            Self::Url => "URL",
            Self::Email => "Email",
            Self::Ip => "IP",
            Self::Arn => "ARN",
            Self::Hex => "Hex",
            Self::Number => "Number",
            Self::Token | Self::Rest => "Token",
        }
    }

    /// Character that stands for a part of this kind in a masked line.
    pub(super) fn mark(self) -> char {
        let index = Self::ALL.iter().position(|kind| *kind == self).unwrap_or(0);
        let code = FIRST_MARK.saturating_add(u32::try_from(index).unwrap_or(0));
        char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    pub(super) fn of_mark(mark: char) -> Option<Self> {
        let index = u32::from(mark).checked_sub(FIRST_MARK)?;
        Self::ALL.get(usize::try_from(index).ok()?).copied()
    }
}

/// Line whose changing parts are replaced by marks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masked(pub(super) String);

impl fmt::Display for Masked {
    /// Writes the line with the kind and number of each masked part, such as `<Number-1>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&print(&self.0))
    }
}

/// Masks a line.
#[must_use]
pub fn mask(line: &str) -> Masked {
    let mut out = String::with_capacity(line.len().min(MAX_LINE) + 16);
    let line = line.trim_ascii_end();
    let (text, tail) = split_json_tail(line);
    let cut = text.floor_char_boundary(MAX_LINE);
    mask_words(text.get(..cut).unwrap_or(text), &mut out);
    if cut < text.len() {
        out.push(Kind::Rest.mark());
    }
    if tail {
        out.push(Kind::Json.mark());
    }
    Masked(out)
}

/// Divides a masked line into tokens at blanks, and in JSON also between members. A token includes the blanks after it;
/// together the tokens are the line, or the part of it that is told apart.
pub(super) fn tokens(masked: &str) -> Vec<&str> {
    let is_json = masked.starts_with(['{', '[']);
    let is_end = |c: char| c.is_ascii_whitespace() || (is_json && matches!(c, ',' | ':' | '{' | '['));
    let (mut tokens, mut start, mut was_end) = (Vec::new(), 0, false);
    for (at, character) in masked.char_indices() {
        let ends = is_end(character);
        if was_end && !ends {
            if tokens.len() + 1 >= MAX_TOKENS {
                tokens.push(REST);
                return tokens;
            }
            tokens.extend(masked.get(start..at));
            start = at;
        }
        was_end = ends;
    }
    tokens.extend(masked.get(start..));
    tokens
}

/// Prints a masked text with CloudWatch's names: each masked part has its kind and its number within the pattern.
pub(super) fn print(masked: &str) -> String {
    let (mut out, mut number) = (String::with_capacity(masked.len()), 0);
    for character in masked.chars() {
        match Kind::of_mark(character) {
            Some(kind) => {
                number += 1;
                let _ = write!(out, "<{}-{number}>", kind.name());
            }
            None => out.push(character),
        }
    }
    out
}

/// Splits off a JSON object or array at the end of a line that has other text before it; true if there is one.
fn split_json_tail(line: &str) -> (&str, bool) {
    const ATTEMPTS: usize = 4;
    if !line.ends_with(['}', ']']) || line.starts_with(['{', '[']) {
        return (line, false);
    }
    for (at, _) in line.match_indices(['{', '[']).take(ATTEMPTS) {
        let tail = line.get(at..).unwrap_or_default();
        let is_json = json::members(tail, |_, _| {}).or_else(|| json::elements(tail, |_| {})).is_some();
        if is_json {
            return (line.get(..at).unwrap_or(line), true);
        }
    }
    (line, false)
}

/// Copies `text` to `out` with its changing parts masked.
fn mask_words(text: &str, out: &mut String) {
    let mut rest = text;
    let mut is_start = true;
    while let Some(first) = rest.chars().next() {
        let found = if is_start { find(rest) } else { None };
        if let Some((kind, length)) = found {
            out.push(kind.mark());
            rest = rest.get(length..).unwrap_or_default();
            is_start = false;
            continue;
        }
        let length = word_length(rest).max(first.len_utf8());
        out.push_str(rest.get(..length).unwrap_or_default());
        rest = rest.get(length..).unwrap_or_default();
        is_start = !is_word(first);
    }
}

/// Finds the part to mask at the start of `text`, which is not inside a word: its kind and its length in bytes.
fn find(text: &str) -> Option<(Kind, usize)> {
    let first = text.bytes().next()?;
    if !first.is_ascii_alphanumeric() && first < 0x80 && first != b':' {
        return None;
    }
    let word = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let has_digit = text.bytes().take(word).any(|byte| byte.is_ascii_digit());
    // Most words have no digit, and nothing behind them that an address could go on with.
    if !has_digit
        && !matches!(text.as_bytes().get(word), Some(b':' | b'@' | b'.' | b'-' | b'+' | b'%' | b'_'))
    {
        return None;
    }
    FINDERS.iter().find_map(|(kind, find)| Some((*kind, find(text)?)))
}

/// Finder of one kind: returns the length of the part at the start of the text.
type Finder = fn(&str) -> Option<usize>;

/// Finders in the order in which they are tried: the more specific first.
const FINDERS: [(Kind, Finder); 9] = [
    (Kind::Time, time),
    (Kind::Uuid, uuid),
    (Kind::Url, url),
    (Kind::Email, email),
    (Kind::Ip, ip),
    (Kind::Arn, arn),
    (Kind::Hex, hex),
    (Kind::Number, number),
    (Kind::Token, id_word),
];

fn time(text: &str) -> Option<usize> {
    if !text.as_bytes().first()?.is_ascii_digit() {
        return None;
    }
    let (_, rest) = timestamp::read(text).or_else(|| timestamp::read_slashed(text))?;
    Some(text.len() - rest.len())
}

fn uuid(text: &str) -> Option<usize> {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let mut at = 0;
    for (index, length) in GROUPS.into_iter().enumerate() {
        if index > 0 {
            (*text.as_bytes().get(at)? == b'-').then_some(())?;
            at += 1;
        }
        let group = text.as_bytes().get(at..at + length)?;
        group.iter().all(u8::is_ascii_hexdigit).then_some(())?;
        at += length;
    }
    ends_word(text, at).then_some(at)
}

fn url(text: &str) -> Option<usize> {
    let scheme = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'+').count();
    text.get(scheme..)?.strip_prefix("://")?;
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | ')' | ']' | ','));
    Some(end.unwrap_or(text.len())).filter(|end| *end > scheme + 3)
}

fn email(text: &str) -> Option<usize> {
    let is_local = |byte: &u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte);
    let local = text.bytes().take_while(|byte| is_local(byte)).count();
    let domain = text.get(local..)?.strip_prefix('@')?;
    let length =
        domain.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte)).count();
    let domain = domain.get(..length)?.trim_end_matches(['.', '-']);
    (local > 0 && domain.contains('.')).then_some(local + 1 + domain.len())
}

fn ip(text: &str) -> Option<usize> {
    let length = text.bytes().take_while(|byte| byte.is_ascii_hexdigit() || b".:".contains(byte)).count();
    let candidate = text.get(..length)?.trim_end_matches(['.', ':']);
    if !candidate.contains(['.', ':']) {
        return None;
    }
    let is_address = candidate.parse::<IpAddr>().is_ok_and(|_| candidate.len() > 3)
        || candidate.parse::<SocketAddrV4>().is_ok();
    (is_address && ends_word(text, candidate.len())).then_some(candidate.len())
}

fn arn(text: &str) -> Option<usize> {
    text.strip_prefix("arn:aws")?;
    let is_part = |c: char| c.is_ascii_alphanumeric() || ":/_-.$*+=@#".contains(c);
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    Some(text.get(..end)?.trim_end_matches(['.', ':']).len())
}

fn hex(text: &str) -> Option<usize> {
    if let Some(digits) = text.strip_prefix("0x") {
        let length = digits.bytes().take_while(u8::is_ascii_hexdigit).count();
        return (length > 0 && ends_word(digits, length)).then_some(length + 2);
    }
    let length = text.bytes().take_while(u8::is_ascii_hexdigit).count();
    let run = text.as_bytes().get(..length)?;
    let is_id =
        length >= HEX_RUN && run.iter().any(u8::is_ascii_digit) && run.iter().any(u8::is_ascii_alphabetic);
    (is_id && ends_word(text, length)).then_some(length)
}

/// A number, with decimals and groups of digits, and with up to three letters of a unit.
fn number(text: &str) -> Option<usize> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut at = Some(digits(text)).filter(|length| *length > 0)?;
    while let Some(rest) = text.get(at..).and_then(|rest| rest.strip_prefix(['.', ','])) {
        match digits(rest) {
            0 => break,
            more => at += more + 1,
        }
    }
    let unit = text.get(at..)?.bytes().take_while(u8::is_ascii_alphabetic).count();
    let end = if unit <= UNIT { at + unit } else { at };
    ends_word(text, end).then_some(end)
}

fn id_word(text: &str) -> Option<usize> {
    let length = word_length(text);
    let word = text.as_bytes().get(..length)?;
    let is_id =
        length >= ID_WORD && word.iter().any(u8::is_ascii_digit) && word.iter().any(u8::is_ascii_alphabetic);
    is_id.then_some(length)
}

/// True if no word goes on at `at`.
fn ends_word(text: &str, at: usize) -> bool {
    text.get(at..).is_some_and(|rest| !rest.starts_with(is_word))
}

fn word_length(text: &str) -> usize {
    text.find(|c| !is_word(c)).unwrap_or(text.len())
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: &str) {
        assert_eq!(print(&mask(line).0), expected);
    }

    #[test]
    fn changing_parts_are_masked() {
        check("2026-03-04T10:00:00.123Z\tERROR\tpaid", "<Time-1>\tERROR\tpaid");
        check("id 8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab end", "id <UUID-1> end");
        check("GET https://a.b/c?d=1 200", "GET <URL-1> <Number-2>");
        check("mail to jo.doe@example.com.", "mail to <Email-1>.");
        check("from 10.0.0.1:443, ::1", "from <IP-1>, ::<Number-2>");
        check("role arn:aws:iam::123456789012:role/x denied", "role <ARN-1> denied");
        check("at 0x1f and deadbeef01", "at <Hex-1> and <Hex-2>");
        check("took 12.5ms, 3 times; v2 of Node20", "took <Number-1>, <Number-2> times; v2 of <Token-3>");
        check("order=17 customer_9", "order=<Number-1> <Token-2>");
    }

    #[test]
    fn words_are_not_masked() {
        check("payment failed for größe é1", "payment failed for größe é1");
        check("x86 s3 ec2", "x86 s3 ec2");
    }

    #[test]
    fn json_after_text_is_one_part() {
        check(r#"INFO got {"a":1,"b":[2]}"#, "INFO got <Json-1>");
        check(r#"INFO got {"a":1,"b":"#, r#"INFO got {"a":<Number-1>,"b":"#);
    }

    #[test]
    fn json_line_keeps_its_members() {
        check(r#"{"level":"ERROR","n":17}"#, r#"{"level":"ERROR","n":<Number-1>}"#);
        assert_eq!(tokens(&mask(r#"{"level":"ERROR","n":17}"#).0).len(), 5);
    }

    #[test]
    fn long_line_is_cut() {
        let masked = mask(&"word ".repeat(10_000));
        assert_eq!(tokens(&masked.0).len(), MAX_TOKENS);
        assert_eq!(tokens(&mask("").0), [""]);
        assert_eq!(REST, Kind::Rest.mark().to_string());
    }
}
