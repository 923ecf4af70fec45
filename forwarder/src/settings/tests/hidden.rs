//! Nothing that can be printed ever shows a secret.

use super::{Layers, Place, SETTINGS, Settings, environment, values};

/// What is planted wherever a secret may stand.
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
fn secrets_that_are_read_are_hidden() {
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
fn secrets_that_are_wrong_are_hidden() {
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
fn every_setting_of_a_secret_kind_hides_it_when_it_is_wrong() {
    for setting in SETTINGS.iter().filter(|setting| setting.is_secret()) {
        check(&[("TAILWATER_SINKS", "otlp,datadog"), (setting.name, "c4n4ry-t0ken\n")]);
        let values = values(Place::File, [(setting.name, CANARY)]);
        assert!(!format!("{values:?}").contains(CANARY), "{}", setting.name);
    }
}

#[test]
fn a_terminal_cannot_be_driven_by_a_value() {
    let all = super::problems(&[("TAILWATER_SINKS", "ndjson"), ("TAILWATER_REGION", "eu\u{1b}[2J")]);
    assert_eq!(
        all,
        [
            "TAILWATER_REGION: `eu\\u{1b}[2J` has a control character; expected a region such as eu-west-1 (in the environment)"
        ]
    );
}

#[test]
fn a_file_is_refused_where_none_is_read() {
    let all = super::problems(&[("TAILWATER_SINKS", "ndjson"), ("TAILWATER_CONFIG", "tailwater.toml")]);
    assert_eq!(all, ["TAILWATER_CONFIG is set, but only the command line reads a file (in the environment)"]);
}
