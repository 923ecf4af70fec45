//! What counts as a word in a message: the unit of search.
//!
//! A word is a run of ASCII letters, digits, `_` and anything outside ASCII. Case is ignored for ASCII letters only,
//! here as in every comparison of the search, so that one pass over bytes is enough.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Keeps words and request ids, which share a filter, apart.
const WORD_SEED: u64 = 1;
const REQUEST_SEED: u64 = 2;

/// The answers of [`is_word_byte`]: it is asked about every byte that is stored, so it must be one load.
const WORD_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::indexing_slicing, reason = "the loop ends with the table")]
        let answer = &mut table[byte];
        *answer = byte >= 0x80 || matches!(byte, 0x30..=0x39 | 0x41..=0x5a | 0x5f | 0x61..=0x7a);
        byte += 1;
    }
    table
};

/// True for the bytes that words are made of.
pub(super) fn is_word_byte(byte: u8) -> bool {
    WORD_BYTES.get(usize::from(byte)).copied().unwrap_or(false)
}

/// The words of a text, in order.
pub(super) fn words(text: &str) -> impl Iterator<Item = &[u8]> {
    text.as_bytes().split(|byte| !is_word_byte(*byte)).filter(|word| !word.is_empty())
}

/// Hash of a word that is in lower case already.
pub(super) fn word_hash(word: &[u8]) -> u64 {
    xxh3_64_with_seed(word, WORD_SEED)
}

/// Hash of a request id, as written.
pub(super) fn request_hash(request_id: &str) -> u64 {
    xxh3_64_with_seed(request_id.as_bytes(), REQUEST_SEED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<_> = words(text).map(|word| std::str::from_utf8(word).unwrap()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn punctuation_parts_words_and_underscores_join_them() {
        check(r#"{"order_id":"A-17"}, done."#, &["order_id", "A", "17", "done"]);
    }

    #[test]
    fn letters_outside_ascii_belong_to_words() {
        check("größe=5 日本", &["größe", "5", "日本"]);
    }

    #[test]
    fn a_text_without_words_has_none() {
        check("", &[]);
        check("--- ==", &[]);
    }

    #[test]
    fn a_request_id_is_no_word() {
        assert_ne!(word_hash(b"abc"), request_hash("abc"));
    }
}
