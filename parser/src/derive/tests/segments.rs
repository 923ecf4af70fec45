//! Segment of an invocation, and the times of its START and of the INIT before it, from real lines.

use super::*;
use crate::{
    derive::{Joiner, StartKind},
    line::{self, Segment},
};

const REQUEST: &str = "79b5e81f-0cd4-5a5a-9a4e-b0c1d64f9f3c";

/// Header that a function's environment gets from a caller whose span is `7aff37f8a9d1a0e3`.
const HEADER: &str = "Root=1-5d8bba5a-dc2932496a65bab91d2d42d4;Parent=7aff37f8a9d1a0e3;Sampled=1";

const WHOLE: Segment = Segment {
    span_id: Some([0x5f, 0xf7, 0x9d, 0x2a, 0x06, 0xb8, 0x2a, 0xd6]),
    parent_span_id: Some([0x7a, 0xff, 0x37, 0xf8, 0xa9, 0xd1, 0xa0, 0xe3]),
    recorded: Some(true),
};

fn json(kind: &str, members: &str) -> String {
    format!(
        r#"{{"time":"2026-10-08T07:30:28.235Z","type":"platform.{kind}","record":{{"requestId":"{REQUEST}"{members}}}}}"#
    )
}

fn tracing(span_id: &str, header: &str) -> String {
    format!(r#","tracing":{{"spanId":"{span_id}","type":"X-Amzn-Trace-Id","value":"{header}"}}"#)
}

/// Invocations of one stream with these messages, 100 ms apart from 1,000 on.
fn invocations(messages: &[String]) -> Vec<Invocation> {
    let (mut streams, mut out) = (Streams::new(4), Collected::default());
    streams.enter(&stream("s"), &mut out);
    for (number, message) in (0_i64..).zip(messages) {
        record(&mut streams, message, 1_000 + 100 * number, line::parse(message), &mut out);
    }
    streams.finish(&mut out);
    out.invocations
}

fn only(messages: &[String]) -> Invocation {
    let [invocation] = <[Invocation; 1]>::try_from(invocations(messages)).unwrap();
    invocation
}

fn text_report(xray: &str) -> String {
    format!(
        "REPORT RequestId: {REQUEST}\tDuration: 46.84 ms\tBilled Duration: 47 ms\tMemory Size: 192 MB\tMax Memory Used: 72 MB\t\n{xray}"
    )
}

#[test]
fn text_report_has_no_parent() {
    let check = |xray: &str, expected| assert_eq!(only(&[text_report(xray)]).segment, expected, "{xray}");
    let trace = "XRAY TraceId: 1-5d8bba5a-dc2932496a65bab91d2d42d4";
    let known = Segment { parent_span_id: None, ..WHOLE };
    check(&format!("{trace}\tSegmentId: 5ff79d2a06b82ad6\tSampled: true\t\n"), Some(known));
    let dropped = Segment { recorded: Some(false), ..known };
    check(&format!("{trace}\tSegmentId: 5ff79d2a06b82ad6\tSampled: false\t\n"), Some(dropped));
    let no_id = Segment { span_id: None, ..known };
    check(&format!("{trace}\tSegmentId: 0000000000000000\tSampled: true\t\n"), Some(no_id));
    check(&format!("{trace}\tSegmentId: 5ff79d2a06b82ad\tSampled: maybe\t\n"), None);
    check("", None);
}

#[test]
fn each_json_event_can_state_the_segment() {
    let whole = tracing("5ff79d2a06b82ad6", HEADER);
    let status = r#","status":"success""#;
    for stating in ["start", "runtimeDone", "report"] {
        let event = |kind: &str| {
            let members = if kind == stating { &whole } else { "" };
            json(kind, &format!("{status}{members}"))
        };
        let invocation = only(&["start", "runtimeDone", "report"].map(event));
        assert_eq!(invocation.segment, Some(WHOLE), "{stating}");
        assert_eq!(invocation.trace_id.as_deref(), Some("1-5d8bba5a-dc2932496a65bab91d2d42d4"));
    }
}

#[test]
fn segment_in_json_is_completed_by_other_events() {
    let check = |start: &str, done: &str, expected| {
        let events = [json("start", start), json("runtimeDone", done), json("report", "")];
        assert_eq!(only(&events).segment, expected, "{start} {done}");
    };
    let open = tracing("", "Root=1-5d8bba5a-dc2932496a65bab91d2d42d4; Parent=7aff37f8a9d1a0e3;Sampled=?");
    check(&open, &tracing("5ff79d2a06b82ad6", "Sampled=1"), Some(WHOLE));
    check(&open, "", Some(Segment { parent_span_id: WHOLE.parent_span_id, ..Segment::default() }));
    check(r#","tracing":{"spanId":7,"value":null}"#, r#","tracing":[1]"#, None);
    let dropped = tracing("5ff79d2a06b82ad6", "Root=1-5d8bba5a-dc2932496a65bab91d2d42d4;Sampled=0");
    let expected = Segment { parent_span_id: None, recorded: Some(false), ..WHOLE };
    check(&dropped, "", Some(expected));
}

#[test]
fn times_of_start_and_init_are_kept() {
    let init = "INIT_START Runtime Version: nodejs:22.mainline.v98\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:a783\n";
    let start = format!("START RequestId: {REQUEST} Version: $LATEST\n");
    let cold = [init.to_owned(), start.clone(), text_report("")];
    let warm = [start, text_report("")];
    let times: Vec<_> = invocations(&[cold.as_slice(), &warm].concat())
        .into_iter()
        .map(|invocation| (invocation.init_start_time, invocation.start_time, invocation.time))
        .collect();
    let at = |time| Some(UnixMillis(time));
    let expected = [(at(1_000), at(1_100), UnixMillis(1_200)), (None, at(1_300), UnixMillis(1_400))];
    assert_eq!(times, expected);
    let json_init = r#"{"time":"2026-10-08T07:30:27.768Z","type":"platform.initStart","record":{"initializationType":"on-demand","phase":"init"}}"#;
    let without_start = only(&[json_init.to_owned(), json("report", "")]);
    assert_eq!((without_start.init_start_time, without_start.start_time), (at(1_000), None));
}

#[test]
fn restore_of_a_snapshot_replaces_the_init() {
    let fields =
        "Runtime Version: java:21.v30\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:5a1b\n";
    let lines = [
        format!("INIT_START {fields}"),
        format!("RESTORE_START {fields}"),
        "RESTORE_REPORT Restore Duration: 511.25 ms\n".to_owned(),
        format!("START RequestId: {REQUEST} Version: 1\n"),
        text_report(""),
    ];
    let restored = only(&lines);
    assert_eq!((restored.start, restored.init_start_time), (StartKind::Restored, Some(UnixMillis(1_100))));
}

#[test]
fn start_in_another_input_is_joined() {
    let start = json("start", &tracing("5ff79d2a06b82ad6", HEADER));
    let lines = [start, json("report", "")];
    let mut joiner = Joiner::new(9);
    for (time, message) in [(5_000, &lines[0]), (5_050, &lines[1])] {
        let (mut streams, mut out) = (Streams::new(1), Collected::default());
        streams.enter(&stream("s"), &mut out);
        record(&mut streams, message, time, line::parse(message), &mut out);
        streams.finish(&mut out);
        out.evidence.into_iter().for_each(|piece| assert_eq!(joiner.evidence(piece), None));
        out.invocations.into_iter().for_each(|invocation| assert_eq!(joiner.invocation(invocation), None));
    }
    let joined = joiner.finish();
    assert_eq!(joined.invocations[0].segment, Some(WHOLE));
    assert_eq!(joined.invocations[0].start_time, Some(UnixMillis(5_000)));
    assert_eq!(joined.leftover, []);
}
