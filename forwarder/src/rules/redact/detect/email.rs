//! Detector of e-mail addresses.

use super::{
    super::kind::Kind,
    Found,
    bytes::{byte_at, run_end, run_start},
};

/// Endings of file names that look like top-level domains: `icon@2x.png`.
const FILE_ENDINGS: &[&str] = &["png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "json", "html"];

pub(super) fn find(text: &[u8], found: &mut Found) {
    let mut limit = 0;
    for at in memchr::memchr_iter(b'@', text) {
        if let Some((start, end)) = address_around(text, limit, at) {
            found.push(Kind::Email, start, start, end);
            limit = end;
        } else {
            limit = at + 1;
        }
    }
}

fn address_around(text: &[u8], limit: usize, at: usize) -> Option<(usize, usize)> {
    let start = run_start(text, limit, at, is_local);
    let start =
        run_end(text, start, |byte| matches!(byte, b'.' | b'\'' | b'*' | b'!' | b'#' | b'$' | b'&' | b'^'));
    if start >= at || byte_at(text, start) == b'@' {
        return None;
    }
    let domain = text.get(at + 1..run_end(text, at + 1, is_domain))?;
    domain_length(domain).map(|length| (start, at + 1 + length))
}

/// Bytes of the part before the `@`. Bytes of characters outside ASCII count as letters.
fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || b".!#$%&'*+-^_~".contains(&byte)
}

fn is_domain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || matches!(byte, b'-' | b'.')
}

/// Length of the domain at the start of `run`; `None` if it has no top-level domain.
fn domain_length(run: &[u8]) -> Option<usize> {
    let (mut at, mut labels, mut length) = (0, 0, None);
    for label in run.split(|byte| *byte == b'.') {
        if label.is_empty() || label.first() == Some(&b'-') {
            break;
        }
        let letters = run_end(label, 0, |byte| byte.is_ascii_alphabetic() || byte >= 0x80);
        let is_encoded = label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"xn--"));
        if labels > 0 && (letters >= 2 || is_encoded) {
            length = Some(at + if is_encoded { label.len() } else { letters });
        }
        labels += 1;
        at += label.len() + 1;
    }
    let length = length?;
    let last = run.get(..length)?.rsplit(|byte| *byte == b'.').next()?;
    let is_file = FILE_ENDINGS.iter().any(|ending| last.eq_ignore_ascii_case(ending.as_bytes()));
    (!is_file && !is_version(run)).then_some(length)
}

/// Returns true for `1.0.0-beta`, the version after the name of a package.
fn is_version(run: &[u8]) -> bool {
    let mut labels = run.split(|byte| *byte == b'.');
    let mut is_number =
        || labels.next().is_some_and(|label| !label.is_empty() && label.iter().all(u8::is_ascii_digit));
    is_number() && is_number()
}
