//! Invocations come back as they were stored, are completed by later findings, and are settled by evidence.

use super::*;

#[test]
fn every_field_comes_back() {
    let scratch = Scratch::new();
    scratch.run(&[complete("1", 5)], &[]);
    assert_eq!(scratch.invocations(), [complete("1", 5)]);
}

#[test]
fn what_a_log_does_not_tell_stays_untold() {
    let scratch = Scratch::new();
    scratch.run(&[invocation("1", 5)], &[]);
    assert_eq!(scratch.invocations(), [invocation("1", 5)]);
}

#[test]
fn findings_about_one_invocation_merge_in_any_order() {
    for order in [[invocation("1", 5), complete("1", 5)], [complete("1", 5), invocation("1", 5)]] {
        let scratch = Scratch::new();
        scratch.run(&order[..1], &[]);
        scratch.run(&order[1..], &[]);
        assert_eq!(scratch.invocations(), [complete("1", 5)]);
    }
}

#[test]
fn a_retry_with_the_same_request_id_is_another_invocation() {
    let scratch = Scratch::new();
    scratch.run(&[invocation("1", 5), invocation("2", 60_005)], &[]);
    assert_eq!(scratch.invocations().len(), 2);
}

#[test]
fn evidence_meets_the_invocation_nearest_in_time_whichever_comes_first() {
    let (first, retry) = (invocation("1", 5_000), invocation("2", 65_000));
    let proof = evidence(64_000, EvidenceKind::Timeout);
    let invocations = [first, retry];
    for evidence_first in [[0, 1], [1, 0]] {
        let scratch = Scratch::new();
        for step in evidence_first {
            match step {
                0 => scratch.run(&[], std::slice::from_ref(&proof)),
                _ => scratch.run(&invocations, &[]),
            }
        }
        let outcomes: Vec<_> = scratch.invocations().iter().map(|invocation| invocation.outcome).collect();
        assert_eq!(outcomes, [Outcome::Success, Outcome::Timeout]);
    }
}

#[test]
fn evidence_moves_on_when_a_nearer_invocation_appears() {
    let scratch = Scratch::new();
    scratch.run(&[invocation("2", 65_000)], &[evidence(5_100, EvidenceKind::Timeout)]);
    assert_eq!(scratch.invocations()[0].outcome, Outcome::Timeout);
    scratch.run(&[invocation("1", 5_000)], &[]);
    let outcomes: Vec<_> = scratch.invocations().iter().map(|invocation| invocation.outcome).collect();
    assert_eq!(outcomes, [Outcome::Timeout, Outcome::Success]);
}

#[test]
fn all_evidence_about_an_invocation_is_weighed_together() {
    let scratch = Scratch::new();
    let proofs = [evidence(5_001, EvidenceKind::Unhandled), evidence(5_002, EvidenceKind::Timeout)];
    scratch.run(&[invocation("1", 5_000)], &proofs);
    scratch.run(&[], &proofs);
    assert_eq!(scratch.invocations()[0].outcome, Outcome::Timeout);
}

#[test]
fn evidence_of_another_stream_proves_nothing() {
    let scratch = Scratch::new();
    let elsewhere = Evidence { origin: Arc::new(origin("b")), ..evidence(5_000, EvidenceKind::Timeout) };
    scratch.run(&[invocation("1", 5_000)], &[elsewhere]);
    assert_eq!(scratch.invocations()[0].outcome, Outcome::Success);
}

#[test]
fn a_region_learned_later_holds_for_all_of_the_stream() {
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
fn a_span_takes_its_first_and_not_its_last_moment() {
    let scratch = Scratch::new();
    let all: Vec<_> = (1..=5).map(|n| invocation(&n.to_string(), n)).collect();
    scratch.run(&all, &[]);
    let mut times = Vec::new();
    let span = Span { since: Some(UnixMillis(2)), until: Some(UnixMillis(4)) };
    scratch.store().for_each_invocation(span, |invocation| times.push(invocation.time.0)).unwrap();
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
fn details_that_another_input_tells_are_filled_in() {
    let scratch = Scratch::new();
    let details = Details {
        start: Some(StartKind::Cold),
        produced_bytes: Some(ByteSize(9)),
        response_latency: Some(Duration::from_millis(3)),
        trace_id: Some("1-5d8bba5a-dc2932496a65bab91d2d42d4".into()),
        tenant: Some("blue".into()),
    };
    let seen = Evidence { details: details.clone(), ..evidence(5_000, EvidenceKind::Seen) };
    scratch.run(&[], &[evidence(5_000, EvidenceKind::Seen), seen]);
    scratch.run(&[invocation("1", 5_000)], &[]);
    let mut expected = invocation("1", 5_000);
    expected.fill(details);
    assert_eq!(scratch.invocations(), [expected]);
}
