//! Split of messages into words, the unit of search.
//!
//! A word is a run of ASCII letters, ASCII digits, `_` and bytes outside ASCII. The whole search ignores case for
//! ASCII letters only, so that one pass over the bytes is enough.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Seed of word hashes. It differs from the seed of request ids, because hashes of both are in one Bloom
/// filter.
const WORD_SEED: u64 = 1;
const REQUEST_SEED: u64 = 2;

/// Lookup table of [`is_word_byte`], which runs for every stored byte and so must be a single load.
const WORD_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::indexing_slicing, reason = "the loop ends with the table")]
        let entry = &mut table[byte];
        *entry = byte >= 0x80 || matches!(byte, 0x30..=0x39 | 0x41..=0x5a | 0x5f | 0x61..=0x7a);
        byte += 1;
    }
    table
};

/// True if `byte` is part of a word.
pub(super) fn is_word_byte(byte: u8) -> bool {
    WORD_BYTES.get(usize::from(byte)).copied().unwrap_or(false)
}

/// Iterates over the words of a text, in order.
pub(super) fn words(text: &str) -> impl Iterator<Item = &[u8]> {
    text.as_bytes().split(|byte| !is_word_byte(*byte)).filter(|word| !word.is_empty())
}

/// True if a character is part of a word.
pub(super) fn is_word_char(character: char) -> bool {
    u8::try_from(character).map_or(true, is_word_byte)
}

/// Text without the words at its ends, which may be parts of longer words where it occurs.
pub(super) fn inner_words(text: &str) -> &str {
    text.trim_start_matches(is_word_char).trim_end_matches(is_word_char)
}

/// Hashes a word, which must be in lower case.
pub(super) fn word_hash(word: &[u8]) -> u64 {
    xxh3_64_with_seed(word, WORD_SEED)
}

/// Hashes a request id. Upper and lower case are different.
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
    fn punctuation_separates_words_and_underscore_does_not() {
        check(r#"{"order_id":"A-17"}, done."#, &["order_id", "A", "17", "done"]);
    }

    #[test]
    fn letters_outside_ascii_are_word_characters() {
        check("größe=5 日本", &["größe", "5", "日本"]);
    }

    #[test]
    fn text_without_word_characters_yields_no_words() {
        check("", &[]);
        check("--- ==", &[]);
    }

    #[test]
    fn request_id_and_word_hash_differently() {
        assert_ne!(word_hash(b"abc"), request_hash("abc"));
    }
}
