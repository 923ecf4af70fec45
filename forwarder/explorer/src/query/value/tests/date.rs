//! Functions of time.

use super::check;

#[test]
fn times_are_rounded_in_utc() {
    check(&[
        ("bin(1s)", "2024-02-29 12:34:56.000"),
        ("bin(5m)", "2024-02-29 12:30:00.000"),
        ("bin(1h)", "2024-02-29 12:00:00.000"),
        ("bin(24h)", "2024-02-29 00:00:00.000"),
        ("bin(7d)", "2024-02-29 00:00:00.000"),
        ("bin(1w)", "2024-02-26 00:00:00.000"),
        ("bin(1mo)", "2024-02-01 00:00:00.000"),
        ("bin(1q)", "2024-01-01 00:00:00.000"),
        ("bin(1y)", "2024-01-01 00:00:00.000"),
        ("bin(100ms)", "2024-02-29 12:34:56.700"),
        ("datefloor(@timestamp, 1h)", "2024-02-29 12:00:00.000"),
        ("dateceil(@timestamp, 1h)", "2024-02-29 13:00:00.000"),
        ("dateceil(@timestamp, 1mo)", "2024-03-01 00:00:00.000"),
        ("dateceil(datefloor(@timestamp, 1w), 1w)", "2024-02-26 00:00:00.000"),
        ("datefloor('2024-02-29 12:34:56.789', 1d)", "2024-02-29 00:00:00.000"),
        ("datefloor(-1, 1d)", "1969-12-31 00:00:00.000"),
        ("datefloor(-1, 1mo)", "1969-12-01 00:00:00.000"),
        ("datefloor(gone, 1d)", "-"),
        ("datefloor(word, 1d)", "-"),
    ]);
}

#[test]
fn times_of_any_size_are_rounded() {
    for time in ["9223372036854775807", "-9223372036854775807", "1e300"] {
        for period in ["1ms", "4294967295w", "4294967295y", "1q"] {
            super::evaluated(&format!("dateceil({time}, {period})"));
        }
    }
}

#[test]
fn milliseconds_and_times_are_converted() {
    check(&[
        ("fromMillis(0)", "1970-01-01 00:00:00.000"),
        ("fromMillis('1709210096789')", "2024-02-29 12:34:56.789"),
        ("toMillis(@timestamp)", "1709210096789"),
        ("toMillis('2024-02-29T12:34:56.789Z')", "1709210096789"),
        ("fromMillis(word)", "-"),
    ]);
}

#[test]
fn times_of_the_query_are_known() {
    check(&[
        ("now()", "1709210096"),
        ("queryStartTime()", "1709206496789"),
        ("queryEndTime()", "1709210096789"),
        ("queryTimeRange()", "3600000"),
    ]);
}

#[test]
fn dates_are_parsed_by_patterns_of_java() {
    check(&[
        ("parseDate('2024-02-29T12:34:56.789Z', \"yyyy-MM-dd'T'HH:mm:ss.SSSX\")", "1709210096789"),
        ("parseDate('2024-02-29 12:34:56', 'yyyy-MM-dd HH:mm:ss')", "1709210096000"),
        ("parseDate('2024-02-29 12:34:56', 'yyyy-MM-dd HH:mm:ss', 'Europe/Berlin')", "1709206496000"),
        ("parseDate('2024-02-29 12:34:56 +0200', 'yyyy-MM-dd HH:mm:ss Z', 'Asia/Tokyo')", "1709202896000"),
        ("parseDate('29/Feb/2024:12:34:56 +02:00', 'dd/MMM/yyyy:HH:mm:ss XXX')", "1709202896000"),
        ("parseDate('Thu, 29 February 2024 1:04 pm', 'EEE, d MMMM yyyy h:mm a')", "1709211840000"),
        ("parseDate('12:04 AM', 'hh:mm a')", "240000"),
        ("parseDate('20240229123456', 'yyyyMMddHHmmss')", "1709210096000"),
        ("parseDate('24-060', 'yy-DDD')", "1709164800000"),
        ("parseDate('2024-02-29 12 America/New_York', 'yyyy-MM-dd HH VV')", "1709226000000"),
        ("parseDate(\"5 o'clock\", \"H 'o''clock'\")", "18000000"),
        ("parseDate('2024-02-30', 'yyyy-MM-dd')", "-"),
        ("parseDate('2024-02-29x', 'yyyy-MM-dd')", "-"),
        ("parseDate('2024', 'yyyy', 'Nowhere/City')", "-"),
        ("parseDate('2024', 'yyyyQ')", "-"),
        ("parseDate(gone, 'yyyy')", "-"),
    ]);
}

#[test]
fn dates_are_formatted_like_strftime() {
    check(&[
        ("formatDate(@timestamp, '%Y-%m-%d %H:%M:%S')", "\"2024-02-29 12:34:56\""),
        ("formatDate(@timestamp, '%H:%M %Z', 'America/New_York')", "\"07:34 EST\""),
        ("formatDate(1709210096789, '%a %j %s', '+05:30')", "\"Thu 060 1709210096\""),
        ("formatDate(@timestamp, '%3f')", "\"789\""),
        ("formatDate(@timestamp, '%Q')", "\"UTC\""),
        ("formatDate(@timestamp, '%!')", "-"),
        ("formatDate(gone, '%Y')", "-"),
        ("formatDate(@timestamp, '%Y', 'x')", "-"),
    ]);
}

#[test]
fn any_pattern_of_a_date_makes_a_time_or_nothing() {
    use proptest::{
        prelude::*,
        test_runner::{Config, TestRunner},
    };
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(2000) });
    let texts = ("[yMdHhmsSaEXZVD' \\-:\\[\\]é]{0,12}", "[0-9a-zA-Z:+\\-/ é]{0,20}");
    let checked = runner.run(&texts, |(pattern, text)| {
        let mut arguments = [
            super::Argument::Value(super::Value::text(text.clone())),
            super::Argument::Value(super::Value::text(pattern.clone())),
        ];
        let function = super::super::super::language::function::Function::ParseDate;
        let value = super::function::call(function, &mut arguments, &super::CONTEXT).unwrap_or_default();
        prop_assert!(matches!(value, super::Value::Missing | super::Value::Number(_)));
        Ok(())
    });
    checked.unwrap();
}
