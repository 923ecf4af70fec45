use super::super::{ParseOptions, Rules};

fn parse(text: &str) -> Result<Rules, Vec<super::Problem>> {
    Rules::parse(text, &ParseOptions { sinks: &["otlp", "datadog", "s3"], redact_key: None, datadog: None })
}

/// Checks the problems of a text, one in each line.
fn check(text: &str, expected: &str) {
    let problems = parse(text).expect_err(text);
    let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(shown.join("\n"), expected, "{text}");
}

/// Checks the problem of a rule whose other parts are right.
fn check_rule(rule: &str, expected: &str) {
    check(&format!("[[rule]]\n{rule}"), expected);
}

const EXAMPLE: &str = r#"
park_unreadable = false

[[rule]]
name = "health checks"
when.log_group = ["/aws/lambda/shop-*", "/ecs/shop"]
when.type = "app"
when.message = '(?i)GET /health'
when.fields = { "http.status" = "< 400", "user" = "exists" }
drop = {}

[[rule]]
name = "quiet requests"
sample = { one_in = 20, keep = ["failed", "cold"], slower_than = "1s" }

[[rule]]
name = "personal data"
redact = { detect = ["email", "card"], keys = ["password", "customer.*.phone"], pattern = 'IBAN [A-Z]{2}\d+', with = "[{kind}]" }

[[rule]]
name = "who owns it"
when.log_group = "/aws/lambda/{team}-{service}-*"
set = { service = "{service}", tags = ["team:{team}"], attributes = { "deployment.environment.name" = "prod" } }

[[rule]]
name = "stack traces"
when.log_group = "/ecs/*"
join = { starts = '^\d{4}-\d{2}-\d{2}', max_events = 500, max_bytes = "256KiB" }

[[rule]]
name = "orders"
when.fields = { "event" = "order_placed" }
metric = { name = "shop.orders", kind = "distribution", field = "order.amount", tags = ["order.currency"], max_series = 1000 }

[[rule]]
when.level = ["DEBUG", "TRACE"]
when.sink = "datadog"
drop = {}

[[rule]]
when.log_group = "/aws/vpc/*"
to = ["s3"]

[[rule]]
keep = {}

[[rule]]
remove = { fields = ["a.b"] }

[[rule]]
rename = { "a.b" = "c" }
"#;

