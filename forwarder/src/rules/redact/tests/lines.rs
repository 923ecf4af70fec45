//! Tests of line rules: `re.sub` of Python on messages as they are written.

use super::*;

fn line(regex: &str, replacement: &str) -> Options {
    let line = LineOptions { regex: regex.to_owned(), replacement: replacement.to_owned() };
    Options { line: Some(line), ..Options::default() }
}

#[track_caller]
fn check_line(regex: &str, replacement: &str, message: &str, expected: &str) {
    assert_eq!(redact(&set(&[line(regex, replacement)]), message), expected, "{regex} in {message}");
}

#[test]
fn matches_in_plain_text_are_replaced() {
    check_line(r"\d{4}-\d{4}", "[card]", "card 4111-1111 kept\n", "card [card] kept\n");
    check_line(r"(\w+)@(?P<host>\w+)", r"\g<host>-\1", "an ann@müller, bob@x", "an müller-ann, x-bob");
    // In the JSON string, a line feed is `\\n`, which a dot matches.
    check_line("secret=.*", "xxxxx", "a secret=1 2\nnext", "a xxxxx");
    check_line("secret=[^\n]*", "xxxxx", "a secret=1 2", "a xxxxx");
    check_line("none", "xxxxx", "a\n", "a\n");
    check_line("a", "", "banana", "bnn");
}

#[test]
fn matches_may_span_members_of_json() {
    let message = r#"{"user":"ann","password":"hunter2","n":1}"#;
    check_line(
        r#""password":"[^"]*""#,
        r#""password":"x""#,
        message,
        r#"{"user":"ann","password":"x","n":1}"#,
    );
    check_line("ann.*hunter2", "xxxxx", message, r#"{"user":"xxxxx","n":1}"#);
}

/// The Datadog Forwarder sees a message as a JSON string, so its users write escapes into their regexes.
#[test]
fn regexes_for_the_json_string_match() {
    let message = "{\"user\":\"ann\",\"password\":\"hunter2\"}\n";
    let expected = "{\"user\":\"ann\",\"password\":\"x\"}\n";
    check_line(r#"\\"password\\":\\"[^"]*""#, r#"\\"password\\":\\"x\\""#, message, expected);
    check_line(r#"(password\\":\\")[^"\\]*"#, r"\1x", message, expected);
    check_line(r"key\\t\w+", "xxxxx", "a key\tabc d", "a xxxxx d");
}

#[test]
fn values_are_redacted_through_their_escapes_and_stay_json() {
    check_line(r"\d{4}", "xxxxx", r#"{"card":41111111,"m":"a 1234"}"#, r#"{"card":"xxxxx","m":"a xxxxx"}"#);
    check_line("ann", "x", r#"{"m":"\u0061nn","n":"b\nann"}"#, r#"{"m":"x","n":"b\nx"}"#);
    let email = r"[a-z]+@[a-z]+\.com";
    check_line(email, "x@x.com", r#"{"m":"to\nann@b.com"}"#, r#"{"m":"to\nx@x.com"}"#);
    check_line(r"(\d+)", r"<\1>", r#"{"m":"a 12 b\\c 34"}"#, r#"{"m":"a <12> b\\c <34>"}"#);
}

/// Redacts a message in parts of `length` bytes.
fn in_parts(options: &Options, message: &str, length: usize) -> String {
    let set = set(std::slice::from_ref(options));
    let (mut state, mut counts, mut out) = (State::default(), Counts::default(), String::new());
    let mut rest = message;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(rest.floor_char_boundary(length));
        let part = if later.is_empty() { Part::Last } else { Part::Piece };
        out.push_str(&redact_with(&set, &mut state, part, now, &mut counts));
        rest = later;
    }
    out
}

#[test]
fn no_match_is_cut_where_a_part_ends() {
    let filler = "filler ".repeat(40_000);
    let options = line(r#""password":"[^"]*""#, "xxxxx");
    for shift in 0..24 {
        let message = format!("{}{filler}\"password\":\"hunter2\" {filler}", "-".repeat(shift));
        let length = shift + filler.len() + 12;
        let expected = format!("{}{filler}xxxxx {filler}", "-".repeat(shift));
        assert!(in_parts(&options, &message, length) == expected, "{shift}");
    }
}

#[test]
fn long_matches_are_removed_to_their_end() {
    let long = "s".repeat(3_000_000);
    let message = format!("a secret={long}{long}\nnext {long}");
    let redacted = in_parts(&line("secret=.*", "xxxxx"), &message, 1_000_000);
    assert!(redacted == format!("a xxxxx\nnext {long}"), "{} bytes", redacted.len());
}

#[test]
fn invalid_replacements_are_refused() {
    let error = Redactor::new(&line("(a)", r"\2"), CACHE).unwrap_err().to_string();
    assert_eq!(error, "replacement: the regex has no group `2` (character 1 of the replacement)");
}
