//! Data of a request that a response must not make us show: the content of the body, and the credentials.

use std::{collections::HashSet, io::Read as _};

use base64::{
    Engine as _,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use foldhash::fast::RandomState;
use memchr::memmem;

use super::{Marks, escapes};
use crate::sink::Encoding;

/// Length in bytes of a run that is left out if it is also in the body.
const BODY_RUN: usize = 16;

/// Length in bytes of a run that is left out if it is also in the credentials, which never are words.
const SECRET_RUN: usize = 12;

/// Minimum length in bytes of a word with a digit, such as an id or a name with a number, that is left out if it is also in
/// the request. Words without a digit are common.
const MIN_WORD: usize = 6;

/// Minimum length of a base64 or hexadecimal text that is compared after decoding.
const MIN_ENCODED: usize = 8;

/// Length of an unbroken text of letters and digits from which on it is left out in any case: it is encoded data, perhaps
/// of the compressed body, or a key, perhaps of another sink.
const MAX_OPAQUE: usize = 32;

/// Maximum number of bytes of a body that are searched.
const MAX_BODY: u64 = 32 * 1024 * 1024;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);
const DECODERS: [GeneralPurpose; 2] =
    [GeneralPurpose::new(&STANDARD, LENIENT), GeneralPurpose::new(&URL_SAFE, LENIENT)];

/// Data of one request: the decompressed body and the credentials.
#[derive(Default)]
pub struct RequestData {
    /// The body; a JSON body also with its strings unescaped.
    bodies: Vec<Vec<u8>>,
    secrets: Vec<Vec<u8>>,
}

impl RequestData {
    /// Collects the data of a request with this compressed body and these credentials.
    #[must_use]
    pub fn new(body: &[u8], encoding: Encoding, secrets: Vec<Vec<u8>>) -> Self {
        let body = decompressed(body, encoding);
        let unescaped = std::str::from_utf8(&body).ok().filter(|text| text.contains('\\'));
        let unescaped = unescaped.and_then(escapes::decode).map(String::into_bytes);
        Self { bodies: unescaped.into_iter().chain([body]).collect(), secrets }
    }

    /// Marks the parts of a text that are also in the request.
    pub(super) fn mark(&self, text: &str, marks: &mut Marks) {
        mark_runs(text, &self.bodies, BODY_RUN, marks);
        mark_runs(text, &self.secrets, SECRET_RUN, marks);
        for (start, word) in words(text, |c| c.is_alphanumeric() || "-_.@+".contains(c)) {
            self.mark_words(start, word, marks);
        }
        for (start, word) in words(text, |c| c.is_ascii_alphanumeric() || "-_+/".contains(c)) {
            if self.is_encoded(word) {
                marks.set(start, start + word.len());
            }
        }
        for (start, word) in words(text, |c| c.is_ascii_alphanumeric() || "+/".contains(c)) {
            if word.len() >= MAX_OPAQUE && has_digit(word) {
                marks.set(start, start + word.len());
            }
        }
    }

    /// Marks a word with a digit that is in the request, or those of its parts that are.
    fn mark_words(&self, start: usize, word: &str, marks: &mut Marks) {
        let is_sent =
            |part: &str| part.len() >= MIN_WORD && has_digit(part) && self.contains(part.as_bytes());
        if is_sent(word) {
            marks.set(start, start + word.len());
            return;
        }
        for (offset, part) in words(word, char::is_alphanumeric).filter(|(_, part)| is_sent(part)) {
            marks.set(start + offset, start + offset + part.len());
        }
    }

    /// True if a word contains, in base64 or hexadecimal, something that is in the request.
    fn is_encoded(&self, word: &str) -> bool {
        // A long text may begin with something else, such as a path.
        let starts = if word.len() < BODY_RUN { 0..1 } else { 0..4 };
        let decoded = starts.flat_map(|start| from_base64(word.get(start..).unwrap_or_default()));
        may_be_encoded(word)
            && decoded.chain(from_hexadecimal(word)).any(|bytes| self.contains_part_of(&bytes))
    }

    /// True if all of `bytes`, or a long run of them, is in the request.
    fn contains_part_of(&self, bytes: &[u8]) -> bool {
        (bytes.len() >= MIN_WORD && self.contains(bytes))
            || has_common_run(bytes, &self.bodies, BODY_RUN)
            || has_common_run(bytes, &self.secrets, SECRET_RUN)
    }

    fn contains(&self, bytes: &[u8]) -> bool {
        self.bodies.iter().chain(&self.secrets).any(|data| memmem::find(data, bytes).is_some())
    }
}

fn has_digit(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
}

/// True if a word may be base64 or hexadecimal: it has a digit or, as no common word has, upper case within.
fn may_be_encoded(word: &str) -> bool {
    let has_upper_case_within = || word.bytes().skip(1).any(|byte| byte.is_ascii_uppercase());
    word.len() >= MIN_ENCODED && (has_digit(word) || has_upper_case_within())
}

/// Iterates over the longest parts of a text whose characters are all in a word, with their offsets.
fn words(text: &str, is_in_word: impl Fn(char) -> bool) -> impl Iterator<Item = (usize, &str)> {
    let offset = |word: &str| word.as_ptr().addr() - text.as_ptr().addr();
    let words = text.split(move |c| !is_in_word(c)).filter(|word| !word.is_empty());
    words.map(move |word| (offset(word), word))
}

/// Marks each run of `len` bytes that is in one of `data`.
fn mark_runs(text: &str, data: &[Vec<u8>], len: usize, marks: &mut Marks) {
    let common = common_runs(text.as_bytes(), data, len);
    for (at, run) in text.as_bytes().windows(len).enumerate().filter(|_| !common.is_empty()) {
        if common.contains(run) {
            marks.set(at, at + len);
        }
    }
}

fn has_common_run(bytes: &[u8], data: &[Vec<u8>], len: usize) -> bool {
    !common_runs(bytes, data, len).is_empty()
}

/// Returns the runs of `len` bytes that are both in `bytes` and in one of `data`.
fn common_runs<'b>(bytes: &'b [u8], data: &[Vec<u8>], len: usize) -> HashSet<&'b [u8], RandomState> {
    let runs: HashSet<&[u8], RandomState> = bytes.windows(len).collect();
    if runs.is_empty() {
        return runs;
    }
    data.iter().flat_map(|data| data.windows(len)).filter_map(|run| runs.get(run).copied()).collect()
}

/// Decodes base64 in either alphabet.
fn from_base64(text: &str) -> impl Iterator<Item = Vec<u8>> {
    // A last group of one character decodes to nothing.
    let whole = text.len() - usize::from(text.len() % 4 == 1);
    let text = text.get(..whole).unwrap_or_default();
    DECODERS.iter().filter_map(move |decoder| decoder.decode(text).ok())
}

fn from_hexadecimal(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks_exact(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.map(byte).collect()
}

/// Decompresses a body. What cannot be decompressed was not made by this program; it is searched as it is.
fn decompressed(body: &[u8], encoding: Encoding) -> Vec<u8> {
    let mut plain = Vec::new();
    let read = match encoding {
        Encoding::Identity => return body.to_vec(),
        Encoding::Gzip => flate2::read::GzDecoder::new(body).take(MAX_BODY).read_to_end(&mut plain),
        Encoding::Deflate => flate2::read::ZlibDecoder::new(body).take(MAX_BODY).read_to_end(&mut plain),
        Encoding::Zstd => {
            zstd::Decoder::new(body).and_then(|decoder| decoder.take(MAX_BODY).read_to_end(&mut plain))
        }
    };
    if read.is_ok() { plain } else { body.to_vec() }
}
