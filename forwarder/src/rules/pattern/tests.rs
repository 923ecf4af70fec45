use proptest::prelude::*;

use super::*;

const CACHE: usize = 1 << 16;

fn pattern(text: &str) -> Pattern {
    Pattern::new(text, Purpose::Find, CACHE).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn matches(pattern: &Pattern, text: &str) -> Vec<Range<usize>> {
    let (mut cache, mut from, mut found) = (PatternCache::default(), 0, Vec::new());
    while let Some(range) = pattern.find_at(&mut cache, text, from) {
        from = range.end.max(
            range.start
                + text.get(range.start..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8),
        );
        found.push(range);
    }
    found
}

/// Checks the matches of a regex, joined with `|`.
fn check(regex: &str, text: &str, expected: &str) {
    let pattern = pattern(regex);
    let found: Vec<_> = matches(&pattern, text).into_iter().filter_map(|range| text.get(range)).collect();
    assert_eq!(found.join("|"), expected, "{regex} in {text}");
    assert_eq!(pattern.is_match(&mut PatternCache::default(), text), !found.is_empty(), "{regex} in {text}");
}

fn refused(regex: &str, expected: &str) {
    let error = Pattern::new(regex, Purpose::Test, CACHE).expect_err(regex);
    assert_eq!(error.to_string(), expected, "{regex}");
}

#[test]
fn literals_classes_and_repetitions_match() {
    check("GET /health", "a GET /health b", "GET /health");
    check("(?i)get /Health", "a GET /hEALTH b", "GET /hEALTH");
    check("IBAN [A-Z]{2}\\d+", "pay IBAN DE123 now", "IBAN DE123");
    check("[^a-c]+", "abxyéc", "xyé");
    check("a{2,3}", "aaaaa", "aaa|aa");
    check("error|(?i:panic)", "a PANIC and an error", "PANIC|error");
    check("error|panic\\d", "panic", "");
    check("a{2,3}?", "aaaaa", "aa|aa");
    check("[]x-]+", "a]-x", "]-x");
    check("[[:alpha:]_]+", "1ab_2", "ab_");
    check("\\x41\\u{e9}", "Aé", "Aé");
    check("(?:foo|bar)+baz", "foobarbaz", "foobarbaz");
    check("[äöü]", "grün", "ü");
    check(".", "a\né", "a|é");
    check("(?s).", "a\n", "a|\n");
}

#[test]
fn anchors_and_borders_match() {
    check("^\\d{4}-\\d{2}", "2026-11 2025-10", "2026-11");
    check("\\bcat\\b", "cat concat cat's", "cat|cat");
    check("(?m)^a$", "b\na\nc", "a");
    check("^a$", "b\na\nc", "");
    check("\\Aa|c\\z", "a b c", "a|c");
}

#[test]
fn flags_hold_within_their_group() {
    check("(?i:a)b", "Ab AB", "Ab");
    check("a(?i)b|c", "aB C", "aB|C");
    check("(a(?i)b)c", "aBc aBC", "aBc");
    check("(?i)straße", "STRAßE", "STRAßE");
}

#[test]
fn first_alternative_is_preferred() {
    check("a|ab", "ab", "a");
    check("(?:a|ab)(?:c|bcd)", "abcd", "abcd");
    check("(?:|a)+", "aaa", "|||");
    check("(?:(?m:$)|\\W)+", "-\n", "-\n|");
}

#[test]
fn look_around_and_back_references_are_refused_by_name_and_position() {
    refused("a(?=b)", "look-around `(?=` is not supported (character 2 of the regex)");
    refused("(?<!b)", "look-around `(?<!` is not supported (character 1 of the regex)");
    refused("(a)\\1", "the back reference `\\1` is not supported (character 4 of the regex)");
    refused("é(?P=n)", "the back reference `(?P=` is not supported (character 2 of the regex)");
}

#[test]
fn malformed_regexes_are_refused_at_their_position() {
    refused("a)", "the group that this `)` closes was not opened (character 2 of the regex)");
    refused("x(a", "the group that this `(` opens is not closed (character 2 of the regex)");
    refused("x[a", "the class that this `[` opens is not closed (character 2 of the regex)");
    refused("*a", "`*` has nothing to repeat (character 1 of the regex)");
    refused("a{3,2}", "the repetition `{3,2}` is impossible (character 2 of the regex)");
    refused("[z-a]", "the range `z-a` is empty (character 2 of the regex)");
    refused("\\pL", "the Unicode property `\\p` is not supported (character 1 of the regex)");
    refused("(?x)a", "the flag `x` is not supported; i, m and s are (character 3 of the regex)");
    refused("a\\", "nothing follows the `\\` (character 2 of the regex)");
    refused("a{2000}", "a repetition of more than 1000 is not supported (character 2 of the regex)");
    refused(&"(".repeat(100), "groups are nested deeper than 64 (character 65 of the regex)");
}

#[test]
fn regex_that_grows_too_large_is_refused() {
    for regex in ["(?:a{1000}){1000}", "(?:(?:){1000}){1000}{1000}", "(?:\\w[^é]){900}{900}"] {
        refused(regex, "the regex takes more than 4 MiB when compiled (character 1 of the regex)");
    }
}

#[test]
fn nested_quantifiers_are_linear() {
    let text = "a".repeat(1 << 20);
    for regex in ["(a+)+$b", "(a*)*b", "(?:a|aa|a?)+c", "(.*)*\\d(.*)*\\d"] {
        assert!(matches(&pattern(regex), &text).is_empty(), "{regex}");
    }
}

#[test]
fn required_text_is_found_in_its_case() {
    let check = |regex: &str, expected: &str| {
        let found = match pattern(regex).required {
            Some(Required::Exact(finder)) => String::from_utf8(finder.needle().to_vec()).unwrap(),
            Some(other) => format!("{other:?}"),
            None => String::new(),
        };
        assert!(found.contains(expected) && found.is_empty() == expected.is_empty(), "{regex}: {found}");
    };
    check("\\d+ms in GET /health", "ms in GET /health");
    check("(?i)id=\\d", "rare: 2");
    check("a|b", "");
    check("^\\d (?:favicon|robots\\.txt)", "AnyOf");
    check("(?:abc)?d", "");
    check("(?:abcd)+(?:x|yz)", "abcd");
    check("a?b", "");
}

/// Regexes of a grammar that both engines understand alike, for texts without letters beyond ASCII.
fn regexes() -> impl Strategy<Value = String> {
    let atoms: &[&str] = &[
        "a",
        "b",
        "ab",
        "\u{20ac}",
        ".",
        "\\d",
        "\\w",
        "\\W",
        "\\s",
        "[ab]",
        "[^a]",
        "[^\u{20ac}b]",
        "^",
        "$",
        "\\b",
        "\\B",
        "(?i)A",
        "(?i:aB)",
        "[0-9a]",
        "(?s:.)",
        "(?m:^)",
        "(?m:$)",
        "[[:^alpha:]]",
        "a b",
        "(?i)[^a]",
    ];
    proptest::sample::select(atoms.to_vec()).prop_map(str::to_owned).prop_recursive(4, 24, 4, |inner| {
        let postfix: &[&str] = &["*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{0,2}?", "{2,}", ""];
        prop_oneof![
            (inner.clone(), proptest::sample::select(postfix.to_vec()))
                .prop_map(|(a, p)| format!("(?:{a}){p}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}{b}")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("(?:{a}|{b})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn matches_equal_those_of_the_crate_regex(regex in regexes(), text in "[abAB\u{20ac}01 \n_-]{0,24}") {
        // The crate's Unicode word borders are those of ASCII for these texts.
        let theirs = regex::Regex::new(&regex).unwrap();
        let ours = pattern(&regex);
        let expected: Vec<_> = theirs.find_iter(&text).map(|found| found.range()).next().into_iter().collect();
        let found: Vec<_> = matches(&ours, &text).into_iter().take(1).collect();
        prop_assert_eq!(found, expected);
        prop_assert_eq!(ours.is_match(&mut PatternCache::default(), &text), theirs.is_match(&text));
    }

    #[test]
    fn any_text_is_compiled_or_refused(regex in "\\PC{0,20}|[a(\\[\\])|*+?{},0-9\\\\^$.:<>P=!-]{0,20}") {
        let _ = Pattern::new(&regex, Purpose::Find, CACHE);
    }

    #[test]
    fn ranges_of_characters_are_split_into_their_bytes(first: char, last: char, c: char) {
        let sequences = utf8::sequences(first, last);
        let mut buffer = [0; 4];
        let bytes = c.encode_utf8(&mut buffer).as_bytes();
        let is_in = |sequence: &Vec<utf8::ByteRange>| {
            sequence.len() == bytes.len()
                && sequence.iter().zip(bytes).all(|((low, high), byte)| (low..=high).contains(&byte))
        };
        prop_assert_eq!(sequences.iter().filter(|sequence| is_in(sequence)).count(), usize::from(first <= c && c <= last));
    }
}

/// Checks the matches of a regex of Python, joined with `|`.
fn check_python(regex: &str, text: &str, expected: &str) {
    let pattern = Pattern::in_dialect(regex, Dialect::Python, Purpose::Find, CACHE);
    let pattern = pattern.unwrap_or_else(|error| panic!("{regex}: {error}"));
    let found: Vec<_> = matches(&pattern, text).into_iter().filter_map(|range| text.get(range)).collect();
    assert_eq!(found.join("|"), expected, "{regex} in {text}");
    assert_eq!(pattern.is_match(&mut PatternCache::default(), text), !found.is_empty(), "{regex} in {text}");
}

/// The expected texts are those of Python 3.11.
#[test]
fn python_regexes_match_as_in_python() {
    check_python(r"\w+@", "an müller@x, ann@y", "müller@|ann@");
    check_python(r"\d{4}", "1234 ١٢٣٤ 12", "1234|١٢٣٤");
    check_python(r"a\sb", "a\u{a0}b a b a\u{200b}b", "a\u{a0}b|a b");
    check_python(r"\bÜber\b", "Über, Überall, aÜber", "Über");
    check_python(r"\bcat\b", "cat concat cat", "cat|cat");
    check_python(r"(?a)\w+", "müller", "m|ller");
    check_python(r#"{"a":{}}"#, r#"x {"a":{}} y"#, r#"{"a":{}}"#);
    check_python(r"x{,2}y", "xxxy y", "xxy|y");
    check_python(r"x{a}", "x{a}", "x{a}");
    check_python(r"[[&]+", "a[&[b", "[&[");
    // Python's match does not have the line feed, but the same texts match.
    check_python(r"end$", "the end\n", "end\n");
    check_python(r"end$", "the end\nx", "");
    check_python(r"end\Z", "the end\n", "");
    check_python(r"(?P<n>a)(?#comment)b\101", "abA", "abA");
    check_python(r"[a-zA-Z0-9-.]+", "x@a-b.c d", "x|a-b.c|d");
    check_python(r"(?i)STRASSE|ü", "Strasse Ü", "Strasse|Ü");
}

#[test]
fn python_constructs_without_equal_are_refused_with_their_position() {
    let refused = |regex: &str, expected: &str| {
        let error = Pattern::in_dialect(regex, Dialect::Python, Purpose::Test, CACHE).expect_err(regex);
        assert_eq!(error.to_string(), expected, "{regex}");
    };
    refused(r"é(?<!a)b", "look-around `(?<!` is not supported (character 2 of the regex)");
    refused(r"(a)\1", "the back reference `\\1` is not supported (character 4 of the regex)");
    refused(r"(?P<a>x)(?P=a)", "the back reference `(?P=` is not supported (character 9 of the regex)");
    refused("a++", "the possessive or double repetition `+` is not supported (character 3 of the regex)");
    refused("(?>a)", "the atomic group `(?>` is not supported (character 1 of the regex)");
    refused("(a)?(?(1)b|c)", "the conditional group `(?(` is not supported (character 5 of the regex)");
    refused("(?x) a", "the flag `x` is not supported; i, m and s are (character 3 of the regex)");
}

#[test]
fn groups_of_a_match_are_found() {
    let pattern =
        Pattern::in_dialect(r"(\w+)=(?P<v>\d+)(z)?", Dialect::Python, Purpose::Find, CACHE).unwrap();
    assert_eq!(pattern.groups(), [None, Some("v".to_owned()), None]);
    let groups = pattern.find_groups(&mut PatternCache::default(), "ü1=42");
    assert_eq!(groups, [Some(0..6), Some(0..3), Some(4..6), None]);
    assert!(pattern.find_groups(&mut PatternCache::default(), "ü1=42 ").is_empty());
}
