//! Every format is recognised by its content; everything else is rejected with a reason.

use super::*;

const NO_RUNTIME_LINE: &str = "text, but without any line that Lambda or a runtime writes, such as START, END or REPORT; \
                               if it is function output, set --function NAME";
const NO_EVENTS: &str = "expected events with message and timestamp, or @message and @timestamp, or lines of a function, one \
                         object a line";

fn check(head: &str, expected: Result<InputFormat, &str>) {
    let found =
        detect(head.as_bytes(), More::No, TextPolicy::RequireEvidence).map_err(|error| error.to_string());
    assert_eq!(found, expected.map_err(str::to_owned), "{head}");
}

#[test]
fn lambda_events_are_recognised_by_their_members() {
    check(r#"{"awslogs":{"data":"H4s"}}"#, Ok(InputFormat::LambdaEvents));
    check("\u{feff} {\n \"Records\": [ {\"kinesis\": {}} ] }", Ok(InputFormat::LambdaEvents));
    check(r#"{"invocationId":"x","records":[]}"#, Ok(InputFormat::LambdaEvents));
    check(r#"{"Type":"Notification","Message":"x"}"#, Ok(InputFormat::LambdaEvents));
}

#[test]
fn documents_on_lines_differ_from_concatenated_documents() {
    let document = r#"{"messageType":"DATA_MESSAGE","owner":"1","logEvents":[{"id":"1"}]}"#;
    check(document, Ok(InputFormat::Documents));
    check(&format!("{document}{document}"), Ok(InputFormat::Documents));
    check(&format!("{document}\n{document}\n"), Ok(InputFormat::DocumentLines));
    check(r#"{"events":[{"message":"x"}],"searchedLogStreams":[]}"#, Ok(InputFormat::Documents));
    check(r#"{"results":[[{"field":"@message"}]],"status":"Complete"}"#, Ok(InputFormat::QueryResults));
}

#[test]
fn events_differ_from_json_of_a_function() {
    let event = r#"{"timestamp":1772618400123,"message":"x","id":"1"}"#;
    check(&format!("{event}\n{event}"), Ok(InputFormat::EventLines));
    check(&format!("[{event},{event}]"), Ok(InputFormat::EventRows));
    check(&event.replace(',', ",\n"), Ok(InputFormat::EventRows));
    check(r#"[{"@timestamp":"2026-03-04 10:00:00.123","@message":{"a":1}}]"#, Ok(InputFormat::EventRows));
    check(r#"{"timestamp":"2026-03-04T10:00:00Z","level":"INFO","message":"x"}"#, Ok(InputFormat::Plain));
    check(r#"{"timestamp":1772618400123,"message":"x","level":"INFO"}"#, Ok(InputFormat::Plain));
    check("{\"a\":1}\n{\"a\":2}\n", Ok(InputFormat::Plain));
}

#[test]
fn tailwater_records_are_recognised_by_their_kind() {
    check("{\"kind\":\"log\",\"time\":1,\"body\":\"x\"}\n", Ok(InputFormat::Records));
    check("{\"kind\":\"invocation\",\"time\":1}\n", Ok(InputFormat::Records));
    check(
        "{\"kind\":\"List\",\"items\":[]}
    ",
        Err(&format!("JSON without log events (keys: kind, items): {NO_EVENTS}")),
    );
}

#[test]
fn csv_is_recognised_by_its_titles() {
    check("timestamp,message\n1,x\n", Ok(InputFormat::ConsoleCsv));
    check("\u{feff}\"@message\",\"@timestamp\"\r\n", Ok(InputFormat::InsightsCsv));
    check("@message\nx\n", Ok(InputFormat::InsightsCsv));
    check(
        "@requestId,@duration\na,1\n",
        Err("CSV without a message column (columns: @requestId, @duration); add @message to the query"),
    );
    check("id,message\n1,x\n", Err(NO_RUNTIME_LINE));
}

#[test]
fn text_formats_are_recognised_by_their_first_line() {
    check("2026-03-04T10:00:00.123000+00:00 2026/03/04/[1]a START", Ok(InputFormat::TailDetailed));
    check(
        "\n\u{1b}[32m2026-03-04T10:00:00+00:00\u{1b}[0m \u{1b}[36ms\u{1b}[0m x",
        Ok(InputFormat::TailDetailed),
    );
    check("2026-03-04T10:00:00 START", Ok(InputFormat::TailShort));
    check("2026/03/04/[1]a 2026-03-04T10:00:00.1 START", Ok(InputFormat::SamLogs));
    check("2026-03-04T10:00:00.123Z START RequestId: x\n\tmore", Ok(InputFormat::Export));
}

const START: &str = "START RequestId: 8edab1f8-7d34-4a8e-a965-15ccbbb78d4c Version: 3";
const STREAM: &str = "2026/03/04/[$LATEST]4426346c2cdf4c54a74d3bd2b929fc44";

#[test]
fn rows_of_the_console_differ_from_aws_logs_tail() {
    check("2026-03-04T10:00:00.123-05:00 START RequestId: x Version: 1", Ok(InputFormat::Rows));
    check("2026-03-04T10:00:00.123-05:00 hello", Ok(InputFormat::Rows));
    check("2026-03-04T10:00:00.123-05:00\thello", Ok(InputFormat::Rows));
    check("2026-03-04T10:00:00.123Z | hello", Ok(InputFormat::Rows));
    check("2026-03-04 10:00:00.123 (+02:00)        hello", Ok(InputFormat::Rows));
    check(&format!("2026-03-04T10:00:00.123Z\n{START}\n"), Ok(InputFormat::Rows));
    check(&format!("1772618400123\t{START}\n"), Ok(InputFormat::Rows));
    check("2026-03-04T10:00:00.123456-05:00 worker-1 hello", Ok(InputFormat::TailDetailed));
    check("2026-03-04T10:00:00+00:00 worker-1 hello", Ok(InputFormat::TailDetailed));
    check(&format!("2026-03-04T10:00:00 {START}"), Ok(InputFormat::TailShort));
    check(&format!("2026-03-04T10:00:00.123Z {START}"), Ok(InputFormat::Export));
}

#[test]
fn tables_are_recognised_by_their_header() {
    let ascii = "-----------\n| timestamp | message |\n|-----------|---|\n| 5 | x |\n";
    check(ascii, Ok(InputFormat::Table));
    check("+---+\n| message | timestamp |\n+---+\n", Ok(InputFormat::Table));
    check(
        "**CloudWatch Logs Insights**\nregion: x\n| limit 100\n---\n| @timestamp | @message |\n",
        Ok(InputFormat::Table),
    );
    check(
        "**CloudWatch Logs Insights**\n| @timestamp | @duration |\n",
        Err("table without a message column (columns: @timestamp, @duration); add @message to the query"),
    );
    check(&format!("{START}\n| timestamp | message |\n"), Ok(InputFormat::Plain));
}

#[test]
fn output_of_other_tools_is_recognised() {
    check(&format!("/aws/lambda/pay {STREAM} hello"), Ok(InputFormat::Awslogs));
    check(&format!("{STREAM} hello"), Ok(InputFormat::Awslogs));
    check(&format!("[2026-03-04T10:00:00+01:00] ({STREAM}) hello"), Ok(InputFormat::Saw));
}

#[test]
fn lines_before_the_first_event_are_looked_past() {
    check(
        &format!("$ aws logs tail /aws/lambda/pay\n2026-03-04T10:00:00 {START}\n"),
        Ok(InputFormat::TailShort),
    );
    check(&format!("    at x\n{STREAM} 2026-03-04T10:00:00 {START}\n"), Ok(InputFormat::SamLogs));
    check(&format!("hello\n{START}\n2026-03-04T10:00:00 hello\n"), Ok(InputFormat::Plain));
}

#[test]
fn events_of_log_shippers_differ_from_json_of_a_function() {
    check(
        r#"{"log_group":"/aws/lambda/pay","message":"x","timestamp":"2026-03-04T10:00:00Z"}"#,
        Ok(InputFormat::EventRows),
    );
    check(
        r#"{"@timestamp":"2026-03-04T10:00:00Z","host":"h","message":"START RequestId: x Version: 1"}"#,
        Ok(InputFormat::EventRows),
    );
    check(
        r#"{"@timestamp":"2026-03-04T10:00:00Z","log_group_name":"g","level":"INFO","message":"x"}"#,
        Ok(InputFormat::Plain),
    );
}

#[test]
fn unknown_text_is_rejected_with_a_reason() {
    check(
        "2026-03-04 10:00:00 dear diary\n",
        Err(
            "text with times at the start of lines, but without any line that Lambda or a runtime writes, such as START, \
             END or REPORT; if it is function output, set --function NAME",
        ),
    );
    check("", Err("empty"));
    check(" \n\u{feff}", Err(NO_RUNTIME_LINE));
    check("\u{feff}\n", Err("empty"));
    check("\u{7f}ELF\0\u{1}", Err("binary data"));
    check("S\0T\0A\0R\0T\0", Err("UTF-16 text; convert it to UTF-8"));
    check("dear diary\n", Err(NO_RUNTIME_LINE));
    check(
        "{\n \"name\": 1, \"private\": {\"message\":1} }",
        Err(&format!("JSON without log events (keys: name, private): {NO_EVENTS}")),
    );
}

#[test]
fn invalid_text_is_binary() {
    let found = |head: &[u8]| detect(head, More::No, TextPolicy::AcceptAny);
    assert_eq!(found(b"\xff\xfeS\0"), Err(Unrecognised::Utf16));
    assert_eq!(found(b"\x89\x90\xa0\xc0 x"), Err(Unrecognised::Binary));
    assert_eq!(
        found(b"crlf.log\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0ustar"),
        Err(Unrecognised::Binary)
    );
    assert_eq!(found(b"a log line with one broken \xff byte"), Ok(InputFormat::Plain));
}

#[test]
fn text_with_a_runtime_line_is_function_output() {
    check(
        "hello\nSTART RequestId: 8edab1f8-7d34-4a8e-a965-15ccbbb78d4c Version: $LATEST\r\n",
        Ok(InputFormat::Plain),
    );
    check("hello\n{\"level\":\"INFO\",\"message\":\"x\"}\n", Ok(InputFormat::Plain));
}

#[test]
fn any_text_is_function_output_with_accept_any() {
    assert_eq!(detect(b"dear diary", More::No, TextPolicy::AcceptAny), Ok(InputFormat::Plain));
    assert_eq!(detect(b"[{'a': 1}]", More::No, TextPolicy::AcceptAny), Ok(InputFormat::Plain));
    let package = br#"{"name":"x","version":"1"}"#;
    assert!(matches!(detect(package, More::No, TextPolicy::AcceptAny), Err(Unrecognised::Json(_))));
}
