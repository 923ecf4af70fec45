use insta::assert_snapshot;

use super::summary;

#[test]
fn report_requires_request_id_and_duration() {
    assert_snapshot!(summary("REPORT RequestId: a\tDuration: 1 ms"), @"report id=a duration=1ms");
    assert_snapshot!(summary("REPORT RequestId: NF5U6CMIUAWPER24GXDNDEZSVU\tDuration: 1.5 ms"), @"report id=NF5U6CMIUAWPER24GXDNDEZSVU duration=1.5ms");
    assert_snapshot!(summary("REPORT RequestId: a\tBilled Duration: 1 ms"), @"text");
    assert_snapshot!(summary("REPORT RequestId: \tDuration: 1 ms"), @"text");
    assert_snapshot!(summary("REPORT RequestId: a\tDuration: fast"), @"text");
    assert_snapshot!(summary("REPORT RequestId: a"), @"text");
    assert_snapshot!(summary("REPORT of the day"), @"text");
}

#[test]
fn report_fields_can_have_any_order() {
    assert_snapshot!(summary("REPORT RequestId: a\tStatus: error\tMax Memory Used: 3 MB\tDuration: 2 ms\tMemory Size: 4 MB"), @"report id=a status=Error duration=2ms size=4MB used=3MB");
    assert_snapshot!(summary("REPORT RequestId: a\tBilled Restore Duration: 3 ms\tBilled Duration: 9 ms\tRestore Duration: 8.25 ms\tDuration: 5.75 ms"), @"report id=a duration=5.75ms billed=9ms restore=8.25ms billed_restore=3ms");
    assert_snapshot!(summary("REPORT RequestId: a Error Type: Runtime.ExitError Init Duration: 7 ms Duration: 2 ms Billed Duration: 9 ms"), @"report id=a error=Runtime.ExitError duration=2ms billed=9ms init=7ms");
}

#[test]
fn report_fields_are_separated_by_any_white_space() {
    assert_snapshot!(summary("REPORT RequestId: a\tDuration: 1 ms \tBilled Duration: 2 ms\t\n"), @"report id=a duration=1ms billed=2ms");
    assert_snapshot!(summary("REPORT RequestId: a    Duration: 1 ms    Billed Duration: 2 ms   "), @"report id=a duration=1ms billed=2ms");
    assert_snapshot!(summary("REPORT RequestId: a Duration: 1 ms Billed Duration: 2 ms"), @"report id=a duration=1ms billed=2ms");
    assert_snapshot!(summary("REPORT RequestId: a\nDuration: 1 ms\r\nBilled Duration: 2 ms"), @"report id=a duration=1ms billed=2ms");
    assert_snapshot!(summary("REPORT RequestId: a\t\t\tDuration: 1\tBilled Duration: 2"), @"report id=a duration=1ms billed=2ms");
}

#[test]
fn report_whose_copy_lost_tabs_is_parsed() {
    assert_snapshot!(summary("REPORT RequestId: a  Duration: 293.85 ms     Billed Duration: 500 ms Memory Size: 128 MB     Max Memory Used: 47 MBInit Duration: 205.52 ms"), @"report id=a duration=293.85ms billed=500ms size=128MB used=47MB init=205.52ms");
    assert_snapshot!(summary("REPORT RequestId: aDuration: 1 msBilled Duration: 2 msMemory Size: 128 MBMax Memory Used: 47 MB"), @"report id=a duration=1ms billed=2ms size=128MB used=47MB");
}

