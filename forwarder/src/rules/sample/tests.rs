use tailwater_parser::line;

use super::{super::ParseOptions, *};

const SAMPLE: &str = "[[rule]]\nsample = { one_in = 1000000, keep = ['cold'], slower_than = '1s' }";

/// Runs both passes over lines of `stream request|- message`, and returns the lines that are delivered by their index.
fn delivered(rules: &str, lines: &[(u64, &str, &str)]) -> Vec<usize> {
    let rules = Rules::parse(rules, &ParseOptions::default()).unwrap();
    let id = |request: &str| Some(request.to_owned()).filter(|id| id != "-");
    let mut sampler = Sampler::new();
    for (stream, request, text) in lines {
        sampler.observe(*stream, id(request).as_deref(), &line::parse(text));
    }
    let mut plan = sampler.finish();
    let mut kept = Vec::new();
    for (idx, (stream, request, text)) in lines.iter().enumerate() {
        plan.follow(*stream, id(request).as_deref(), &line::parse(text));
        if plan.decide(&rules, RuleIdx(0), *stream, id(request).as_deref()) != Sampling::Away {
            kept.push(idx);
        }
    }
    kept
}

fn check(lines: &[(u64, &str, &str)], expected: &[usize]) {
    assert_eq!(delivered(SAMPLE, lines), expected, "{lines:?}");
}

const START: &str = "START RequestId: a Version: 1";
const END: &str = "END RequestId: a";
const REPORT: &str = "REPORT RequestId: a\tDuration: 10.00 ms\tBilled Duration: 10 ms";

#[test]
fn request_within_the_delivery_is_sampled_away_whole() {
    check(
        &[
            (1, "-", "INIT_START Runtime Version: x"),
            (1, "a", START),
            (1, "a", "hi"),
            (1, "a", END),
            (1, "a", REPORT),
        ],
        &[0],
    );
    check(&[(1, "a", START), (1, "a", REPORT), (1, "a", "late line with its id")], &[]);
}

#[test]
fn request_that_the_delivery_cuts_is_kept_whole() {
    check(&[(1, "a", "hi"), (1, "a", END), (1, "a", REPORT)], &[0, 1, 2]);
    check(&[(1, "a", START), (1, "a", "hi")], &[0, 1]);
    check(&[(1, "-", "no system lines"), (1, "b", "an id only")], &[0, 1]);
    check(&[(1, "a", START), (2, "a", REPORT)], &[0, 1]);
}

#[test]
fn failed_request_is_kept() {
    for failure in [
        "2026-11-29T10:00:00.000Z a Task timed out after 3.00 seconds",
        "RequestId: a Error: Runtime exited with error: signal: killed",
        r#"{"time":"2026-11-29T10:00:00Z","type":"platform.runtimeDone","record":{"requestId":"a","status":"error"}}"#,
        "[ERROR] ValueError: x\nTraceback (most recent call last):\n",
    ] {
        check(&[(1, "a", START), (1, "a", failure), (1, "a", REPORT)], &[0, 1, 2]);
        check(&[(1, "a", START), (1, "a", REPORT), (1, "a", failure)], &[0, 1, 2]);
    }
    let failed = format!("{REPORT}\tStatus: timeout");
    check(&[(1, "a", START), (1, "a", &failed)], &[0, 1]);
    // A failure without an id is that of the requests that are running in its stream.
    let nameless = "[ERROR] MemoryError: x\nTraceback (most recent call last):\n";
    check(&[(1, "a", START), (1, "-", nameless), (1, "a", REPORT)], &[0, 1, 2]);
    check(&[(1, "a", START), (2, "-", nameless), (1, "a", REPORT)], &[1]);
}

#[test]
fn cold_restored_and_slow_requests_are_kept_if_listed() {
    let cold = format!("{REPORT}\tInit Duration: 100.00 ms");
    let restored = format!("{REPORT}\tRestore Duration: 100.00 ms");
    let slow = REPORT.replace("10.00", "1000.50");
    for report in [&cold, &restored, &slow] {
        check(&[(1, "a", START), (1, "a", report)], &[0, 1]);
        let plain = "[[rule]]\nsample = { one_in = 1000000 }";
        assert_eq!(delivered(plain, &[(1, "a", START), (1, "a", report)]), [0; 0]);
    }
    check(
        &[(1, "-", "RESTORE_REPORT Restore Duration: 5.00 ms"), (1, "a", START), (1, "a", REPORT)],
        &[0, 1, 2],
    );
}

#[test]
fn interleaved_requests_are_decided_by_their_ids() {
    let start_b = "START RequestId: b Version: 1";
    let report_b = "REPORT RequestId: b\tDuration: 10.00 ms\tBilled Duration: 10 ms\tStatus: error";
    check(
        &[
            (1, "a", START),
            (1, "b", start_b),
            (1, "a", "x"),
            (1, "-", "y"),
            (1, "b", "z"),
            (1, "a", REPORT),
            (1, "b", report_b),
        ],
        &[1, 3, 4, 6],
    );
}

#[test]
fn retry_with_the_same_id_is_decided_by_itself() {
    let failed = format!("{REPORT}\tStatus: error");
    check(&[(1, "a", START), (1, "a", &failed), (1, "a", START), (1, "a", "x"), (1, "a", REPORT)], &[0, 1]);
    check(&[(1, "a", REPORT), (1, "a", START), (1, "a", "x"), (1, "a", REPORT)], &[0]);
}

#[test]
fn about_one_in_n_requests_is_chosen_by_the_id_alone() {
    let rule = SampleRule { one_in: 20, keeps_cold: false, slower_than: None };
    let chosen: Vec<_> = (0..20_000)
        .filter(|n| choose(&rule, &format!("request-{n}")) == Sampling::Kept { one_in: 20 })
        .collect();
    assert!((900..1100).contains(&chosen.len()), "{}", chosen.len());
    // The choice must never change: it is made again after a redelivery, perhaps by another version.
    assert_eq!(chosen[..3], [30, 43, 53]);
}
