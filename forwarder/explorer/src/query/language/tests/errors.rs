//! Errors: position, expectation and suggestion.

use super::{super::parse, check_error};

#[test]
fn unknown_names_are_answered_with_similar_ones() {
    check_error(
        "fields a | stast count(*)",
        "stast",
        "line 1, column 12: unknown command `stast`; did you mean `stats`?",
    );
    check_error(
        "fields strlenn(a)",
        "strlenn",
        "line 1, column 8: unknown function `strlenn`; did you mean `strlen`?",
    );
    check_error(
        "stats cuont(*)",
        "cuont",
        "line 1, column 7: unknown function `cuont`; did you mean `count`?",
    );
    check_error("xyzzy a", "xyzzy", "line 1, column 1: unknown command `xyzzy`");
}

#[test]
fn position_is_a_line_and_a_character() {
    check_error("fields ä, b\n| limit ü", "ü", "line 2, column 9: unexpected `ü`; expected a number of rows");
    let query = "fields a\n\t| limit ten";
    let error = parse(query).unwrap_err();
    assert_eq!(error.excerpt(query), "\t| limit ten\n\t        ^^^");
}

#[test]
fn expected_tokens_are_named() {
    check_error(
        "",
        "",
        "line 1, column 1: unexpected end of the query; expected a command, for example `fields @timestamp, @message`",
    );
    check_error(
        "fields a |",
        "",
        "line 1, column 11: unexpected end of the query; expected a command, for example `filter` or `stats`",
    );
    check_error(
        "fields a b",
        "b",
        "line 1, column 10: unexpected `b`; expected an operator, `as`, `,`, `|` or the end of the query",
    );
    check_error(
        "filter a =",
        "",
        "line 1, column 11: unexpected end of the query; expected a field, a value or a function",
    );
    check_error(
        "filter (a = 1",
        "",
        "line 1, column 14: unexpected end of the query; expected an operator or `)`",
    );
    check_error("filter a not 1", "1", "line 1, column 14: unexpected `1`; expected `like` or `in`");
    check_error(
        "filter a in 'x'",
        "'x'",
        "line 1, column 13: unexpected `'x'`; expected a list `[…]` or a query `(SOURCE …)`",
    );
    check_error(
        "stats count(*) by",
        "",
        "line 1, column 18: unexpected end of the query; expected a field, a value or a function",
    );
    check_error(
        "parse @message",
        "",
        "line 1, column 15: unexpected end of the query; expected a pattern `\"… * …\"`, `/…/`, `logfmt` or `csv`",
    );
    check_error("unnest a", "", "line 1, column 9: unexpected end of the query; expected `into`");
    check_error("limit 1.5", "1.5", "line 1, column 7: unexpected `1.5`; expected a number of rows");
    check_error(
        "fields a; b",
        ";",
        "line 1, column 9: character that may only stand in a text or in backticks; expected an operator, `as`, `,`, `|` or the end of the query",
    );
}

#[test]
fn unfinished_texts_are_found() {
    check_error(
        "filter a = \"x",
        "\"x",
        "line 1, column 12: text without a closing `\"`; expected a field, a value or a function",
    );
    check_error(
        "filter a like /x",
        "/x",
        "line 1, column 15: regular expression without a closing `/`; expected `/` at the end of the regular expression",
    );
    check_error(
        "fields `x",
        "`x",
        "line 1, column 8: name without a closing backtick; expected a field, a value or a function",
    );
}

#[test]
fn invalid_patterns_are_explained() {
    check_error("filter a like /(/", "/(/", "line 1, column 15: invalid regular expression: unclosed group");
    check_error(
        "filter a like /(?=x)/",
        "/(?=x)/",
        "line 1, column 15: invalid regular expression: look-around, including look-ahead and look-behind, is not supported",
    );
    check_error(
        "parse /x/",
        "/x/",
        "line 1, column 7: regular expression without a named group; expected a group `(?<name>…)`",
    );
    check_error(
        "parse 'a*b*' as x",
        "'a*b*' as x",
        "line 1, column 7: 2 `*` in the pattern, but 1 names after `as`",
    );
    check_error(
        "parse 'a' as x",
        "'a'",
        "line 1, column 7: pattern without `*`; expected a `*` for each column",
    );
}