#[test]
fn end_with_the_fields_of_a_report_is_a_report_without_request_id() {
    assert_snapshot!(summary("END Duration: 3.22 ms\tBilled Duration: 202 ms\tMemory Size: 1024 MB\tMax Memory Used: 55 MB\tInit Duration: 198.57 ms"), @"report id= duration=3.22ms billed=202ms size=1024MB used=55MB init=198.57ms");
    assert_snapshot!(summary("END Duration: 3.22 ms (init: 198.57 ms) Memory Used: 55 MB"), @"report id= duration=3.22ms used=55MB init=198.57ms");
    assert_snapshot!(summary("END Duration: 3.22 ms Memory Used: 55 MB"), @"report id= duration=3.22ms used=55MB");
    assert_snapshot!(summary("END Duration: 3.22 ms"), @"text");
    assert_snapshot!(summary("END Duration: 3.22 ms of Memory Used: 55 MB"), @"text");
    assert_snapshot!(summary("END Duration: 3 ms Memory Used: 5 MB Rows: 7"), @"text");
}

#[test]
fn report_durations_are_exact() {
    assert_snapshot!(summary("REPORT RequestId: a\tDuration: 423.98 ms"), @"report id=a duration=423.98ms");
    assert_snapshot!(summary("REPORT RequestId: a\tDuration: 0.01 ms"), @"report id=a duration=10µs");
    assert_snapshot!(summary("REPORT RequestId: a\tDuration: 463.512 ms"), @"report id=a duration=463.512ms");
    assert_snapshot!(summary("REPORT RequestId: a\tDuration: 900000.00 ms"), @"report id=a duration=900s");
    assert_snapshot!(summary("REPORT RequestId: a\tDuration: 0.1234567 ms"), @"report id=a duration=123.456µs");
    assert_snapshot!(summary("REPORT RequestId: a\tDuration: 99999999999999999999 ms"), @"text");
    assert_snapshot!(summary("REPORT RequestId: a\tDuration: -1 ms"), @"text");
    assert_snapshot!(summary("REPORT RequestId: a\tDuration: .5 ms"), @"text");
}

#[test]
fn unknown_and_invalid_report_fields_are_counted() {
    assert_snapshot!(summary("REPORT RequestId: a\tDuration: 1 ms\tCarbon: 3 mg\tStatus: timeout"), @"report id=a status=Timeout duration=1ms unknown=1");
    assert_snapshot!(summary("REPORT RequestId: a\tDuration: 1 ms\tCarbon: 3 mg\t\n"), @"report id=a duration=1ms unknown=1");
    assert_snapshot!(summary("REPORT RequestId: a\tWarm Duration: 9 ms\tDuration: 1 ms"), @"report id=a duration=1ms unknown=1");
    assert_snapshot!(summary("REPORT RequestId: a\tReason: it was the nightingale\tDuration: 1 ms"), @"report id=a duration=1ms unknown=1");
    assert_snapshot!(summary("REPORT RequestId: a\tDuration: 1 ms\tMemory Size: lots MB"), @"report id=a duration=1ms unknown=1");
    assert_snapshot!(summary("REPORT RequestId: a\tDuration: 1 ms\tMemory Size: 99999999999 MB"), @"report id=a duration=1ms unknown=1");
    assert_snapshot!(summary("REPORT RequestId: a\tDuration: 1 ms\tStatus: bored"), @"report id=a status=Unknown duration=1ms");
    assert_snapshot!(summary("REPORT RequestId: a\tDuration: 1 ms\tand so on"), @"report id=a duration=1ms unknown=1");
}

#[test]
fn report_trace_fields_are_read_with_and_without_tabs() {
    assert_snapshot!(summary("REPORT RequestId: a\tDuration: 1 ms\t\nXRAY TraceId: 1-5d-dc\tSegmentId: 5f\tSampled: true\t\n"), @"report id=a duration=1ms trace=1-5d-dc segment=5f");
    assert_snapshot!(summary("REPORT RequestId: a\tDuration: 1 ms\tError Type: Runtime.ExitError\nXRAY TraceId: 1-5d-dc\tSegmentId: 5f\tSampled: false"), @"report id=a error=Runtime.ExitError duration=1ms trace=1-5d-dc segment=5f");
    assert_snapshot!(summary("REPORT RequestId: a Duration: 1 ms XRAY TraceId: 1-5d-dc SegmentId: 5f Sampled: true"), @"report id=a duration=1ms trace=1-5d-dc segment=5f");
}

