//! `tailwater replay` gives the same totals for the same logs in every supported form.

use std::{fs, path::Path};

use serde_json::Value;
use tempfile::TempDir;
use tests::{
    encoding::{base64, gzip, lambda_event, zstd},
    forms,
    replay::{Replay, balanced},
    sample::{self, Event, FUNCTION, check_totals, events},
};

/// Checks that a file gives the totals of the sample for the sample's function, in its folder and by its own path.
fn check(name: &str, content: impl AsRef<[u8]>) {
    check_copies(name, content, 1);
}

fn check_copies(name: &str, content: impl AsRef<[u8]>, copies: u64) {
    let folder = folder_with(name, content.as_ref());
    for input in [folder.path().to_owned(), folder.path().join(name)] {
        let json = Replay::measure(input).run().code(0).json();
        check_sample(&json, copies);
    }
}

fn check_sample(json: &Value, copies: u64) {
    check_totals(json, copies);
    let rows = json["functions"].as_array().expect("functions is an array");
    let names: Vec<_> = rows.iter().map(|row| row["function"].as_str().unwrap_or("?")).collect();
    assert_eq!(names, [FUNCTION], "in {json:#}");
    balanced(json);
}

fn folder_with(name: &str, content: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    write(folder.path(), name, content);
    folder
}

fn write(folder: &Path, name: &str, content: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("the file is in a folder")).expect("the folder can be created");
    fs::write(path, content).expect("the file can be written");
}

fn document() -> Vec<u8> {
    forms::document(&events())
}

/// Returns the sample in two documents, split within its second invocation.
fn halves() -> [Vec<u8>; 2] {
    let events = events();
    let (first, second) = events.split_at(7);
    [forms::document(first), forms::document(second)]
}

#[test]
fn lambda_event_on_one_line_is_read() {
    check("event.json", lambda_event(&document()).to_string());
}

#[test]
fn lambda_event_on_several_lines_is_read() {
    check("event.json", format!("{:#}\n", lambda_event(&document())));
}

#[test]
fn lambda_events_on_a_line_each_are_read() {
    check("events.ndjson", halves().map(|half| lambda_event(&half).to_string() + "\n").concat());
}

#[test]
fn compressed_lambda_events_on_a_line_each_are_read() {
    check("events.gz", gzip(halves().map(|half| lambda_event(&half).to_string() + "\n").concat().as_bytes()));
}

#[test]
fn kinesis_event_is_read() {
    check("kinesis.json", forms::kinesis_event(&halves().map(|half| base64(&gzip(&half)))).to_string());
}

#[test]
fn sqs_event_of_documents_is_read() {
    let bodies = halves().map(|half| String::from_utf8(half).expect("JSON is UTF-8"));
    check("sqs.json", forms::sqs_event(&bodies).to_string());
}

#[test]
fn sqs_event_of_lambda_events_is_read() {
    check("sqs.json", forms::sqs_event(&halves().map(|half| lambda_event(&half).to_string())).to_string());
}

#[test]
fn sns_event_is_read() {
    check("sns.json", forms::sns_event(&String::from_utf8(document()).expect("JSON is UTF-8")).to_string());
}

#[test]
fn firehose_event_is_read() {
    check("firehose.json", forms::firehose_event(&halves().map(|half| base64(&gzip(&half)))).to_string());
}

#[test]
fn subscription_document_is_read() {
    check("document.json", document());
    check("document.gz", gzip(&document()));
    check("document.zst", zstd(&document()));
}

#[test]
fn concatenated_documents_are_read() {
    check("documents", halves().concat());
    check("documents.gz", gzip(&halves().concat()));
}

#[test]
fn concatenated_gzip_members_are_read() {
    check("delivery-stream-1-2026-03-04-10-00-00", halves().map(|half| gzip(&half)).concat());
}

#[test]
fn control_message_between_documents_is_not_an_event() {
    let [first, second] = halves();
    check("documents", [first, forms::control_message(), second].concat());
}

#[test]
fn export_to_s3_is_read() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let task = format!("{FUNCTION}/0cbb96b2-ab3b-4ee1-86b1-0bfd1a4d7f4f");
    let file = format!("{task}/{}/000000.gz", forms::export_folder());
    write(folder.path(), &file, &gzip(forms::export(&events()).as_bytes()));
    write(folder.path(), &format!("{FUNCTION}/aws-logs-write-test"), b"Permission Check Successful");
    let json = Replay::measure(folder.path()).run().code(0).json();
    check_sample(&json, 1);
}

