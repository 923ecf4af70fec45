use super::*;

fn shop() -> Log {
    Log::of(&[
        (0, r#"{"ms":10,"path":"/a"}"#),
        (60_000, r#"{"ms":20,"path":"/b"}"#),
        (61_000, r#"{"ms":"30","path":"/a"}"#),
        (300_000, r#"{"ms":-5}"#),
        (301_000, "text"),
    ])
}

#[test]
fn aggregates_of_numbers() {
    shop().check(
        "stats count(*), count(ms), sum(ms), avg(ms), min(ms), max(ms), pct(ms, 50) as p50, variance(ms), stddev(ms)",
        &[r#"{"count(*)":5,"count(ms)":4,"sum(ms)":55,"avg(ms)":13.75,"min(ms)":-5,"max(ms)":30,"p50":10,"variance(ms)":167.1875,"stddev(ms)":12.93010054098575}"#],
    );
}

#[test]
fn aggregates_of_texts() {
    shop().check(
        "stats count_distinct(path) as d, earliest(path) as first, latest(path) as last, sortsFirst(path) as low, sortsLast(path) as high, values(path) as all",
        &[r#"{"d":2,"first":"/a","last":"/a","low":"/a","high":"/b","all":["/a","/b"]}"#],
    );
    shop().check("stats topk(1, path) as top", &[r#"{"top":[{"value":"/a","count":2}]}"#]);
    shop().check("stats fromMillis(latest(@timestamp)) as last", &[r#"{"last":"2026-03-04 10:05:01.000"}"#]);
}

#[test]
fn bins_are_ascending_and_rows_without_the_key_are_a_group() {
    shop().check(
        "stats count(*) by bin(5m)",
        &[
            r#"{"bin(5m)":"2026-03-04 10:00:00.000","count(*)":3}"#,
            r#"{"bin(5m)":"2026-03-04 10:05:00.000","count(*)":2}"#,
        ],
    );
    shop().check(
        "stats count(*) as n by path | sort n desc, path asc",
        &[r#"{"path":"/a","n":2}"#, r#"{"n":2}"#, r#"{"path":"/b","n":1}"#],
    );
}

#[test]
fn expressions_use_aggregates_keys_and_earlier_aliases() {
    shop().check(
        "stats max(ms) as high, min(ms) as low, high - low as spread, sum(ms) / count() * 100 as share",
        &[r#"{"high":30,"low":-5,"spread":35,"share":1100}"#],
    );
}

#[test]
fn stats_follow_each_other() {
    shop().check(
        "stats count(*) as n by bin(1m) as minute | stats max(n) as top, avg(n) as usual, count(*) as minutes",
        &[r#"{"top":2,"usual":1.6666666666666667,"minutes":3}"#],
    );
    shop().check(
        "stats count(*) as n by bin(1m) as t | stats sum(n) as s by datefloor(t, 1h)",
        &[r#"{"datefloor(t, 1h)":"2026-03-04 10:00:00.000","s":5}"#],
    );
    shop()
        .check("stats count(*) as n by path | filter n > 1 and ispresent(path)", &[r#"{"path":"/a","n":2}"#]);
}

#[test]
fn column_is_named_as_it_was_written() {
    shop().check(
        "stats COUNT( * ) by `path` | sort COUNT( * ) desc | limit 1",
        &[r#"{"path":"/a","COUNT( * )":2}"#],
    );
}

#[test]
fn nothing_counts_as_zero() {
    shop().check("filter ms > 1000 | stats count(*) as n, sum(ms) as s", &[r#"{"n":0}"#]);
    shop().check("filter ms > 1000 | stats count(*) as n by path", &[]);
}

#[test]
fn missing_bins_are_filled() {
    shop().check(
        "stats count(ms) as n by bin(1m) | fillmissing with 0 for n | limit 3",
        &[
            r#"{"bin(1m)":"2026-03-04 10:00:00.000","n":1}"#,
            r#"{"bin(1m)":"2026-03-04 10:01:00.000","n":2}"#,
            r#"{"bin(1m)":"2026-03-04 10:02:00.000","n":0}"#,
        ],
    );
}

#[test]
fn series_aggregates() {
    shop().check(
        "stats rate(ms, 1m) as r, histogram(ms, 10) as h",
        &[r#"{"r":-3,"h":{"-10":1,"10":1,"20":1,"30":1}}"#],
    );
    shop().check(
        "stats count(*) as n by bin(5m) offset 1d",
        &[r#"{"bin(5m)":"2026-03-05 10:00:00.000","n":3}"#, r#"{"bin(5m)":"2026-03-05 10:05:00.000","n":2}"#],
    );
}
