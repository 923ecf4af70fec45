//! Doc comments define: the first sentence of each says what the thing is or does, and does not open with a question word.

use tests::source::Source;

use super::none;

/// First words of a doc comment that ask instead of defining.
const QUESTION_WORDS: &[&str] = &["What", "Whether", "Of", "Who", "Whose", "Whence", "How", "Which"];

#[test]
fn doc_comments_do_not_open_with_a_question_word() {
    let folders = ["parser", "forwarder", "benches", "tests"];
    none(folders.into_iter().flat_map(Source::all).flat_map(|source| question_openings(&source)));
}

/// Returns the place and the text of each doc comment that opens with one of [`QUESTION_WORDS`].
fn question_openings(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_inside = false;
    for (line, number) in source.text.lines().zip(1..) {
        let comment = line.trim_start();
        let text = comment.strip_prefix("///").or_else(|| comment.strip_prefix("//!"));
        let opens = |text: &str| {
            let word = text.trim_start().split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            QUESTION_WORDS.contains(&word)
        };
        if text.is_some_and(|text| !is_inside && opens(text)) {
            found.push(format!("{}:{number}: {comment}", source.path));
        }
        is_inside = text.is_some();
    }
    found
}

#[test]
fn question_word_is_found_only_at_the_start_of_a_doc_comment() {
    let check = |code: &str, expected: usize| {
        let source = Source::new("a.rs".to_owned(), code.to_owned());
        assert_eq!(question_openings(&source).len(), expected, "{code}");
    };
    check("/// What it is.\nstruct A;", 1);
    check("struct A {\n    /// Of each sink.\n    a: u8,\n}", 1);
    check("//! How it works.", 1);
    check("/// Ledger of a sink:\n/// what became of each event.\nstruct A;", 0);
    check("/// Offset in bytes.\nstruct A;\n// What a comment may say.", 0);
}
