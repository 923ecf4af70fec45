//! Names of the settings of the Datadog Forwarder 5.4.11, and what becomes of each here. `infra/switching.md` has this table.

/// Name of a setting of the Datadog Forwarder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatadogName {
    /// Name of the environment variable.
    pub name: &'static str,
    /// Treatment of the setting here.
    pub treatment: Treatment,
    /// Difference, equivalent or reason, in words.
    pub doc: &'static str,
    /// Values that are named when the program starts; `None` if the setting is read as one of Tailwater's own.
    when: Option<When>,
}

/// Treatment of a setting of the Datadog Forwarder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// It has the same effect.
    Honoured,
    /// Another setting has the same effect.
    Equivalent,
    /// Nothing is lost without it.
    NotNeeded,
    /// It is not available yet.
    NotYet,
    /// It has no effect here, for a reason that its explanation says.
    NoEffect,
    /// The program does not start with it.
    Refused,
}

/// Values of a setting that are worth naming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// Any value that is not empty.
    Set,
    /// `true` in any case.
    True,
    /// `false` in any case.
    False,
}

/// Setting of the Datadog Forwarder that is set, and has no effect here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatadogNote {
    /// Name of the environment variable.
    pub name: &'static str,
    /// Treatment and explanation, in words.
    pub text: String,
}

