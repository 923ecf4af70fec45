use crate::{line::time_of, units::UnixMillis};

/// 2026-03-04T10:00:00.123Z
const TIME: i64 = 1_772_618_400_123;

#[test]
fn time_in_json_is_read_from_all_known_members() {
    for text in [
        r#"{"timestamp":"2026-03-04T10:00:00.123Z"}"#,
        r#"{"time":1772618400123}"#,
        r#"{"time":"2026-03-04T12:00:00.123+02:00"}"#,
        r#"{"@timestamp":"2026-03-04T05:00:00.123-0500"}"#,
        r#"{"asctime":"2026-03-04 10:00:00,123"}"#,
        r#"{"datetime":"2026-03-04T10:00:00.123456+00:00"}"#,
        r#"{"ts":1772618400.1234}"#,
        r#"{"ts":1.7726184001234e9}"#,
        r#"{"ts":1772618400123}"#,
        r#"{"ts":1772618400123456}"#,
        r#"{"ts":1772618400123456789}"#,
        r#"{"ts":"1772618400.123"}"#,
        r#"{"@t":"2026-03-04T10:00:00.1234567Z"}"#,
        r#"{"timeMillis":1772618400123}"#,
        r#"{"timeUnixNano":"1772618400123456789"}"#,
        r#"{"instant":{"epochSecond":1772618400,"nanoOfSecond":123456789}}"#,
        r#"{"time":"2026/03/04 10:00:00.123"}"#,
        r#"{"time":"2026-03-04 10:00:00.123 +0000 UTC"}"#,
        r#"{"time":"yesterday","ts":1772618400.123}"#,
        r#"{"_aws":{"Timestamp":1772618400123,"CloudWatchMetrics":[]}}"#,
        "{\n    \"timestamp\": \"2026-03-04T10:00:00.123Z\",\n    \"level\": \"Error\"\n}",
        r#"{"time":"2026-03-04T10:00:00.123Z","type":"platform.start","record":{"requestId":"a"}}"#,
    ] {
        assert_eq!(time_of(text), Some(UnixMillis(TIME)), "{text}");
    }
}

#[test]
fn time_in_text_is_read_from_all_known_prefixes_and_layouts() {
    for text in [
        "2026-03-04T10:00:00.123Z\ta\tINFO\thello",
        "[INFO]\t2026-03-04T10:00:00.123Z\ta\thello",
        "2026-03-04T10:00:00.123Z a Task timed out after 3.00 seconds",
        "I, [2026-03-04T10:00:00.123456 #8]  INFO -- : hello",
        "2026/03/04 10:00:00.123456 hello",
        "2026-03-04 12:00:00.123+0200 ERROR 1 --- [main] cart : gone",
        "[2026-03-04T10:00:00.123] [ERROR] default - gone",
        "time=2026-03-04T10:00:00.123Z level=INFO msg=x",
        "2026-03-04T10:00:00.123Z hello",
        "[2026-03-04 10:00:00.123] hello",
    ] {
        assert_eq!(time_of(text), Some(UnixMillis(TIME)), "{text}");
    }
}

#[test]
fn python_writes_milliseconds_without_leading_zeros() {
    let check = |text, millis| assert_eq!(time_of(text), Some(UnixMillis(TIME - 123 + millis)), "{text}");
    check("[INFO]\t2026-03-04T10:00:00.7Z\ta\thello", 7);
    check("[INFO]\t2026-03-04T10:00:00.45Z\ta\thello", 45);
    check("[INFO]\t2026-03-04T10:00:00.123Z\ta\thello", 123);
    check("2026-03-04T10:00:00.7Z\ta\tINFO\thello", 700);
    check(r#"{"timestamp":"2026-03-04T10:00:00.7Z"}"#, 700);
}

#[test]
fn line_without_a_time_has_none() {
    for text in [
        "",
        "hello",
        "[main] hello",
        "{}",
        r#"{"time":12.5}"#,
        r#"{"time":"noon"}"#,
        r#"{"ts":true}"#,
        r#"{"instant":{"second":7}}"#,
        r#"{"instant":{"epochSecond":99999999999999999999}}"#,
        r#"{"ts":1e400}"#,
        "14:38:44.255 [main] ERROR com.shop.Cart -- gone",
    ] {
        assert_eq!(time_of(text), None, "{text}");
    }
}
