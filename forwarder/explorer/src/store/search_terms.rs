//! Parsed search text: words and quoted phrases, all of which a message must contain.

use memchr::memmem::Finder;

use super::{
    bloom,
    events::Events,
    words::{inner_words, is_word_byte, word_hash, words},
};

/// Search text, parsed into terms that must all match.
#[derive(Debug, Default)]
pub(super) struct SearchTerms {
    terms: Vec<Term>,
    /// Hashes of words that every matching message contains, for the Bloom filter.
    required_words: Vec<u64>,
}

/// Part of a search text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchPart<'t> {
    /// Term that occurs only as a whole: `time` not in `timeout`.
    Word(&'t str),
    /// Quoted text that occurs anywhere.
    Phrase(&'t str),
}

/// Divides a search text into terms separated by white space, and phrases in double quotes. A missing closing quote is
/// assumed at the end of the text.
pub fn search_parts(text: &str) -> Vec<SearchPart<'_>> {
    let mut parts = Vec::new();
    for (index, part) in text.split('"').enumerate() {
        if index % 2 == 0 {
            parts.extend(part.split_whitespace().map(SearchPart::Word));
        } else if !part.is_empty() {
            parts.push(SearchPart::Phrase(part));
        }
    }
    parts
}

/// Single search term, ASCII letters in lower case.
#[derive(Debug)]
struct Term {
    finder: Finder<'static>,
    boundary: Boundary,
}

/// Rule for the positions at which a term may match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Boundary {
    /// Only whole words match: `time` does not match in `timeout`.
    Word,
    /// A match may start and end inside a word. Applies to quoted phrases.
    Anywhere,
}

impl SearchTerms {
    /// Parses a search text.
    pub(super) fn parse(text: &str) -> Self {
        let mut parsed = Self::default();
        for part in search_parts(text) {
            match part {
                SearchPart::Word(word) => parsed.add(word, Boundary::Word),
                SearchPart::Phrase(phrase) => parsed.add(phrase, Boundary::Anywhere),
            }
        }
        parsed
    }

    fn add(&mut self, text: &str, boundary: Boundary) {
        let text = text.to_ascii_lowercase();
        self.required_words.extend(whole_words(&text, boundary).map(word_hash));
        self.terms.push(Term { finder: Finder::new(text.as_bytes()).into_owned(), boundary });
    }

    /// True if a block with this Bloom filter may contain a match.
    pub(super) fn may_match(&self, bloom: &[u8]) -> bool {
        self.required_words.iter().all(|hash| bloom::may_contain(bloom, *hash))
    }

    /// Returns one flag for each event: true if its message contains all terms.
    pub(super) fn matches(&self, events: &Events) -> Vec<bool> {
        let mut matched = vec![true; events.len()];
        if !self.terms.is_empty() {
            let lowercase = events.text().to_ascii_lowercase();
            for term in &self.terms {
                term.clear_unmatched(lowercase.as_bytes(), events.ends(), &mut matched);
            }
        }
        matched
    }
}

impl Term {
    /// Sets the flag in `matched` to false for each event whose message does not contain the term, in one
    /// pass over all messages.
    fn clear_unmatched(&self, text: &[u8], ends: &[usize], matched: &mut [bool]) {
        let mut start = 0;
        let mut next = self.find(text, 0);
        for (end, matched) in ends.iter().zip(matched) {
            if next.is_some_and(|at| at < start) {
                next = self.find(text, start);
            }
            // The line feed after a message is not part of it.
            *matched &= next.is_some_and(|at| at + self.finder.needle().len() < *end);
            start = *end;
        }
    }

    /// Returns the offset in `text` of the first match of the term at or after `from`.
    fn find(&self, text: &[u8], mut from: usize) -> Option<usize> {
        loop {
            let at = from + self.finder.find(text.get(from..)?)?;
            if self.boundary == Boundary::Anywhere || self.is_at_word_boundaries(text, at) {
                return Some(at);
            }
            from = at + 1;
        }
    }

    /// True if the match at `at` neither starts nor ends inside a word.
    fn is_at_word_boundaries(&self, text: &[u8], at: usize) -> bool {
        let is_word = |index: usize| text.get(index).is_some_and(|byte| is_word_byte(*byte));
        let joined = |left: usize| is_word(left) && is_word(left + 1);
        let end = at + self.finder.needle().len();
        !at.checked_sub(1).is_some_and(joined) && !joined(end.saturating_sub(1))
    }
}

/// Returns the words of a term that are whole words in every match. The first and last word of a phrase are left out
/// if a longer word of the message could contain them.
fn whole_words(text: &str, boundary: Boundary) -> impl Iterator<Item = &[u8]> {
    let whole = match boundary {
        Boundary::Word => text,
        Boundary::Anywhere => inner_words(text),
    };
    words(whole)
}
