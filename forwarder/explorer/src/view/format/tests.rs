//! Tests of formatting with values on both sides of each boundary between two formats.

use super::*;

#[test]
fn thousands_are_separated() {
    let shown = [0, 999, 1_000, 48_213, 1_204_530, u64::MAX].map(count);
    assert_eq!(shown, ["0", "999", "1,000", "48,213", "1,204,530", "18,446,744,073,709,551,615"]);
}

fn check_percent(part: u64, whole: u64, expected: &str) {
    assert_eq!(percent(Share { part, whole }), expected, "{part} of {whole}");
}

#[test]
fn only_zero_is_formatted_as_0_percent() {
    check_percent(0, 0, "—");
    check_percent(0, 5, "0 %");
    check_percent(1, 1_000_000, "<0.01 %");
    check_percent(49, 1_000_000, "<0.01 %");
    check_percent(50, 1_000_000, "0.01 %");
}

#[test]
fn percentages_have_two_significant_digits() {
    check_percent(453, 48_213, "0.94 %");
    check_percent(9_949, 1_000_000, "0.99 %");
    check_percent(9_950, 1_000_000, "1.0 %");
    check_percent(31, 1_000, "3.1 %");
    check_percent(9_949, 100_000, "9.9 %");
    check_percent(9_950, 100_000, "10 %");
    check_percent(1, 2, "50 %");
}

#[test]
fn only_the_whole_is_formatted_as_100_percent() {
    check_percent(994, 1_000, "99 %");
    check_percent(995, 1_000, ">99 %");
    check_percent(96, 96, "100 %");
    check_percent(129, 128, "101 %");
    check_percent(u64::MAX, u64::MAX, "100 %");
}

fn check_duration(micros: u64, expected: &str) {
    assert_eq!(duration(Duration::from_micros(micros)), expected, "{micros} us");
}

#[test]
fn durations_below_a_second_are_in_milliseconds() {
    check_duration(0, "0 ms");
    check_duration(4, "0 ms");
    check_duration(5, "0.01 ms");
    check_duration(994, "0.99 ms");
    check_duration(995, "1.0 ms");
    check_duration(9_949, "9.9 ms");
    check_duration(9_950, "10 ms");
    check_duration(999_499, "999 ms");
}

#[test]
fn durations_from_a_second_on_are_in_seconds_minutes_and_hours() {
    check_duration(999_500, "1.00 s");
    check_duration(1_240_000, "1.24 s");
    check_duration(9_994_999, "9.99 s");
    check_duration(9_995_000, "10.0 s");
    check_duration(59_949_999, "59.9 s");
    check_duration(59_950_000, "1 min 0 s");
    check_duration(123_000_000, "2 min 3 s");
    check_duration(3_599_499_999, "59 min 59 s");
    check_duration(3_599_500_000, "1 h 0 min");
    check_duration(5_000 * 3_600_000_000, "5,000 h 0 min");
}

fn check_span(seconds: u64, expected: &str) {
    assert_eq!(span(Duration::from_secs(seconds)), expected, "{seconds} s");
}

#[test]
fn span_has_one_unit() {
    check_span(0, "0 s");
    check_span(59, "59 s");
    check_span(60, "1 min");
    check_span(119, "2 min");
    check_span(3_569, "59 min");
    check_span(3_570, "1 h");
    check_span(86_399, "24 h");
    check_span(47 * 3_600, "47 h");
    check_span(48 * 3_600, "2 d");
    check_span(u64::MAX, "213,503,982,334,601 d");
}

fn check_dollars(picos: u64, expected: &str) {
    assert_eq!(dollars(Usd::from_picos(picos)), expected, "{picos} picodollars");
}

#[test]
fn amounts_below_a_dollar_have_two_significant_digits() {
    check_dollars(0, "$0");
    check_dollars(99_999, "<$0.0000001");
    check_dollars(200_000, "$0.00000020");
    check_dollars(2_283_337, "$0.0000023");
    check_dollars(12_000_000, "$0.000012");
    check_dollars(420_000_000, "$0.00042");
    check_dollars(4_200_000_000, "$0.0042");
    check_dollars(9_940_000_000, "$0.0099");
    check_dollars(9_960_000_000, "$0.010");
    check_dollars(412_000_000_000, "$0.412");
    check_dollars(999_400_000_000, "$0.999");
}

#[test]
fn amounts_from_a_dollar_on_have_cents() {
    check_dollars(999_500_000_000, "$1.00");
    check_dollars(1_270_000_000_000, "$1.27");
    check_dollars(1_234_500_000_000_000, "$1,234.50");
}

#[test]
fn rates_have_three_significant_digits() {
    assert_eq!(rate(1_204_530, Duration::from_millis(3_100)).unwrap(), "388,000");
    assert_eq!(rate(42, Duration::from_secs(1)).unwrap(), "42");
    assert_eq!(rate(42, Duration::ZERO), None);
}

#[test]
fn times_are_formatted_in_utc() {
    let ten = UnixMillis(1_772_618_400_000);
    assert_eq!(date_time(ten), "4 Mar 2026 10:00 UTC");
    assert_eq!(short_time(ten, UnixMillis(ten.0 + 3_600_000)), "10:00");
    assert_eq!(short_time(ten, UnixMillis(ten.0 + 86_400_000)), "4 Mar 10:00");
    assert_eq!(date_time(UnixMillis(i64::MAX)), "—");
}
