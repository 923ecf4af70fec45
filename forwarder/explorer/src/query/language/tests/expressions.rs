//! Lexis, operators, functions and periods.

use super::{check, check_condition, parsed};

#[test]
fn keywords_and_functions_are_read_in_any_case() {
    check("STATS COUNT(*) BY BIN(5m)", "stats count(*) by bin(5m)");
    check_condition(
        "a NOT IN [1] AND b LIKE 'x' OR NOT IsPresent(c)",
        r#"a not in [1] and b like "x" or not isPresent(c)"#,
    );
    check_condition(r#"regex_replace(a, "x", "y") = A"#, r#"regexReplace(a, /x/, "y") = A"#);
    check(
        "stats percentile(a, 99), countDistinct(b), count_distinct(b)",
        "stats pct(a, 99), countDistinct(b), countDistinct(b)",
    );
}

#[test]
fn comments_are_skipped_outside_of_texts_and_patterns() {
    check("# first\nfields a # | limit 1\n| limit 2 # end", "fields a\n| limit 2");
    check_condition(r##"a = "#1" and b like /#/ # c"##, r##"a = "#1" and b like /#/"##);
}

#[test]
fn escapes_in_texts_are_resolved() {
    check_condition(r#"a = 'it\'s "x"'"#, r#"a = "it's \"x\"""#);
    check_condition(r#"a = "C:\temp\\""#, r#"a = "C:\temp\\""#);
    check_condition(r#"a = "a|b""#, r#"a = "a|b""#);
    check_condition(r#"a = "\\d\d""#, r#"a = "\d\d""#);
}

#[test]
fn patterns_end_at_the_first_slash_without_a_backslash() {
    check_condition(r"a like /x\/y\d/ and b =~ /'|#/", r"a like /x\/y\d/ and b like /'|#/");
    check_condition("a / 2 / 3 > 1", "a / 2 / 3 > 1");
    check_condition("a like/x/", "a like /x/");
}

#[test]
fn names_in_backticks_may_hold_any_character() {
    check("fields `detail-type`", "fields `detail-type`");
    check(
        "fields http.headers.`user-agent` as `user agent`",
        "fields `http.headers.user-agent` as `user agent`",
    );
    check("fields @`aws.tag.x:y`", "fields `@aws.tag.x:y`");
    check("fields `by`, `true`, @@x, 4xx", "fields `by`, `true`, @@x, `4xx`");
    check("fields a-b", "fields a - b");
}

#[test]
fn columns_are_called_as_they_were_written() {
    let query = parsed("stats count( * ), avg(`a-b`)  as mean, max( x )/2 by BIN(5m), `c d`");
    let super::super::tree::CommandKind::Stats(stats) = &query.commands[0].kind else { panic!() };
    let names = |columns: &[super::super::tree::Column]| {
        columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&stats.columns), ["count( * )", "mean", "max( x )/2"]);
    assert_eq!(names(&stats.by), ["BIN(5m)", "c d"]);
}

#[test]
fn operators_bind_as_everywhere() {
    check_condition("a or b and not c = 1 + 2 * 3 ^ 2", "a or b and not c = 1 + 2 * 3 ^ 2");
    check_condition("(a or b) and (c)", "(a or b) and c");
    check_condition("a - (b - c) - d", "a - (b - c) - d");
    check_condition("2 ^ 3 ^ 2 = (2 ^ 3) ^ 2", "2 ^ 3 ^ 2 = (2 ^ 3) ^ 2");
    check_condition("-2 ^ -2 > - a", "-2 ^ -2 > -a");
    check_condition("(-2) ^ 2 = 4", "(-2) ^ 2 = 4");
    check_condition("!isPresent(a) and !(a or b)", "not isPresent(a) and not (a or b)");
    check_condition("(a = 1) = b % 2", "(a = 1) = b % 2");
}

#[test]
fn comparisons_have_their_spellings() {
    check_condition("a == 1 and b != 2 or c <= 3 and d >= .5", "a = 1 and b != 2 or c <= 3 and d >= 0.5");
    check_condition("a in [1, 'x', -2.5] or b in ('y')", r#"a in [1, "x", -2.5] or b in ["y"]"#);
    check_condition("a not like 'x' and a like b", r#"a not like "x" and a like b"#);
    check_condition("a = true or a = FALSE", "a = true or a = false");
    check_condition("@maxMemoryUsed >= @memorySize * 0.75", "@maxMemoryUsed >= @memorySize * 0.75");
}

#[test]
fn numbers_are_integers_or_doubles() {
    check(
        "fields 1, 1.50, 1e3, 9223372036854775807, 9223372036854775808",
        "fields 1, 1.5, 1000.0, 9223372036854775807, 9.223372036854776e18",
    );
}

#[test]
fn members_of_maps_and_lists_are_read() {
    check(
        "fields m.Records.0.x, m[0].a.b, jsonParse(m).a[-1]['x y']",
        r#"fields m.Records.0.x, m[0]["a"]["b"], jsonParse(m)["a"][-1]["x y"]"#,
    );
}

#[test]
fn periods_have_many_units() {
    check(
        "stats count() by bin (1min), bin(1 hour), bin(2 WEEKS), bin(3mo)",
        "stats count(*) by bin(1m), bin(1h), bin(2w), bin(3mo)",
    );
    check(
        "fields datefloor(t, 1q), dateceil(t, 10msec), date_floor(t, 7days)",
        "fields dateFloor(t, 1q), dateCeil(t, 10ms), dateFloor(t, 7d)",
    );
}

#[test]
fn period_above_the_limit_of_its_unit_is_capped_and_noted() {
    let query = parsed("stats count(*) by bin(300s)");
    assert_eq!(query.to_string(), "stats count(*) by bin(60s)");
    assert_eq!(
        query.notes[0].text,
        "`300s` counts as `60s`, as in CloudWatch, where at most 60s are taken; use a greater unit"
    );
    assert_eq!(query.notes[0].span.of("stats count(*) by bin(300s)"), "300s");
    for kept in ["1000ms", "60s", "60m", "24h", "400d"] {
        assert!(parsed(&format!("stats count(*) by bin({kept})")).notes.is_empty(), "{kept}");
    }
}
