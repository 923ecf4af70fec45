//! Commands and their arguments.

use super::{check, parsed};

#[test]
fn pipe_before_the_first_command_is_optional() {
    check("| fields a | display b", "fields a\n| display b");
}

#[test]
fn text_before_the_commands_is_searched() {
    check(r#""63f7" | fields a"#, "\"63f7\"\n| fields a");
    check(r#"'63f7'"#, "\"63f7\"");
    check("/(?i)err/ | limit 1", "/(?i)err/\n| limit 1");
}

#[test]
fn commands_have_synonyms() {
    check(
        "where a = 1 | order by b desc, c | head 5 | tail 2",
        "filter a = 1\n| sort b desc, c asc\n| limit 5\n| tail 2",
    );
}

#[test]
fn stats_have_keys_and_an_offset() {
    check(
        "stats sum(f)/count()*100 as share, max(x) as m, m - share as d group by e as f, bin(5m) offset 1d",
        "stats sum(f) / count(*) * 100 as share, max(x) as m, m - share as d by e as f, bin(5m) offset 1d",
    );
    check(
        "stats count(*) by a | sort count(*) desc | filter count(*) > 3",
        "stats count(*) by a\n| sort count(*) desc\n| filter count(*) > 3",
    );
}

#[test]
fn limit_may_take_any_rows_and_is_capped() {
    check("limit any 20", "limit any 20");
    let query = parsed("limit 100001");
    assert_eq!((query.to_string().as_str(), query.notes.len()), ("limit 100000", 1));
}

#[test]
fn parse_takes_globs_and_patterns() {
    check(r#"parse "a [*] (*." as @x, y"#, r#"parse "a [*] (*." as @x, y"#);
    check(r#"parse @logStream '*[*]*' as d, v, id"#, r#"parse @logStream "*[*]*" as d, v, id"#);
    check(r"parse /(?<a>\d+) (?<b>x)/ multi", r"parse /(?<a>\d+) (?<b>x)/ multi");
    check("parse logfmt as m | parse f logfmt as n", "parse logfmt as m\n| parse f logfmt as n");
    check("parse csv as a, b | parse f csv as c", "parse csv as a, b\n| parse f csv as c");
    check(
        r#"json field=f "a.b" as x, "c" | json "d" as y"#,
        "json field=f \"a.b\" as x, \"c\" as c\n| json \"d\" as y",
    );
}

#[test]
fn lists_are_taken_apart() {
    check(
        "fields jsonParse(@message) as m | unnest m.Records into r | expand r.items",
        "fields jsonParse(@message) as m\n| unnest m.Records into r\n| expand r.items",
    );
}

#[test]
fn patterns_are_compared() {
    check("pattern @message | diff previousWeek", "pattern @message\n| diff previousWeek");
    check("pattern @message | DIFF | sort @sampleCount", "pattern @message\n| diff\n| sort @sampleCount asc");
}

#[test]
fn dedup_takes_fields_and_limit_follows() {
    check("dedup a, `b c` | limit 3", "dedup a, `b c`\n| limit 3");
}

#[test]
fn sources_stand_first() {
    check(
        "SOURCE '/aws/lambda/a' | source b-c, /aws/lambda/d | fields x",
        "SOURCE \"/aws/lambda/a\"\n| SOURCE \"b-c\"\n| SOURCE \"/aws/lambda/d\"\n| fields x",
    );
    check(
        "SOURCE logGroups(namePrefix: ['a', 'b'], accountIdentifier: ['1'], class: ['STANDARD']) | limit 1",
        "SOURCE logGroups(namePrefix: [\"a\", \"b\"], accountIdentifier: [\"1\"], class: [\"STANDARD\"])\n| limit 1",
    );
}

#[test]
fn queries_stand_inside_queries() {
    check(
        "join type=left left=l right=r where r.id=l.user.id (SOURCE 'g' | fields id)",
        "join type=left left=l right=r where l.user.id=r.id (SOURCE \"g\"\n| fields id)",
    );
    check(
        "filter a not in (SOURCE 'g' | filter b = 1 | fields a)",
        "filter a not in (SOURCE \"g\"\n| filter b = 1\n| fields a)",
    );
    check(
        "stats count(*) as n by a | appendcols override=true (SOURCE lg | stats avg(b) by a)",
        "stats count(*) as n by a\n| appendcols override=true max=10000 (SOURCE \"lg\"\n| stats avg(b) by a)",
    );
}

#[test]
fn lookups_name_columns_and_fields() {
    check(
        "lookup users id as userId, region OUTPUT name as n, mail",
        "lookup \"users\" id as userId, region as region OUTPUT name as n, mail as mail",
    );
    check(
        "cidrlookup nets srcAddr as cidr OUTPUTNEW owner",
        "cidrlookup \"nets\" srcAddr as cidr OUTPUTNEW owner as owner",
    );
}

#[test]
fn series_are_completed() {
    check(
        "stats avg(a) as m by bin(1m) | fillmissing with 0 for m, 'x' for b",
        "stats avg(a) as m by bin(1m)\n| fillmissing with 0 for m, \"x\" for b",
    );
    check("stats avg(a) by bin(1m) | fillmissing", "stats avg(a) by bin(1m)\n| fillmissing");
    check("filldown a, b* | accum x as y | accum z", "filldown a, b*\n| accum x as y\n| accum z");
    check(
        "autoregress bytes p=1-4 | autoregress b as prev",
        "autoregress bytes p=1-4\n| autoregress b as prev p=1-1",
    );
    check(
        "outlier action=remove param=3.0 uselower=true mark=true cpu memory | outlier x",
        "outlier action=remove param=3 uselower=true mark=true cpu memory\n| outlier action=transform param=2.5 uselower=false mark=false x",
    );
    check(
        "sessionize userId, deviceId maxspan 1h as s | sessionize a",
        "sessionize userId, deviceId maxspan 1h as s\n| sessionize a maxspan 30m as session_id",
    );
    check(
        "addtotals col=true fieldname=Sum a, b | addtotals row=false | addtotals",
        "addtotals fieldname=\"Sum\" col=true a, b\n| addtotals row=false col=false\n| addtotals fieldname=\"Total\" col=false",
    );
    check("countFrequent a, b | count_frequent c", "countFrequent a, b\n| countFrequent c");
    check(
        "stats count(*) by bin(1h) | logcompare timeshift 7d",
        "stats count(*) by bin(1h)\n| logcompare timeshift 7d",
    );
}

#[test]
fn sort_between_stats_is_noted() {
    let query = parsed("stats count(*) as n by a | sort n | stats max(n)");
    assert_eq!(query.notes[0].text, "`sort` between two `stats` works here, but CloudWatch refuses it");
}

#[test]
fn filter_index_is_a_filter() {
    check(
        "filterIndex a in ['x'] and c = 2 | filterindex b = 1",
        "filterIndex a in [\"x\"] and c = 2\n| filterIndex b = 1",
    );
}
