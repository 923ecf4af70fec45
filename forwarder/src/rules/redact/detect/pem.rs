//! Detector of private keys in PEM form, also of those whose lines are events or JSON strings of their own.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use memchr::memmem;

use super::{
    super::kind::Kind,
    Found,
    bytes::{byte_at, byte_before, has_word, run_end, run_start},
};

/// Longest label of a block: `ENCRYPTED PRIVATE KEY`.
const MAX_LABEL: usize = 64;
/// Fewest characters of base64 that are taken for a line of a key if there is other text before them.
const MIN_BODY: usize = 16;
/// Number of texts without a line of a key after which a block without an end is given up.
const MAX_MISSES: u8 = 200;
/// Number of texts without a line of a key after which short texts are no longer taken for one.
const MAX_MISSES_BEFORE_SHORT: u8 = 20;
/// Most bytes of a block whose first line is not base64.
const MAX_UNUSUAL_BLOCK: usize = 16 * 1024;

/// Position in a private key that continues in the next text of a log stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PemState {
    /// No key is open.
    #[default]
    Outside,
    /// The last line of the key is yet to come.
    Inside {
        /// Number of texts since the last one that was a part of the key.
        misses: u8,
        /// Hash of the name of the JSON member that the first line was in, or of an empty name.
        member: u64,
    },
}

/// Search for the keys in one text.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// Index at which the next key may begin.
    next: usize,
    /// End of the next marker that ends a key, once it is known: the text is searched for each of them once.
    end: Option<Option<usize>>,
}

impl Blocks {
    /// Finds the key whose "BEGIN " is at `at`.
    pub(super) fn find(
        &mut self,
        text: &[u8],
        at: usize,
        name: &str,
        state: &mut PemState,
        found: &mut Found,
    ) {
        if at < self.next {
            return;
        }
        let Some(header_end) = marker_end(text, at + "BEGIN ".len()) else { return };
        let start = marker_start(text, at);
        let body = run_end(text, header_end, |byte| byte.is_ascii_whitespace());
        let is_body =
            body == text.len() || is_header(text, body) || run_end(text, body, is_body) - body >= MIN_BODY;
        let end = match self.end_after(text, header_end) {
            Some(end) if is_body || end - start <= MAX_UNUSUAL_BLOCK => end,
            None if is_body => {
                *state = PemState::Inside { misses: 0, member: hash(name) };
                text.len()
            }
            Some(_) | None => header_end,
        };
        found.push(Kind::PrivateKey, start, start, end);
        self.next = end;
    }

    fn end_after(&mut self, text: &[u8], from: usize) -> Option<usize> {
        match self.end {
            Some(None) => None,
            Some(Some(end)) if end > from => Some(end),
            Some(Some(_)) | None => {
                let end = find_end(text, from);
                self.end = Some(end);
                end
            }
        }
    }

    /// Finds the part of an open key at the start of `text`, the value of the member `name`.
    pub(super) fn find_rest(&mut self, text: &[u8], name: &str, state: &mut PemState, found: &mut Found) {
        let PemState::Inside { misses, member } = *state else { return };
        let is_line = name.is_empty() || member == hash(name);
        let may_be_short = is_line && misses <= MAX_MISSES_BEFORE_SHORT;
        if let Some(end) = self.end_after(text, 0) {
            *state = PemState::Outside;
            let start = run_end(text, 0, |byte| byte.is_ascii_whitespace());
            found.push(Kind::PrivateKey, start, start, end);
            self.next = end;
            return;
        }
        let mut line_start = 0;
        let mut is_found = false;
        for line in text.split(|byte| *byte == b'\n') {
            if let Some(range) = body_of(line, may_be_short) {
                let start = line_start + range.start;
                found.push(Kind::PrivateKey, start, start, line_start + range.end);
                is_found = true;
            }
            line_start += line.len() + 1;
        }
        let is_inside = is_found || is_header(text, 0) || text.iter().all(u8::is_ascii_whitespace);
        *state = match misses {
            _ if is_inside => PemState::Inside { misses: 0, member },
            MAX_MISSES.. => PemState::Outside,
            _ => PemState::Inside { misses: misses + 1, member },
        };
    }
}

fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// Finds the base64 of a line of a key: all of the line, or its last word after a prefix.
fn body_of(line: &[u8], may_be_short: bool) -> Option<std::ops::Range<usize>> {
    let end = trimmed_length(line);
    let is_blank = |byte: u8| byte.is_ascii_whitespace();
    let first = run_end(line, 0, is_blank);
    let start = run_start(line, 0, end, is_body);
    let is_alone = start <= first;
    let length = end.checked_sub(start)?;
    let is_last_word = is_alone || !is_body(byte_before(line, start));
    let is_key = (length >= MIN_BODY && is_last_word)
        || (may_be_short && length > 0 && (is_alone || line.get(start..end).is_some_and(may_end_key)));
    is_key.then_some(start..end)
}

/// Returns true if the last word of a line may be the short last line of a key.
fn may_end_key(word: &[u8]) -> bool {
    let has = |is_kind: fn(&u8) -> bool| word.iter().any(is_kind);
    let is_mixed = has(u8::is_ascii_uppercase) && has(|byte| !byte.is_ascii_uppercase());
    word.len() >= 4 && word.len().is_multiple_of(4) && (word.ends_with(b"=") || (word.len() >= 8 && is_mixed))
}

fn trimmed_length(line: &[u8]) -> usize {
    line.len() - line.iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count()
}

fn is_body(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// Returns true if a header of an encrypted key is at an index.
fn is_header(text: &[u8], at: usize) -> bool {
    ["proc-type:", "dek-info:", "version:", "comment:"].iter().any(|header| has_word(text, at, header))
}

/// Returns the start of a marker whose word is at `at`: of its hyphens.
fn marker_start(text: &[u8], at: usize) -> usize {
    let start = run_start(text, at.saturating_sub(8), at, |byte| byte == b'-' || byte == b' ');
    run_end(text, start, |byte| byte == b' ').min(at)
}

/// Returns the end of a marker whose label begins at `at`; `None` if it is not that of a private key.
fn marker_end(text: &[u8], at: usize) -> Option<usize> {
    let end = run_end(text.get(..text.len().min(at + MAX_LABEL))?, at, |byte| {
        byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' '
    });
    let label = text.get(at..end)?;
    memmem::find(label, b"PRIVATE KEY")?;
    let hyphens = run_end(text, end, |byte| byte == b'-');
    (hyphens > end || end == text.len()).then_some(hyphens)
}

/// Returns the end of the first marker that ends a private key after `from`.
fn find_end(text: &[u8], from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    memmem::find_iter(rest, "END ").map(|at| from + at).find_map(|at| {
        let is_marker = matches!(byte_before(text, at), b'-' | b' ') && byte_at(text, at) == b'E';
        is_marker.then(|| marker_end(text, at + "END ".len())).flatten()
    })
}
