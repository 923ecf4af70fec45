//! Tests of the comparison of memory sizes.

use tailwater_parser::derive::Outcome;

use super::*;

/// 200 warm runs of `f` at a size, of about this duration, in four environments of their own.
fn at_size(size: u32, millis: u64, days_ago: u64) -> impl Iterator<Item = Invocation> {
    (0..200_u32).map(move |n| {
        let ago = days_ago * 86_400 + u64::from(n) * 600;
        run("f").ago(ago).took(millis + u64::from(n % 5)).memory(120, size).environment(size + n % 4)
    })
}

fn advice(runs: impl IntoIterator<Item = Invocation>) -> MemoryAdvice {
    insight_with(runs, &catalog(30)).memory.remove(0)
}

#[test]
fn smaller_size_of_the_same_speed_is_recommended() {
    let advice = advice(at_size(512, 1_000, 5).chain(at_size(1_024, 1_000, 0)));
    assert_eq!((advice.verdict, advice.recommended_mb), (MemoryVerdict::Insensitive, Some(512)));
    assert_eq!((advice.memory_mb, advice.floor_mb, advice.could_try_mb), (1_024, Some(150), Some(192)));
    assert_eq!((advice.same_version, advice.short_history), (Some(true), Some(false)));
    let (low, high) = (advice.saving_low_pct.unwrap(), advice.saving_high_pct.unwrap());
    assert!(low > 49.0 && low <= 50.0 && (50.0..51.0).contains(&high), "{low} {high}");
    assert!(advice.saving_low.unwrap() <= advice.saving_high.unwrap());
    let sizes: Vec<_> = advice.measured.iter().map(|size| (size.memory_mb, size.runs)).collect();
    assert_eq!(sizes, [(512, 200), (1_024, 200)]);
}

#[test]
fn size_that_halves_the_speed_is_not_recommended() {
    let advice = advice(at_size(512, 2_000, 5).chain(at_size(1_024, 1_000, 0)));
    assert_eq!((advice.verdict, advice.recommended_mb), (MemoryVerdict::CpuBound, None));
    assert!((advice.elasticity.unwrap() - 1.0).abs() < 0.01, "{:?}", advice.elasticity);
}

#[test]
fn size_that_is_a_third_slower_is_mixed() {
    let advice = advice(at_size(512, 1_410, 5).chain(at_size(1_024, 1_000, 0)));
    assert_eq!((advice.verdict, advice.recommended_mb), (MemoryVerdict::Mixed, Some(512)));
}

#[test]
fn one_size_is_not_enough_evidence() {
    let all = advice(at_size(1_024, 1_000, 0));
    assert_eq!(
        (all.verdict, all.recommended_mb, all.elasticity),
        (MemoryVerdict::NotEnoughEvidence, None, None)
    );
    let few = at_size(512, 1_000, 5).take(99).chain(at_size(1_024, 1_000, 0));
    assert_eq!(advice(few).verdict, MemoryVerdict::NotEnoughEvidence, "99 runs");
    let one_environment = at_size(512, 1_000, 5).map(|run| run.environment(7));
    let advice = advice(one_environment.chain(at_size(1_024, 1_000, 0)));
    assert_eq!(advice.verdict, MemoryVerdict::NotEnoughEvidence, "one environment");
}

#[test]
fn size_below_the_floor_is_not_recommended() {
    let used = |run: Invocation| run.memory(450, 1_024);
    let advice = advice(at_size(512, 1_000, 5).chain(at_size(1_024, 1_000, 0).map(used)));
    assert_eq!((advice.verdict, advice.recommended_mb), (MemoryVerdict::Insensitive, None));
}

#[test]
fn size_that_comes_close_to_the_timeout_is_not_recommended() {
    let runs = || at_size(512, 1_410, 5).chain(at_size(1_024, 1_000, 0));
    let advice = |seconds| insight_with(runs(), &catalog(seconds)).memory.remove(0).recommended_mb;
    assert_eq!((advice(2), advice(1)), (Some(512), None));
}

#[test]
fn size_at_which_runs_timed_out_is_not_recommended_without_a_known_timeout() {
    let timed_out = run("f").ago(5 * 86_400 + 1).took(9_000).memory(120, 512).outcome(Outcome::Timeout);
    let runs = || at_size(512, 5_000, 5).chain(at_size(1_024, 5_000, 0));
    assert_eq!(insight(runs()).memory[0].recommended_mb, Some(512));
    // The log now tells a timeout of 9 s, of which 5 s are 56 %.
    assert_eq!(insight(runs().chain([timed_out.clone()])).memory[0].recommended_mb, Some(512));
    let slower = || at_size(512, 7_300, 5).chain(at_size(1_024, 7_300, 0));
    assert_eq!(insight(slower().chain([timed_out])).memory[0].recommended_mb, None);
}

#[test]
fn full_memory_is_too_small() {
    let full = advice(at_size(256, 1_000, 0).map(|run| run.memory(240, 256)));
    assert_eq!((full.verdict, full.recommended_mb), (MemoryVerdict::TooSmall, Some(320)));
    let killed = run("f").memory(100, 256).outcome(Outcome::OutOfMemory);
    let killed = advice(at_size(256, 1_000, 0).chain([killed]));
    assert_eq!((killed.verdict, killed.recommended_mb), (MemoryVerdict::TooSmall, Some(320)));
    let fits = advice(at_size(256, 1_000, 0).map(|run| run.memory(229, 256)));
    assert_eq!((fits.verdict, fits.recommended_mb), (MemoryVerdict::NotEnoughEvidence, None));
}

#[test]
fn saving_of_arm64_needs_a_told_architecture() {
    let runs = || at_size(1_024, 1_000, 0);
    assert_eq!(insight(runs()).memory[0].arm64_saving, None);
    let saving = insight_with(runs(), &catalog(30)).memory[0].arm64_saving.unwrap();
    // 200 runs of 1,002 ms at 1 GB in 33 h, of which arm64 saves $0.0000033333 a second.
    let expected = 200.4 * 0.000_003_333_3 * 730.0 / (199.0 / 6.0);
    assert!((saving.dollars() / expected - 1.0).abs() < 0.001, "{} {expected}", saving.dollars());
}
