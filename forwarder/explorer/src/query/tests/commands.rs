use super::*;

fn numbers() -> Log {
    Log::lines(&[
        r#"{"n":1,"who":"ann","tags":["x","y"]}"#,
        r#"{"n":"2","who":"bob"}"#,
        r#"{"n":30,"who":"ann"}"#,
        r#"{"who":"cy","n":null}"#,
        "user=dan, took 5 ms, ok",
    ])
}

#[test]
fn result_without_fields_is_time_and_message_newest_first() {
    Log::lines(&["a", "b"]).check(
        "filter @message like /./",
        &[
            r#"{"@timestamp":"2026-03-04 10:00:01.000","@message":"b"}"#,
            r#"{"@timestamp":"2026-03-04 10:00:00.000","@message":"a"}"#,
        ],
    );
}

#[test]
fn numbers_and_texts_compare_as_numbers() {
    numbers().check("filter n >= 2 | sort n | fields n", &[r#"{"n":"2"}"#, r#"{"n":30}"#]);
    numbers().check("filter n in [1, 30] | sort n desc | fields n", &[r#"{"n":30}"#, r#"{"n":1}"#]);
    numbers().check("filter n != 1 | stats count(*) as c", &[r#"{"c":2}"#]);
}

#[test]
fn sort_puts_missing_values_last() {
    numbers().check(
        "filter ispresent(who) | sort n desc | fields who, n",
        &[r#"{"who":"ann","n":30}"#, r#"{"who":"bob","n":"2"}"#, r#"{"who":"ann","n":1}"#, r#"{"who":"cy"}"#],
    );
    numbers().check("sort n | limit 1 | fields who", &[r#"{"who":"ann"}"#]);
}

#[test]
fn dedup_keeps_the_first_by_the_order_and_rows_that_lack_a_value() {
    numbers().check(
        "fields who, n | sort @timestamp asc | dedup who",
        &[r#"{"who":"ann","n":1}"#, r#"{"who":"bob","n":"2"}"#, r#"{"who":"cy"}"#, "{}"],
    );
    numbers().check("fields who, n | dedup who | limit 2", &["{}", r#"{"who":"cy"}"#]);
}

#[test]
fn parse_takes_texts_apart() {
    numbers().check(
        "parse 'user=*, took * ms, *' as user, ms, rest | filter ispresent(user) | fields user, ms + 1 as more, rest",
        &[r#"{"user":"dan","more":6,"rest":"ok"}"#],
    );
    numbers().check(r"parse /took (?<ms>\d+)/ | filter ispresent(ms) | display ms", &[r#"{"ms":"5"}"#]);
    numbers().check(
        r"parse /(?<letter>[aeiou])/ multi | filter ispresent(user) or @message like 'dan' | stats count(*) as n by letter | sort letter",
        &[r#"{"letter":"a","n":1}"#, r#"{"letter":"e","n":1}"#, r#"{"letter":"o","n":3}"#, r#"{"letter":"u","n":1}"#],
    );
    numbers().check(
        "parse 'user=*,' as user | limit 1",
        &[r#"{"@timestamp":"2026-03-04 10:00:04.000","@message":"user=dan, took 5 ms, ok","user":"dan"}"#],
    );
}

#[test]
fn lists_become_rows() {
    numbers().check(
        "fields jsonParse(@message) as m | unnest m.tags into tag | filter ispresent(tag) | stats count(*) as n by tag",
        &[r#"{"tag":"x","n":1}"#, r#"{"tag":"y","n":1}"#],
    );
    numbers().check(
        "filter n = 1 | expand tags | fields tags, n",
        &[r#"{"tags":"x","n":1}"#, r#"{"tags":"y","n":1}"#],
    );
}

#[test]
fn alias_hides_a_field_only_after_it_is_made() {
    numbers().check("filter n = 1 | fields who as n, n as who | display n, who", &[r#"{"n":"ann","who":1}"#]);
}

#[test]
fn inner_query_is_a_set_or_joined_rows() {
    let log = numbers();
    log.check(
        "filter who in (SOURCE '/aws/lambda/shop' | filter n = 30 | fields who) | stats count(*) as n",
        &[r#"{"n":2}"#],
    );
    log.check("filter who in (SOURCE 'other' | fields who) | stats count(*) as n", &[r#"{"n":0}"#]);
    log.check(
        "filter n = 2 or n = 1 | join type=left left=l right=r where l.who=r.who (SOURCE '/aws/lambda/shop' | filter who = 'ann' | stats count(*) as c by who) | sort @timestamp asc | fields l.who, r.c",
        &[r#"{"l.who":"ann","r.c":2}"#, r#"{"l.who":"bob"}"#],
    );
    log.check(
        "filter ispresent(n) | join left=l right=r where l.who=r.who (SOURCE '/aws/lambda/shop' | filter n = 30) | sort l.n | fields l.n, r.n",
        &[r#"{"l.n":1,"r.n":30}"#, r#"{"l.n":30,"r.n":30}"#],
    );
}

#[test]
fn lookup_adds_columns_of_a_table() {
    let mut log = numbers();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("people.csv"), "name,team\nann,red\nbob,blue\n").unwrap();
    log.tables = Tables { folder: Some(folder.path().to_owned()) };
    log.check(
        "lookup people name as who OUTPUT team | filter ispresent(team) | stats count(*) as n by team | sort team",
        &[r#"{"team":"blue","n":1}"#, r#"{"team":"red","n":2}"#],
    );
    let error = log.answer("lookup nothing name as who OUTPUT team", |_| {}).unwrap_err();
    assert!(error.contains("cannot read the table"), "{error}");
}

#[test]
fn commands_over_ordered_rows_follow_a_limit_or_sort() {
    numbers().check(
        "filter ispresent(n) | sort @timestamp asc | accum n as sum | fields n, sum",
        &[r#"{"n":1,"sum":1}"#, r#"{"n":"2","sum":3}"#, r#"{"n":30,"sum":33}"#],
    );
    numbers().check("sort n | fields n | tail 2", &["{}", "{}"]);
    numbers().check(
        "filter ispresent(who) | stats count(*) as n by who | sort n desc, who | addtotals col=true row=false",
        &[r#"{"who":"ann","n":2}"#, r#"{"who":"bob","n":1}"#, r#"{"who":"cy","n":1}"#, r#"{"n":4}"#],
    );
}

#[test]
fn patterns_group_lines() {
    Log::lines(&["order 1 failed", "order 22 failed", "ok", "order 3 failed"]).check(
        "pattern @message",
        &[
            r#"{"@pattern":"order <Number-1> failed","@ratio":0.75,"@sampleCount":3,"@severityLabel":"Error"}"#,
            r#"{"@pattern":"ok","@ratio":0.25,"@sampleCount":1}"#,
        ],
    );
}

#[test]
fn patterns_are_compared_with_the_time_before() {
    Log::of(&[(0, "old 1"), (0, "old 2"), (86_400_000, "new 1"), (86_400_000, "old 7")]).check(
        "pattern @message | diff previousDay | display @pattern, @sampleCount, @previousSampleCount",
        &[
            r#"{"@pattern":"new <Number-1>","@sampleCount":1,"@previousSampleCount":0}"#,
            r#"{"@pattern":"old <Number-1>","@sampleCount":1,"@previousSampleCount":2}"#,
        ],
    );
}

#[test]
fn groups_are_compared_with_those_of_an_earlier_range() {
    const HOUR: i64 = 3_600_000;
    let log = Log::of(&[
        (HOUR, "INFO a"),
        (HOUR + 1, "INFO a"),
        (2 * HOUR, "ERROR b"),
        (24 * HOUR - 1, "INFO before the range"),
        (25 * HOUR, "INFO a"),
        (27 * HOUR, "WARN c"),
        (47 * HOUR, "INFO last"),
    ]);
    log.check(
        "filter strlen(@message) < 8 | stats count(*) as n by bin(1h) as hour | logcompare timeshift 1d",
        &[
            r#"{"hour":"2026-03-05 11:00:00.000","n":1,"n_previous":2,"n_difference":-1}"#,
            r#"{"hour":"2026-03-05 12:00:00.000","n_previous":1}"#,
            r#"{"hour":"2026-03-05 13:00:00.000","n":1}"#,
        ],
    );
    log.check(
        "parse @message \"* *\" as word, rest | stats count(*) as n by word | logcompare timeshift 1d | sort word",
        &[
            r#"{"word":"ERROR","n_previous":1}"#,
            r#"{"word":"INFO","n":3,"n_previous":2,"n_difference":1}"#,
            r#"{"word":"WARN","n":1}"#,
        ],
    );
}

#[test]
fn patterns_of_events_are_compared_with_those_of_an_earlier_range() {
    const HOUR: i64 = 3_600_000;
    let log =
        Log::of(&[(HOUR, "INFO a"), (25 * HOUR, "INFO a"), (25 * HOUR + 1, "WARN c"), (26 * HOUR, "WARN c")]);
    log.check(
        "logcompare timeshift 1d | display @pattern, @sampleCount, @previousSampleCount, @sampleCountDifference",
        &[
            r#"{"@pattern":"WARN c","@sampleCount":2,"@previousSampleCount":0,"@sampleCountDifference":2}"#,
            r#"{"@pattern":"INFO a","@sampleCount":1,"@previousSampleCount":1,"@sampleCountDifference":0}"#,
        ],
    );
}

#[test]
fn timeshift_of_no_whole_bins_is_refused() {
    let log = Log::lines(&["a"]);
    let refused = |query: &str| log.answer(query, |_| {}).unwrap_err();
    assert!(refused("stats count(*) by bin(1h) | logcompare timeshift 30m").contains("no multiple"));
    assert!(refused("limit 5 | logcompare timeshift 1d").contains("may only follow"));
}
