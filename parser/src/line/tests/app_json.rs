use insta::assert_snapshot;

use super::summary;

#[test]
fn levels_are_read_from_all_known_members() {
    assert_snapshot!(summary(r#"{"level":"INFO"}"#), @"json level=INFO");
    assert_snapshot!(summary(r#"{"log_level":"ERROR"}"#), @"json level=ERROR");
    assert_snapshot!(summary(r#"{"severity":"warning"}"#), @"json level=WARN");
    assert_snapshot!(summary(r#"{"logLevel":"debug"}"#), @"json level=DEBUG");
    assert_snapshot!(summary(r#"{"Level":"Information"}"#), @"json level=INFO");
    assert_snapshot!(summary(r#"{"level":30}"#), @"json level=INFO");
    assert_snapshot!(summary(r#"{"level":60}"#), @"json level=FATAL");
    assert_snapshot!(summary(r#"{"level":"loud"}"#), @"json");
    assert_snapshot!(summary(r#"{"level":null}"#), @"json");
    assert_snapshot!(summary(r#"{"level":"loud","severity":"ERROR"}"#), @"json level=ERROR");
}

#[test]
fn levels_are_read_from_the_members_of_logging_libraries() {
    assert_snapshot!(summary(r#"{"levelname":"WARNING"}"#), @"json level=WARN");
    assert_snapshot!(summary(r#"{"lvl":"fatal"}"#), @"json level=FATAL");
    assert_snapshot!(summary(r#"{"level_name":"NOTICE","level":250}"#), @"json level=INFO");
    assert_snapshot!(summary(r#"{"level":400,"level_name":"ERROR","channel":"app"}"#), @"json level=ERROR");
    assert_snapshot!(summary(r#"{"log.level":"error"}"#), @"json level=ERROR");
    assert_snapshot!(summary(r#"{"log":{"logger":"cart","level":"warn"}}"#), @"json level=WARN");
    assert_snapshot!(summary(r#"{"log":"warn"}"#), @"json");
    assert_snapshot!(summary(r#"{"@l":"Error"}"#), @"json level=ERROR");
    assert_snapshot!(summary(r#"{"@level":"info"}"#), @"json level=INFO");
    assert_snapshot!(summary(r#"{"severity_text":"WARN"}"#), @"json level=WARN");
    assert_snapshot!(summary(r#"{"severityText":"Error"}"#), @"json level=ERROR");
    assert_snapshot!(summary(r#"{"LogLevel":"Critical"}"#), @"json level=FATAL");
    assert_snapshot!(summary(r#"{"L":"ERROR"}"#), @"json level=ERROR");
    assert_snapshot!(summary(r#"{"L":50}"#), @"json");
    assert_snapshot!(summary(r#"{"level":"INFO+2"}"#), @"json level=INFO");
}

#[test]
fn numeric_levels_are_read_by_the_scale_of_their_member() {
    assert_snapshot!(summary(r#"{"severity_number":17}"#), @"json level=ERROR");
    assert_snapshot!(summary(r#"{"severityNumber":9,"severityText":"WARN"}"#), @"json level=WARN");
    assert_snapshot!(summary(r#"{"levelno":30}"#), @"json level=WARN");
    assert_snapshot!(summary(r#"{"levelno":30,"levelname":"ERROR"}"#), @"json level=ERROR");
    assert_snapshot!(summary(r#"{"severity_number":99}"#), @"json");
    assert_snapshot!(summary(r#"{"version":"1.1","short_message":"gone","level":3}"#), @"json level=ERROR");
    assert_snapshot!(summary(r#"{"message":"gone","level":3}"#), @"json");
    assert_snapshot!(summary(r#"{"@t":"2026-03-04T10:00:00Z","@mt":"added {Item}"}"#), @"json level=INFO at=2026-03-04T10:00:00Z");
    assert_snapshot!(summary(r#"{"@t":"2026-03-04T10:00:00Z","@mt":"no {Item}","@l":"Warning"}"#), @"json level=WARN at=2026-03-04T10:00:00Z");
}

#[test]
fn error_of_a_runtime_is_an_error() {
    assert_snapshot!(summary(r#"{"errorMessage":"no rate","errorType":"rateError"}"#), @"json level=ERROR error=rateError failure=UnhandledIfLast");
    assert_snapshot!(summary(r#"{"level":"WARN","errorMessage":"no rate","errorType":"rateError"}"#), @"json level=WARN error=rateError");
    assert_snapshot!(summary(r#"{"errorMessage":"no rate"}"#), @"json");
    assert_snapshot!(summary(r#"{"errorType":"rateError"}"#), @"json error=rateError");
    assert_snapshot!(summary(r#"{"message":"went on","errorMessage":"no rate","errorType":"rateError"}"#), @"json level=ERROR error=rateError");
}

#[test]
fn request_ids_are_read_from_all_known_members() {
    assert_snapshot!(summary(r#"{"requestId":"a"}"#), @"json id=a");
    assert_snapshot!(summary(r#"{"AWSRequestId":"a"}"#), @"json id=a");
    assert_snapshot!(summary(r#"{"aws_request_id":"a"}"#), @"json id=a");
    assert_snapshot!(summary(r#"{"function_request_id":"a"}"#), @"json id=a");
    assert_snapshot!(summary(r#"{"functionRequestId":"a"}"#), @"json id=a");
    assert_snapshot!(summary(r#"{"FunctionRequestId":"a"}"#), @"json id=a");
    assert_snapshot!(summary(r#"{"requestId":"undefined"}"#), @"json");
    assert_snapshot!(summary(r#"{"requestId":""}"#), @"json");
    assert_snapshot!(summary(r#"{"requestId":"-"}"#), @"json");
    assert_snapshot!(summary(r#"{"requestId":7}"#), @"json");
    assert_snapshot!(summary(r#"{"awsRequestId":"a"}"#), @"json id=a");
    assert_snapshot!(summary(r#"{"function_request_id":"a","requestId":"of the caller"}"#), @"json id=a");
    assert_snapshot!(summary(r#"{"requestId":"of the caller","function_request_id":"a"}"#), @"json id=a");
}

#[test]
fn x_ray_trace_ids_are_read() {
    assert_snapshot!(summary(r#"{"xray_trace_id":"1-5d-dc"}"#), @"json trace=1-5d-dc");
    assert_snapshot!(summary(r#"{"XrayTraceId":"1-5d-dc"}"#), @"json trace=1-5d-dc");
    assert_snapshot!(summary(r#"{"traceId":"Root=1-5d-dc;Parent=54;Sampled=1"}"#), @"json trace=1-5d-dc");
    assert_snapshot!(summary(r#"{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736"}"#), @"json context=4bf92f3577b34da6a3ce929d0e0e4736");
    assert_snapshot!(summary(r#"{"span":{"requestId":"a","xrayTraceId":"Root=1-5d-dc"}}"#), @"json id=a trace=1-5d-dc");
    assert_snapshot!(summary(r#"{"requestId":"b","span":{"requestId":"a"}}"#), @"json id=b");
    assert_snapshot!(summary(r#"{"span":"7"}"#), @"json");
}

#[test]
fn tenants_and_times_are_read() {
    assert_snapshot!(summary(r#"{"tenantId":"acme"}"#), @"json tenant=acme");
    assert_snapshot!(summary(r#"{"tenant_id":"ac\"me"}"#), @r#"json tenant=ac"me"#);
    assert_snapshot!(summary(r#"{"timestamp":"2021-05-03 10:20:19,650+0200"}"#), @"json at=2021-05-03 10:20:19,650+0200");
    assert_snapshot!(summary(r#"{"time":1772618400123}"#), @"json at=1772618400123");
    assert_snapshot!(summary(r#"{"@timestamp":"2026-03-04T10:00:00Z"}"#), @"json at=2026-03-04T10:00:00Z");
    assert_snapshot!(summary(r#"{"asctime":"2026-03-04 10:00:00,123"}"#), @"json at=2026-03-04 10:00:00,123");
    assert_snapshot!(summary(r#"{"ts":1772618400.123}"#), @"json at=1772618400.123");
    assert_snapshot!(summary(r#"{"time":"soon","ts":1772618400}"#), @"json at=1772618400");
    assert_snapshot!(summary(r#"{"time":12.5}"#), @"json");
}

#[test]
fn error_types_are_read_from_all_known_members() {
    assert_snapshot!(summary(r#"{"level":"ERROR","errorType":"TypeError"}"#), @"json level=ERROR error=TypeError");
    assert_snapshot!(summary(r#"{"level":"ERROR","exception_name":"ValueError"}"#), @"json level=ERROR error=ValueError");
    assert_snapshot!(summary(r#"{"level":"ERROR","error":{"message":"x","name":"RangeError"}}"#), @"json level=ERROR error=RangeError");
    assert_snapshot!(summary(r#"{"level":50,"err":{"type":"RangeError"}}"#), @"json level=ERROR error=RangeError");
    assert_snapshot!(summary(r#"{"level":"ERROR","error.type":"RangeError"}"#), @"json level=ERROR error=RangeError");
    assert_snapshot!(summary(r#"{"level":"ERROR","exception":{"type":"System.ArgumentException"}}"#), @"json level=ERROR error=System.ArgumentException");
    assert_snapshot!(summary(r#"{"level":"ERROR","message":{"errorType":"TypeError","errorMessage":"x"}}"#), @"json level=ERROR error=TypeError");
    assert_snapshot!(summary(r#"{"level":"ERROR","error":"it broke"}"#), @"json level=ERROR");
    assert_snapshot!(summary(r#"{"level":"INFO","message":{"order":7,"name":"tea"}}"#), @"json level=INFO");
    assert_snapshot!(summary(r#"{"level":"ERROR","errorType":"a\tb"}"#), @"json level=ERROR error=a	b");
}

#[test]
fn python_runtime_error_is_recognised_by_log_level() {
    assert_snapshot!(summary(r#"{"log_level":"ERROR","errorMessage":"boom","errorType":"ValueError","requestId":"a","stackTrace":[]}"#), @"json level=ERROR id=a error=ValueError failure=Unhandled");
    assert_snapshot!(summary(r#"{"log_level":"ERROR","errorMessage":"","errorType":"MemoryError","requestId":"a","stackTrace":[]}"#), @"json level=ERROR id=a error=MemoryError failure=OutOfMemory");
    assert_snapshot!(summary(r#"{"level":"ERROR","errorMessage":"boom","errorType":"ValueError","requestId":"a","stackTrace":[]}"#), @"json level=ERROR id=a error=ValueError");
    assert_snapshot!(summary(r#"{"log_level":"ERROR","errorMessage":"boom","errorType":"ValueError"}"#), @"json level=ERROR error=ValueError");
    assert_snapshot!(summary(r#"{"log_level":"ERROR","errorType":"ValueError","stackTrace":[]}"#), @"json level=ERROR error=ValueError");
}

#[test]
fn out_of_memory_without_a_level_is_a_runtime_failure() {
    assert_snapshot!(summary(r#"{"errorMessage":"Java heap space","errorType":"java.lang.OutOfMemoryError","stackTrace":[]}"#), @"json level=ERROR error=java.lang.OutOfMemoryError failure=OutOfMemory");
    assert_snapshot!(summary(r#"{"errorMessage":"failed to allocate memory","errorType":"Function<NoMemoryError>"}"#), @"json level=ERROR error=Function<NoMemoryError> failure=OutOfMemory");
    assert_snapshot!(summary(r#"{"errorMessage":"boom","errorType":"ValueError","stackTrace":[]}"#), @"json level=ERROR error=ValueError failure=UnhandledIfLast");
    assert_snapshot!(summary(r#"{"level":"ERROR","errorMessage":"caught","errorType":"MemoryError","requestId":"a"}"#), @"json level=ERROR id=a error=MemoryError");
    assert_snapshot!(summary(r#"{"errorType":"MemoryError"}"#), @"json error=MemoryError");
}

#[test]
fn inner_line_takes_precedence_when_double_encoded() {
    assert_snapshot!(summary(r#"{"level":"INFO","requestId":"b","message":"{\"level\":\"ERROR\",\"requestId\":\"a\",\"errorType\":\"E\"}"}"#), @"json level=ERROR id=a error=E");
    assert_snapshot!(summary(r#"{"level":"INFO","requestId":"b","message":"{\"tenantId\":\"acme\",\"xray_trace_id\":\"1-5d-dc\"}"}"#), @"json level=INFO id=b trace=1-5d-dc tenant=acme");
    assert_snapshot!(summary(r#"{"level":"INFO","message":"{\"message\":\"{\\\"level\\\":\\\"FATAL\\\"}\"}"}"#), @"json level=FATAL");
    assert_snapshot!(summary(r#"{"level":"INFO","message":"{\"level\":\"ERROR\""}"#), @"json level=INFO");
    assert_snapshot!(summary(r#"{"level":"INFO","message":"said {\"level\":\"ERROR\"}"}"#), @"json level=INFO");
    assert_snapshot!(summary(r#"{"level":"INFO","message":{"level":"error","msg":"x"}}"#), @"json level=ERROR");
    assert_snapshot!(summary(r#"{"level":"INFO","message":{"id":7,"level":"error"}}"#), @"json level=INFO");
    assert_snapshot!(summary(r#"{"level":"INFO","message":"2026-03-04 10:00:00.123 ERROR 1 --- [main] cart : x"}"#), @"json level=ERROR");
}

#[test]
fn json_line_must_be_exactly_one_object() {
    assert_snapshot!(summary("{}"), @"json");
    assert_snapshot!(summary("  {\"level\":\"INFO\"}\r\n"), @"json level=INFO");
    assert_snapshot!(summary("{\n  \"level\": \"INFO\"\n}"), @"json level=INFO");
    assert_snapshot!(summary("{\"level\":\"INFO\"}{}"), @"text");
    assert_snapshot!(summary("{\"level\":\"INFO\",}"), @"text");
}