#[test]
fn fast_and_general_report_parsing_agree() {
    let common = "REPORT RequestId: a\tDuration: 1.5 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\tInit Duration: 3 ms\t\n";
    let reordered = "REPORT RequestId: a\tInit Duration: 3 ms\tMax Memory Used: 64 MB\tMemory Size: 128 MB\tBilled Duration: 2 ms\tDuration: 1.5 ms\t\n";
    assert_snapshot!(summary(common), @"report id=a duration=1.5ms billed=2ms size=128MB used=64MB init=3ms");
    assert_eq!(summary(reordered), summary(common));
    assert_eq!(summary(&common.replace('\t', "  ")), summary(common));
    let other_unit = common.replace(" MB\t", " MBs\t");
    assert_eq!(summary(&other_unit), summary(&other_unit.replace('\t', "  ")));
}

#[test]
fn start_and_end_are_parsed_with_spaces_or_tabs() {
    assert_snapshot!(summary("START RequestId: a Version: $LATEST"), @"start id=a version=$LATEST");
    assert_snapshot!(summary("START RequestId: a\tVersion: 12\n"), @"start id=a version=12");
    assert_snapshot!(summary("START RequestId: a\n"), @"start id=a");
    assert_snapshot!(summary("START RequestId: a Version: 1 Tenant: b"), @"start id=a version=1");
    assert_snapshot!(summary("END RequestId: a"), @"end id=a");
    assert_snapshot!(summary("END RequestId: a\t\n"), @"end id=a");
}

#[test]
fn start_and_end_with_other_text_are_plain_text() {
    assert_snapshot!(summary("START RequestId: a is where it begins"), @"text");
    assert_snapshot!(summary("START RequestId: "), @"text");
    assert_snapshot!(summary("START the engines"), @"text");
    assert_snapshot!(summary("END RequestId: a, that was it"), @"text");
    assert_snapshot!(summary("END of file"), @"text");
    assert_snapshot!(summary("ENDING RequestId: a"), @"text");
}

#[test]
fn init_start_and_restore_start_are_parsed() {
    assert_snapshot!(summary("INIT_START Runtime Version: java:21.v38\tRuntime Version ARN: arn:aws:lambda:eu-west-1::runtime:a7"), @"init_start runtime=java:21.v38 arn=arn:aws:lambda:eu-west-1::runtime:a7");
    assert_snapshot!(summary("INIT_START Runtime Version: provided:al2023.v97 Runtime Version ARN: arn:x"), @"init_start runtime=provided:al2023.v97 arn=arn:x");
    assert_snapshot!(summary("INIT_START Runtime Version: nodejs:24.v44\n"), @"init_start runtime=nodejs:24.v44");
    assert_snapshot!(summary("INIT_START Runtime Version: a\tKernel: 6.1"), @"init_start runtime=a");
    assert_snapshot!(summary("INIT_START of the module"), @"text");
    assert_snapshot!(summary("INIT_START Runtime Version: a and so on"), @"text");
    assert_snapshot!(summary("RESTORE_START Runtime Version: python:3.12.v18\tRuntime Version ARN: arn:x\n"), @"restore_start runtime=python:3.12.v18 arn=arn:x");
    assert_snapshot!(summary("RESTORE_START from the backup"), @"text");
}

