//! Documents agree with the code that they repeat.

use std::collections::BTreeSet;

use tailwater_forwarder::telemetry::names::METRICS;
use tests::{
    binary::root,
    replay::Replay,
    source::{files, read},
};

use super::none;

const DOCUMENTS: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
    "SECURITY.md",
    "benches/README.md",
    "forwarder/README.md",
    "forwarder/rules.md",
    "forwarder/threat-model.md",
    "infra/README.md",
    "infra/switching.md",
];

/// Settings, numbers and JSON, in full.
const REFERENCE: &str = "forwarder/README.md";

#[test]
fn table_of_flags_matches_the_program() {
    let help = Replay::new().arg("--help").run().code(0).stdout;
    let from_help: BTreeSet<_> =
        help.lines().map(str::trim).filter(|line| line.starts_with('-')).flat_map(flags).collect();
    let table = section(&read("README.md"), "### Flags");
    let from_table: BTreeSet<_> = first_cells(&table).flat_map(flags).collect();
    let usual = ["--help", "--version"].map(str::to_owned);
    none(from_help.symmetric_difference(&from_table).filter(|flag| !usual.contains(flag)).map(|flag| {
        format!("{flag}: in README.md {}, in --help {}", from_table.contains(flag), from_help.contains(flag))
    }));
}

#[test]
fn exit_codes_are_documented() {
    let table = section(&read("README.md"), "### Exit codes");
    let codes: Vec<_> =
        first_cells(&table).filter_map(|cell| cell.trim_matches('`').parse::<i32>().ok()).collect();
    assert_eq!(codes, [0, 1, 2, 3, 64, 130]);
}

#[test]
fn price_dates_match_the_table() {
    let reference = read(REFERENCE);
    let table = read("parser/src/price/table.csv");
    let mut rows = table.lines().filter(|line| !line.starts_with('#'));
    let header = rows.next().expect("the table has a header");
    let column = header.split(',').position(|name| name.trim() == "as_of").expect("rows are dated");
    let dates: BTreeSet<_> = rows.filter_map(|row| row.split(',').nth(column)).map(str::trim).collect();
    assert!(!dates.is_empty(), "no row is dated");
    none(
        dates
            .into_iter()
            .filter(|date| !reference.contains(date))
            .map(|date| format!("{REFERENCE}: no {date}")),
    );
}

#[test]
fn keys_of_the_summary_are_documented() {
    let explained = section(&read(REFERENCE), "### The JSON document");
    let input = tests::forms::document(&tests::sample::events());
    let json = Replay::measure("-").stdin(input).run().code(0).json();
    let mut all: BTreeSet<_> = ["ledger", "totals"].iter().flat_map(|part| keys(&json[part])).collect();
    all.extend(json["functions"].as_array().into_iter().flatten().flat_map(keys));
    none(
        all.into_iter()
            .filter(|key| !explained.contains(&format!("`{key}`")))
            .map(|key| format!("{REFERENCE}: no {key}")),
    );
}

#[test]
fn own_metrics_are_documented() {
    let table = section(&read(REFERENCE), "## Own metrics and alarms");
    let documented: BTreeSet<_> =
        first_cells(&table).filter_map(|cell| cell.strip_prefix('`')?.strip_suffix('`')).collect();
    let metrics: BTreeSet<_> = METRICS.iter().map(|metric| metric.name).collect();
    assert_eq!(documented, metrics);
}

#[test]
fn readme_has_at_most_200_lines() {
    let lines = read("README.md").lines().count();
    assert!(lines <= 200, "README.md has {lines} lines");
}

#[test]
fn architecture_has_fewer_than_150_lines() {
    let lines = read("ARCHITECTURE.md").lines().count();
    assert!(lines < 150, "ARCHITECTURE.md has {lines} lines");
}

#[test]
fn paths_in_documents_exist() {
    none(["ARCHITECTURE.md", "CONTRIBUTING.md"].into_iter().flat_map(|document| {
        let text = read(document);
        let paths = text.split('`').skip(1).step_by(2).filter(|code| is_path(code)).map(str::to_owned);
        let missing = paths.filter(|path| !root().join(path.trim_end_matches('/')).exists());
        missing.map(|path| format!("{document}: there is no {path}")).collect::<Vec<_>>()
    }));
}

#[test]
fn documents_contain_no_machine_paths() {
    none(DOCUMENTS.iter().flat_map(|document| {
        let text = read(document);
        let places =
            ["/work/", "/root/", "/home/", "/tmp/bash"].into_iter().filter(move |place| text.contains(place));
        places.map(move |place| format!("{document}: names {place}"))
    }));
}

#[test]
fn demo_is_small() {
    let size = |path: String| root().join(path).metadata().expect("it was listed").len();
    let total: u64 = files("tests/demo").into_iter().map(size).sum();
    assert!((100_000..3_000_000).contains(&total), "tests/demo holds {total} bytes");
}

/// True if the text is the path of a file or folder of ours, without a placeholder.
fn is_path(code: &str) -> bool {
    let ours = ["parser/", "forwarder/", "benches/", "tests/", "infra/", ".ci/", ".github/"];
    ours.iter().any(|folder| code.starts_with(folder))
        && code.chars().all(|c| !c.is_whitespace() && !c.is_uppercase())
}

/// The text below a heading, up to the next.
fn section(document: &str, heading: &str) -> String {
    let lines = document.lines().skip_while(|line| *line != heading).skip(1);
    let section: String =
        lines.take_while(|line| !line.starts_with('#')).flat_map(|line| [line, "\n"]).collect();
    assert!(!section.trim().is_empty(), "no section {heading}");
    section
}

fn first_cells(table: &str) -> impl Iterator<Item = &str> {
    table.lines().filter_map(|line| line.strip_prefix('|')?.split('|').next()).map(str::trim)
}

/// The long flags at the beginning of a line of help, or in a cell.
fn flags(text: &str) -> Vec<String> {
    let definition = text.split("  ").next().unwrap_or_default();
    let words = definition.split(|c: char| !c.is_alphanumeric() && c != '-');
    words
        .filter(|word| word.starts_with("--") && word.ends_with(char::is_alphanumeric))
        .map(str::to_owned)
        .collect()
}

fn keys(value: &serde_json::Value) -> Vec<String> {
    value.as_object().into_iter().flat_map(|object| object.keys().cloned()).collect()
}
