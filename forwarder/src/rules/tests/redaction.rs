use super::{
    redact::{Counts, Part, State},
    *,
};

/// Redacts the messages of a stream for a sink; `None` for messages that do not change.
fn redacted(text: &str, sink: usize, messages: &[&str]) -> Vec<Option<String>> {
    let mut fixture = Fixture::new(text, "/g");
    let (mut state, mut counts, mut out) = (State::default(), Counts::default(), String::new());
    let redact = |message: &&str| {
        fixture.evaluate(message);
        let Fixture { evaluator, matches, .. } = &mut fixture;
        let (sinks, part) = (Sinks::one(sink), Part::Whole);
        let is_changed = evaluator.redact(matches, sinks, &mut state, part, message, &mut out, &mut counts);
        is_changed.then(|| out.clone())
    };
    messages.iter().map(redact).collect()
}

fn check(text: &str, sink: usize, message: &str, expected: Option<&str>) {
    assert_eq!(redacted(text, sink, &[message])[0].as_deref(), expected, "{text} on {message}");
}

const BY_SINK: &str = "
    [[rule]]
    when.sink = 'datadog'
    redact = { detect = 'email' }
    [[rule]]
    when.message = 'pay'
    redact = { pattern = 'IBAN [A-Z]{2}\\d+', with = '<{kind}>' }
";

#[test]
fn matching_rules_redact_together() {
    check(BY_SINK, 1, "pay IBAN DE12 to a@example.com", Some("pay <pattern> to [email]"));
    check(BY_SINK, 0, "pay IBAN DE12 to a@example.com", Some("pay <pattern> to a@example.com"));
    check(BY_SINK, 0, "IBAN DE12 of a@example.com", None);
    check(BY_SINK, 1, "IBAN DE12 of a@example.com", Some("IBAN DE12 of [email]"));
}

#[test]
fn end_of_a_part_is_not_lost_if_no_rule_matches_the_next_one() {
    let mut fixture = Fixture::new("[[rule]]\nwhen.message = 'first'\nredact = { detect = 'email' }", "/g");
    let (mut state, mut counts, mut all) = (State::default(), Counts::default(), String::new());
    for (message, part) in [("first a@exam", Part::Piece), ("ple.com and the rest", Part::Last)] {
        fixture.evaluate(message);
        let Fixture { evaluator, matches, .. } = &mut fixture;
        let mut out = String::new();
        assert!(evaluator.redact(matches, Sinks::ALL, &mut state, part, message, &mut out, &mut counts));
        all.push_str(&out);
    }
    assert!(all.starts_with("first ") && all.ends_with(" and the rest"), "{all}");
}
