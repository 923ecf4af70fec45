//! Detectors of tokens and keys that a fixed text announces: AWS keys, bearer tokens, JSON web tokens.

use std::ops::Range;

use super::{
    super::kind::Kind,
    Found,
    bytes::{byte_at, byte_before, has_word, run_end},
};

/// Length of an AWS access key id.
const KEY_ID: usize = 20;
/// Length of an AWS secret access key.
const SECRET_KEY: usize = 40;
/// Fewest characters of a bearer token.
const BEARER: usize = 16;
/// Fewest characters of the first part of a JSON web token.
const JWT_HEADER: usize = 10;
/// Most characters between the name of a secret access key and the key.
const MAX_DISTANCE: usize = 48;
/// Most characters between a name and its value: `" : "`.
const MAX_GAP: usize = 12;

/// Finds the AWS access key id that begins at `start` with one of its prefixes.
pub(super) fn find_key_id(text: &[u8], start: usize, found: &mut Found) {
    let end = start + KEY_ID;
    let is_id = |id: &[u8]| id.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let is_alone =
        !byte_before(text, start).is_ascii_alphanumeric() && !byte_at(text, end).is_ascii_alphanumeric();
    if is_alone && text.get(start..end).is_some_and(is_id) {
        found.push(Kind::AwsKey, start, start, end);
    }
}

/// Finds the AWS secret access key behind the name that begins with "secret" at `start`.
pub(super) fn find_secret_key(text: &[u8], start: usize, found: &mut Found) {
    let Some(name_end) = secret_name_end(text, start) else { return };
    found.has_secret_name = true;
    if let Some(value) = secret_key_after(text, name_end) {
        found.push(Kind::AwsKey, start, value.start, value.end);
    }
}

/// Finds the first word of a key's length behind a name: `secret access key (AKIA…) is: …`.
fn secret_key_after(text: &[u8], name_end: usize) -> Option<Range<usize>> {
    let is_key = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let text = text.get(..text.len().min(name_end + MAX_DISTANCE + SECRET_KEY + 1))?;
    let mut end = name_end;
    loop {
        let start = run_end(text, end, |byte| !is_key(byte));
        end = run_end(text, start, is_key);
        if start >= text.len() || start > name_end + MAX_DISTANCE {
            return None;
        }
        if start > name_end && end - start == SECRET_KEY {
            return Some(start..end);
        }
    }
}

/// Returns the end of a secret access key that begins at `start`.
pub(super) fn secret_key_end(text: &[u8], start: usize) -> Option<usize> {
    let end = start + SECRET_KEY;
    let is_key = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let key = text.get(start..end)?;
    (key.iter().all(|byte| is_key(*byte)) && !is_key(byte_at(text, end))).then_some(end)
}

/// Returns the end of a name like "secret access key", "SecretKey" or "aws_secret" whose "secret" is at `start`.
fn secret_name_end(text: &[u8], start: usize) -> Option<usize> {
    let is_joint = |byte: u8| matches!(byte, b'_' | b'-' | b' ' | b'.');
    let skip = |at: usize| if is_joint(byte_at(text, at)) { at + 1 } else { at };
    if !has_word(text, start, "secret") {
        return None;
    }
    let end = start + "secret".len();
    let after_access = if has_word(text, skip(end), "access") { skip(end) + "access".len() } else { end };
    if has_word(text, skip(after_access), "key") {
        return Some(skip(after_access) + "key".len());
    }
    let is_aws = [3, 4].iter().any(|n| start.checked_sub(*n).is_some_and(|at| has_word(text, at, "aws")));
    is_aws.then_some(end)
}

/// Returns the end of what is between a name and its value: quotes, a colon or an equals sign, spaces.
fn gap_end(text: &[u8], start: usize) -> usize {
    let end = run_end(text, start, |byte| b" \t\r\n\"':=<>,([`".contains(&byte));
    let end = if has_word(text, end, "is ") { end + "is ".len() } else { end };
    end.min(start + MAX_GAP)
}

/// Finds the token behind the word "bearer" whose last three letters are at `at`.
pub(super) fn find_bearer(text: &[u8], at: usize, found: &mut Found) {
    let Some(start) = at.checked_sub("bea".len()) else { return };
    if byte_before(text, start).is_ascii_alphanumeric() || !has_word(text, start, "bearer") {
        return;
    }
    let name_end = bearer_name_end(text, start);
    let value = gap_end(text, name_end);
    if value > name_end
        && let Some(end) = bearer_end(text, value)
    {
        found.push(Kind::Bearer, start, value, end);
    }
}

/// Returns the end of the name of a bearer token: "bearer", "bearer_token".
fn bearer_name_end(text: &[u8], start: usize) -> usize {
    let end = start + "bearer".len();
    let token = end + usize::from(matches!(byte_at(text, end), b'_' | b'-' | b' '));
    if has_word(text, token, "token") { token + "token".len() } else { end }
}

/// Returns true if a member with this name holds a bearer token.
pub(super) fn is_bearer_name(name: &[u8]) -> bool {
    has_word(name, 0, "bearer") && bearer_name_end(name, 0) == name.len()
}

/// Returns the end of a bearer token that begins at `start`.
pub(super) fn bearer_end(text: &[u8], start: usize) -> Option<usize> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/|%".contains(&byte);
    let end = run_end(text, start, is_token);
    (end - start >= BEARER).then(|| run_end(text, end, |byte| byte == b'='))
}

/// Finds the JSON web token that begins with "eyJ" at `start`. Returns the index at which the next one may begin.
pub(super) fn find_jwt(text: &[u8], start: usize, found: &mut Found) -> usize {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=');
    let header = run_end(text, start, is_part);
    if header - start < JWT_HEADER || byte_at(text, header) != b'.' {
        return header;
    }
    let payload = run_end(text, header + 1, is_part);
    let is_encrypted = payload == header + 1;
    let mut end = payload;
    let (mut parts, most) = (2, if is_encrypted { 5 } else { 3 });
    while parts < most && byte_at(text, end) == b'.' {
        end = run_end(text, end + 1, is_part);
        parts += 1;
    }
    let is_object = text.get(header + 1..payload).is_some_and(|payload| payload.starts_with(b"ey"));
    if (parts == most && end - header > 4) || is_object {
        found.push(Kind::Jwt, start, start, end);
        return end;
    }
    header + 1
}
