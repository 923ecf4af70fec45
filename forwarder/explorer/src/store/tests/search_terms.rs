//! Tests of parsing and matching search texts.

use tailwater_parser::{UnixMillis, decode::Part};

use crate::store::{
    block::BlockEncoder,
    events::{EventView, Events},
    identity::EventKey,
    search_terms::SearchTerms,
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
            additions: None,
            message,
        });
    }
    events
}

fn check(text: &str, messages: &[&str], expected: &[usize]) {
    let (terms, events) = (SearchTerms::parse(text), events(messages));
    let matches = terms.matches(&events);
    let found: Vec<_> = (0..matches.len()).filter(|index| matches[*index]).collect();
    assert_eq!(found, expected, "{text}");
    if !expected.is_empty() {
        let block = BlockEncoder::default().encode(std::sync::Arc::default(), &events).unwrap();
        assert!(terms.may_match(&block.bloom), "{text}: the Bloom filter excludes a match");
    }
}

#[test]
fn words_match_whole_words_in_any_case() {
    check("timeout", &["Timeout", "timeouts", "a timeout.", "time out", "TIMEOUT=3"], &[0, 2, 4]);
}

#[test]
fn all_terms_must_occur_in_any_order() {
    check("b a", &["a b", "a", "b", "b-a"], &[0, 3]);
}

#[test]
fn punctuation_inside_a_term_must_match() {
    check("user-7", &["user-7 left", "user 7", "user-77", "xuser-7"], &[0]);
    check("a.a", &["xa.a.a", "a.ab"], &[0]);
}

#[test]
fn quoted_phrase_matches_anywhere() {
    check("\"ime out af\"", &["Time out after 3", "time out"], &[0]);
    check("\"time", &["xtimes"], &[0]);
}

#[test]
fn match_does_not_span_two_messages() {
    check("\"a\nb\"", &["a", "b", "a\nb"], &[2]);
    check("a", &["xa", "a", ""], &[1]);
    check("\"b\n\"", &["b", "b\n"], &[1]);
}

#[test]
fn letters_outside_ascii_are_word_characters() {
    check("größe", &["Größe", "größen", "größe"], &[0, 2]);
}

#[test]
fn empty_text_matches_everything() {
    check("", &["a", ""], &[0, 1]);
    check(" \"\" ", &["a", ""], &[0, 1]);
}

#[test]
fn bloom_filter_without_the_word_excludes_the_block() {
    let block = BlockEncoder::default().encode(std::sync::Arc::default(), &events(&["alpha beta"])).unwrap();
    assert!(!SearchTerms::parse("gamma").may_match(&block.bloom));
    assert!(!SearchTerms::parse("\"x gamma y\"").may_match(&block.bloom));
}
