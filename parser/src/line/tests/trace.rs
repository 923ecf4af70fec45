use insta::assert_snapshot;

use super::summary;

#[test]
fn ids_of_opentelemetry_are_read_from_all_known_members() {
    assert_snapshot!(summary(r#"{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","trace_flags":"01"}"#), @"json context=4bf92f3577b34da6a3ce929d0e0e4736/f067aa0ba902b7/1");
    assert_snapshot!(summary(r#"{"traceId":"4BF92F3577B34DA6A3CE929D0E0E4736","spanId":"00f067aa0ba902b7","traceFlags":1}"#), @"json context=4bf92f3577b34da6a3ce929d0e0e4736/f067aa0ba902b7/1");
    assert_snapshot!(summary(r#"{"trace.id":"4bf92f3577b34da6a3ce929d0e0e4736","span.id":"00f067aa0ba902b7"}"#), @"json context=4bf92f3577b34da6a3ce929d0e0e4736/f067aa0ba902b7");
    assert_snapshot!(summary(r#"{"trace":{"id":"4bf92f3577b34da6a3ce929d0e0e4736"},"span":{"id":"00f067aa0ba902b7"}}"#), @"json context=4bf92f3577b34da6a3ce929d0e0e4736/f067aa0ba902b7");
    assert_snapshot!(summary(r#"{"@tr":"4bf92f3577b34da6a3ce929d0e0e4736","@sp":"00f067aa0ba902b7"}"#), @"json context=4bf92f3577b34da6a3ce929d0e0e4736/f067aa0ba902b7");
    assert_snapshot!(summary(r#"{"otelTraceID":"4bf92f3577b34da6a3ce929d0e0e4736","otelSpanID":"00f067aa0ba902b7","otelTraceSampled":true}"#), @"json context=4bf92f3577b34da6a3ce929d0e0e4736/f067aa0ba902b7/1");
    assert_snapshot!(summary(r#"{"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}"#), @"json context=4bf92f3577b34da6a3ce929d0e0e4736/f067aa0ba902b7/1");
    assert_snapshot!(summary(r#"{"contextMap":{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","trace_flags":"00"}}"#), @"json context=4bf92f3577b34da6a3ce929d0e0e4736/f067aa0ba902b7/0");
    assert_snapshot!(summary(r#"{"span":{"requestId":"a","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}}"#), @"json id=a context=4bf92f3577b34da6a3ce929d0e0e4736");
    assert_snapshot!(summary(r#"{"level":"INFO","message":"{\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\"}"}"#), @"json level=INFO context=4bf92f3577b34da6a3ce929d0e0e4736");
}

#[test]
fn invalid_ids_are_not_used() {
    assert_snapshot!(summary(r#"{"trace_id":"00000000000000000000000000000000","span_id":"00f067aa0ba902b7"}"#), @"json");
    assert_snapshot!(summary(r#"{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"0000000000000000"}"#), @"json context=4bf92f3577b34da6a3ce929d0e0e4736");
    assert_snapshot!(summary(r#"{"trace_id":"4bf92f3577b34da6a3ce929d0e0e473","span_id":"00f067aa0ba902b7"}"#), @"json");
    assert_snapshot!(summary(r#"{"trace_id":"4bf92f3577b34da6a3ce929d0e0e473x"}"#), @"json");
    assert_snapshot!(summary(r#"{"trace_id":"7310284619930021847","span_id":"5520173948811200931"}"#), @"json");
    assert_snapshot!(summary(r#"{"trace_id":7,"span_id":null,"trace_flags":"999"}"#), @"json");
    assert_snapshot!(summary(r#"{"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-01"}"#), @"json");
    assert_snapshot!(summary(r#"{"trace":"on","span":7,"dd":true}"#), @"json");
}

#[test]
fn decimal_ids_of_datadog_are_read() {
    assert_snapshot!(summary(r#"{"dd.trace_id":"7310284619930021847","dd.span_id":"5520173948811200931"}"#), @"json context=6573592159ee2fd7/4c9b98f59541c9a3");
    assert_snapshot!(summary(r#"{"dd":{"trace_id":"7310284619930021847","span_id":"5520173948811200931","service":"x"}}"#), @"json context=6573592159ee2fd7/4c9b98f59541c9a3");
    assert_snapshot!(summary(r#"{"dd.trace_id":7310284619930021847,"dd.span_id":5520173948811200931}"#), @"json context=6573592159ee2fd7/4c9b98f59541c9a3");
    assert_snapshot!(summary(r#"{"dd.trace_id":"7310284619930021847","_dd.p.tid":"65f0a1b200000000"}"#), @"json context=65f0a1b2000000006573592159ee2fd7");
    assert_snapshot!(summary(r#"{"dd":{"trace_id":"65f0a1b2000000006573592159ee2fd7","span_id":"17"}}"#), @"json context=65f0a1b2000000006573592159ee2fd7/11");
    assert_snapshot!(summary(r#"{"dd.trace_id":"0","dd.span_id":"0"}"#), @"json");
    assert_snapshot!(summary(r#"{"dd.trace_id":"99999999999999999999"}"#), @"json");
    assert_snapshot!(summary("[dd.trace_id=7310284619930021847 dd.span_id=5520173948811200931] hello"), @"text context=6573592159ee2fd7/4c9b98f59541c9a3");
    assert_snapshot!(summary("[INFO]\t2026-03-04T10:00:00.123Z\ta\t[dd.trace_id=16 dd.span_id=17]\thello"), @r#"python level=INFO id=a context=10/11 at=2026-03-04T10:00:00.123Z message="[dd.trace_id=16 dd.span_id=17]\thello""#);
}

#[test]
fn ids_of_opentelemetry_come_before_those_of_datadog() {
    assert_snapshot!(summary(r#"{"dd.trace_id":"16","dd.span_id":"17","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}"#), @"json context=4bf92f3577b34da6a3ce929d0e0e4736");
}

#[test]
fn parent_of_an_x_ray_header_is_the_span() {
    assert_snapshot!(summary(r#"{"xray_trace_id":"Root=1-5d8bba5a-dc2932496a65bab91d2d42d4;Parent=53995c3f42cd8ad8;Sampled=1"}"#), @"json trace=1-5d8bba5a-dc2932496a65bab91d2d42d4 context=5d8bba5adc2932496a65bab91d2d42d4/53995c3f42cd8ad8/1");
    assert_snapshot!(summary(r#"{"trace_id":"1-5d8bba5a-dc2932496a65bab91d2d42d4","span_id":"53995c3f42cd8ad8"}"#), @"json trace=1-5d8bba5a-dc2932496a65bab91d2d42d4 context=5d8bba5adc2932496a65bab91d2d42d4/53995c3f42cd8ad8");
    assert_snapshot!(summary(r#"{"xray_trace_id":"1-5d8bba5a-dc2932496a65bab91d2d42d4"}"#), @"json trace=1-5d8bba5a-dc2932496a65bab91d2d42d4");
    assert_snapshot!(summary(r#"{"xray_trace_id":"1-5d8bba5a-dc2932496a65bab91d2d42d4","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}"#), @"json trace=1-5d8bba5a-dc2932496a65bab91d2d42d4 context=4bf92f3577b34da6a3ce929d0e0e4736");
}
