use super::*;

const REPORT: &str = "REPORT RequestId: 8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab\tDuration: 46.84 ms\tBilled Duration: 47 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\tInit Duration: 150.25 ms\tXRAY TraceId: 1-5d8bba5a-dc2932496a65bab91d2d42d4\tSegmentId: 3b1c\tSampled: true\t\n";

fn run_of_text() -> Log {
    Log::of(&[
        (
            0,
            "INIT_START Runtime Version: nodejs:22.v98\tRuntime Version ARN: arn:aws:lambda:eu-west-1::runtime:x\n",
        ),
        (200, "START RequestId: 8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab Version: 7\n"),
        (
            210,
            "2026-03-04T10:00:00.210Z\t8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab\tERROR\tgot {\"a\":{\"b\":[5,6]}}\n",
        ),
        (220, "plain"),
        (250, "END RequestId: 8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab\n"),
        (251, REPORT),
    ])
}

#[test]
fn report_has_the_units_of_cloudwatch() {
    run_of_text().check(
        "filter @type = 'REPORT' | fields @duration, @billedDuration, @memorySize, @maxMemoryUsed, @initDuration, @xrayTraceId, @xraySegmentId, @requestId",
        &[r#"{"@duration":46.84,"@billedDuration":47,"@memorySize":128000000,"@maxMemoryUsed":64000000,"@initDuration":150.25,"@xrayTraceId":"1-5d8bba5a-dc2932496a65bab91d2d42d4","@xraySegmentId":"3b1c","@requestId":"8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab"}"#],
    );
}

#[test]
fn type_and_request_id_are_those_of_text_lines() {
    run_of_text().check(
        "sort @timestamp asc | fields @type, ispresent(@requestId) as id, @duration",
        &[
            r#"{"@type":"INIT_START","id":0}"#,
            r#"{"@type":"START","id":1}"#,
            r#"{"id":1}"#,
            r#"{"id":0}"#,
            r#"{"@type":"END","id":1}"#,
            r#"{"@type":"REPORT","id":1,"@duration":46.84}"#,
        ],
    );
}

#[test]
fn own_fields_are_on_every_line_of_a_run() {
    run_of_text().check(
        "stats count(*) as n by @function, @version, @invocation.id, @invocation.coldStart, @invocation.durationMs, @invocation.memoryMb, @traceId, @region, @account",
        &[r#"{"@function":"shop","@version":"7","@invocation.id":"8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab","@invocation.coldStart":1,"@invocation.durationMs":46.84,"@invocation.memoryMb":128,"@traceId":"1-5d8bba5a-dc2932496a65bab91d2d42d4","@region":"eu-west-1","@account":"123456789012","n":6}"#],
    );
}

#[test]
fn level_and_json_in_text_are_found() {
    run_of_text().check(
        "filter @level = 'ERROR' | fields a.b.1, a.b, @log, @logStream",
        &[r#"{"a.b.1":6,"@log":"123456789012:/aws/lambda/shop","@logStream":"2026/03/04/[7]abc"}"#],
    );
}

#[test]
fn json_lines_have_no_fields_of_text_lines() {
    let log = Log::lines(&[
        r#"{"time":"2026-03-04T10:00:00.000Z","type":"platform.start","record":{"requestId":"8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab","version":"7"}}"#,
        r#"{"level":"INFO","requestId":"8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab","ok":true,"none":null,"@x":1,"a-b":"c","größe":2.50}"#,
        r#"{"time":"2026-03-04T10:00:02.000Z","type":"platform.report","record":{"requestId":"8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab","status":"success","metrics":{"durationMs":12.5,"billedDurationMs":13,"memorySizeMB":256,"maxMemoryUsedMB":90}}}"#,
    ]);
    log.check(
        "sort @timestamp asc | fields @type, @requestId, requestId, ok, none, @@x, `a-b`, `größe`, @duration, record.metrics.durationMs as ms, @invocation.status",
        &[
            r#"{"@invocation.status":"success"}"#,
            r#"{"requestId":"8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab","ok":1,"@@x":1,"a-b":"c","größe":2.5,"@invocation.status":"success"}"#,
            r#"{"ms":12.5,"@invocation.status":"success"}"#,
        ],
    );
    log.check("filter ok = true and ok = 1 and ok = 'true' | stats count(*) as n", &[r#"{"n":1}"#]);
}

#[test]
fn failed_run_is_told_on_all_of_its_lines() {
    let log = Log::lines(&[
        "START RequestId: 8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab Version: 7",
        "2026-03-04T10:00:01.000Z 8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab Task timed out after 3.00 seconds",
        "END RequestId: 8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab",
        "REPORT RequestId: 8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\tStatus: timeout",
        "START RequestId: 8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab Version: 7",
        "END RequestId: 8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab",
        "REPORT RequestId: 8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab\tDuration: 5.00 ms\tBilled Duration: 5 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB",
    ]);
    log.check(
        "stats count(*) as n by @invocation.status",
        &[r#"{"@invocation.status":"timeout","n":4}"#, r#"{"@invocation.status":"success","n":3}"#],
    );
}

#[test]
fn error_group_is_on_every_line_of_a_failed_run_and_on_no_other() {
    let id = "8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab";
    let (start, end) = (format!("START RequestId: {id} Version: 7"), format!("END RequestId: {id}"));
    let report = format!(
        "REPORT RequestId: {id}\tDuration: 5.50 ms\tBilled Duration: 6 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB"
    );
    let failed = format!("{report}\tStatus: error\tError Type: Runtime.ExitError");
    let error = "[ERROR] KeyError: 'id 17'\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 5, in handler\n";
    let log = Log::of(&[(0, &start), (1, error), (2, &end), (3, &failed)]);
    let ids = log.rows("stats count(*) as n by @invocation.errorGroup");
    let id = ids.split('"').nth(3).unwrap();
    assert_eq!((id.len(), ids.contains("\"n\":4")), (16, true), "{ids}");
    let catalog = Catalog::default();
    let options = sql::SqlOptions {
        store: &log.path,
        catalog: &catalog,
        range: TimeRange::default(),
        limit: 1000,
        must_cancel: std::sync::Arc::new(|| false),
    };
    let answer = sql::run("SELECT id FROM errors", &options).unwrap();
    let mut out = Vec::new();
    print::write_ndjson(&answer.table, &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), format!("{{\"id\":\"{id}\"}}\n"));
    let good = Log::of(&[(0, &start), (2, &end), (3, &report)]);
    good.check("filter ispresent(@invocation.errorGroup) | stats count(*) as n", &[r#"{"n":0}"#]);
}
