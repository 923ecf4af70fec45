//! Tests of reading all settings: defaults, settings that each sink requires, and reports of all problems at once.

use std::{cell::RefCell, collections::BTreeSet};

use proptest::prelude::*;

use super::*;

#[test]
fn sinks_alone_is_enough() {
    let settings = read(&[("TAILWATER_SINKS", "ndjson")]);
    assert_eq!(settings.sinks, [SinkSettings::Ndjson(Ndjson::Stdout)]);
    assert_eq!(settings.signals, Signals::DEFAULT);
    assert_eq!((settings.parking, settings.region, settings.arch), (None, None, None));
    assert_eq!(settings.limits.inflated, ByteSize::mib(256));
    assert_eq!(settings.limits.timeout, Duration::from_secs(10));
    assert_eq!(settings.limits.deadline_reserve, Duration::from_millis(1500));
    assert_eq!(settings.limits.concurrency.get(), 4);
    assert_eq!((settings.log_filter, settings.colour), (log::Filter::read("info").unwrap(), Colour::Auto));
    assert!(settings.tags.is_empty() && settings.exclude_log_groups.is_empty());
}

/// All settings that can be set at the same time, with values.
const EVERYTHING: &[(&str, &str)] = &[
    ("TAILWATER_SINKS", "datadog, ndjson"),
    ("TAILWATER_SIGNALS", "metrics"),
    ("TAILWATER_PARKING", "file:parked"),
    ("TAILWATER_TAGS", "team:shop"),
    ("TAILWATER_REGION", "eu-west-1"),
    ("TAILWATER_ARCH", "arm64"),
    ("TAILWATER_INFLATED_LIMIT", "1GB"),
    ("TAILWATER_TIMEOUT", "3s"),
    ("TAILWATER_DEADLINE_RESERVE", "2s"),
    ("TAILWATER_CONCURRENCY", "8"),
    ("TAILWATER_NDJSON", "out.ndjson"),
    ("TAILWATER_EXCLUDE_LOG_GROUPS", "/aws/lambda/self,/aws/lambda/tail*"),
    ("DD_API_KEY", "abc"),
    ("DD_SITE", "datadoghq.eu"),
    ("DD_URL", "intake.example"),
    ("DD_TAGS", "env:prod,bare"),
    ("TAILWATER_CA_FILE", "authorities.pem"),
    ("HTTPS_PROXY", "proxy:3128"),
    ("NO_PROXY", "localhost,.internal"),
    ("AWS_ENDPOINT_URL", "http://localhost:5000"),
    ("RUST_LOG", "debug"),
    ("NO_COLOR", "1"),
];

#[test]
fn every_setting_can_be_set() {
    let settings = read(EVERYTHING);
    let tag = Tag { key: "team".to_owned(), value: "shop".to_owned() };
    assert_eq!(settings.signals, [Signal::Metrics].into_iter().collect());
    assert_eq!(settings.parking, Some(Location::Folder { path: "parked".into() }));
    assert_eq!((settings.tags, settings.region.as_deref()), (vec![tag], Some("eu-west-1")));
    assert_eq!(settings.arch, Some(Cpu::Arm64));
    assert_eq!(settings.log_filter, log::Filter::read("debug").unwrap());
    assert_eq!(settings.colour, Colour::Never);
    assert_eq!(settings.limits.inflated, ByteSize(1_000_000_000));
    assert_eq!(settings.limits.timeout, Duration::from_secs(3));
    assert_eq!(settings.limits.deadline_reserve, Duration::from_secs(2));
    assert_eq!(settings.limits.concurrency.get(), 8);
}