/// All settings of the Datadog Forwarder 5.4.11, and those that it has dropped since version 4.
pub const DATADOG_NAMES: &[DatadogName] = &[
    DatadogName::new("DD_API_KEY", Treatment::Honoured, "Also `secretsmanager:ARN` and `ssm:NAME`."),
    DatadogName::new("DD_API_KEY_SECRET_ARN", Treatment::Honoured, "Takes precedence over the other keys; a secret of several JSON members has the key in `DD_API_KEY`."),
    DatadogName::new("DD_API_KEY_SSM_NAME", Treatment::Honoured, "Takes precedence over `DD_API_KEY`."),
    DatadogName::new("DD_KMS_API_KEY", Treatment::NoEffect, "Keys encrypted by KMS are not read; store the key in Secrets Manager or SSM, and set DD_API_KEY_SECRET_ARN or DD_API_KEY_SSM_NAME.").noted(When::Set),
    DatadogName::new("DD_SITE", Treatment::Honoured, "An unknown site is an error."),
    DatadogName::new("DD_URL", Treatment::Honoured, "A host is for logs only, as there. A URL with its scheme, which that forwarder does not know, is for metrics too, unless it ends with `/api/v2/logs` or is the logs intake of a site."),
    DatadogName::new("DD_PORT", Treatment::Honoured, "Port of `DD_URL` if it names none."),
    DatadogName::new("DD_API_URL", Treatment::Honoured, "Metrics only."),
    DatadogName::new("DD_TRACE_INTAKE_URL", Treatment::NotNeeded, "No traces are sent to Datadog; the sink otlp sends spans (TAILWATER_SIGNALS).").noted(When::Set),
    DatadogName::new("DD_NO_SSL", Treatment::Honoured, "Plain HTTP to another machine also needs `TAILWATER_ALLOW_INSECURE=true`."),
    DatadogName::new("DD_SKIP_SSL_VALIDATION", Treatment::Refused, "Certificates are always checked: name the authority of a proxy in TAILWATER_CA_FILE."),
    DatadogName::new("DD_TAGS", Treatment::Honoured, "For Datadog only; `TAILWATER_TAGS` holds for every sink."),
    DatadogName::new("DD_SOURCE", Treatment::Honoured, "Logs get the tag `source_overridden:true`."),
    DatadogName::new("DD_FORWARD_LOG", Treatment::Honoured, "If false, logs for Datadog count as filtered; other sinks get them."),
    DatadogName::new("DD_USE_COMPRESSION", Treatment::Honoured, "For logs and metrics."),
    DatadogName::new("DD_COMPRESSION_LEVEL", Treatment::Honoured, "The default is that of `TAILWATER_COMPRESSION_LEVEL` (1), not 6."),
    DatadogName::new("DD_MAX_WORKERS", Treatment::Honoured, "Concurrent requests to Datadog, up to 64. The default is that of `TAILWATER_CONCURRENCY` (4), not 20."),
    DatadogName::new("REDACT_IP", Treatment::Honoured, "For every sink, parked objects and own metrics of rules; messages only, not names of log groups."),
    DatadogName::new("REDACT_EMAIL", Treatment::Honoured, "As `REDACT_IP`."),
    DatadogName::new("DD_SCRUBBING_RULE", Treatment::Honoured, "As `REDACT_IP`. Look-around, back references and possessive repetitions are refused at start."),
    DatadogName::new("DD_SCRUBBING_RULE_REPLACEMENT", Treatment::Honoured, r"With groups `\1`, `\g<1>`, `\g<name>`; an empty value is the default `xxxxx`."),
    DatadogName::new("INCLUDE_AT_MATCH", Treatment::Honoured, "For every sink, in the message; the first MiB of a longer message decides."),
    DatadogName::new("EXCLUDE_AT_MATCH", Treatment::Honoured, "As `INCLUDE_AT_MATCH`."),
    DatadogName::new("DD_MULTILINE_LOG_REGEX_PATTERN", Treatment::Honoured, "For lines of S3 objects, for every sink, up to 256 KiB or 500 lines in an event."),
    DatadogName::new("DD_STORE_FAILED_EVENTS", Treatment::Honoured, "If `TAILWATER_PARKING` is not set."),
    DatadogName::new("DD_S3_BUCKET_NAME", Treatment::Honoured, "Place of `DD_STORE_FAILED_EVENTS`, below `tailwater/`; tags are not cached there."),
    DatadogName::new("DD_SQS_QUEUE_URL", Treatment::Honoured, "Place of `DD_STORE_FAILED_EVENTS`."),
    DatadogName::new("DD_ADDITIONAL_TARGET_LAMBDAS", Treatment::Honoured, "The role needs `lambda:InvokeFunction` for these functions."),
    DatadogName::new("DD_ENRICH_S3_TAGS", Treatment::Honoured, "By the header `DD-STORAGE-TAG`."),
    DatadogName::new("DD_ENRICH_CLOUDWATCH_TAGS", Treatment::Honoured, "By the header `DD-STORAGE-TAG`."),
    DatadogName::new("DD_FETCH_LAMBDA_TAGS", Treatment::NotYet, "Tags of functions are not fetched yet; set tags by rules (set) or DD_TAGS.").noted(When::True),
    DatadogName::new("DD_FETCH_LOG_GROUP_TAGS", Treatment::NotYet, "Tags of log groups are not fetched yet; DD_ENRICH_CLOUDWATCH_TAGS lets Datadog add them.").noted(When::True),
    DatadogName::new("DD_FETCH_STEP_FUNCTIONS_TAGS", Treatment::NotYet, "Tags of state machines are not fetched yet; set tags by rules (set) or DD_TAGS.").noted(When::True),
    DatadogName::new("DD_FETCH_S3_TAGS", Treatment::NotYet, "Tags of buckets are not fetched yet; DD_ENRICH_S3_TAGS lets Datadog add them.").noted(When::True),
    DatadogName::new("DD_TAGS_CACHE_TTL_SECONDS", Treatment::NotYet, "No tags are fetched yet, so none are cached.").noted(When::Set),
    DatadogName::new("DD_STEP_FUNCTIONS_TRACE_ENABLED", Treatment::NotYet, "Logs of state machines are sent, but not marked to become traces.").noted(When::True),
    DatadogName::new("DD_TRACE_ENABLED", Treatment::NotNeeded, "Traces in log lines are not sent to Datadog: they are counted in tailwater_unsupported_traces.").noted(When::True),
    DatadogName::new("DD_ENHANCED_METRICS", Treatment::Equivalent, "Metrics of invocations are made of every REPORT; TAILWATER_SIGNALS=logs leaves them out.").noted(When::False),
    DatadogName::new("DD_USE_VPC", Treatment::NotNeeded, "A function in a VPC needs no setting.").noted(When::True),
    DatadogName::new("DD_USE_FIPS", Treatment::NotYet, "There are no FIPS endpoints for Datadog; AWS_ENDPOINT_URL replaces those of AWS.").noted(When::True),
    DatadogName::new("DD_USE_TCP", Treatment::NoEffect, "Logs go by HTTPS, as in version 5 of the Datadog Forwarder.").noted(When::True),
    DatadogName::new("DD_USE_PRIVATE_LINK", Treatment::Equivalent, "Name the endpoints of PrivateLink in DD_URL and DD_API_URL; version 5 of the Datadog Forwarder has dropped the setting, too.").noted(When::True),
    DatadogName::new("DD_LOG_LEVEL", Treatment::Equivalent, "RUST_LOG is the level of the own log: off, error, warn, info, debug or trace.").noted(When::Set),
    DatadogName::new("HTTP_PROXY", Treatment::Equivalent, "HTTPS_PROXY is the proxy of all requests to backends.").noted(When::Set),
    DatadogName::new("HTTPS_PROXY", Treatment::Honoured, ""),
    DatadogName::new("NO_PROXY", Treatment::Honoured, ""),
];

