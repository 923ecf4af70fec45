use insta::assert_snapshot;

use crate::line::parse;

/// Type name, level and ids of a line.
fn attributes(text: &str) -> String {
    let line = parse(text);
    let level = line.level().map_or("-", |level| level.name());
    let ids = [line.request_id(), line.trace_id(), line.tenant()].map(|id| id.unwrap_or("-"));
    format!("{} {level} {}", line.kind(), ids.join(" "))
}

/// Type name, level and ids of a platform event.
fn event(kind: &str, record: &str) -> String {
    attributes(&format!(r#"{{"type":"platform.{kind}","record":{record}}}"#))
}

#[test]
fn text_lines_of_the_platform_have_the_level_aws_defines() {
    assert_snapshot!(attributes("START RequestId: a Version: 1"), @"start INFO a - -");
    assert_snapshot!(attributes("END RequestId: a"), @"end INFO a - -");
    assert_snapshot!(attributes("REPORT RequestId: a\tDuration: 1 ms\nXRAY TraceId: 1-5d-dc"), @"report INFO a 1-5d-dc -");
    assert_snapshot!(attributes("REPORT RequestId: a\tDuration: 1 ms\tStatus: timeout"), @"report WARN a - -");
    assert_snapshot!(attributes("INIT_START Runtime Version: a"), @"init_start INFO - - -");
    assert_snapshot!(attributes("INIT_START Runtime Version: \tRuntime Version ARN: "), @"init_start DEBUG - - -");
    assert_snapshot!(attributes("INIT_REPORT Init Duration: 1 ms"), @"init_report DEBUG - - -");
    assert_snapshot!(attributes("INIT_REPORT Init Duration: 1 ms\tStatus: error"), @"init_report WARN - - -");
    assert_snapshot!(attributes("RESTORE_START Runtime Version: a"), @"restore_start DEBUG - - -");
    assert_snapshot!(attributes("RESTORE_REPORT Restore Duration: 1 ms"), @"restore_report DEBUG - - -");
    assert_snapshot!(attributes("RESTORE_REPORT Restore Duration: 1 ms\tStatus: timeout"), @"restore_report WARN - - -");
    assert_snapshot!(attributes("RequestId: a Process exited before completing request"), @"fault ERROR a - -");
    assert_snapshot!(attributes("EXTENSION\tName: x\tState: Ready\tEvents: []"), @"extension DEBUG - - -");
    assert_snapshot!(attributes("EXTENSION\tName: x\tState: Ready\tEvents: []\tError Type: E"), @"extension WARN - - -");
    assert_snapshot!(attributes("TELEMETRY\tName: x\tState: Subscribed\tTypes: []"), @"platform DEBUG - - -");
}

#[test]
fn json_events_of_the_platform_have_the_level_aws_defines() {
    assert_snapshot!(event("initReport", r#"{"initializationType":"on-demand","status":"success"}"#), @"init_report DEBUG - - -");
    assert_snapshot!(event("initReport", r#"{"initializationType":"on-demand","status":"error"}"#), @"init_report WARN - - -");
    assert_snapshot!(event("initReport", r#"{"initializationType":"provisioned-concurrency","status":"success"}"#), @"init_report INFO - - -");
    assert_snapshot!(event("initRuntimeDone", r#"{"status":"success"}"#), @"platform DEBUG - - -");
    assert_snapshot!(event("initRuntimeDone", r#"{"status":"failure"}"#), @"platform WARN - - -");
    assert_snapshot!(event("restoreRuntimeDone", r#"{"status":"success"}"#), @"platform DEBUG - - -");
    assert_snapshot!(event("runtimeDone", r#"{"requestId":"a","status":"success","tenantId":"t","tracing":{"value":"Root=1-5d"}}"#), @"platform DEBUG a 1-5d t");
    assert_snapshot!(event("runtimeDone", r#"{"requestId":"a","status":"unheard of"}"#), @"platform WARN a - -");
    assert_snapshot!(event("report", r#"{"requestId":"a","status":"success","tenantId":"t","tracing":{"value":"Root=1-5d"}}"#), @"report INFO a 1-5d t");
    assert_snapshot!(event("start", r#"{"requestId":"a","tenantId":"t","tracing":{"value":"Root=1-5d"}}"#), @"start INFO a 1-5d t");
    assert_snapshot!(event("logsDropped", "{}"), @"platform WARN - - -");
    assert_snapshot!(event("invokeReport", r#"{"requestId":"a"}"#), @"platform - a - -");
}

#[test]
fn lines_of_functions_have_their_own_level_and_ids() {
    assert_snapshot!(attributes("hello"), @"text - - - -");
    assert_snapshot!(attributes("[WARN] hello"), @"app WARN - - -");
    assert_snapshot!(attributes(r#"{"level":"debug","requestId":"a","tenantId":"t","xray_trace_id":"1-5d"}"#), @"app DEBUG a 1-5d t");
    assert_snapshot!(attributes(r#"{"_aws":{"Timestamp":1,"CloudWatchMetrics":[]},"level":"info","requestId":"a","tenantId":"t","xray_trace_id":"1-5d"}"#), @"emf INFO a 1-5d t");
}