#[test]
fn sinks_and_network_are_configured() {
    let settings = read(EVERYTHING);
    insta::assert_debug_snapshot!(settings.sinks, @r#"
    [
        Datadog(
            Datadog {
                api_key: Value(
                    Secret(hidden),
                ),
                site: "datadoghq.eu",
                logs: Some(
                    https://intake.example,
                ),
                api: None,
                tags: [
                    "env:prod",
                    "bare",
                ],
                source: None,
                compression_level: None,
                concurrency: None,
                storage_tag: Some(
                    "s3,cloudwatch",
                ),
            },
        ),
        Ndjson(
            File(
                "out.ndjson",
            ),
        ),
    ]
    "#);
    insta::assert_debug_snapshot!(settings.network, @r#"
    Network {
        proxy: Some(
            Proxy {
                url: http://proxy:3128,
                login: None,
            },
        ),
        no_proxy: [
            "localhost",
            ".internal",
        ],
        ca_file: Some(
            "authorities.pem",
        ),
    }
    "#);
    let endpoint = settings.aws.endpoint.map(|url| url.to_string());
    assert_eq!(endpoint.as_deref(), Some("http://localhost:5000"));
}

#[test]
fn base_endpoint_serves_both_signals() {
    let check = |set: &[(&str, &str)], logs: Option<&str>, metrics: Option<&str>| {
        let all: Vec<_> = [("TAILWATER_SINKS", "otlp")].iter().chain(set).copied().collect();
        let settings = read(&all);
        let [SinkSettings::Otlp(otlp)] = settings.sinks.as_slice() else { panic!("{settings:?}") };
        let text = |url: &Option<Url>| url.as_ref().map(ToString::to_string);
        assert_eq!((text(&otlp.logs).as_deref(), text(&otlp.metrics).as_deref()), (logs, metrics), "{set:?}");
    };
    let base = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://a.example/x/");
    let logs = ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "https://b.example/logs");
    let metrics = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "https://c.example");
    check(&[base], Some("https://a.example/x/v1/logs"), Some("https://a.example/x/v1/metrics"));
    check(&[base, logs], Some("https://b.example/logs"), Some("https://a.example/x/v1/metrics"));
    check(&[logs, metrics], Some("https://b.example/logs"), Some("https://c.example"));
    check(&[logs, ("TAILWATER_SIGNALS", "logs")], Some("https://b.example/logs"), None);
    check(&[base, ("TAILWATER_SIGNALS", "metrics")], None, Some("https://a.example/x/v1/metrics"));
}

#[test]
fn datadog_key_precedence_is_that_of_its_forwarder() {
    const ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x";
    let check = |set: &[(&str, &str)], expected: SecretRef| {
        let all: Vec<_> = [("TAILWATER_SINKS", "datadog")].iter().chain(set).copied().collect();
        let settings = read(&all);
        let [SinkSettings::Datadog(datadog)] = settings.sinks.as_slice() else { panic!("{settings:?}") };
        assert_eq!(datadog.api_key, expected, "{set:?}");
    };
    let placeholder = ("DD_API_KEY", "<YOUR_DATADOG_API_KEY>");
    let parameter = ("DD_API_KEY_SSM_NAME", "/dd/key");
    check(&[placeholder], SecretRef::Value(Secret::new("<YOUR_DATADOG_API_KEY>")));
    check(&[placeholder, parameter], SecretRef::Parameter("/dd/key".to_owned()));
    check(
        &[placeholder, parameter, ("DD_API_KEY_SECRET_ARN", ARN)],
        SecretRef::SecretsManager(ARN.to_owned()),
    );
}

#[test]
fn invalid_value_is_not_reported_as_missing() {
    let check = |sink: &str, name: &str, text: &str| {
        let all = problems(&[("TAILWATER_SINKS", sink), ("TAILWATER_SIGNALS", "logs"), (name, text)]);
        assert!(matches!(all.as_slice(), [only] if only.starts_with(name)), "{all:?}");
    };
    check("otlp", "OTEL_EXPORTER_OTLP_ENDPOINT", "collector");
    check("otlp", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "collector");
    check("datadog", "DD_API_KEY_SECRET_ARN", "my-secret");
    check("datadog", "DD_API_KEY_SSM_NAME", "my secret");
    check("datadog", "DD_API_KEY", "my secret");
}

#[test]
fn excluded_log_group_may_end_in_a_star() {
    let settings =
        read(&[("TAILWATER_SINKS", "ndjson"), ("TAILWATER_EXCLUDE_LOG_GROUPS", "/a/self,/b/tail*")]);
    let check = |name: &str, is_excluded: bool| {
        assert_eq!(
            settings.exclude_log_groups.iter().any(|groups| groups.contains(name)),
            is_excluded,
            "{name}"
        );
    };
    check("/a/self", true);
    check("/a/self2", false);
    check("/b/tailwater", true);
    check("/b/tai", false);
}

#[test]
fn answering_is_configured() {
    let answering = |set: &[(&str, &str)]| {
        let sinks = [("TAILWATER_SINKS", "ndjson")];
        Settings::read(&environment(sinks.into_iter().chain(set.iter().copied()))).unwrap().answering
    };
    // Without the setting nothing is lost, whatever the mapping.
    let usual = Answering { reporting: Reporting::WholeBatch, onward: Onward::Keep };
    assert_eq!(answering(&[]), usual);
    let other = [("TAILWATER_BATCH_ITEM_FAILURES", "true"), ("TAILWATER_FIREHOSE", "drop")];
    assert_eq!(answering(&other), Answering { reporting: Reporting::PerItem, onward: Onward::Drop });
}

