//! Copies of logs from the console, editors and other tools, and the times of events without one.

use super::check;

#[test]
fn rows_of_the_console_are_read() {
    let rows = "1969-12-31T19:00:01.000-05:00 | START\n1969-12-31T19:00:02.000-05:00 | Error: x\n    at y\n";
    check("pay.txt", rows, &["from pay  ", "1000 START", "2000 Error: x\n    at y"]);
    let blanks = " ".repeat(29);
    let saved = format!(
        "1970-01-01T02:00:01.000+02:00\tError: x\n{blanks}\t\tat y\n1970-01-01T02:00:02.000+02:00\tlast\n"
    );
    check("pay.log", &saved, &["from pay  ", "1000 Error: x\n\tat y", "2000 last"]);
}

#[test]
fn ascii_table_is_read() {
    check(
        "pay.txt",
        "-------------------------\n\
         |   timestamp   |  message  |\n\
         |---------------|-----------|\n\
         | 1772618400001 | START     |\n\
         | 1772618400002 | a | b     |\n\
         |               |   more    |\n\
         | 1772618400003 | Error: x\n    at y   |\n\
         -------------------------\n\
         Regards\n",
        &[
            "from pay  ",
            "1772618400001 START",
            "1772618400002 a | b\nmore",
            "1772618400003 Error: x\n    at y",
        ],
    );
}

#[test]
fn table_of_the_aws_cli_is_read() {
    check(
        "pay.txt",
        "----------------------------------\n\
         |         FilterLogEvents        |\n\
         +--------------------------------+\n\
         ||            events            ||\n\
         |+-------+---------+-----------+|\n\
         || eventId | message | timestamp ||\n\
         |+-------+---------+-----------+|\n\
         ||  e1  |  START\n  |  1772618400001  ||\n\
         ||  e2  |  Error: x\n    at y\n  |  1772618400002  ||\n\
         |+-------+---------+-----------+|\n",
        &["from pay  ", "#e1 1772618400001 START", "#e2 1772618400002 Error: x\n    at y"],
    );
}

#[test]
fn markdown_of_logs_insights_names_region_and_group() {
    check(
        "copied.md",
        "**CloudWatch Logs Insights**    \nregion: eu-west-2    \nlog-group-names: /aws/lambda/pay    \n\
         query-string:\n  ```\n  fields @message\n| sort @timestamp desc\n  ```\n---\n\
         | @timestamp | @message | @logStream |\n| --- | --- | --- |\n\
         | 1970-01-01 00:00:02.000 | it&#x27;s \\| done | s |\n\
         | 1970-01-01 00:00:01.000 | START | s |\n",
        &["from pay /aws/lambda/pay s", "1000 START", "2000 it's | done"],
    );
}

#[test]
fn output_of_awslogs_and_saw_is_read() {
    let stream = "2026/03/04/[1]ab";
    check(
        "x.txt",
        &format!("/aws/lambda/pay {stream} START\n/aws/lambda/pay {stream} Error: x\n    at y\n"),
        &["from pay /aws/lambda/pay 2026/03/04/[1]ab", "? START", "? Error: x\n    at y"],
    );
    check(
        "pay.txt",
        &format!("[1970-01-01T01:00:01+01:00] ({stream}) {{\n  \"a\": 1\n}}\n"),
        &["from pay  2026/03/04/[1]ab", "1000 {\n  \"a\": 1\n}"],
    );
}

#[test]
fn events_of_a_log_shipper_are_read() {
    check(
        "x.ndjson",
        "{\"log_group\":\"/aws/lambda/pay\",\"log_stream\":\"s\",\"message\":\"START\",\"timestamp\":\"1970-01-01T00:00:01Z\",\"host\":\"h\"}\n",
        &["from pay /aws/lambda/pay s", "1000 START"],
    );
    check(
        "x.ndjson",
        "{\"kind\":\"log\",\"time\":1,\"event_id\":\"e\",\"log_group\":\"/aws/lambda/pay\",\"message\":\"a\"}\n",
        &["from pay /aws/lambda/pay ", "#e 1 a"],
    );
}

#[test]
fn events_before_the_first_time_get_that_time() {
    check("x.ndjson", "{\"message\":\"a\",\"timestamp\":1,\"logStream\":\"s\"}\n", &["from x  s", "1 a"]);
    check("pay.csv", "timestamp,message\n,first\n5,a\n,b\n", &["from pay  ", "5 first", "5 a", "? b"]);
    let pretty =
        "START RequestId: x\n{\n  \"level\": \"INFO\",\n  \"time\": \"1970-01-01T00:00:05Z\"\n}\nlast\n";
    check(
        "pay.log",
        pretty,
        &[
            "from pay  ",
            "5000 START RequestId: x",
            "5000 {\n  \"level\": \"INFO\",\n  \"time\": \"1970-01-01T00:00:05Z\"\n}",
            "? last",
        ],
    );
}