#[test]
fn rules_are_described_in_sentences() {
    insta::assert_snapshot!(parse(EXAMPLE).unwrap().describe().join("\n"), @r#"
    health checks: if the log group matches /aws/lambda/shop-* or /ecs/shop, the type is app, the message matches /(?i)GET /health/, the field http.status is less than 400 and the field user exists, drops the event.
    quiet requests: delivers one in 20 requests, and all failed requests, cold starts and requests slower than 1s.
    personal data: redacts email, card, the values of password and customer.*.phone and what matches /IBAN [A-Z]{2}\d+/.
    who owns it: if the log group matches /aws/lambda/{team}-{service}-*, sets the service to {service}, the tag team:{team} and the attribute deployment.environment.name to prod.
    stack traces: if the log group matches /ecs/*, joins events to one that begins where the message matches /^\d{4}-\d{2}-\d{2}/, up to 500 events or 262144 bytes.
    orders: if the field event is order_placed, records the distribution of order.amount as the metric shop.orders by order.currency, in up to 1000 series.
    rule 7: if the level is DEBUG or TRACE and the sink is datadog, drops the event.
    rule 8: if the log group matches /aws/vpc/*, sends the event only to s3.
    rule 9: keeps the event, whatever later rules would drop or sample.
    rule 10: removes a.b.
    rule 11: renames a.b to c.
    "#);
}

#[test]
fn all_problems_are_reported_at_once() {
    let text = "parc_unreadable = true
[[rule]]
name = 5
when.log_grup = 'x'
when.type = 'appp'
when.message = 'a(?=b)'
when.log_stream = '{a'
when.level = 'LOUD'
when.sink = 'datadg'
drop = {}
keep = {}

[[rule]]
name = 'é'
when.fields = { a = '>', 'b' = { c = 1 } }

[[rule]]
log_group = 'x'
sampel = {}
to = ['s4']
";
    let problems = parse(text).expect_err("much is wrong");
    let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    1:1: unknown key `parc_unreadable`; did you mean `park_unreadable`?
    3:8: `name` is an integer, but has to be a string
    4:6: unknown condition `log_grup`; did you mean `log_group`?
    5:13: unknown type `appp`; did you mean `app`?
    6:16: regex `a(?=b)`: look-around `(?=` is not supported (character 2 of the regex)
    7:19: the glob `{a` has a `{` without a `}`
    8:14: unknown level `LOUD`; known are TRACE, DEBUG, INFO, WARN, ERROR, FATAL
    9:13: there is no sink `datadg`; did you mean `datadog`?
    11:1: `rule 1` has two actions, `drop` and `keep`; write a rule for each
    13:3: `é` has no action; exactly one is needed: drop, keep, sample, redact, set, remove, rename, join, metric, to
    15:21: test of the field `a`: the value to compare with is missing
    15:32: test of the field `b`: a nested field is written with dots and in quotes, such as "b.name"
    18:1: `log_group` is a condition; write `when.log_group`
    19:1: unknown key `sampel`; did you mean `sample`?
    20:7: there is no sink `s4`; did you mean `s3`?
    "#);
}

#[test]
fn actions_with_problems_are_refused() {
    check_rule(
        "redact = { keys = ['a'], with = '{}[{kid}:{kind}]' }",
        "2:33: unknown placeholder `{kid}` in `with`; did you mean `kind`?",
    );
    check_rule("drop = { a = 1 }", "2:10: unknown key `a` of `drop`; it has none");
    check_rule("drop = true", "2:8: `drop` is a boolean, but has to be a table, such as `{ }`");
    check_rule("sample = {}", "2:10: `sample` needs the key `one_in`");
    check_rule("sample = { one_in = 0 }", "2:21: `one_in` is 0, but has to be from 1 to 1000000");
    check_rule(
        "sample = { one_in = 2, keep = ['fail'] }",
        "2:32: unknown word in `keep` `fail`; did you mean `failed`?",
    );
    check_rule(
        "sample = { one_in = 2, slower_than = '1 day' }",
        "2:38: `slower_than` is `1 day`, but has to be a duration such as 500ms, 1s or 2m",
    );
    check_rule("redact = { detect = 'mail' }", "2:21: unknown detector `mail`; did you mean `email`?");
    check_rule("redact = {}", "2:10: `redact` needs one of the keys `detect`, `keys`, `pattern`");
    check_rule(
        "redact = { detect = 'email', hash = true }",
        "2:37: `hash = true` needs a key; set TAILWATER_REDACT_KEY",
    );
    check_rule(
        "redact = { pattern = '(a)\\1' }",
        "2:22: regex `(a)\\\\1`: the back reference `\\1` is not supported (character 4 of the regex)",
    );
    check_rule("redact = { keys = ['a..b'] }", "2:19: keys: \"a..b\" is not a name or a path of names and *");
    check_rule("set = {}", "2:7: `set` sets nothing; give it service, tags or attributes");
    check_rule(
        "when.log_group = '/{team}/*'\nset = { service = '{teem}' }",
        "3:1: no condition of the rule captures `{teem}`; did you mean `team`?",
    );
    check_rule("remove = {}", "2:10: `remove` needs the key `fields`");
    check_rule("remove = { fields = [] }", "2:21: `fields` is an empty list");
    check_rule(
        "remove = { fields = 'a..b' }",
        "2:21: `a..b` is not a path: up to 32 keys with a dot between them",
    );
    check_rule("rename = {}", "2:10: `rename` needs at least one pair, such as \"a.b\" = \"c\"");
    check_rule("join = {}", "2:8: `join` needs the key `starts`");
    check_rule(
        "join = { starts = 'a' }\nwhen.sink = 's3'",
        "2:1: `join` is for all sinks; leave out `when.sink`",
    );
    check_rule("join = { starts = 'a', max_bytes = '2MiB' }", "2:36: `max_bytes` is more than 1048576 bytes");
    check_rule("metric = { kind = 'count' }", "2:10: `metric` needs the key `name`");
    check_rule(
        "metric = { name = ' ', kind = 'count' }",
        "2:19: `name` is empty, but has to name the metric",
    );
    check_rule("metric = { name = 'a', kind = 'sum' }", "2:10: `metric` needs the key `field`");
    check_rule("metric = { name = 'a', field = 'b' }", "2:10: `metric` needs the key `kind`");
    check_rule(
        "metric = { name = 'a', kind = 'count', field = 'b' }",
        "2:48: a metric of the kind count has no `field`; use sum or distribution",
    );
    check_rule("to = []", "2:6: `to` is an empty list");
}

#[test]
fn unknown_operators_are_refused() {
    for test in ["=~ /x/", "<> a", "=> 1", ">> 1"] {
        let problems =
            parse(&format!("[[rule]]\nwhen.fields = {{ a = '{test}' }}\ndrop = {{}}\n")).unwrap_err();
        assert!(problems.iter().any(|problem| problem.message.contains("is no operator")), "{problems:?}");
    }
}

#[test]
fn structure_with_problems_is_refused() {
    check("[rule]\ndrop = {}", "1:2: rules are written under `[[rule]]`, with two brackets");
    check("rule = [1]", "1:9: a rule is a table, not an integer");
    check("[[rules]]", "1:3: unknown key `rules`; did you mean `rule`?");
    check_rule("when = 1\ndrop = {}", "2:8: `when` is an integer, but has to be a table, such as `{ }`");
    check_rule("drop = {}\ndrop = {}", "3:1: `drop` is defined twice");
    assert!(parse("rule = [{ drop = {} }]").unwrap().len() == 1);
    assert!(parse("[[rule]]\ndrop = {}\n[rule.when]\ntype = 'app'").unwrap().len() == 1);
    assert!(parse("").unwrap().is_empty());
}

#[test]
fn malformed_toml_does_not_hide_other_problems() {
    let problems = parse("[[rule]]\ndrop = {\n[[rule]]\nkeep = {}\nwhen.typ = 'a'").expect_err("broken");
    let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert!(shown.iter().any(|problem| problem.contains("invalid TOML")), "{shown:?}");
    assert!(shown.iter().any(|problem| problem.contains("unknown condition `typ`")), "{shown:?}");
    assert!(!shown.iter().any(|problem| problem.contains("has no action")), "{shown:?}");
}

#[test]
fn rules_that_are_too_large_are_refused() {
    check(&"#".repeat(17 << 20), "1:1: the rules are larger than 16 MiB");
    let large = "[[rule]]\nwhen.message = '[a-z]{900}[^é]{900}[0-9]{900}'\ndrop = {}\n";
    let problems = parse(&large.repeat(400)).expect_err("too much");
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].message.starts_with("up to here, the regexes"), "{problems:?}");
}

#[test]
fn sixteen_mebibytes_of_patterns_are_refused_or_linear() {
    let rule = format!("[[rule]]\nwhen.message = '{}'\ndrop = {{}}\n", "(a|b)*c".repeat(1000));
    let text = rule.repeat((16 << 20) / rule.len());
    assert!(parse(&text).is_err());
    let refused = "[[rule]]\nwhen.message = '(a{1000}){1000}'\ndrop = {}\n".repeat(100_000);
    assert_eq!(parse(&refused).unwrap_err().len(), 6);
}
