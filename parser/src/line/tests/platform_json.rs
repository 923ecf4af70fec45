use insta::assert_snapshot;

use super::says;

/// An event of the platform with this record.
fn event(kind: &str, record: &str) -> String {
    says(&format!(r#"{{"time":"2026-10-08T07:30:29.470Z","type":"platform.{kind}","record":{record}}}"#))
}

#[test]
fn members_of_an_event_come_in_any_order() {
    assert_snapshot!(says(r#"{"record":{"version":"1","requestId":"a"},"type":"platform.start","time":"t"}"#), @"start id=a version=1");
    assert_snapshot!(says(r#" {"type" : "platform.start", "record" : { "requestId" : "a" } }"#), @"start id=a");
    assert_snapshot!(says(r#"{"type":"platform.end","record":{"requestId":"a"}}"#), @"end id=a");
}

#[test]
fn a_report_has_whatever_metrics_it_has() {
    assert_snapshot!(event("report", r#"{"requestId":"a","status":"success","metrics":{"durationMs":1.5,"billedDurationMs":2,"memorySizeMB":128,"maxMemoryUsedMB":64,"initDurationMs":100.25}}"#), @"report id=a status=Success duration=1.5ms billed=2ms size=128MB used=64MB init=100.25ms");
    assert_snapshot!(event("report", r#"{"requestId":"a","status":"success","metrics":{"durationMs":1.5}}"#), @"report id=a status=Success duration=1.5ms");
    assert_snapshot!(event("report", r#"{"requestId":"a","status":"success","metrics":{"durationMs":1.5,"restoreDurationMs":9.5,"billedRestoreDurationMs":8}}"#), @"report id=a status=Success duration=1.5ms restore=9.5ms billed_restore=8ms");
    assert_snapshot!(event("report", r#"{"requestId":"a","status":"failure","metrics":{"durationMs":1.5,"billedDurationMs":2.0,"memorySizeMB":128.0}}"#), @"report id=a status=Failure duration=1.5ms billed=2ms size=128MB");
    assert_snapshot!(event("report", r#"{"requestId":"a","metrics":{"durationMs":1.5,"producedBytes":7}}"#), @"report id=a duration=1.5ms produced=7B");
    assert_snapshot!(event("report", r#"{"requestId":"a"}"#), @"report id=a");
}

#[test]
fn numbers_of_an_event_are_exact_or_absent() {
    assert_snapshot!(event("report", r#"{"requestId":"a","metrics":{"durationMs":463.512}}"#), @"report id=a duration=463.512ms");
    assert_snapshot!(event("report", r#"{"requestId":"a","metrics":{"durationMs":1.5e3}}"#), @"report id=a duration=1.5s");
    assert_snapshot!(event("report", r#"{"requestId":"a","metrics":{"durationMs":-1}}"#), @"report id=a");
    assert_snapshot!(event("report", r#"{"requestId":"a","metrics":{"durationMs":null}}"#), @"report id=a");
    assert_snapshot!(event("report", r#"{"requestId":"a","metrics":{"durationMs":1e999}}"#), @"report id=a");
    assert_snapshot!(event("report", r#"{"requestId":"a","metrics":{"durationMs":99999999999999999999999}}"#), @"report id=a");
    assert_snapshot!(event("report", r#"{"requestId":"a","metrics":7}"#), @"report id=a");
}

#[test]
fn the_status_of_a_report_is_kept_with_its_error() {
    assert_snapshot!(event("report", r#"{"requestId":"a","status":"timeout","errorType":"Sandbox.Timedout"}"#), @"report id=a status=Timeout error=Sandbox.Timedout");
    assert_snapshot!(event("report", r#"{"requestId":"a","status":"error","errorType":"Function<\"x\">"}"#), @r#"report id=a status=Error error=Function<"x">"#);
    assert_snapshot!(event("report", r#"{"requestId":"a","status":"resting"}"#), @"report id=a status=Unknown");
}

#[test]
fn members_of_a_report_that_are_new_are_counted() {
    assert_snapshot!(event("report", r#"{"requestId":"a","carbon":3,"metrics":{"durationMs":1,"watts":2}}"#), @"report id=a duration=1ms unknown=2");
}

#[test]
fn tracing_gives_the_root() {
    assert_snapshot!(event("start", r#"{"requestId":"a","tracing":{"spanId":"b","type":"X-Amzn-Trace-Id","value":"Root=1-5d-dc;Parent=54;Sampled=1"}}"#), @"start id=a trace=1-5d-dc");
    assert_snapshot!(event("start", r#"{"requestId":"a","tracing":{"value":"Parent=54;Root=1-5d-dc"}}"#), @"start id=a trace=1-5d-dc");
    assert_snapshot!(event("start", r#"{"requestId":"a","tracing":{"value":"Parent=54"}}"#), @"start id=a");
    assert_snapshot!(event("start", r#"{"requestId":"a","tracing":null}"#), @"start id=a");
}

#[test]
fn a_start_may_name_tenant_and_function() {
    assert_snapshot!(event("start", r#"{"requestId":"a","version":"$LATEST","functionArn":"arn:x","tenantId":"acme"}"#), @"start id=a version=$LATEST function_arn=arn:x tenant=acme");
}

#[test]
fn spans_with_odd_times_are_read_all_the_same() {
    assert_snapshot!(event("runtimeDone", r#"{"requestId":"a","status":"success","spans":[{"name":"responseLatency","start":"12:01:23:521Z","durationMs":2.215}]}"#), @"runtime_done id=a status=Success latency=2.215ms");
    assert_snapshot!(event("runtimeDone", r#"{"requestId":"a","spans":[{"durationMs":1,"name":"responseDuration"},{"durationMs":3,"name":"responseLatency"}]}"#), @"runtime_done id=a latency=3ms");
    assert_snapshot!(event("runtimeDone", r#"{"requestId":"a","spans":[7,{"name":"responseLatency"}]}"#), @"runtime_done id=a");
    assert_snapshot!(event("runtimeDone", r#"{"requestId":"a","spans":{}}"#), @"runtime_done id=a");
}

#[test]
fn a_runtime_is_done_with_metrics_of_its_own() {
    assert_snapshot!(event("runtimeDone", r#"{"requestId":"a","status":"error","errorType":"Runtime.ExitError","metrics":{"durationMs":11.185,"producedBytes":40},"tenantId":"acme"}"#), @"runtime_done id=a status=Error error=Runtime.ExitError duration=11.185ms produced=40B tenant=acme");
}

#[test]
fn an_init_start_tells_how_environments_are_made() {
    assert_snapshot!(event("initStart", r#"{"initializationType":"on-demand","phase":"init"}"#), @"init_start by=OnDemand phase=Init");
    assert_snapshot!(event("initStart", r#"{"initializationType":"provisioned-concurrency","phase":"init","instanceMaxMemory":134217728}"#), @"init_start by=ProvisionedConcurrency phase=Init memory=134217728B");
    assert_snapshot!(event("initStart", r#"{"initializationType":"snap-start","phase":"snap-start"}"#), @"init_start by=SnapStart phase=SnapStart");
    assert_snapshot!(event("initStart", r#"{"initializationType":"lambda-managed-instances","phase":"invoke"}"#), @"init_start by=ManagedInstances phase=Invoke");
    assert_snapshot!(event("initStart", r#"{"initializationType":"by-hand","phase":"lunch"}"#), @"init_start");
    assert_snapshot!(event("initStart", r#"{"functionName":"f","functionVersion":"7","functionArn":"arn:f","runtimeVersion":"nodejs:22.v1","runtimeVersionArn":"arn:r"}"#), @"init_start runtime=nodejs:22.v1 arn=arn:r function=f version=7 function_arn=arn:f");
}

#[test]
fn an_init_reports_its_end() {
    assert_snapshot!(event("initReport", r#"{"initializationType":"on-demand","phase":"init","status":"error","errorType":"Runtime.ExitError","metrics":{"durationMs":12.5}}"#), @"init_report duration=12.5ms phase=Init status=Error error=Runtime.ExitError by=OnDemand");
    assert_snapshot!(event("initReport", r#"{"initializationType":"on-demand","metrics":{"initDuration":12.5}}"#), @"init_report by=OnDemand");
    assert_snapshot!(event("initRuntimeDone", r#"{"initializationType":"on-demand","phase":"init","status":"success"}"#), @"init_runtime_done phase=Init status=Success by=OnDemand");
}

#[test]
fn a_restore_reports_its_end() {
    assert_snapshot!(event("restoreStart", r#"{"functionName":"f","functionVersion":"7","runtimeVersion":"java:21.v38"}"#), @"restore_start runtime=java:21.v38 function=f version=7");
    assert_snapshot!(event("restoreRuntimeDone", r#"{"status":"success"}"#), @"restore_runtime_done status=Success");
    assert_snapshot!(event("restoreReport", r#"{"status":"timeout","metrics":{"durationMs":12.5,"billedDurationMs":12}}"#), @"restore_report duration=12.5ms status=Timeout");
}

#[test]
fn extensions_and_subscriptions_list_what_they_want() {
    assert_snapshot!(event("extension", r#"{"name":"x","state":"Ready","events":["INVOKE"]}"#), @r#"extension name=x state=Ready events=["INVOKE"]"#);
    assert_snapshot!(event("extension", r#"{"state":"Ready"}"#), @"platform.extension");
    assert_snapshot!(event("telemetrySubscription", r#"{"name":"x","state":"Subscribed","types":["platform", "function"]}"#), @r#"subscription name=x state=Subscribed types=["platform", "function"]"#);
    assert_snapshot!(event("logsSubscription", r#"{"name":"x","state":"Subscribed","types":["platform"]}"#), @r#"subscription name=x state=Subscribed types=["platform"]"#);
}

#[test]
fn dropped_lines_are_counted() {
    assert_snapshot!(event("logsDropped", r#"{"droppedBytes":9,"droppedRecords":2,"reason":"slow \"consumer\""}"#), @r#"logs_dropped 2 9B "slow \"consumer\"""#);
    assert_snapshot!(event("logsDropped", "{}"), @r#"logs_dropped 0 0B """#);
}

#[test]
fn a_fault_is_the_text_it_stands_for() {
    assert_snapshot!(event("fault", r#""RequestId: a Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n""#), @r#"fault kind=Killed id=a error=Runtime.ExitError says="Runtime exited with error: signal: killed""#);
    assert_snapshot!(event("fault", r#""RequestId: a Error: Runtime exited with error: exit status 1\nRuntime.ExitError""#), @r#"fault kind=Exited id=a error=Runtime.ExitError says="Runtime exited with error: exit status 1""#);
    assert_snapshot!(event("fault", r#""it broke""#), @"platform.fault");
    assert_snapshot!(event("fault", "null"), @"platform.fault");
}

#[test]
fn events_without_a_type_here_keep_their_name() {
    assert_snapshot!(event("invokeSummary", r#"{"requestId":"NF5U6CMIUAWPER24GXDNDEZSVU","x":1}"#), @"platform.invokeSummary id=NF5U6CMIUAWPER24GXDNDEZSVU");
    assert_snapshot!(event("spinDownStart", "{}"), @"platform.spinDownStart");
    assert_snapshot!(event("report", r#"{"metrics":{"durationMs":1}}"#), @"platform.report");
    assert_snapshot!(event("report", "[]"), @"platform.report");
    assert_snapshot!(event("start", r#""RequestId: a""#), @"platform.start");
}

#[test]
fn web_functions_have_an_envelope_of_their_own() {
    assert_snapshot!(says(r#"{"timestamp":"2026-09-25T11:12:30.893Z","level":"INFO","type":"platform.initReport","region":"us-east-1","record":{"initializationType":"on-demand","metrics":{"durationMs":7}}}"#), @"init_report duration=7ms by=OnDemand");
    assert_snapshot!(says(r#"{"timestamp":"2026-09-25T11:12:30.893Z","level":"DEBUG","type":"platform.requestComplete","region":"us-east-1","record":{"requestId":"NF5U"}}"#), @"platform.requestComplete id=NF5U");
}
