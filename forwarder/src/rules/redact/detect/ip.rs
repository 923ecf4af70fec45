//! Detectors of IP addresses.

use std::net::Ipv6Addr;

use memchr::memmem;

use super::{
    super::kind::Kind,
    Found,
    bytes::{byte_at, byte_before, has_word, run_end, run_start},
    word::Word,
};

/// Longest IPv6 address in text.
const MAX_IPV6: usize = 45;

/// Finds IPv4 addresses. Four-part versions are told apart by what is before them; `name` is the name of the member
/// whose value `text` is, or empty.
pub(super) fn find_ipv4(text: &[u8], name: &str, found: &mut Found) {
    let mut done = 0;
    for dot in memchr::memchr_iter(b'.', text) {
        let is_inside = byte_before(text, dot).is_ascii_digit() && byte_at(text, dot + 1).is_ascii_digit();
        if dot < done || !is_inside || !has_next_dot(text, dot) {
            continue;
        }
        let is_part = |byte: u8| byte.is_ascii_digit() || byte == b'.';
        let start = run_start(text, done, dot, is_part);
        done = run_end(text, dot, is_part);
        let start = run_end(text, start, |byte| byte == b'.');
        let end = done - text.get(start..done).map_or(0, trailing_dots);
        let is_address = text.get(start..end).is_some_and(is_ipv4);
        let is_cut = end == done && byte_at(text, end).is_ascii_alphabetic();
        if is_address && !is_cut && !is_version(text, start, name) {
            found.push(Kind::Ipv4, start, start, end);
        }
    }
}

/// Returns true if another dot follows an octet after `dot`.
fn has_next_dot(text: &[u8], dot: usize) -> bool {
    (2..=4).any(|distance| byte_at(text, dot + distance) == b'.')
}

fn trailing_dots(run: &[u8]) -> usize {
    run.iter().rev().take_while(|byte| **byte == b'.').count()
}

fn is_ipv4(run: &[u8]) -> bool {
    let mut octets = 0;
    let mut padded = 0;
    for octet in run.split(|byte| *byte == b'.') {
        let value = octet.iter().try_fold(0_u16, |value, digit| {
            let value = value.checked_mul(10)?.checked_add(u16::from(digit.wrapping_sub(b'0')))?;
            (value <= 255).then_some(value)
        });
        if octet.is_empty() || octet.len() > 3 || value.is_none() || octets == 4 {
            return false;
        }
        octets += 1;
        padded += usize::from(octet.len() > 1 && octet.first() == Some(&b'0'));
    }
    octets == 4 && (padded == 0 || run.len() == 15)
}

/// Returns true if four numbers are a version, by the text before them: `v1.2.3.4`, `version: 1.2.3.4`, `Chrome/1.2.3.4`.
fn is_version(text: &[u8], start: usize, name: &str) -> bool {
    let before = byte_before(text, start);
    if before.is_ascii_alphanumeric() {
        return true;
    }
    if before == b'/' {
        return byte_before(text, start - 1).is_ascii_alphabetic();
    }
    let limit = start.saturating_sub(8);
    let end = run_start(text, limit, start, |byte| b" \t:=\"'(".contains(&byte));
    if end == 0 {
        return is_version_word(name.as_bytes());
    }
    text.get(..end).is_some_and(is_version_word)
}

/// Returns true if a text ends with the word "version" or "v".
fn is_version_word(text: &[u8]) -> bool {
    let end = text.len();
    let is_letter_v = matches!(text.last(), Some(b'v' | b'V')) && {
        let before = byte_before(text, end - 1);
        !before.is_ascii_alphanumeric()
    };
    is_letter_v || end.checked_sub("version".len()).is_some_and(|at| has_word(text, at, "version"))
}

/// Finds IPv6 addresses, with their zone. An address has two colons side by side, or at least six with at most four
/// digits between them.
pub(super) fn find_ipv6(text: &[u8], double_colon: &memmem::Finder<'_>, found: &mut Found) {
    let mut done = 0;
    for colon in double_colon.find_iter(text) {
        if colon >= done {
            done = find_around(text, done, colon, found);
        }
    }
    let mut done = 0;
    for (at, word) in Word::each(text, 8) {
        if at >= done && word.may_be_groups() && word.has_colon() {
            done = find_around(text, done, at, found);
        }
    }
}

/// Finds the address in the run of hexadecimal digits, colons and dots around `at`. Returns its end.
fn find_around(text: &[u8], limit: usize, at: usize, found: &mut Found) -> usize {
    let is_part = |byte: u8| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.';
    let (start, end) = (run_start(text, limit, at, is_part), run_end(text, at, is_part));
    match ipv6_in(text, start, end) {
        Some((start, address_end)) => {
            let address_end = zone_end(text, address_end);
            found.push(Kind::Ipv6, start, start, address_end);
            end.max(address_end)
        }
        None => end,
    }
}

/// Finds the address in a run of hexadecimal digits, colons and dots.
fn ipv6_in(text: &[u8], mut start: usize, mut end: usize) -> Option<(usize, usize)> {
    while byte_before(text, end) == b'.' {
        end -= 1;
    }
    if byte_before(text, end) == b':' && byte_before(text, end - 1) != b':' {
        end -= 1;
    }
    if is_word(byte_before(text, start)) || (byte_at(text, start) == b':' && byte_at(text, start + 1) != b':')
    {
        start += text.get(start..end)?.iter().position(|byte| *byte == b':')? + 1;
    }
    if is_word(byte_at(text, end)) {
        return None;
    }
    if text.get(start..end).is_some_and(is_ipv6) {
        return Some((start, end));
    }
    // A port may follow: `:443`, or `.443` as tcpdump writes it.
    let port = text.get(start..end)?.iter().rposition(|byte| matches!(byte, b':' | b'.'))?;
    text.get(start..start + port).is_some_and(is_ipv6).then_some((start, start + port))
}

fn is_ipv6(run: &[u8]) -> bool {
    let colons = run.iter().filter(|byte| **byte == b':').count();
    let has_enough = colons >= 6 || (colons >= 2 && run.windows(2).any(|pair| pair == b"::"));
    let may_be_address = run.len() <= MAX_IPV6 && has_enough && run.iter().any(u8::is_ascii_digit);
    may_be_address
        && str::from_utf8(run).is_ok_and(|run| run.parse::<Ipv6Addr>().is_ok() && !is_hardware_address(run))
}

/// Returns true for eight pairs of digits: a hardware address, as in `00:1b:63:ff:fe:84:45:e6`.
fn is_hardware_address(address: &str) -> bool {
    address.len() == 23 && address.split(':').all(|group| group.len() == 2)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Returns the end of an address with its zone: `%eth0`.
fn zone_end(text: &[u8], end: usize) -> usize {
    if byte_at(text, end) != b'%' {
        return end;
    }
    run_end(text, end + 1, |byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}
