use insta::assert_snapshot;

use super::says;

#[test]
fn levels_have_many_names() {
    assert_snapshot!(says(r#"{"level":"INFO"}"#), @"json level=INFO");
    assert_snapshot!(says(r#"{"log_level":"ERROR"}"#), @"json level=ERROR");
    assert_snapshot!(says(r#"{"severity":"warning"}"#), @"json level=WARN");
    assert_snapshot!(says(r#"{"logLevel":"debug"}"#), @"json level=DEBUG");
    assert_snapshot!(says(r#"{"Level":"Information"}"#), @"json level=INFO");
    assert_snapshot!(says(r#"{"level":30}"#), @"json level=INFO");
    assert_snapshot!(says(r#"{"level":60}"#), @"json level=FATAL");
    assert_snapshot!(says(r#"{"level":"loud"}"#), @"json");
    assert_snapshot!(says(r#"{"level":null}"#), @"json");
    assert_snapshot!(says(r#"{"level":"loud","severity":"ERROR"}"#), @"json level=ERROR");
}

#[test]
fn request_ids_have_many_names() {
    assert_snapshot!(says(r#"{"requestId":"a"}"#), @"json id=a");
    assert_snapshot!(says(r#"{"AWSRequestId":"a"}"#), @"json id=a");
    assert_snapshot!(says(r#"{"aws_request_id":"a"}"#), @"json id=a");
    assert_snapshot!(says(r#"{"function_request_id":"a"}"#), @"json id=a");
    assert_snapshot!(says(r#"{"functionRequestId":"a"}"#), @"json id=a");
    assert_snapshot!(says(r#"{"FunctionRequestId":"a"}"#), @"json id=a");
    assert_snapshot!(says(r#"{"requestId":"undefined"}"#), @"json");
    assert_snapshot!(says(r#"{"requestId":""}"#), @"json");
    assert_snapshot!(says(r#"{"requestId":7}"#), @"json");
    assert_snapshot!(says(r#"{"function_request_id":"a","requestId":"of the caller"}"#), @"json id=a");
    assert_snapshot!(says(r#"{"requestId":"of the caller","function_request_id":"a"}"#), @"json id=a");
}

#[test]
fn trace_ids_are_x_ray_s() {
    assert_snapshot!(says(r#"{"xray_trace_id":"1-5d-dc"}"#), @"json trace=1-5d-dc");
    assert_snapshot!(says(r#"{"XrayTraceId":"1-5d-dc"}"#), @"json trace=1-5d-dc");
    assert_snapshot!(says(r#"{"traceId":"Root=1-5d-dc;Parent=54;Sampled=1"}"#), @"json trace=1-5d-dc");
    assert_snapshot!(says(r#"{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736"}"#), @"json");
    assert_snapshot!(says(r#"{"span":{"requestId":"a","xrayTraceId":"Root=1-5d-dc"}}"#), @"json id=a trace=1-5d-dc");
    assert_snapshot!(says(r#"{"requestId":"b","span":{"requestId":"a"}}"#), @"json id=b");
    assert_snapshot!(says(r#"{"span":"7"}"#), @"json");
}

#[test]
fn tenants_and_times_are_kept() {
    assert_snapshot!(says(r#"{"tenantId":"acme"}"#), @"json tenant=acme");
    assert_snapshot!(says(r#"{"tenant_id":"ac\"me"}"#), @r#"json tenant=ac"me"#);
    assert_snapshot!(says(r#"{"timestamp":"2021-05-03 10:20:19,650+0200"}"#), @"json at=2021-05-03 10:20:19,650+0200");
    assert_snapshot!(says(r#"{"time":1772618400123}"#), @"json at=1772618400123");
    assert_snapshot!(says(r#"{"@timestamp":"2026-03-04T10:00:00Z"}"#), @"json at=2026-03-04T10:00:00Z");
}

#[test]
fn errors_have_a_type_wherever_the_library_puts_it() {
    assert_snapshot!(says(r#"{"level":"ERROR","errorType":"TypeError"}"#), @"json level=ERROR error=TypeError");
    assert_snapshot!(says(r#"{"level":"ERROR","exception_name":"ValueError"}"#), @"json level=ERROR error=ValueError");
    assert_snapshot!(says(r#"{"level":"ERROR","error":{"message":"x","name":"RangeError"}}"#), @"json level=ERROR error=RangeError");
    assert_snapshot!(says(r#"{"level":50,"err":{"type":"RangeError"}}"#), @"json level=ERROR error=RangeError");
    assert_snapshot!(says(r#"{"level":"ERROR","error.type":"RangeError"}"#), @"json level=ERROR error=RangeError");
    assert_snapshot!(says(r#"{"level":"ERROR","exception":{"type":"System.ArgumentException"}}"#), @"json level=ERROR error=System.ArgumentException");
    assert_snapshot!(says(r#"{"level":"ERROR","message":{"errorType":"TypeError","errorMessage":"x"}}"#), @"json level=ERROR error=TypeError");
    assert_snapshot!(says(r#"{"level":"ERROR","error":"it broke"}"#), @"json level=ERROR");
    assert_snapshot!(says(r#"{"level":"INFO","message":{"order":7,"name":"tea"}}"#), @"json level=INFO");
    assert_snapshot!(says(r#"{"level":"ERROR","errorType":"a\tb"}"#), @"json level=ERROR error=a	b");
}

#[test]
fn python_s_runtime_has_a_word_of_its_own_for_the_level() {
    assert_snapshot!(says(r#"{"log_level":"ERROR","errorMessage":"boom","errorType":"ValueError","requestId":"a","stackTrace":[]}"#), @"json level=ERROR id=a error=ValueError sign=Unhandled");
    assert_snapshot!(says(r#"{"log_level":"ERROR","errorMessage":"","errorType":"MemoryError","requestId":"a","stackTrace":[]}"#), @"json level=ERROR id=a error=MemoryError sign=OutOfMemory");
    assert_snapshot!(says(r#"{"level":"ERROR","errorMessage":"boom","errorType":"ValueError","requestId":"a","stackTrace":[]}"#), @"json level=ERROR id=a error=ValueError");
    assert_snapshot!(says(r#"{"log_level":"ERROR","errorMessage":"boom","errorType":"ValueError"}"#), @"json level=ERROR error=ValueError");
    assert_snapshot!(says(r#"{"log_level":"ERROR","errorType":"ValueError","stackTrace":[]}"#), @"json level=ERROR error=ValueError");
}

#[test]
fn out_of_memory_is_a_sign_where_no_logger_wrote_it() {
    assert_snapshot!(says(r#"{"errorMessage":"Java heap space","errorType":"java.lang.OutOfMemoryError","stackTrace":[]}"#), @"json error=java.lang.OutOfMemoryError sign=OutOfMemory");
    assert_snapshot!(says(r#"{"errorMessage":"failed to allocate memory","errorType":"Function<NoMemoryError>"}"#), @"json error=Function<NoMemoryError> sign=OutOfMemory");
    assert_snapshot!(says(r#"{"errorMessage":"boom","errorType":"ValueError","stackTrace":[]}"#), @"json error=ValueError");
    assert_snapshot!(says(r#"{"level":"ERROR","errorMessage":"caught","errorType":"MemoryError","requestId":"a"}"#), @"json level=ERROR id=a error=MemoryError");
    assert_snapshot!(says(r#"{"errorType":"MemoryError"}"#), @"json error=MemoryError");
}

#[test]
fn the_inner_line_of_a_double_encoded_one_wins() {
    assert_snapshot!(says(r#"{"level":"INFO","requestId":"b","message":"{\"level\":\"ERROR\",\"requestId\":\"a\",\"errorType\":\"E\"}"}"#), @"json level=ERROR id=a error=E");
    assert_snapshot!(says(r#"{"level":"INFO","requestId":"b","message":"{\"tenantId\":\"acme\",\"xray_trace_id\":\"1-5d-dc\"}"}"#), @"json level=INFO id=b trace=1-5d-dc tenant=acme");
    assert_snapshot!(says(r#"{"level":"INFO","message":"{\"message\":\"{\\\"level\\\":\\\"FATAL\\\"}\"}"}"#), @"json level=FATAL");
    assert_snapshot!(says(r#"{"level":"INFO","message":"{\"level\":\"ERROR\""}"#), @"json level=INFO");
    assert_snapshot!(says(r#"{"level":"INFO","message":"said {\"level\":\"ERROR\"}"}"#), @"json level=INFO");
}

#[test]
fn a_json_line_is_one_object_and_nothing_else() {
    assert_snapshot!(says("{}"), @"json");
    assert_snapshot!(says("  {\"level\":\"INFO\"}\r\n"), @"json level=INFO");
    assert_snapshot!(says("{\n  \"level\": \"INFO\"\n}"), @"json level=INFO");
    assert_snapshot!(says("{\"level\":\"INFO\"}{}"), @"text");
    assert_snapshot!(says("{\"level\":\"INFO\",}"), @"text");
}
