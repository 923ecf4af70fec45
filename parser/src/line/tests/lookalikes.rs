use insta::assert_snapshot;

use super::says;

#[test]
fn a_quoted_timeout_is_the_function_s_own_line() {
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta\tINFO\tTask timed out after 3.00 seconds"), @r#"node level=INFO id=a at=2026-03-04T10:00:00.123Z says="Task timed out after 3.00 seconds""#);
    assert_snapshot!(says("[ERROR]\t2026-03-04T10:00:00.123Z\ta\tTask timed out after 3.00 seconds"), @r#"python level=ERROR id=a at=2026-03-04T10:00:00.123Z says="Task timed out after 3.00 seconds""#);
    assert_snapshot!(says("upstream said: 2020-06-09T15:02:26.150Z a Task timed out after 3.00 seconds"), @"text");
    assert_snapshot!(says("Task timed out after 3.00 seconds"), @"text");
    assert_snapshot!(says(r#"{"message":"Task timed out after 3.00 seconds"}"#), @"json");
}

#[test]
fn a_quoted_report_is_the_function_s_own_line() {
    assert_snapshot!(says("saw REPORT RequestId: a\tDuration: 1 ms\tBilled Duration: 1 ms"), @"text");
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta\tINFO\tREPORT RequestId: b\tDuration: 1 ms"), @r#"node level=INFO id=a at=2026-03-04T10:00:00.123Z says="REPORT RequestId: b\tDuration: 1 ms""#);
    assert_snapshot!(says(r#"{"message":"REPORT RequestId: b\tDuration: 1 ms"}"#), @"json");
    assert_snapshot!(says("REPORTS RequestId: a\tDuration: 1 ms"), @"text");
    assert_snapshot!(says(" REPORT RequestId: a\tDuration: 1 ms"), @"text");
    assert_snapshot!(says("report RequestId: a\tDuration: 1 ms"), @"text");
}

#[test]
fn out_of_memory_in_a_logger_s_line_is_no_sign() {
    assert_snapshot!(says("[ERROR]\t2026-03-04T10:00:00.123Z\ta\tMemoryError"), @r#"python level=ERROR id=a at=2026-03-04T10:00:00.123Z says="MemoryError""#);
    assert_snapshot!(says("[ERROR]\t2026-03-04T10:00:00.123Z\ta\tMemoryError: no room\nTraceback (most recent call last):\n"), @r#"python level=ERROR id=a at=2026-03-04T10:00:00.123Z says="MemoryError: no room\nTraceback (most recent call last):\n""#);
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta\tERROR\tFATAL ERROR: JavaScript heap out of memory"), @r#"node level=ERROR id=a at=2026-03-04T10:00:00.123Z says="FATAL ERROR: JavaScript heap out of memory""#);
    assert_snapshot!(says("2026-03-04T10:00:00.123Z\ta\tfail\tSystem.OutOfMemoryException: x"), @r#"dotnet level=ERROR id=a at=2026-03-04T10:00:00.123Z says="System.OutOfMemoryException: x""#);
    assert_snapshot!(says("[ERROR] java.lang.OutOfMemoryError: caught"), @r#"java level=ERROR says="java.lang.OutOfMemoryError: caught""#);
    assert_snapshot!(says("[INFO] MemoryError"), @r#"java level=INFO says="MemoryError""#);
    assert_snapshot!(says("[ERROR] MemoryErrors are bad"), @r#"java level=ERROR says="MemoryErrors are bad""#);
    assert_snapshot!(says("caught java.lang.OutOfMemoryError: Java heap space"), @"text");
    assert_snapshot!(says("handled: fatal error: runtime: out of memory"), @"text");
    assert_snapshot!(says("docs mention JavaScript heap out of memory"), @"text");
    assert_snapshot!(says("MemoryError"), @"text");
}

#[test]
fn an_event_without_a_record_is_the_function_s_own_line() {
    assert_snapshot!(says(r#"{"type":"platform.report"}"#), @"json");
    assert_snapshot!(says(r#"{"type":"platform.report","requestId":"a","metrics":{"durationMs":1}}"#), @"json id=a");
    assert_snapshot!(says(r#"{"record":{"requestId":"a"}}"#), @"json");
    assert_snapshot!(says(r#"{"type":"order","record":{"requestId":"a"}}"#), @"json");
    assert_snapshot!(says(r#"{"type":"myplatform.report","record":{"requestId":"a"}}"#), @"json");
    assert_snapshot!(says(r#"{"message":{"type":"platform.report","record":{"requestId":"a"}}}"#), @"json");
    assert_snapshot!(says(r#"{"message":"{\"type\":\"platform.report\",\"record\":{\"requestId\":\"a\"}}"}"#), @"json");
}

#[test]
fn a_quoted_crash_is_the_function_s_own_line() {
    assert_snapshot!(says("got RequestId: a Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n"), @"text");
    assert_snapshot!(says("RequestId: a Error: it said \"signal: killed\""), @"text");
    assert_snapshot!(says("RequestId: a was Process exited before completing request"), @"text");
}
