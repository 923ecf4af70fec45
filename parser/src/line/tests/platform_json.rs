use insta::assert_snapshot;

use super::summary;

/// Summary of a platform event with this record.
fn event(kind: &str, record: &str) -> String {
    summary(&format!(r#"{{"time":"2026-10-08T07:30:29.470Z","type":"platform.{kind}","record":{record}}}"#))
}

#[test]
fn event_members_can_have_any_order() {
    assert_snapshot!(summary(r#"{"record":{"version":"1","requestId":"a"},"type":"platform.start","time":"t"}"#), @"start id=a version=1");
    assert_snapshot!(summary(r#" {"type" : "platform.start", "record" : { "requestId" : "a" } }"#), @"start id=a");
    assert_snapshot!(summary(r#"{"type":"platform.end","record":{"requestId":"a"}}"#), @"end id=a");
}

#[test]
fn report_metrics_are_optional() {
    assert_snapshot!(event("report", r#"{"requestId":"a","status":"success","metrics":{"durationMs":1.5,"billedDurationMs":2,"memorySizeMB":128,"maxMemoryUsedMB":64,"initDurationMs":100.25}}"#), @"report id=a status=Success duration=1.5ms billed=2ms size=128MB used=64MB init=100.25ms");
    assert_snapshot!(event("report", r#"{"requestId":"a","status":"success","metrics":{"durationMs":1.5}}"#), @"report id=a status=Success duration=1.5ms");
    assert_snapshot!(event("report", r#"{"requestId":"a","status":"success","metrics":{"durationMs":1.5,"restoreDurationMs":9.5,"billedRestoreDurationMs":8}}"#), @"report id=a status=Success duration=1.5ms restore=9.5ms billed_restore=8ms");
    assert_snapshot!(event("report", r#"{"requestId":"a","status":"failure","metrics":{"durationMs":1.5,"billedDurationMs":2.0,"memorySizeMB":128.0}}"#), @"report id=a status=Failure duration=1.5ms billed=2ms size=128MB");
    assert_snapshot!(event("report", r#"{"requestId":"a","metrics":{"durationMs":1.5,"producedBytes":7}}"#), @"report id=a duration=1.5ms produced=7B");
    assert_snapshot!(event("report", r#"{"requestId":"a"}"#), @"report id=a");
}

#[test]
fn numbers_are_exact_or_absent() {
    assert_snapshot!(event("report", r#"{"requestId":"a","metrics":{"durationMs":463.512}}"#), @"report id=a duration=463.512ms");
    assert_snapshot!(event("report", r#"{"requestId":"a","metrics":{"durationMs":1.5e3}}"#), @"report id=a duration=1.5s");
    assert_snapshot!(event("report", r#"{"requestId":"a","metrics":{"durationMs":-1}}"#), @"report id=a");
    assert_snapshot!(event("report", r#"{"requestId":"a","metrics":{"durationMs":null}}"#), @"report id=a");
    assert_snapshot!(event("report", r#"{"requestId":"a","metrics":{"durationMs":1e999}}"#), @"report id=a");
    assert_snapshot!(event("report", r#"{"requestId":"a","metrics":{"durationMs":99999999999999999999999}}"#), @"report id=a");
    assert_snapshot!(event("report", r#"{"requestId":"a","metrics":7}"#), @"report id=a");
}

#[test]
fn report_status_and_error_type_are_read() {
    assert_snapshot!(event("report", r#"{"requestId":"a","status":"timeout","errorType":"Sandbox.Timedout"}"#), @"report id=a status=Timeout error=Sandbox.Timedout");
    assert_snapshot!(event("report", r#"{"requestId":"a","status":"error","errorType":"Function<\"x\">"}"#), @r#"report id=a status=Error error=Function<"x">"#);
    assert_snapshot!(event("report", r#"{"requestId":"a","status":"resting"}"#), @"report id=a status=Unknown");
}

#[test]
fn unknown_report_members_are_counted() {
    assert_snapshot!(event("report", r#"{"requestId":"a","carbon":3,"metrics":{"durationMs":1,"watts":2}}"#), @"report id=a duration=1ms unknown=2");
}

#[test]
fn trace_id_is_the_root_of_tracing() {
    assert_snapshot!(event("start", r#"{"requestId":"a","tracing":{"spanId":"b","type":"X-Amzn-Trace-Id","value":"Root=1-5d-dc;Parent=54;Sampled=1"}}"#), @"start id=a trace=1-5d-dc");
    assert_snapshot!(event("start", r#"{"requestId":"a","tracing":{"value":"Parent=54;Root=1-5d-dc"}}"#), @"start id=a trace=1-5d-dc");
    assert_snapshot!(event("start", r#"{"requestId":"a","tracing":{"value":"Parent=54"}}"#), @"start id=a");
    assert_snapshot!(event("start", r#"{"requestId":"a","tracing":null}"#), @"start id=a");
}

#[test]
fn start_names_tenant_and_function() {
    assert_snapshot!(event("start", r#"{"requestId":"a","version":"$LATEST","functionArn":"arn:x","tenantId":"acme"}"#), @"start id=a version=$LATEST function_arn=arn:x tenant=acme");
}

#[test]
fn spans_with_invalid_times_are_read() {
    assert_snapshot!(event("runtimeDone", r#"{"requestId":"a","status":"success","spans":[{"name":"responseLatency","start":"12:01:23:521Z","durationMs":2.215}]}"#), @"runtime_done id=a status=Success latency=2.215ms");
    assert_snapshot!(event("runtimeDone", r#"{"requestId":"a","spans":[{"durationMs":1,"name":"responseDuration"},{"durationMs":3,"name":"responseLatency"}]}"#), @"runtime_done id=a latency=3ms");
    assert_snapshot!(event("runtimeDone", r#"{"requestId":"a","spans":[7,{"name":"responseLatency"}]}"#), @"runtime_done id=a");
    assert_snapshot!(event("runtimeDone", r#"{"requestId":"a","spans":{}}"#), @"runtime_done id=a");
}

#[test]
fn runtime_done_metrics_are_read() {
    assert_snapshot!(event("runtimeDone", r#"{"requestId":"a","status":"error","errorType":"Runtime.ExitError","metrics":{"durationMs":11.185,"producedBytes":40},"tenantId":"acme"}"#), @"runtime_done id=a status=Error error=Runtime.ExitError duration=11.185ms produced=40B tenant=acme");
}

#[test]
fn init_start_has_type_phase_and_function() {
    assert_snapshot!(event("initStart", r#"{"initializationType":"on-demand","phase":"init"}"#), @"init_start by=OnDemand phase=Init");
    assert_snapshot!(event("initStart", r#"{"initializationType":"provisioned-concurrency","phase":"init","instanceMaxMemory":134217728}"#), @"init_start by=ProvisionedConcurrency phase=Init memory=134217728B");
    assert_snapshot!(event("initStart", r#"{"initializationType":"snap-start","phase":"snap-start"}"#), @"init_start by=SnapStart phase=SnapStart");
    assert_snapshot!(event("initStart", r#"{"initializationType":"lambda-managed-instances","phase":"invoke"}"#), @"init_start by=ManagedInstances phase=Invoke");
    assert_snapshot!(event("initStart", r#"{"initializationType":"by-hand","phase":"lunch"}"#), @"init_start");
    assert_snapshot!(event("initStart", r#"{"functionName":"f","functionVersion":"7","functionArn":"arn:f","runtimeVersion":"nodejs:22.v1","runtimeVersionArn":"arn:r"}"#), @"init_start runtime=nodejs:22.v1 arn=arn:r function=f version=7 function_arn=arn:f");
}

#[test]
fn init_reports_are_parsed() {
    assert_snapshot!(event("initReport", r#"{"initializationType":"on-demand","phase":"init","status":"error","errorType":"Runtime.ExitError","metrics":{"durationMs":12.5}}"#), @"init_report duration=12.5ms phase=Init status=Error error=Runtime.ExitError by=OnDemand");
    assert_snapshot!(event("initReport", r#"{"initializationType":"on-demand","metrics":{"initDuration":12.5}}"#), @"init_report by=OnDemand");
    assert_snapshot!(event("initRuntimeDone", r#"{"initializationType":"on-demand","phase":"init","status":"success"}"#), @"init_runtime_done phase=Init status=Success by=OnDemand");
}

#[test]
fn restore_events_are_parsed() {
    assert_snapshot!(event("restoreStart", r#"{"functionName":"f","functionVersion":"7","runtimeVersion":"java:21.v38"}"#), @"restore_start runtime=java:21.v38 function=f version=7");
    assert_snapshot!(event("restoreRuntimeDone", r#"{"status":"success"}"#), @"restore_runtime_done status=Success");
    assert_snapshot!(event("restoreReport", r#"{"status":"timeout","metrics":{"durationMs":12.5,"billedDurationMs":12}}"#), @"restore_report duration=12.5ms status=Timeout");
}

#[test]
fn extensions_and_subscriptions_are_parsed() {
    assert_snapshot!(event("extension", r#"{"name":"x","state":"Ready","events":["INVOKE"]}"#), @r#"extension name=x state=Ready events=["INVOKE"]"#);
    assert_snapshot!(event("extension", r#"{"state":"Ready"}"#), @"platform.extension");
    assert_snapshot!(event("telemetrySubscription", r#"{"name":"x","state":"Subscribed","types":["platform", "function"]}"#), @r#"subscription name=x state=Subscribed types=["platform", "function"]"#);
    assert_snapshot!(event("logsSubscription", r#"{"name":"x","state":"Subscribed","types":["platform"]}"#), @r#"subscription name=x state=Subscribed types=["platform"]"#);
}

#[test]
fn logs_dropped_is_parsed() {
    assert_snapshot!(event("logsDropped", r#"{"droppedBytes":9,"droppedRecords":2,"reason":"slow \"consumer\""}"#), @r#"logs_dropped 2 9B "slow \"consumer\"""#);
    assert_snapshot!(event("logsDropped", "{}"), @r#"logs_dropped 0 0B """#);
}

#[test]
fn fault_record_is_parsed_as_text() {
    assert_snapshot!(event("fault", r#""RequestId: a Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n""#), @r#"fault kind=Killed id=a error=Runtime.ExitError message="Runtime exited with error: signal: killed""#);
    assert_snapshot!(event("fault", r#""RequestId: a Error: Runtime exited with error: exit status 1\nRuntime.ExitError""#), @r#"fault kind=Exited id=a error=Runtime.ExitError message="Runtime exited with error: exit status 1""#);
    assert_snapshot!(event("fault", r#""it broke""#), @"platform.fault");
    assert_snapshot!(event("fault", "null"), @"platform.fault");
}

#[test]
fn unknown_events_keep_type_and_request_id() {
    assert_snapshot!(event("invokeSummary", r#"{"requestId":"NF5U6CMIUAWPER24GXDNDEZSVU","x":1}"#), @"platform.invokeSummary id=NF5U6CMIUAWPER24GXDNDEZSVU");
    assert_snapshot!(event("spinDownStart", "{}"), @"platform.spinDownStart");
    assert_snapshot!(event("report", r#"{"metrics":{"durationMs":1}}"#), @"platform.report");
    assert_snapshot!(event("report", "[]"), @"platform.report");
    assert_snapshot!(event("start", r#""RequestId: a""#), @"platform.start");
}

#[test]
fn web_function_envelope_is_read() {
    assert_snapshot!(summary(r#"{"timestamp":"2026-09-25T11:12:30.893Z","level":"INFO","type":"platform.initReport","region":"us-east-1","record":{"initializationType":"on-demand","metrics":{"durationMs":7}}}"#), @"init_report duration=7ms by=OnDemand");
    assert_snapshot!(summary(r#"{"timestamp":"2026-09-25T11:12:30.893Z","level":"DEBUG","type":"platform.requestComplete","region":"us-east-1","record":{"requestId":"NF5U"}}"#), @"platform.requestComplete id=NF5U");
}
