//! Tests that secrets never appear in anything that can be printed.

use super::{Layers, Place, SETTINGS, Settings, environment, values};

/// Secret that these tests search for in all output.
const CANARY: &str = "c4n4ry-t0ken";

#[track_caller]
fn check(set: &[(&str, &str)]) {
    let environment = environment(set.iter().copied());
    let read = Settings::read(&environment);
    let printed = match &read {
        Ok(settings) => format!("{settings:?} {settings:#?}"),
        Err(errors) => format!("{errors} {errors:?} {errors:#?}"),
    };
    assert!(!printed.contains(CANARY), "{printed}");
    let printed = format!("{environment:?}") + &format!("{:#?}", Layers::new(vec![environment]));
    assert!(!printed.contains(CANARY), "{printed}");
}

#[test]
fn valid_secrets_are_hidden() {
    let set = [
        ("TAILWATER_SINKS", "otlp,datadog"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://a.example"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer c4n4ry-t0ken,x-key=c4n4ry-t0ken"),
        ("DD_API_KEY", CANARY),
        ("HTTPS_PROXY", "http://user:c4n4ry-t0ken@proxy:3128"),
    ];
    assert!(Settings::read(&environment(set)).is_ok());
    check(&set);
}

#[test]
fn invalid_secrets_are_hidden() {
    let with = |name, text| [("TAILWATER_SINKS", "otlp,datadog"), (name, text)];
    check(&with("DD_API_KEY", "c4n4ry-t0ken and more"));
    check(&with("DD_API_KEY", "secretsmanager:c4n4ry-t0ken"));
    check(&with("DD_API_KEY", "c4n4ry-t0ken\r\nx: y"));
    check(&with("OTEL_EXPORTER_OTLP_HEADERS", "c4n4ry-t0ken"));
    check(&with("OTEL_EXPORTER_OTLP_HEADERS", "a=c4n4ry-t0ken%0a"));
    check(&with("HTTPS_PROXY", "socks://user:c4n4ry-t0ken@proxy"));
    check(&with("OTEL_EXPORTER_OTLP_ENDPOINT", "https://user:c4n4ry-t0ken@a.example"));
    check(&with("OTEL_EXPORTER_OTLP_ENDPOINT", "https://a.example?key=c4n4ry-t0ken"));
    check(&with("DD_URL", "https://a.example/?dd-api-key=c4n4ry-t0ken"));
    check(&with("TAILWATER_PARKING", "sqs:https://user:c4n4ry-t0ken@a.example"));
    check(&with("TAILWATER_API_KEY", CANARY));
}

#[test]
fn every_secret_setting_hides_an_invalid_value() {
    for setting in SETTINGS.iter().filter(|setting| setting.is_secret()) {
        check(&[("TAILWATER_SINKS", "otlp,datadog"), (setting.name, "c4n4ry-t0ken\n")]);
        let values = values(Place::File, [(setting.name, CANARY)]);
        assert!(!format!("{values:?}").contains(CANARY), "{}", setting.name);
    }
}

#[test]
fn control_characters_are_escaped_in_messages() {
    let all = super::problems(&[("TAILWATER_SINKS", "ndjson"), ("TAILWATER_REGION", "eu\u{1b}[2J")]);
    assert_eq!(
        all,
        [
            "TAILWATER_REGION: `eu\\u{1b}[2J` has a control character; expected a region such as eu-west-1 (in the environment)"
        ]
    );
}

#[test]
fn settings_file_is_refused_by_programs_that_read_none() {
    let all = super::problems(&[("TAILWATER_SINKS", "ndjson"), ("TAILWATER_CONFIG", "tailwater.toml")]);
    assert_eq!(
        all,
        [
            "TAILWATER_CONFIG is set, but only the command line reads a settings file; set environment variables instead (in the environment)"
        ]
    );
}
