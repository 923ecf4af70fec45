//! Tests of storing, merging and reading invocations, and of reconciling them with evidence.

use super::*;

#[test]
fn every_field_is_read_back() {
    let scratch = Scratch::new();
    scratch.run(&[complete("1", 5)], &[]);
    assert_eq!(scratch.invocations(), [complete("1", 5)]);
}

#[test]
fn missing_fields_stay_missing() {
    let scratch = Scratch::new();
    scratch.run(&[invocation("1", 5)], &[]);
    assert_eq!(scratch.invocations(), [invocation("1", 5)]);
}

#[test]
fn inputs_about_one_invocation_merge_in_any_order() {
    for order in [[invocation("1", 5), complete("1", 5)], [complete("1", 5), invocation("1", 5)]] {
        let scratch = Scratch::new();
        scratch.run(&order[..1], &[]);
        scratch.run(&order[1..], &[]);
        assert_eq!(scratch.invocations(), [complete("1", 5)]);
    }
}

#[test]
fn retry_with_the_same_request_id_is_another_invocation() {
    let scratch = Scratch::new();
    scratch.run(&[invocation("1", 5), invocation("2", 60_005)], &[]);
    assert_eq!(scratch.invocations().len(), 2);
}

#[test]
fn evidence_applies_to_the_invocation_nearest_in_time_in_any_order() {
    let (first, retry) = (invocation("1", 5_000), invocation("2", 65_000));
    let timeout = evidence(64_000, EvidenceKind::Timeout);
    let invocations = [first, retry];
    for evidence_first in [[0, 1], [1, 0]] {
        let scratch = Scratch::new();
        for step in evidence_first {
            match step {
                0 => scratch.run(&[], std::slice::from_ref(&timeout)),
                _ => scratch.run(&invocations, &[]),
            }
        }
        let outcomes: Vec<_> = scratch.invocations().iter().map(|invocation| invocation.outcome).collect();
        assert_eq!(outcomes, [Outcome::Success, Outcome::Timeout]);
    }
}

#[test]
fn evidence_moves_to_a_nearer_invocation_stored_later() {
    let scratch = Scratch::new();
    scratch.run(&[invocation("2", 65_000)], &[evidence(5_100, EvidenceKind::Timeout)]);
    assert_eq!(scratch.invocations()[0].outcome, Outcome::Timeout);
    scratch.run(&[invocation("1", 5_000)], &[]);
    let outcomes: Vec<_> = scratch.invocations().iter().map(|invocation| invocation.outcome).collect();
    assert_eq!(outcomes, [Outcome::Timeout, Outcome::Success]);
}

#[test]
fn strongest_of_several_pieces_of_evidence_wins() {
    let scratch = Scratch::new();
    let timeout_and_error =
        [evidence(5_001, EvidenceKind::Unhandled), evidence(5_002, EvidenceKind::Timeout)];
    scratch.run(&[invocation("1", 5_000)], &timeout_and_error);
    scratch.run(&[], &timeout_and_error);
    assert_eq!(scratch.invocations()[0].outcome, Outcome::Timeout);
}

#[test]
fn evidence_of_another_stream_is_not_applied() {
    let scratch = Scratch::new();
    let elsewhere = Evidence { origin: Arc::new(origin("b")), ..evidence(5_000, EvidenceKind::Timeout) };
    scratch.run(&[invocation("1", 5_000)], &[elsewhere]);
    assert_eq!(scratch.invocations()[0].outcome, Outcome::Success);
}

#[test]
fn region_found_later_applies_to_the_whole_stream() {
    let scratch = Scratch::new();
    let mut known = origin("a");
    known.region.push_str("eu-west-1");
    let known = Arc::new(known);
    scratch.run(
        &[invocation("1", 1), Invocation { origin: known, ..invocation("2", 2) }, invocation("3", 3)],
        &[],
    );
    assert!(scratch.invocations().iter().all(|invocation| invocation.origin.region == "eu-west-1"));
}

#[test]
fn time_range_includes_its_start_and_excludes_its_end() {
    let scratch = Scratch::new();
    let all: Vec<_> = (1..=5).map(|n| invocation(&n.to_string(), n)).collect();
    scratch.run(&all, &[]);
    let mut times = Vec::new();
    let range = TimeRange { since: Some(UnixMillis(2)), until: Some(UnixMillis(4)) };
    scratch.store().for_each_invocation(range, |invocation| times.push(invocation.time.0)).unwrap();
    assert_eq!(times, [2, 3]);
}

#[test]
fn functions_are_listed_once() {
    let scratch = Scratch::new();
    let other = Invocation { origin: Arc::new(origin("b")), ..invocation("2", 2) };
    scratch.run(&[invocation("1", 1), other], &[]);
    let functions = scratch.store().functions().unwrap();
    assert_eq!(functions.len(), 1);
    let Function { account, log_group, name, .. } = &functions[0];
    assert_eq!((&**account, &**log_group, &**name), ("123456789012", "/aws/lambda/checkout", "checkout"));
}

#[test]
fn details_from_another_input_are_filled_in() {
    let scratch = Scratch::new();
    let details = Details {
        start: Some(StartKind::Cold),
        produced_bytes: Some(ByteSize(9)),
        response_latency: Some(Duration::from_millis(3)),
        trace_id: Some("1-5d8bba5a-dc2932496a65bab91d2d42d4".into()),
        tenant: Some("blue".into()),
        ..Details::default()
    };
    let seen = Evidence { details: details.clone(), ..evidence(5_000, EvidenceKind::DetailsOnly) };
    scratch.run(&[], &[evidence(5_000, EvidenceKind::DetailsOnly), seen]);
    scratch.run(&[invocation("1", 5_000)], &[]);
    let mut expected = invocation("1", 5_000);
    expected.fill_missing(details);
    assert_eq!(scratch.invocations(), [expected]);
}
