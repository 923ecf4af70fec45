//! Every form by its sign, and what is none.

use super::*;

fn check(head: &str, expected: Result<Form, &str>) {
    let found = detect(head.as_bytes(), More::No, Trust::Evidence).map_err(|error| error.to_string());
    assert_eq!(found, expected.map_err(str::to_owned), "{head}");
}

#[test]
fn lambda_events_are_told_by_their_members() {
    check(r#"{"awslogs":{"data":"H4s"}}"#, Ok(Form::LambdaEvents));
    check("\u{feff} {\n \"Records\": [ {\"kinesis\": {}} ] }", Ok(Form::LambdaEvents));
    check(r#"{"invocationId":"x","records":[]}"#, Ok(Form::LambdaEvents));
    check(r#"{"Type":"Notification","Message":"x"}"#, Ok(Form::LambdaEvents));
}

#[test]
fn documents_are_told_from_those_one_a_line() {
    let document = r#"{"messageType":"DATA_MESSAGE","owner":"1","logEvents":[{"id":"1"}]}"#;
    check(document, Ok(Form::Documents));
    check(&format!("{document}{document}"), Ok(Form::Documents));
    check(&format!("{document}\n{document}\n"), Ok(Form::DocumentLines));
    check(r#"{"events":[{"message":"x"}],"searchedLogStreams":[]}"#, Ok(Form::Documents));
    check(r#"{"results":[[{"field":"@message"}]],"status":"Complete"}"#, Ok(Form::QueryResults));
}

#[test]
fn events_are_told_from_a_functions_own_json() {
    let event = r#"{"timestamp":1772618400123,"message":"x","id":"1"}"#;
    check(&format!("{event}\n{event}"), Ok(Form::EventLines));
    check(&format!("[{event},{event}]"), Ok(Form::EventRows));
    check(&event.replace(',', ",\n"), Ok(Form::EventRows));
    check(r#"[{"@timestamp":"2026-03-04 10:00:00.123","@message":{"a":1}}]"#, Ok(Form::EventRows));
    check(r#"{"timestamp":"2026-03-04T10:00:00Z","level":"INFO","message":"x"}"#, Ok(Form::Plain));
    check(r#"{"timestamp":1772618400123,"message":"x","level":"INFO"}"#, Ok(Form::Plain));
    check("{\"a\":1}\n{\"a\":2}\n", Ok(Form::Plain));
}

#[test]
fn our_own_records_are_told_by_their_kind() {
    check("{\"kind\":\"log\",\"time\":1,\"body\":\"x\"}\n", Ok(Form::Records));
    check("{\"kind\":\"invocation\",\"time\":1}\n", Ok(Form::Records));
    check("{\"kind\":\"List\",\"items\":[]}\n", Err("JSON with the keys kind, items: no form of log events"));
}

#[test]
fn csv_is_told_by_its_titles() {
    check("timestamp,message\n1,x\n", Ok(Form::ConsoleCsv));
    check("\u{feff}\"@message\",\"@timestamp\"\r\n", Ok(Form::InsightsCsv));
    check("@message\nx\n", Ok(Form::InsightsCsv));
    check(
        "@requestId,@duration\na,1\n",
        Err("CSV with the columns @requestId, @duration: none holds messages"),
    );
    check("id,message\n1,x\n", Err("text without any line that Lambda or a runtime writes"));
}

#[test]
fn line_forms_are_told_by_their_first_line() {
    check("2026-03-04T10:00:00.123000+00:00 2026/03/04/[1]a START", Ok(Form::TailDetailed));
    check("\n\u{1b}[32m2026-03-04T10:00:00+00:00\u{1b}[0m \u{1b}[36ms\u{1b}[0m x", Ok(Form::TailDetailed));
    check("2026-03-04T10:00:00 START", Ok(Form::TailShort));
    check("2026/03/04/[1]a 2026-03-04T10:00:00.1 START", Ok(Form::SamLogs));
    check("2026-03-04T10:00:00.123Z START RequestId: x\n\tmore", Ok(Form::Export));
}

#[test]
fn what_is_none_says_what_it_is() {
    check("", Err("empty"));
    check(" \n\u{feff}", Err("text without any line that Lambda or a runtime writes"));
    check("\u{feff}\n", Err("empty"));
    check("\u{7f}ELF\0\u{1}", Err("binary data"));
    check("S\0T\0A\0R\0T\0", Err("UTF-16 text: convert it to UTF-8"));
    check("dear diary\n", Err("text without any line that Lambda or a runtime writes"));
    check(
        "{\n \"name\": 1, \"private\": {\"message\":1} }",
        Err("JSON with the keys name, private: no form of log events"),
    );
}

#[test]
fn bytes_that_are_no_text_are_binary() {
    let found = |head: &[u8]| detect(head, More::No, Trust::Always);
    assert_eq!(found(b"\xff\xfeS\0"), Err(Unrecognised::Utf16));
    assert_eq!(found(b"\x89\x90\xa0\xc0 x"), Err(Unrecognised::Binary));
    assert_eq!(
        found(b"crlf.log\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0ustar"),
        Err(Unrecognised::Binary)
    );
    assert_eq!(found(b"a log line with one broken \xff byte"), Ok(Form::Plain));
}

#[test]
fn text_with_a_line_of_a_runtime_is_output() {
    check(
        "hello\nSTART RequestId: 8edab1f8-7d34-4a8e-a965-15ccbbb78d4c Version: $LATEST\r\n",
        Ok(Form::Plain),
    );
    check("hello\n{\"level\":\"INFO\",\"message\":\"x\"}\n", Ok(Form::Plain));
}

#[test]
fn text_is_output_when_the_user_says_so() {
    assert_eq!(detect(b"dear diary", More::No, Trust::Always), Ok(Form::Plain));
    assert_eq!(detect(b"[{'a': 1}]", More::No, Trust::Always), Ok(Form::Plain));
    let package = br#"{"name":"x","version":"1"}"#;
    assert!(matches!(detect(package, More::No, Trust::Always), Err(Unrecognised::Json(_))));
}
