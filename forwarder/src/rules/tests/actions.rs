use super::*;

#[test]
fn set_fills_in_what_the_globs_captured() {
    let text = "
        [[rule]]
        when.log_group = '/aws/lambda/{team}-{service}-*'
        set = { service = '{service}', tags = ['team:{team}'], attributes = { env = 'prod', owner = '{team}', n = 1 } }
        [[rule]]
        when.log_group = ['/x/{stage}', '/aws/*']
        set = { service = '{stage}', tags = ['team:{stage}', 'team:shop', 'plain'], attributes = { env = 'dev' } }
    ";
    let mut fixture = Fixture::new(text, "/aws/lambda/shop-cart-prod-1");
    fixture.evaluate("x");
    let additions = fixture.rules.additions(&fixture.selected, &fixture.matches, Sinks::ALL);
    assert_eq!(additions.service, Some("cart"));
    assert_eq!(additions.tags, ["team:shop", "plain"]);
    assert_eq!(additions.attributes, [("env", "dev"), ("owner", "shop"), ("n", "1")]);
    let mut fixture = Fixture::new(text, "/other");
    fixture.evaluate("x");
    assert!(fixture.rules.additions(&fixture.selected, &fixture.matches, Sinks::ALL).is_empty());
    assert!(fixture.selected.is_empty());
}

#[test]
fn set_holds_for_its_sinks_and_events() {
    let text = "[[rule]]\nwhen.sink = 's3'\nwhen.message = 'x'\nset = { service = 'a' }";
    let mut fixture = Fixture::new(text, "/g");
    let mut service = |message: &str, sink: usize| {
        fixture.evaluate(message);
        let additions = fixture.rules.additions(&fixture.selected, &fixture.matches, Sinks::one(sink));
        additions.service.is_some()
    };
    assert_eq!([service("x", 2), service("x", 0), service("y", 2)], [true, false, false]);
}

#[test]
fn rename_and_remove_apply_in_order() {
    let text = "
        [[rule]]
        rename = { \"a.b\" = 'c', x = 'y' }
        [[rule]]
        when.fields = { d = 'exists' }
        remove = { fields = ['c', 'd'] }
    ";
    let mut fixture = Fixture::new(text, "/g");
    let mut check = |message: &str, expected: Option<&str>| {
        assert_eq!(fixture.edited(message).as_deref(), expected, "{message}");
    };
    check(r#"{"a":{"b":1},"x":2}"#, Some(r#"{"a":{},"y":2,"c":1}"#));
    check(r#"{"a":{"b":1},"d":2}"#, Some(r#"{"a":{}}"#));
    check(r#"{"z":1}"#, None);
    check("text", None);
}

/// Points that a metric rule makes of messages.
fn points(metric: &str, messages: &[&str]) -> (Vec<String>, MetricSeries) {
    let mut fixture =
        Fixture::new(&format!("[[rule]]\nwhen.fields = {{ e = 'x' }}\nmetric = {metric}"), "/g");
    let (mut points, mut series) = (Vec::new(), MetricSeries::default());
    for message in messages {
        fixture.evaluate(message);
        fixture.evaluator.metric_points(&fixture.matches, message, &mut series, |rule, point| {
            assert_eq!(rule, RuleIdx(0));
            let tags: Vec<_> = point.tags.iter().map(|(name, value)| format!("{name}:{value}")).collect();
            points.push(format!("{} {:?} {} {}", point.name, point.kind, point.value, tags.join(",")));
        });
    }
    (points, series)
}

#[test]
fn metrics_are_made_of_fields() {
    let (found, _) = points(
        "{ name = 'orders', kind = 'distribution', field = 'o.amount', tags = ['o.currency', 'ok'] }",
        &[
            r#"{"e":"x","o":{"amount":"12.5","currency":"EUR"},"ok":true}"#,
            r#"{"e":"x","o":{"amount":7}}"#,
            r#"{"e":"x","o":{"amount":"[card]"}}"#,
            r#"{"e":"x"}"#,
            r#"{"e":"y","o":{"amount":7}}"#,
        ],
    );
    assert_eq!(found, ["orders Distribution 12.5 o.currency:EUR,ok:true", "orders Distribution 7 "]);
    let (found, _) = points("{ name = 'n' }", &[r#"{"e":"x"}"#]);
    assert_eq!(found, ["n Count 1 "]);
    let (found, _) = points(
        "{ name = 'n', kind = 'sum', field = 'v' }",
        &[r#"{"e":"x","v":1e400}"#, r#"{"e":"x","v":-3}"#],
    );
    assert_eq!(found, ["n Sum -3 "]);
}

#[test]
fn series_beyond_the_limit_are_cut_and_counted() {
    let messages: Vec<_> = [1, 2, 3, 1, 4].iter().map(|n| format!(r#"{{"e":"x","t":{n}}}"#)).collect();
    let messages: Vec<_> = messages.iter().map(String::as_str).collect();
    let (found, series) = points("{ name = 'n', tags = ['t'], max_series = 2 }", &messages);
    assert_eq!(found, ["n Count 1 t:1", "n Count 1 t:2", "n Count 1 t:1"]);
    assert_eq!((series.of(RuleIdx(0)), series.cut()), ((2, 2), 2));
}

#[test]
fn work_of_each_rule_is_counted() {
    let mut work = AuditCounts::new(2);
    let mut fixture = Fixture::new("[[rule]]\ndrop = {}\n[[rule]]\nwhen.message = 'y'\ndrop = {}", "/g");
    for (message, n_bytes) in [("x", 1), ("xy", 2)] {
        fixture.evaluate(message);
        fixture.matches.iter().for_each(|rule| work.matched_by(rule, 1, n_bytes));
        work.dropped(RuleIdx(0), 1, n_bytes);
    }
    work.sampled(RuleIdx(1), 1, 7);
    work.redacted(RuleIdx(1), "email", 2);
    let counts = |idx: usize| {
        let rule = &work.rules[idx];
        [rule.matched_events, rule.matched_bytes, rule.dropped_events, rule.dropped_bytes, rule.sampled_bytes]
    };
    assert_eq!((counts(0), counts(1)), ([2, 3, 2, 3, 0], [1, 2, 0, 0, 7]));
    assert_eq!(work.rules[1].redactions["email"], 2);
}
