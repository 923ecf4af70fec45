use super::*;

/// Checks if the only rule, which has this condition, matches a message in the log group `/aws/lambda/shop-cart`.
fn check(condition: &str, message: &str, expected: bool) {
    let mut fixture = Fixture::new(&format!("[[rule]]\n{condition}\ndrop = {{}}"), "/aws/lambda/shop-cart");
    let expected = if expected { Decision::Drop(RuleIdx(0)) } else { Decision::Deliver };
    assert_eq!(fixture.decision(message, "otlp"), expected, "{condition} on {message}");
}

#[test]
fn conditions_on_the_origin_are_globs() {
    check("when.log_group = '/aws/lambda/shop-*'", "x", true);
    check("when.log_group = ['/ecs/*', '*cart']", "x", true);
    check("when.log_group = '/aws/lambda/shop'", "x", false);
    check("when.function = 'shop-????'", "x", true);
    check("when.account = '1'\nwhen.region = 'eu-*'\nwhen.log_stream = '2026/*'", "x", true);
    check("when.account = '1'\nwhen.region = 'us-*'", "x", false);
}

#[test]
fn conditions_on_the_event_all_have_to_hold() {
    check("when.type = 'text'", "x", true);
    check("when.type = ['report', 'start']", "START RequestId: a Version: 1", true);
    check("when.type = 'app'", "x", false);
    check("when.level = ['DEBUG', 'TRACE']", "{\"level\":\"debug\",\"message\":\"x\"}", true);
    check("when.level = 'debug'", "plain", false);
    check("when.message = '(?i)get /health'", "1.2.3.4 GET /health 200", true);
    check("when.message = ['a+b', '^c$']", "c", true);
    check("when.message = 'GET'\nwhen.type = 'app'", "GET", false);
    check(
        "when.fields = { \"http.status\" = \"< 400\", user = \"exists\" }",
        r#"{"http":{"status":200},"user":"u"}"#,
        true,
    );
    check(
        "when.fields = { \"http.status\" = \"< 400\", user = \"exists\" }",
        r#"{"http":{"status":200}}"#,
        false,
    );
    check("when.fields = { n = 5, ok = true, s = ['= a', 'b'] }", r#"{"n":"5.0","ok":true,"s":"b"}"#, true);
    check("", "anything", true);
}

/// Checks the decisions about a message for all sinks: the rule's number, or `-` if it is delivered.
fn check_sinks(text: &str, message: &str, expected: &str) {
    let mut fixture = Fixture::new(text, "/aws/vpc/flow");
    let shown = SINKS.iter().map(|sink| match fixture.decision(message, sink) {
        Decision::Deliver => "-".to_owned(),
        Decision::Drop(rule) => format!("drop {}", rule.0),
        Decision::Sample(rule) => format!("sample {}", rule.0),
    });
    assert_eq!(shown.collect::<Vec<_>>().join(", "), expected, "{text} on {message}");
}

#[test]
fn first_drop_keep_or_sample_decides() {
    let text = "
        [[rule]]
        when.message = 'keep me'
        keep = {}
        [[rule]]
        when.message = 'sample me'
        sample = { one_in = 10 }
        [[rule]]
        drop = {}
    ";
    check_sinks(text, "keep me", "-, -, -");
    check_sinks(text, "sample me", "sample 1, sample 1, sample 1");
    check_sinks(text, "sample me and keep me", "-, -, -");
    check_sinks(text, "other", "drop 2, drop 2, drop 2");
}

#[test]
fn sinks_may_have_rules_of_their_own() {
    check_sinks("[[rule]]\nwhen.sink = 'datadog'\ndrop = {}", "x", "-, drop 0, -");
    check_sinks("[[rule]]\nwhen.sink = ['otlp', 's3']\nkeep = {}\n[[rule]]\ndrop = {}", "x", "-, drop 1, -");
}

#[test]
fn several_lists_of_sinks_are_intersected() {
    check_sinks("[[rule]]\nto = ['s3']", "x", "drop 0, drop 0, -");
    check_sinks(
        "[[rule]]\nto = ['s3', 'otlp']\n[[rule]]\nto = ['otlp', 'datadog']",
        "x",
        "-, drop 0, drop 1",
    );
    check_sinks("[[rule]]\nto = 's3'\n[[rule]]\nkeep = {}", "x", "drop 0, drop 0, -");
    check_sinks("[[rule]]\nto = 's3'\n[[rule]]\nsample = { one_in = 2 }", "x", "drop 0, drop 0, sample 1");
}

#[test]
fn rules_that_change_events_for_some_sinks_split_the_views() {
    let check = |text: &str, expected: &[&[usize]]| {
        let views = rules(text).views();
        let expected: Vec<_> = expected
            .iter()
            .map(|view| view.iter().fold(Sinks::NONE, |all, idx| all.union(Sinks::one(*idx))))
            .collect();
        assert_eq!(views, expected, "{text}");
    };
    check("", &[&[0, 1, 2]]);
    check("[[rule]]\nwhen.sink = 'datadog'\ndrop = {}", &[&[0, 1, 2]]);
    check("[[rule]]\nwhen.sink = 'datadog'\nset = { service = 'a' }", &[&[0, 2], &[1]]);
}

#[test]
fn many_rules_are_evaluated_in_order() {
    let text: String =
        (0..200).map(|n| format!("[[rule]]\nwhen.message = 'only{n}\\b'\ndrop = {{}}\n")).collect();
    let mut fixture = Fixture::new(&text, "/g");
    for n in [0, 63, 64, 127, 199] {
        assert_eq!(fixture.decision(&format!("only{n} x"), "s3"), Decision::Drop(RuleIdx(n)));
    }
    fixture.evaluate("only5 only77");
    assert_eq!(fixture.matches.iter().collect::<Vec<_>>(), [RuleIdx(5), RuleIdx(77)]);
}

#[test]
fn line_of_a_mebibyte_is_evaluated_in_linear_time() {
    let condition = "when.message = '(a+)+b$'\nwhen.fields = { x = 'exists' }";
    check(condition, &"a".repeat(1 << 20), false);
    check("when.fields = { \"a.b.c\" = 'exists' }", &"{\"a\":".repeat(200_000), false);
    check("when.fields = { \"a.b.c\" = 'exists' }", &"{".repeat(1 << 20), false);
}

#[test]
fn properties_of_the_rules_are_known() {
    let empty = rules("");
    assert!(empty.is_empty() && !empty.joins() && !empty.samples() && !empty.makes_metrics());
    assert!(!empty.redacts(Sinks::ALL) && empty.hash().len() == 32 && !empty.parks_unreadable());
    let some = rules("park_unreadable = true\n[[rule]]\nwhen.sink = 's3'\nredact = { detect = 'email' }");
    assert!(some.redacts(Sinks::ALL) && some.redacts(Sinks::one(2)) && !some.redacts(Sinks::one(0)));
    assert!(some.parks_unreadable() && some.len() == 1 && some.hash() != empty.hash());
    assert_eq!(some.name(RuleIdx(0)), "rule 1");
}