impl Treatment {
    /// Returns the treatment in words.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Honoured => "honoured",
            Self::Equivalent => "has an equivalent",
            Self::NotNeeded => "is not needed",
            Self::NotYet => "is not available yet",
            Self::NoEffect => "has no effect",
            Self::Refused => "is refused",
        }
    }
}

impl DatadogName {
    const fn new(name: &'static str, treatment: Treatment, doc: &'static str) -> Self {
        Self { name, treatment, doc, when: None }
    }

    const fn noted(self, when: When) -> Self {
        Self { when: Some(when), ..self }
    }

    /// Finds a setting by its name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        DATADOG_NAMES.iter().find(|known| known.name == name)
    }

    /// Returns the note about this value of the setting; `None` if nothing is lost.
    #[must_use]
    pub fn note(&self, value: &str) -> Option<DatadogNote> {
        let value = value.trim();
        let is_worth_it = match self.when? {
            When::Set => !value.is_empty(),
            When::True => value.eq_ignore_ascii_case("true"),
            When::False => value.eq_ignore_ascii_case("false"),
        };
        let text = format!("{}: {}", self.treatment.label(), self.doc);
        is_worth_it.then_some(DatadogNote { name: self.name, text })
    }
}

impl DatadogNote {
    /// Returns the note about an environment variable; `None` if it is not a setting of the Datadog Forwarder, or nothing
    /// is lost.
    #[must_use]
    pub fn of(variable: &str, value: &str) -> Option<Self> {
        DatadogName::named(variable)?.note(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::SETTINGS;

    #[test]
    fn every_name_is_a_setting_or_is_noted() {
        for known in DATADOG_NAMES {
            let is_setting = SETTINGS.iter().any(|setting| setting.name == known.name);
            assert_eq!(is_setting, known.when.is_none(), "{}", known.name);
            assert!(!known.doc.contains('|'), "{}", known.name);
        }
        let ours = SETTINGS.iter().filter(|setting| setting.name.starts_with("DD_"));
        for setting in ours {
            assert!(DatadogName::named(setting.name).is_some(), "{} is not in the table", setting.name);
        }
    }

    #[test]
    fn switching_guide_has_the_table() {
        let guide = include_str!("../../../../infra/switching.md");
        let rows: Vec<_> = guide
            .lines()
            .filter(|line| line.starts_with("| `DD_") || line.starts_with("| `REDACT"))
            .collect();
        for DatadogName { name, treatment, doc, .. } in DATADOG_NAMES {
            let row = format!("| `{name}` | {} | {doc} |", treatment.label());
            assert!(guide.contains(&row), "infra/switching.md lacks\n{row}");
        }
        for row in rows {
            let name = row.split('`').nth(1).unwrap_or_default();
            assert!(DatadogName::named(name).is_some(), "infra/switching.md has {name}");
        }
    }

    #[test]
    fn values_without_effect_are_not_noted() {
        let noted = |name, value| DatadogNote::of(name, value).is_some();
        assert!(noted("DD_FETCH_LAMBDA_TAGS", "True") && !noted("DD_FETCH_LAMBDA_TAGS", "false"));
        assert!(noted("DD_ENHANCED_METRICS", "false") && !noted("DD_ENHANCED_METRICS", "true"));
        assert!(noted("DD_LOG_LEVEL", "WARN") && !noted("DD_LOG_LEVEL", " ") && !noted("PATH", "x"));
    }
}