#[test]
fn init_and_restore_reports_require_a_duration() {
    assert_snapshot!(summary("INIT_REPORT Init Duration: 1.5 ms"), @"init_report duration=1.5ms");
    assert_snapshot!(summary("INIT_REPORT Init Duration: 1.5 ms Phase: invoke Status: error Error Type: Runtime.ExitError"), @"init_report duration=1.5ms phase=Invoke status=Error error=Runtime.ExitError");
    assert_snapshot!(summary("INIT_REPORT Init Duration: 1.5 ms\tPhase: snap-start\tStatus: success"), @"init_report duration=1.5ms phase=SnapStart status=Success");
    assert_snapshot!(summary("INIT_REPORT Init Duration: 1.5 ms\tPhase: lunch\tStatus: asleep\tCarbon: 3 mg"), @"init_report duration=1.5ms status=Unknown");
    assert_snapshot!(summary("INIT_REPORT Phase: init\tStatus: error"), @"text");
    assert_snapshot!(summary("INIT_REPORT Init Duration: 1.5 ms, which is long"), @"text");
    assert_snapshot!(summary("RESTORE_REPORT Restore Duration: 2 ms\tStatus: failure\tError Type: Runtime.Unknown"), @"restore_report duration=2ms status=Failure error=Runtime.Unknown");
    assert_snapshot!(summary("RESTORE_REPORT is late"), @"text");
    assert_snapshot!(summary("RESTORE_REPORT Restore Duration: 2 ms was long"), @"text");
}

