use insta::assert_snapshot;

use crate::line::parse;

/// Kind, level and ids of a line.
fn view(text: &str) -> String {
    let line = parse(text);
    let level = line.level().map_or("-", |level| level.name());
    let ids = [line.request_id(), line.trace_id(), line.tenant()].map(|id| id.unwrap_or("-"));
    format!("{} {level} {}", line.kind(), ids.join(" "))
}

/// The same of a platform event.
fn event(kind: &str, record: &str) -> String {
    view(&format!(r#"{{"type":"platform.{kind}","record":{record}}}"#))
}

#[test]
fn platform_lines_have_the_levels_aws_gives_them() {
    assert_snapshot!(view("START RequestId: a Version: 1"), @"start INFO a - -");
    assert_snapshot!(view("END RequestId: a"), @"end INFO a - -");
    assert_snapshot!(view("REPORT RequestId: a\tDuration: 1 ms\nXRAY TraceId: 1-5d-dc"), @"report INFO a 1-5d-dc -");
    assert_snapshot!(view("REPORT RequestId: a\tDuration: 1 ms\tStatus: timeout"), @"report WARN a - -");
    assert_snapshot!(view("INIT_START Runtime Version: a"), @"init_start INFO - - -");
    assert_snapshot!(view("INIT_START Runtime Version: \tRuntime Version ARN: "), @"init_start DEBUG - - -");
    assert_snapshot!(view("INIT_REPORT Init Duration: 1 ms"), @"init_report INFO - - -");
    assert_snapshot!(view("INIT_REPORT Init Duration: 1 ms\tStatus: error"), @"init_report WARN - - -");
    assert_snapshot!(view("RESTORE_START Runtime Version: a"), @"restore_start DEBUG - - -");
    assert_snapshot!(view("RESTORE_REPORT Restore Duration: 1 ms"), @"restore_report DEBUG - - -");
    assert_snapshot!(view("RESTORE_REPORT Restore Duration: 1 ms\tStatus: timeout"), @"restore_report WARN - - -");
    assert_snapshot!(view("RequestId: a Process exited before completing request"), @"fault ERROR a - -");
    assert_snapshot!(view("EXTENSION\tName: x\tState: Ready\tEvents: []"), @"extension DEBUG - - -");
    assert_snapshot!(view("EXTENSION\tName: x\tState: Ready\tEvents: []\tError Type: E"), @"extension WARN - - -");
    assert_snapshot!(view("TELEMETRY\tName: x\tState: Subscribed\tTypes: []"), @"platform DEBUG - - -");
}

#[test]
fn events_have_the_levels_aws_gives_them() {
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
    assert_snapshot!(event("invokeReport", r#"{"requestId":"a"}"#), @"platform INFO a - -");
}

#[test]
fn the_function_s_lines_have_what_they_say() {
    assert_snapshot!(view("hello"), @"text - - - -");
    assert_snapshot!(view("[WARN] hello"), @"app WARN - - -");
    assert_snapshot!(view(r#"{"level":"debug","requestId":"a","tenantId":"t","xray_trace_id":"1-5d"}"#), @"app DEBUG a 1-5d t");
    assert_snapshot!(view(r#"{"_aws":{"Timestamp":1,"CloudWatchMetrics":[]},"level":"info","requestId":"a","tenantId":"t","xray_trace_id":"1-5d"}"#), @"emf INFO a 1-5d t");
}
