use insta::assert_snapshot;

use super::summary;

#[test]
fn quoted_timeout_is_a_line_of_the_function() {
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tINFO\tTask timed out after 3.00 seconds"), @r#"node level=INFO id=a at=2026-03-04T10:00:00.123Z message="Task timed out after 3.00 seconds""#);
    assert_snapshot!(summary("[ERROR]\t2026-03-04T10:00:00.123Z\ta\tTask timed out after 3.00 seconds"), @r#"python level=ERROR id=a at=2026-03-04T10:00:00.123Z message="Task timed out after 3.00 seconds""#);
    assert_snapshot!(summary("upstream said: 2020-06-09T15:02:26.150Z a Task timed out after 3.00 seconds"), @"text");
    assert_snapshot!(summary("Task timed out after 3.00 seconds"), @"text");
    assert_snapshot!(summary(r#"{"message":"Task timed out after 3.00 seconds"}"#), @"json");
}

#[test]
fn quoted_report_is_a_line_of_the_function() {
    assert_snapshot!(summary("saw REPORT RequestId: a\tDuration: 1 ms\tBilled Duration: 1 ms"), @"text");
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tINFO\tREPORT RequestId: b\tDuration: 1 ms"), @r#"node level=INFO id=a at=2026-03-04T10:00:00.123Z message="REPORT RequestId: b\tDuration: 1 ms""#);
    assert_snapshot!(summary(r#"{"message":"REPORT RequestId: b\tDuration: 1 ms"}"#), @"json");
    assert_snapshot!(summary("REPORTS RequestId: a\tDuration: 1 ms"), @"text");
    assert_snapshot!(summary(" REPORT RequestId: a\tDuration: 1 ms"), @"text");
    assert_snapshot!(summary("report RequestId: a\tDuration: 1 ms"), @"text");
}

#[test]
fn logged_out_of_memory_error_is_not_a_runtime_failure() {
    assert_snapshot!(summary("[ERROR]\t2026-03-04T10:00:00.123Z\ta\tMemoryError"), @r#"python level=ERROR id=a at=2026-03-04T10:00:00.123Z message="MemoryError""#);
    assert_snapshot!(summary("[ERROR]\t2026-03-04T10:00:00.123Z\ta\tMemoryError: no room\nTraceback (most recent call last):\n"), @r#"python level=ERROR id=a at=2026-03-04T10:00:00.123Z message="MemoryError: no room\nTraceback (most recent call last):\n""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tERROR\tFATAL ERROR: JavaScript heap out of memory"), @r#"node level=ERROR id=a at=2026-03-04T10:00:00.123Z message="FATAL ERROR: JavaScript heap out of memory""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tfail\tSystem.OutOfMemoryException: x"), @r#"dotnet level=ERROR id=a at=2026-03-04T10:00:00.123Z error=System.OutOfMemoryException failure=UnhandledIfLast message="System.OutOfMemoryException: x""#);
    assert_snapshot!(summary("[ERROR] java.lang.OutOfMemoryError: caught"), @r#"java level=ERROR message="java.lang.OutOfMemoryError: caught""#);
    assert_snapshot!(summary("[INFO] MemoryError"), @r#"java level=INFO message="MemoryError""#);
    assert_snapshot!(summary("[ERROR] MemoryErrors are bad"), @r#"java level=ERROR message="MemoryErrors are bad""#);
    assert_snapshot!(summary("caught java.lang.OutOfMemoryError: Java heap space"), @"text");
    assert_snapshot!(summary("handled: fatal error: runtime: out of memory"), @"text");
    assert_snapshot!(summary("docs mention JavaScript heap out of memory"), @"text");
    assert_snapshot!(summary("MemoryError"), @"text");
}

#[test]
fn event_without_a_record_is_a_line_of_the_function() {
    assert_snapshot!(summary(r#"{"type":"platform.report"}"#), @"json");
    assert_snapshot!(summary(r#"{"type":"platform.report","requestId":"a","metrics":{"durationMs":1}}"#), @"json id=a");
    assert_snapshot!(summary(r#"{"record":{"requestId":"a"}}"#), @"json");
    assert_snapshot!(summary(r#"{"type":"order","record":{"requestId":"a"}}"#), @"json");
    assert_snapshot!(summary(r#"{"type":"myplatform.report","record":{"requestId":"a"}}"#), @"json");
    assert_snapshot!(summary(r#"{"message":{"type":"platform.report","record":{"requestId":"a"}}}"#), @"json");
    assert_snapshot!(summary(r#"{"message":"{\"type\":\"platform.report\",\"record\":{\"requestId\":\"a\"}}"}"#), @"json");
}

#[test]
fn quoted_crash_is_a_line_of_the_function() {
    assert_snapshot!(summary("got RequestId: a Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n"), @"text");
    assert_snapshot!(summary("RequestId: a Error: it said \"signal: killed\""), @"text");
    assert_snapshot!(summary("RequestId: a was Process exited before completing request"), @"text");
    assert_snapshot!(summary("RequestId: a Error: upstream answered with Runtime.ExitError again"), @"text");
    assert_snapshot!(summary("Runtime.ExitError"), @"text");
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tINFO\tRequestId: b Error: exit code 0 Extension.Crash"), @r#"node level=INFO id=a at=2026-03-04T10:00:00.123Z message="RequestId: b Error: exit code 0 Extension.Crash""#);
}

#[test]
fn quoted_words_of_a_runtime_are_a_line_of_the_function() {
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tWARN\t[dd.trace_id=7 dd.span_id=8] Invoke Error \t{\"errorType\":\"TypeError\"}"), @r#"node level=WARN id=a context=7/8 at=2026-03-04T10:00:00.123Z message="[dd.trace_id=7 dd.span_id=8] Invoke Error \t{\"errorType\":\"TypeError\"}""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tERROR\tdownstream: Invoke Error \t{\"errorType\":\"TypeError\"}"), @r#"node level=ERROR id=a at=2026-03-04T10:00:00.123Z message="downstream: Invoke Error \t{\"errorType\":\"TypeError\"}""#);
    assert_snapshot!(summary("2026-03-04T10:00:00.123Z\ta\tERROR\t[orders] Invoke Error {\"errorType\":\"TypeError\"}"), @r#"node level=ERROR id=a at=2026-03-04T10:00:00.123Z message="[orders] Invoke Error {\"errorType\":\"TypeError\"}""#);
    assert_snapshot!(summary("saw Critical exception from handler"), @"text");
    assert_snapshot!(summary("[ERROR]\t2026-03-04T10:00:00.123Z\ta\tUnable to import module 'app': No module named 'x'"), @r#"python level=ERROR id=a at=2026-03-04T10:00:00.123Z message="Unable to import module 'app': No module named 'x'""#);
    assert_snapshot!(summary("Unable to import the orders"), @"text");
    assert_snapshot!(summary("module initialization errors: 0"), @"text");
    assert_snapshot!(summary("Handler 'a' is slow"), @"text");
    assert_snapshot!(summary("order 7: NotFound\nnext order"), @"text");
    assert_snapshot!(summary("order 7: NotFound\n"), @"text");
}
