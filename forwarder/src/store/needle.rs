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

#[cfg(test)]
mod tests {
    use tailwater_parser::{UnixMillis, decode::Part};

    use super::{
        super::{block::Sealer, events::EventView, identity::EventKey},
        *,
    };

    fn events(messages: &[&str]) -> Events {
        let mut events = Events::default();
        for message in messages {
            events.push(&EventView {
                key: EventKey(0),
                time: UnixMillis(0),
                level: None,
                part: Part::Whole,
                kind: "text",
                request_id: None,
                trace_id: None,
                message,
            });
        }
        events
    }

    fn check(text: &str, messages: &[&str], expected: &[usize]) {
        let (needles, events) = (Needles::read(text), events(messages));
        let matches = needles.matches(&events);
        let found: Vec<_> = (0..matches.len()).filter(|index| matches[*index]).collect();
        assert_eq!(found, expected, "{text}");
        if !expected.is_empty() {
            let block = Sealer::default().seal(std::sync::Arc::default(), &events).unwrap();
            assert!(needles.may_match(&block.bloom), "{text}: the filter hides a match");
        }
    }

    #[test]
    fn words_match_whole_in_any_case() {
        check("timeout", &["Timeout", "timeouts", "a timeout.", "time out", "TIMEOUT=3"], &[0, 2, 4]);
    }

    #[test]
    fn all_terms_must_be_there_in_any_order() {
        check("b a", &["a b", "a", "b", "b-a"], &[0, 3]);
    }

    #[test]
    fn punctuation_inside_a_term_counts() {
        check("user-7", &["user-7 left", "user 7", "user-77", "xuser-7"], &[0]);
        check("a.a", &["xa.a.a", "a.ab"], &[0]);
    }

    #[test]
    fn a_quoted_phrase_matches_anywhere() {
        check("\"ime out af\"", &["Time out after 3", "time out"], &[0]);
        check("\"time", &["xtimes"], &[0]);
    }

    #[test]
    fn no_match_spans_two_messages() {
        check("\"a\nb\"", &["a", "b", "a\nb"], &[2]);
        check("a", &["xa", "a", ""], &[1]);
        check("\"b\n\"", &["b", "b\n"], &[1]);
    }

    #[test]
    fn letters_outside_ascii_make_words() {
        check("größe", &["Größe", "größen", "größe"], &[0, 2]);
    }

    #[test]
    fn an_empty_text_matches_everything() {
        check("", &["a", ""], &[0, 1]);
        check(" \"\" ", &["a", ""], &[0, 1]);
    }

    #[test]
    fn a_filter_without_the_word_is_passed_over() {
        let block = Sealer::default().seal(std::sync::Arc::default(), &events(&["alpha beta"])).unwrap();
        assert!(!Needles::read("gamma").may_match(&block.bloom));
        assert!(!Needles::read("\"x gamma y\"").may_match(&block.bloom));
    }
}