#[test]
fn timeout_must_be_the_whole_line() {
    assert_snapshot!(summary("2020-06-09T15:02:26.150Z a Task timed out after 3.00 seconds\n\n"), @r#"fault kind=Timeout(3s) id=a message="Task timed out after 3.00 seconds""#);
    assert_snapshot!(summary("2020-06-09T15:02:26.150Z a Task timed out after 900.10 seconds"), @r#"fault kind=Timeout(900.1s) id=a message="Task timed out after 900.10 seconds""#);
    assert_snapshot!(summary("2020-06-09T15:02:26.150Z a Task timed out after 3 seconds"), @r#"fault kind=Timeout(3s) id=a message="Task timed out after 3 seconds""#);
    assert_snapshot!(summary("2020-06-09T15:02:26.150Z a Task timed out after 3.00 seconds, again"), @"text");
    assert_snapshot!(summary("2020-06-09T15:02:26.150Z a b Task timed out after 3.00 seconds"), @"text");
    assert_snapshot!(summary("2020-06-09T15:02:26.150Z Task timed out after 3.00 seconds"), @"text");
    assert_snapshot!(summary("2020-06-09T15:02:26.150Z a Task timed out after some seconds"), @"text");
}

#[test]
fn crash_has_an_error_type() {
    assert_snapshot!(summary("RequestId: a Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n"), @r#"fault kind=Killed id=a error=Runtime.ExitError message="Runtime exited with error: signal: killed""#);
    assert_snapshot!(summary("RequestId: a Error: Runtime exited with error: signal: killed"), @r#"fault kind=Killed id=a message="Runtime exited with error: signal: killed""#);
    assert_snapshot!(summary("RequestId: a Error: Runtime exited with error: exit status 2\nRuntime.ExitError"), @r#"fault kind=Exited id=a error=Runtime.ExitError message="Runtime exited with error: exit status 2""#);
    assert_snapshot!(summary("RequestId: a Error: the user is not permitted\nPermissionDenied\n"), @r#"fault kind=Exited id=a error=PermissionDenied message="the user is not permitted""#);
    assert_snapshot!(summary("RequestId: a Error: no such order"), @"text");
    assert_snapshot!(summary("RequestId: a Error: no such order\nsee the manual"), @"text");
    assert_snapshot!(summary("RequestId: a Error: no such order\nType\nand more"), @"text");
    assert_snapshot!(summary("RequestId: a Process exited before completing request\n\n"), @r#"fault kind=Exited id=a message="Process exited before completing request""#);
    assert_snapshot!(summary("RequestId: a Process exited"), @"text");
    assert_snapshot!(summary("RequestId: a"), @"text");
}

#[test]
fn line_break_of_a_crash_may_be_a_space_or_doubled() {
    assert_snapshot!(summary("RequestId: a Error: Runtime exited with error: signal: killed Runtime.ExitError"), @r#"fault kind=Killed id=a error=Runtime.ExitError message="Runtime exited with error: signal: killed""#);
    assert_snapshot!(summary("RequestId: a Error: exit code 0 Extension.Crash\n"), @r#"fault kind=Exited id=a error=Extension.Crash message="exit code 0""#);
    assert_snapshot!(summary("RequestId: a Error: fork/exec /opt/extensions/x: permission denied PermissionDenied"), @r#"fault kind=Exited id=a error=PermissionDenied message="fork/exec /opt/extensions/x: permission denied""#);
    assert_snapshot!(summary("RequestId: a Error: Runtime exited without providing a reason\n\nRuntime.ExitError\n\n"), @r#"fault kind=Exited id=a error=Runtime.ExitError message="Runtime exited without providing a reason""#);
    assert_snapshot!(summary("RequestId: a Error: exit status 1\r\nRuntime.ExitError\r\n"), @r#"fault kind=Exited id=a error=Runtime.ExitError message="exit status 1""#);
    assert_snapshot!(summary("RequestId: a Error: exit status 1"), @r#"fault kind=Exited id=a message="exit status 1""#);
    assert_snapshot!(summary("RequestId: a Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap] Runtime.InvalidEntrypoint"), @r#"fault kind=Exited id=a error=Runtime.InvalidEntrypoint message="Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]""#);
    assert_snapshot!(summary("RequestId: a Error: no such order\n\nType\n\nand more"), @"text");
}

#[test]
fn managed_instances_status_is_parsed() {
    assert_snapshot!(summary("RequestId: a\tStatus: error\tErrorType: Runtime.ExitError\n"), @r#"fault kind=Exited id=a error=Runtime.ExitError message="Status: error\tErrorType: Runtime.ExitError""#);
    assert_snapshot!(summary("RequestId: a\tStatus: timeout\tErrorType: Sandbox.Timedout\n"), @r#"fault kind=Timeout(0ns) id=a error=Sandbox.Timedout message="Status: timeout\tErrorType: Sandbox.Timedout""#);
    assert_snapshot!(summary("RequestId: a\tStatus: error\tErrorType: \n"), @r#"fault kind=Exited id=a message="Status: error\tErrorType:""#);
    assert_snapshot!(summary("RequestId: a\tStatus: fine"), @"text");
}

#[test]
fn extensions_and_subscriptions_are_parsed() {
    assert_snapshot!(summary("EXTENSION\tName: x\tState: Ready\tEvents: [INVOKE]\n"), @"extension name=x state=Ready events=[INVOKE]");
    assert_snapshot!(summary("EXTENSION Name: x State: Ready Events: [INVOKE, SHUTDOWN]"), @"extension name=x state=Ready events=[INVOKE, SHUTDOWN]");
    assert_snapshot!(summary("EXTENSION\tName: x\tState: LaunchError\tEvents: []\tError Type: PermissionDenied"), @"extension name=x state=LaunchError events=[] error=PermissionDenied");
    assert_snapshot!(summary("TELEMETRY\tName: x\tState: Subscribed\tTypes: [Platform, Function]"), @"subscription name=x state=Subscribed types=[Platform, Function]");
    assert_snapshot!(summary("LOGS\tName: x\tState: Subscribed\tTypes: [Platform]\n"), @"subscription name=x state=Subscribed types=[Platform]");
    assert_snapshot!(summary("EXTENSION loaded"), @"text");
    assert_snapshot!(summary("EXTENSION Name: x"), @"text");
    assert_snapshot!(summary("TELEMETRY Name: x"), @"text");
    assert_snapshot!(summary("EXTENSION\tName: x\tState: Ready\tEvents: [] at last"), @"text");
    assert_snapshot!(summary("LOGS are off"), @"text");
}
