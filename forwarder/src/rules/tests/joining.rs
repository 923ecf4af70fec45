use super::*;

/// Delivers the messages of a stream, joined; joined ones are followed by their number of events.
fn joined(rule: &str, messages: &[&str]) -> Vec<String> {
    let mut fixture =
        Fixture::new(&format!("[[rule]]\nwhen.log_group = '/ecs/*'\njoin = {rule}"), "/ecs/shop");
    let (mut joiner, mut all) = (Joiner::default(), Vec::new());
    let complete = |joiner: &mut Joiner, all: &mut Vec<String>| {
        all.extend(joiner.joined().map(|joined| format!("{} ({})", joined.text, joined.events)));
        joiner.clear();
    };
    for message in messages {
        let line = line::parse(message);
        let subject = Subject { line: &line, level: None, message };
        let step = joiner.step(&mut fixture.evaluator, &fixture.selected, &subject);
        if step.is_complete {
            complete(&mut joiner, &mut all);
        }
        match step.held_by {
            Some(rule) => joiner.hold(rule, message),
            None => all.push((*message).to_owned()),
        }
    }
    complete(&mut joiner, &mut all);
    all
}

fn check(rule: &str, messages: &[&str], expected: &[&str]) {
    assert_eq!(joined(rule, messages), expected, "{rule} on {messages:?}");
}

const BY_DATE: &str = "{ starts = '^\\d{4}-' }";

#[test]
fn events_up_to_the_next_start_are_joined() {
    check(BY_DATE, &["2026-a", " at b", " at c", "2026-d"], &["2026-a\n at b\n at c (3)", "2026-d (1)"]);
}

#[test]
fn events_before_the_first_start_stay_single() {
    check(BY_DATE, &["x", "y", "2026-a", "z"], &["x", "y", "2026-a\nz (2)"]);
}

#[test]
fn one_line_break_is_between_joined_events() {
    check(BY_DATE, &["2026-a\r\n", "b\n", "c"], &["2026-a\nb\nc (3)"]);
    check(BY_DATE, &["2026-a\n\n", "b\n"], &["2026-a\nb\n (2)"]);
}

#[test]
fn system_lines_end_a_join_and_stay_single() {
    let end = "END RequestId: a";
    check(BY_DATE, &["2026-a", "b", end, "c"], &["2026-a\nb (2)", end, "c"]);
    let all = "{ starts = '' }";
    check(all, &[end, "a"], &[end, "a (1)"]);
}

#[test]
fn limits_begin_a_new_event() {
    let by_number = "{ starts = '^s', max_events = 2 }";
    check(by_number, &["s", "a", "b", "c", "d"], &["s\na (2)", "b\nc (2)", "d (1)"]);
    let by_size = "{ starts = '^s', max_bytes = '4B' }";
    check(by_size, &["s", "ab", "c", "long line"], &["s\nab (2)", "c (1)", "long line (1)"]);
}

#[test]
fn events_that_the_rule_does_not_match_end_a_join() {
    let rule = "{ starts = '^s' }\nwhen.message = '^[a-s]'";
    check(rule, &["s", "a", "x", "b"], &["s\na (2)", "x", "b"]);
    let mut fixture = Fixture::new("[[rule]]\nwhen.log_group = '/ecs/*'\njoin = { starts = 's' }", "/other");
    let line = line::parse("s");
    let subject = Subject { line: &line, level: None, message: "s" };
    let step = Joiner::default().step(&mut fixture.evaluator, &fixture.selected, &subject);
    assert_eq!(step, JoinStep::default());
}