#[test]
fn console_csv_is_read() {
    check("checkout-api.csv", forms::console_csv(&events()));
}

#[test]
fn console_csv_with_carriage_returns_is_read() {
    check("checkout-api.csv", forms::console_csv(&events()).replace('\n', "\r\n"));
}

#[test]
fn logs_insights_csv_is_read() {
    check("logs-insights-results.csv", forms::insights_csv(&events()));
}

#[test]
fn logs_insights_json_is_read() {
    check("logs-insights-results.json", forms::insights_json(&events()).to_string());
    check("logs-insights-results.json", format!("{:#}", forms::insights_json(&events())));
}

#[test]
fn query_results_are_read() {
    check("checkout-api.json", forms::query_results(&events()).to_string());
}

#[test]
fn pages_of_filter_log_events_are_read() {
    let events = events();
    let (first, second) = events.split_at(7);
    let pages = [first, second].map(|page| format!("{:#}\n", forms::filter_page(page)));
    check("checkout-api.json", pages.concat());
}

#[test]
fn page_of_get_log_events_is_read() {
    check("checkout-api.json", forms::get_page(&events()).to_string());
}

#[test]
fn output_of_aws_logs_tail_is_read() {
    check("checkout-api.log", forms::tail(&events()));
}

#[test]
fn output_of_aws_logs_tail_with_colours_is_read() {
    check("checkout-api.log", forms::tail_in_colour(&events()));
}

#[test]
fn output_of_aws_logs_tail_in_short_format_is_read() {
    check("checkout-api.log", forms::tail_short(&events()));
}

#[test]
fn output_of_sam_logs_is_read() {
    check("checkout-api.txt", forms::sam(&events()));
}

#[test]
fn output_of_the_function_is_read() {
    check("checkout-api.log", forms::plain(&events()));
    check("checkout-api.log.gz", gzip(forms::plain(&events()).as_bytes()));
}

#[test]
fn log_events_on_a_line_each_are_read() {
    check("events.ndjson", forms::event_lines(&events()));
}

#[test]
fn own_records_are_read() {
    let folder = folder_with("document.json", &document());
    let records = Replay::new().args(["--to", "stdout"]).arg(folder.path()).run().code(0).stdout;
    let records = folder_with("records.ndjson", records.as_bytes());
    check_totals(&Replay::measure(records.path()).run().code(0).json(), 1);
}

#[test]
fn totals_of_several_forms_add_up() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let later: Vec<Event> = sample::events_from(100);
    write(folder.path(), "a/event.json", lambda_event(&document()).to_string().as_bytes());
    write(folder.path(), "b/checkout-api.csv", forms::console_csv(&events()).as_bytes());
    write(
        folder.path(),
        "b/c/documents.gz",
        &gzip(&forms::document_of(sample::GROUP, "2026/03/04/[1]0b", &later)),
    );
    check_totals(&Replay::measure(folder.path()).run().code(0).json(), 3);
}

#[test]
fn every_form_is_read_from_stdin() {
    let check = |content: Vec<u8>| {
        let json = Replay::measure("-").args(["--function", FUNCTION]).stdin(content).run().code(0).json();
        check_sample(&json, 1);
    };
    check(document());
    check(gzip(&document()));
    check(lambda_event(&document()).to_string().into_bytes());
    check(forms::console_csv(&events()).into_bytes());
    check(forms::tail(&events()).into_bytes());
    check(forms::plain(&events()).into_bytes());
}

#[test]
fn rows_of_the_console_are_read() {
    for separator in [" ", "\t", " | "] {
        check("checkout-api.txt", forms::console_rows(&events(), separator));
    }
}

#[test]
fn log_saved_by_an_editor_is_read() {
    check("checkout-api.log", forms::editor_log(&events()));
}

#[test]
fn ascii_table_is_read() {
    check("checkout-api.txt", forms::ascii_table(&events()));
}

#[test]
fn markdown_of_logs_insights_is_read() {
    check("copied.md", forms::insights_markdown(&events()));
}

#[test]
fn output_of_awslogs_and_saw_is_read() {
    check("out.txt", forms::awslogs(&events(), forms::AwslogsColumns::WithoutTime));
    check("out.txt", forms::awslogs(&events(), forms::AwslogsColumns::WithTime));
    check("checkout-api.txt", forms::saw(&events()));
}