#[test]
fn all_problems_are_reported_at_once() {
    let all = problems(&[
        ("TAILWATER_SINK", "otlp"),
        ("TAILWATER_SINKS", "otlp,datadog"),
        ("TAILWATER_SIGNALS", "logs,spans"),
        ("TAILWATER_INFLATED_LIMIT", "256"),
        ("TAILWATER_CONCURRENCY", "100"),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://collector:4318"),
        ("DD_SITE", "datadog.eu"),
        ("TAILWATER_PARKING", "my-bucket"),
        ("TAILWATER_ARCH", "arm"),
    ]);
    insta::assert_snapshot!(all.join("\n"), @r"
    TAILWATER_SINK is not a setting; did you mean TAILWATER_SINKS? (in the environment)
    TAILWATER_SIGNALS: `logs,spans` is not an allowed word; expected one or more of logs, metrics, traces, separated by commas (in the environment)
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `http://collector:4318` uses plain HTTP to another machine (TAILWATER_ALLOW_INSECURE=true allows it); expected a URL such as https://collector.example:4318 (in the environment)
    OTEL_EXPORTER_OTLP_ENDPOINT is not set, but the sink otlp needs it; expected a URL such as https://collector.example:4318
    DD_SITE: `datadog.eu` is not an allowed word; expected one of datadoghq.com, us3.datadoghq.com, us5.datadoghq.com, ap1.datadoghq.com, ap2.datadoghq.com, uk1.datadoghq.com, datadoghq.eu, ddog-gov.com, us2.ddog-gov.com (in the environment)
    DD_API_KEY is not set, but the sink datadog needs it; expected the secret itself, or secretsmanager:ARN, or ssm:NAME
    TAILWATER_PARKING: `my-bucket` is not a parking location; expected s3://BUCKET/PREFIX, sqs:QUEUE_URL (also sqs:QUEUE_URL,s3://BUCKET/PREFIX) or file:FOLDER (in the environment)
    TAILWATER_ARCH: `arm` is not an allowed word; expected one of x86_64, arm64 (in the environment)
    TAILWATER_INFLATED_LIMIT: `256` has no unit; expected a size such as 256MiB or 5MB (in the environment)
    TAILWATER_CONCURRENCY: `100` is too large; expected a number from 1 to 64 (in the environment)
    ");
}

#[test]
fn missing_setting_of_a_sink_is_reported_once() {
    let all = problems(&[("TAILWATER_SINKS", "otlp,datadog")]);
    assert_eq!(
        all,
        [
            "OTEL_EXPORTER_OTLP_ENDPOINT is not set, but the sink otlp needs it; \
             expected a URL such as https://collector.example:4318",
            "DD_API_KEY is not set, but the sink datadog needs it; \
             expected the secret itself, or secretsmanager:ARN, or ssm:NAME",
        ]
    );
    assert_eq!(
        problems(&[]),
        ["TAILWATER_SINKS is not set; expected one or more of otlp, datadog, ndjson, separated by commas"]
    );
}

#[test]
fn settings_of_other_programs_are_ignored() {
    let settings = read(&[
        ("TAILWATER_SINKS", "ndjson"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "grpc://elsewhere"),
        ("OTEL_SERVICE_NAME", "x"),
        ("DD_SITE", "nowhere"),
        ("DD_TRACE_ENABLED", "true"),
        ("PATH", "/bin"),
        ("sinks", "otlp"),
    ]);
    assert_eq!(settings.sinks.len(), 1);
}

#[test]
fn empty_value_is_unset() {
    let settings = read(&[("TAILWATER_SINKS", "ndjson"), ("TAILWATER_REGION", " "), ("DD_SITE", "")]);
    assert_eq!(settings.region, None);
}

#[test]
fn plain_http_has_to_be_allowed() {
    let set = [("TAILWATER_SINKS", "otlp"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318")];
    assert_eq!(
        problems(&set),
        ["OTEL_EXPORTER_OTLP_ENDPOINT: `http://collector:4318` uses plain HTTP to another machine \
          (TAILWATER_ALLOW_INSECURE=true allows it); expected a URL such as https://collector.example:4318 (in the environment)"]
    );
    read(&[set[0], set[1], ("TAILWATER_ALLOW_INSECURE", "true")]);
}

#[cfg(unix)]
#[test]
fn value_that_is_not_utf8_is_reported() {
    use std::os::unix::ffi::OsStringExt as _;
    let odd = std::ffi::OsString::from_vec(vec![b'a', 0xff]);
    let values = Values::of_environment([
        ("TAILWATER_TAGS".into(), odd.clone()),
        ("SOMETHING_ELSE".into(), odd),
        ("TAILWATER_SINKS".into(), "ndjson".into()),
    ]);
    let errors = Settings::read(&values).expect_err("it is not UTF-8").to_string();
    assert_eq!(
        errors,
        "TAILWATER_TAGS is not UTF-8; expected tags such as team:shop,stage:prod (in the environment)"
    );
}

/// Source that records which settings are read.
struct Spy<'s> {
    values: &'s Values,
    asked: RefCell<BTreeSet<String>>,
}

impl Source for Spy<'_> {
    fn find(&self, name: &str) -> Option<Found<'_>> {
        self.asked.borrow_mut().insert(name.to_owned());
        self.values.find(name)
    }

    fn problems(&self) -> Vec<Problem> {
        self.values.problems()
    }
}

