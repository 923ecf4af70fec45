//! Settings of the Datadog Forwarder that filter and redact log events. They hold for every sink.

use super::FORWARD_LOG;
use crate::{
    rules::{DatadogRules, redact::LineOptions},
    settings::{
        kind::Kind,
        problem::Reason,
        reader::Reader,
        setting::{Setting, TypedSetting},
    },
    value::ValueError,
};

/// Text that replaces matches of `DD_SCRUBBING_RULE` if `DD_SCRUBBING_RULE_REPLACEMENT` is not set.
const REPLACEMENT: &str = "xxxxx";

pub(in crate::settings) const REDACT_IP: TypedSetting<bool> = Setting::new("REDACT_IP", Kind::Switch)
    .default("false")
    .doc("Replaces IPv4 addresses in all log events by `xxx.xxx.xxx.xxx`, for every sink, as the Datadog Forwarder does.")
    .accepts(&["true", "True", "FALSE"])
    .rejects(&[("1", ValueError::UnknownWord)])
    .parsed_by(switch);

pub(in crate::settings) const REDACT_EMAIL: TypedSetting<bool> = Setting::new("REDACT_EMAIL", Kind::Switch)
    .default("false")
    .doc("Replaces e-mail addresses in all log events by `xxxxx@xxxxx.com`, for every sink, as the Datadog Forwarder does.")
    .accepts(&["true", "True", "FALSE"])
    .rejects(&[("yes", ValueError::UnknownWord)])
    .parsed_by(switch);

pub(in crate::settings) const SCRUBBING_RULE: TypedSetting<String> = Setting::new("DD_SCRUBBING_RULE", Kind::Regex)
    .doc("Replaces what this regular expression matches in all log events, for every sink, as the Datadog Forwarder does. It is searched in the message as written, in its JSON string, and in the values of a JSON message.")
    .accepts(&[r"\d{4}-\d{4}", r#"\\"password\\":\\"[^"]*"#])
    .rejects(CONTROL)
    .parsed_by(text);

pub(in crate::settings) const SCRUBBING_RULE_REPLACEMENT: TypedSetting<String> =
    Setting::new("DD_SCRUBBING_RULE_REPLACEMENT", Kind::Replacement)
        .default(REPLACEMENT)
        .doc("Text that replaces the matches of `DD_SCRUBBING_RULE`.")
        .accepts(&["[card]", r"\g<0>"])
        .rejects(CONTROL)
        .parsed_by(text);

pub(in crate::settings) const INCLUDE_AT_MATCH: TypedSetting<String> =
    Setting::new("INCLUDE_AT_MATCH", Kind::Regex)
        .doc("Delivers only log events whose message this regular expression matches, to every sink, as the Datadog Forwarder does; metrics are made of all.")
        .accepts(&["ERROR|WARN"])
        .rejects(CONTROL)
        .parsed_by(text);

pub(in crate::settings) const EXCLUDE_AT_MATCH: TypedSetting<String> =
    Setting::new("EXCLUDE_AT_MATCH", Kind::Regex)
        .doc("Does not deliver log events whose message this regular expression matches, to any sink, as the Datadog Forwarder does; metrics are made of all.")
        .accepts(&["GET /health"])
        .rejects(CONTROL)
        .parsed_by(text);

pub(in crate::settings) const MULTILINE: TypedSetting<String> =
    Setting::new("DD_MULTILINE_LOG_REGEX_PATTERN", Kind::Regex)
        .doc("Regular expression that the first line of an event in an S3 object matches at its start; the lines up to the next one are joined, for every sink, as the Datadog Forwarder does.")
        .accepts(&[r"\d{4}-\d{2}-\d{2}"])
        .rejects(CONTROL)
        .parsed_by(text);

const CONTROL: &[(&str, ValueError)] = &[("a\tb", ValueError::ControlCharacter)];

/// Reads the settings that filter and redact log events. A regex that cannot be honoured is a problem, so that nothing
/// is delivered that it would have kept back.
pub(in crate::settings) fn rules(reader: &mut Reader<'_>) -> DatadogRules {
    let regex = reader.optional(&SCRUBBING_RULE);
    let replacement = reader.value(&SCRUBBING_RULE_REPLACEMENT).unwrap_or_else(|| REPLACEMENT.to_owned());
    let rules = DatadogRules {
        exclude: reader.optional(&EXCLUDE_AT_MATCH),
        include: reader.optional(&INCLUDE_AT_MATCH),
        redact_ip: reader.value(&REDACT_IP).unwrap_or_default(),
        redact_email: reader.value(&REDACT_EMAIL).unwrap_or_default(),
        multiline: reader.optional(&MULTILINE),
        drops_logs: reader.value(&FORWARD_LOG) == Some(false),
        scrubbing: regex.map(|regex| LineOptions { regex, replacement }),
    };
    let settings = [
        EXCLUDE_AT_MATCH.setting,
        INCLUDE_AT_MATCH.setting,
        MULTILINE.setting,
        SCRUBBING_RULE.setting,
        SCRUBBING_RULE_REPLACEMENT.setting,
    ];
    for refused in rules.refused() {
        let setting = settings.iter().find(|setting| setting.name == refused.setting);
        if let Some(setting) = setting {
            reader.conflict(setting, Reason::Regex(refused.reason));
        }
    }
    rules
}

/// Parses `true` or `false` in any case, as the Datadog Forwarder does.
pub(super) fn switch(text: &str) -> Result<bool, ValueError> {
    let word = ["true", "false"].into_iter().find(|word| text.trim().eq_ignore_ascii_case(word));
    word.map(|word| word == "true").ok_or(ValueError::UnknownWord)
}

fn text(text: &str) -> Result<String, ValueError> {
    Ok(text.to_owned())
}
