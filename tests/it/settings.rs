//! Commands that list and check settings.

use std::fs;

use tests::replay::{Finished, Replay};

/// Runs `tailwater check` with this settings file.
fn check(file: &str, flags: &[&str]) -> Finished {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    fs::write(folder.path().join("my.toml"), file).expect("the file can be written");
    Replay::subcommand("check").args(["--config", "my.toml"]).args(flags).in_folder(folder.path()).run()
}

#[test]
fn valid_settings_are_described_without_secrets() {
    let file = "
        sinks = ['otlp', 'datadog', 'ndjson']
        parking = 's3://my-bucket/tailwater'
        otel_exporter_otlp_endpoint = 'https://collector.example:4318'
        otel_exporter_otlp_headers = 'authorization=c4n4ry'
        dd_api_key = 'c4n4ry'
    ";
    let finished = check(file, &["--dd-site", "datadoghq.eu"]).code(0);
    for expected in [
        "otlp      logs to https://collector.example:4318/v1/logs (gzip, headers: authorization)",
        "otlp      metrics to https://collector.example:4318/v1/metrics",
        "datadog   logs to https://http-intake.logs.datadoghq.eu/api/v2/logs (key: value in the settings)",
        "datadog   metrics to https://api.datadoghq.eu/api/v1/distribution_points (key: value in the settings)",
        "ndjson    logs and metrics to standard output",
        "parking   s3://my-bucket/tailwater",
        "limits    256 MiB per inflated delivery, 10s per attempt, 1.5s reserved for parking, 4 concurrent requests",
    ] {
        assert!(finished.stdout.contains(expected), "no `{expected}` in\n{}", finished.stdout);
    }
    assert!(!finished.stdout.contains("c4n4ry") && finished.stderr.is_empty(), "{finished:?}");
}

#[test]
fn invalid_settings_exit_with_64_and_are_all_named() {
    let file = "
        sinks = 'otlp,datadog'
        inflated_limt = '1MiB'
        dd_api_key = 'c4n4ry key'
        otel_exporter_otlp_endpoint = 'http://169.254.169.254/latest'
    ";
    let finished = check(file, &["--concurrency", "0"]).code(64);
    let lines: Vec<_> = finished.stderr.lines().collect();
    assert_eq!(lines.len(), 5, "{}", finished.stderr);
    assert_eq!(lines[0], "tailwater: 4 invalid settings");
    for expected in ["TAILWATER_INFLATED_LIMIT", "DD_API_KEY has", "link-local", "`0` is zero"] {
        assert!(lines.iter().any(|line| line.contains(expected)), "no {expected} in\n{}", finished.stderr);
    }
    assert!(finished.stdout.is_empty() && !finished.stderr.contains("c4n4ry"), "{finished:?}");
}

#[test]
fn missing_settings_file_exits_with_64() {
    let finished =
        Replay::subcommand("check").args(["--config", "missing.toml", "--sinks", "ndjson"]).run().code(64);
    assert!(finished.stderr.contains("missing.toml"), "{}", finished.stderr);
}

#[test]
fn settings_are_listed() {
    let finished = Replay::subcommand("settings").run().code(0);
    assert!(finished.stdout.contains("TAILWATER_INFLATED_LIMIT"), "{}", finished.stdout);
}