#[test]
fn arguments_are_counted_and_checked() {
    check_error("fields abs()", "abs()", "line 1, column 8: `abs` takes 1 argument, not 0");
    check_error("fields substr(a)", "substr(a)", "line 1, column 8: `substr` takes 2 to 3 arguments, not 1");
    check_error(
        "fields regexReplace(a, b, 'c')",
        "b",
        "line 1, column 24: `regexReplace` takes a constant pattern; expected `\"…\"` or `/…/`",
    );
    check_error(
        "stats pct(a, 101)",
        "101",
        "line 1, column 14: wrong argument; expected a percentage from 0 to 100",
    );
    check_error(
        "stats count(*) by bin(300)",
        "300",
        "line 1, column 23: not a period; expected a number with a unit, for example `5m`",
    );
    check_error(
        "stats count(*) by bin(0m)",
        "0m",
        "line 1, column 23: `0m` is not a period; expected a whole number from 1 and a unit, for example `5m`",
    );
    check_error(
        "fields 5m",
        "5m",
        "line 1, column 8: a period may only stand in `bin`, `datefloor` and the like; expected a value; a field with such a name is written in backticks",
    );
    check_error(
        "stats countOverTime(1m)",
        "1m",
        "line 1, column 21: a period may only stand in `bin`, `datefloor` and the like; expected a value; a field with such a name is written in backticks",
    );
    check_error(
        "filter a = /x/",
        "/x/",
        "line 1, column 12: a regular expression may not stand here; expected `like /…/`, `=~ /…/` or `regexReplace(field, /…/, \"…\")`",
    );
}

#[test]
fn aggregates_stand_in_stats() {
    check_error(
        "filter count(*) > 1",
        "count(*)",
        "line 1, column 8: `count` is an aggregate; it stands in `stats`",
    );
    check_error(
        "stats count(*) by a | filter sum(b) > 1",
        "sum(b)",
        "line 1, column 30: no `stats` before this computes `sum(b)`",
    );
    check_error("stats max(sum(a))", "sum(a)", "line 1, column 11: aggregate inside an aggregate");
    check_error(
        "stats count(*) by sum(a)",
        "sum(a)",
        "line 1, column 19: aggregate after `by`; a key is a field or a scalar expression",
    );
    check_error(
        "stats a by b",
        "a",
        "line 1, column 7: `a` is neither in an aggregate nor a key after `by`; expected an aggregate, for example `latest(a)`, or `by a`",
    );
}

#[test]
fn order_of_commands_is_checked() {
    check_error(
        "dedup a | sort b",
        "sort b",
        "line 1, column 11: only `limit` may follow `dedup`; expected `sort` and other commands before `dedup`",
    );
    check_error("fields a | diff", "diff", "line 1, column 12: `diff` may only follow `pattern`");
    check_error(
        "fields a | fillmissing",
        "fillmissing",
        "line 1, column 12: `fillmissing` may only follow `stats … by bin(…)`",
    );
    check_error(
        "fields a | SOURCE 'x'",
        "SOURCE",
        "line 1, column 12: `SOURCE` may only stand at the start of a query",
    );
    check_error(
        &["stats count(*) as n"; 11].join(" | "),
        "stats count(*) as n",
        "line 1, column 221: more than 10 `stats` in a query",
    );
    check_error(
        "stats count(*) by bin(5m) | stats count(*) by bin(1h)",
        "bin(1h)",
        "line 1, column 47: `bin` needs `@timestamp`, which the `stats` before this does not keep; expected `datefloor(name, 1h)` of a bin with a name, for example `by bin(5m) as name`",
    );
    check_error(
        "filter a in (SOURCE 'x' | filter b in (SOURCE 'y' | fields b) | fields a)",
        "SOURCE 'y' | fields b",
        "line 1, column 40: query inside the query of an `in`",
    );
}

#[test]
fn conditions_of_filter_index_are_simple() {
    check_error(
        "filterIndex a = 1 and b > 2",
        "b > 2",
        "line 1, column 23: `filterIndex` takes `field = value` or `field in […]` only; use `filter`",
    );
}

#[test]
fn commands_that_need_models_are_refused_by_name() {
    check_error(
        "pattern @message | anomaly",
        "anomaly",
        "line 1, column 20: `anomaly` needs models that only CloudWatch has; use `pattern` with `diff` instead",
    );
    check_error(
        "relevantfields a where b = 1",
        "relevantfields",
        "line 1, column 1: `relevantfields` needs models that only CloudWatch has; use `stats` by a field instead",
    );
}

#[test]
fn length_and_depth_are_bounded() {
    let long = format!("fields {}", "a".repeat(10_000));
    assert_eq!(parse(&long).unwrap_err().problem, "query has 10007 characters; at most 10000 are allowed");
    let deep = format!("filter {}1", "(".repeat(5000));
    assert_eq!(parse(&deep).unwrap_err().problem, "more than 64 levels inside each other");
    let signs = format!("filter {}1", "- ".repeat(3000));
    assert_eq!(parse(&signs).unwrap_err().problem, "more than 64 levels inside each other");
    let queries = "appendcols (".repeat(800);
    assert_eq!(parse(&queries).unwrap_err().problem, "more than 64 levels inside each other");
    let large = "filter a like /(\\w{1000}){1000}/";
    assert_eq!(parse(large).unwrap_err().problem, "regular expression is too large");
    let chain = format!("filter 1{}", "+1".repeat(4000));
    assert_eq!(
        parse(&chain).unwrap_err().problem,
        "expression of more than 256 operations inside each other"
    );
    assert!(parse(&format!("filter a{}", " or a".repeat(1900))).is_ok());
}
