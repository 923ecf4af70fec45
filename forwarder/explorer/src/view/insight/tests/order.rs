//! Tests that neither order nor distribution of the invocations changes the document.

use std::time::Duration;

use tailwater_parser::{UnixMillis, derive::Outcome};

use super::*;
use crate::view::{CollectedInvocations, LedgerCounts};

/// Invocations of several kinds, some of which end at the same time.
fn mixed() -> Vec<Invocation> {
    let of = |n: u32| {
        let wide = u64::from(n);
        let sample =
            run(["a", "b", "c"][usize::try_from(n % 3).unwrap()]).ago(wide % 500 * 7).took(1 + wide % 977);
        let sample =
            sample.environment(n % 9).memory(100 + n % 150, 256 << (n % 2)).request(&format!("r{}", n % 900));
        let sample = if n.is_multiple_of(4) {
            sample
        } else {
            sample.tenant(["x", "y", "z"][usize::try_from(n % 5).unwrap() % 3])
        };
        let sample = if n.is_multiple_of(17) { sample.cold(300) } else { sample };
        if n.is_multiple_of(13) { sample.outcome(Outcome::Error) } else { sample }
    };
    (0..1_000).map(of).collect()
}

fn collect(runs: &[Invocation]) -> CollectedInvocations {
    let mut collected = CollectedInvocations::default();
    runs.iter().for_each(|run| collected.add(run));
    collected
}

fn json(collected: CollectedInvocations) -> String {
    let summary = collected.summary(&Catalog::default(), LedgerCounts::default(), &ALL);
    serde_json::to_string(&summary.0.with_insight_notes()).unwrap()
}

#[test]
fn document_does_not_depend_on_order_or_split() {
    let all = mixed();
    let expected = json(collect(&all));
    let reversed: Vec<_> = all.iter().rev().cloned().collect();
    assert!(json(collect(&reversed)) == expected);
    for at in [0, 1, 499, 999] {
        let (one, other) = all.split_at(at);
        let mut merged = collect(other);
        merged.merge(collect(one));
        assert!(json(merged) == expected, "split at {at}");
    }
    let interleaved = |remainder| all.iter().skip(remainder).step_by(3).cloned().collect::<Vec<_>>();
    let mut merged = CollectedInvocations::default();
    for remainder in [2, 0, 1] {
        merged.merge(collect(&interleaved(remainder)));
    }
    assert!(json(merged) == expected, "interleaved");
}

#[test]
fn insight_comes_after_the_notes() {
    let text = json(collect(&mixed()));
    let keys: Vec<_> = ["\"worth_a_look\":", "\"notes\":", "\"insight\":{\"cost_by\":"]
        .map(|key| text.find(key).unwrap())
        .to_vec();
    assert!(keys.is_sorted(), "{keys:?}");
}

#[test]
fn extreme_times_durations_and_sizes_do_not_panic() {
    let mut runs = Vec::new();
    for time in [i64::MIN, -1, 0, i64::MAX] {
        for duration in [Duration::ZERO, Duration::MAX] {
            let mut sample =
                run("f").cold(400).tenant("acme").request("r").memory(u32::MAX - 1, u32::MAX - 1);
            sample.time = UnixMillis(time);
            (sample.duration, sample.billed_duration, sample.init_duration) =
                (Some(duration), Some(duration), Some(duration));
            runs.extend(vec![sample; 60]);
        }
    }
    assert!(json(collect(&runs)).contains("insight"));
}
