//! What a search text asks for: words and quoted phrases, all of which a message must hold.

use memchr::memmem::Finder;

use super::{
    bloom,
    events::Events,
    words::{is_word_byte, word_hash, words},
};

/// A search text, read.
#[derive(Debug, Default)]
pub(super) struct Needles {
    terms: Vec<Term>,
    /// Words that a matching message surely holds.
    hashes: Vec<u64>,
}

/// One thing to be found, ASCII letters in lower case.
#[derive(Debug)]
struct Term {
    finder: Finder<'static>,
    edges: Edges,
}

/// Where a match may begin and end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edges {
    /// Between words only: `time` is not found in `timeout`.
    Whole,
    /// Anywhere: a quoted phrase.
    Any,
}

impl Needles {
    /// Reads a search text: terms between white space, and phrases in double quotes. A quote left open ends with the
    /// text.
    pub(super) fn read(text: &str) -> Self {
        let mut needles = Self::default();
        for (index, part) in text.split('"').enumerate() {
            if index % 2 == 1 {
                needles.add(part, Edges::Any);
            } else {
                part.split_whitespace().for_each(|term| needles.add(term, Edges::Whole));
            }
        }
        needles
    }

    fn add(&mut self, text: &str, edges: Edges) {
        if text.is_empty() {
            return;
        }
        let text = text.to_ascii_lowercase();
        self.hashes.extend(sure_words(&text, edges).map(word_hash));
        self.terms.push(Term { finder: Finder::new(text.as_bytes()).into_owned(), edges });
    }

    /// Whether a block with this filter may hold a match.
    pub(super) fn may_match(&self, bloom: &[u8]) -> bool {
        self.hashes.iter().all(|hash| bloom::may_hold(bloom, *hash))
    }

    /// For each event whether it matches.
    pub(super) fn matches(&self, events: &Events) -> Vec<bool> {
        let mut matched = vec![true; events.len()];
        if !self.terms.is_empty() {
            let lowered = events.text().to_ascii_lowercase();
            for term in &self.terms {
                term.narrow(lowered.as_bytes(), events.ends(), &mut matched);
            }
        }
        matched
    }
}

impl Term {
    /// Takes out the events that do not hold the term, in one sweep over all messages.
    fn narrow(&self, text: &[u8], ends: &[usize], matched: &mut [bool]) {
        let mut start = 0;
        let mut next = self.find(text, 0);
        for (end, matched) in ends.iter().zip(matched) {
            if next.is_some_and(|at| at < start) {
                next = self.find(text, start);
            }
            // The line feed behind a message is not part of it.
            *matched &= next.is_some_and(|at| at + self.finder.needle().len() < *end);
            start = *end;
        }
    }

    /// The first match at `from` or behind it.
    fn find(&self, text: &[u8], mut from: usize) -> Option<usize> {
        loop {
            let at = from + self.finder.find(text.get(from..)?)?;
            if self.edges == Edges::Any || self.stands_alone(text, at) {
                return Some(at);
            }
            from = at + 1;
        }
    }

    /// Whether a match does not begin or end inside a word.
    fn stands_alone(&self, text: &[u8], at: usize) -> bool {
        let is_word = |index: usize| text.get(index).is_some_and(|byte| is_word_byte(*byte));
        let joined = |left: usize| is_word(left) && is_word(left + 1);
        let end = at + self.finder.needle().len();
        !at.checked_sub(1).is_some_and(joined) && !joined(end.saturating_sub(1))
    }
}

/// Words of a term that stand alone in every match: in a phrase, those at its ends may be parts of longer words.
fn sure_words(text: &str, edges: Edges) -> impl Iterator<Item = &[u8]> {
    let whole = match edges {
        Edges::Whole => text,
        Edges::Any => {
            let inner = text.trim_start_matches(is_word_char);
            inner.trim_end_matches(is_word_char)
        }
    };
    words(whole)
}

fn is_word_char(character: char) -> bool {
    u8::try_from(character).map_or(true, is_word_byte)
}