#[test]
fn exactly_the_listed_settings_are_read() {
    let values = environment([("TAILWATER_SINKS", "otlp,datadog,ndjson")]);
    let spy = Spy { values: &values, asked: RefCell::default() };
    let _missing = Settings::read(&spy);
    let mut asked = spy.asked.into_inner();
    // Refused here; the command line reads it before all others.
    asked.insert("TAILWATER_CONFIG".to_owned());
    let table: BTreeSet<_> = SETTINGS.iter().map(|setting| setting.name.to_owned()).collect();
    assert_eq!(asked, table);
    assert_eq!(table.len(), SETTINGS.len(), "duplicate name");
}

#[test]
fn sink_names_have_one_list() {
    let sinks: Vec<_> = SinkName::WORDS.iter().map(|(_, sink)| sink.name()).collect();
    let written: Vec<_> = SinkName::WORDS.iter().map(|(name, _)| *name).collect();
    assert!(sinks == SinkName::NAMES && written == SinkName::NAMES);
}

proptest! {
    #[test]
    fn any_text_is_read_or_reported(idx in 0..SETTINGS.len(), text in "\\PC{0,40}|[a-z0-9%:=/,.@\\[\\]-]{0,40}|.{0,9}") {
        let set = [("TAILWATER_SINKS", "otlp,datadog,ndjson"), (SETTINGS[idx].name, &*text)];
        let set = set.into_iter().skip(usize::from(idx == 0));
        if let Err(errors) = Settings::read(&environment(set)) {
            prop_assert!(!errors.0.is_empty());
            prop_assert_eq!(errors.to_string().lines().count(), errors.0.len());
        }
    }
}

#[test]
fn traces_need_a_sink_that_takes_them() {
    let url = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example");
    let key = ("DD_API_KEY", "abc");
    let traces = ("TAILWATER_SIGNALS", "logs,traces");
    let both = read(&[("TAILWATER_SINKS", "datadog,otlp"), traces, url, key]);
    assert!(both.signals.include(Signal::Traces) && !both.signals.include(Signal::Metrics));
    assert_eq!(
        problems(&[("TAILWATER_SINKS", "datadog"), traces, key]),
        [
            "TAILWATER_SIGNALS names traces, but no sink in TAILWATER_SINKS takes them; add the sink otlp, or remove traces (in the environment)"
        ]
    );
}

/// A host in `DD_URL` is for logs, as in the Datadog Forwarder; a URL of a proxy is for metrics, too.
#[test]
fn datadog_metrics_go_to_the_proxy_of_both_or_to_their_own_address() {
    let api = |settings: &[(&str, &str)]| {
        let required = [("TAILWATER_SINKS", "datadog"), ("DD_API_KEY", "abc")];
        let settings = read(&[&required, settings].concat());
        match settings.sinks.as_slice() {
            [SinkSettings::Datadog(datadog)] => datadog.api.as_ref().map(ToString::to_string),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(api(&[("DD_URL", "proxy.example")]), None);
    assert_eq!(api(&[("DD_URL", "https://proxy.example/api/v2/logs")]), None);
    assert_eq!(api(&[("DD_URL", "https://http-intake.logs.datadoghq.eu")]), None);
    assert_eq!(api(&[("DD_URL", "127.0.0.1"), ("DD_NO_SSL", "true")]), None);
    let proxy = ("DD_URL", "https://proxy.example/datadog");
    assert_eq!(api(&[proxy]).as_deref(), Some("https://proxy.example/datadog"));
    let both = [proxy, ("DD_API_URL", "api.example")];
    assert_eq!(api(&both).as_deref(), Some("https://api.example"));
}
