//! Settings of the rules: where they are, and the key with which they hash.

use super::{
    datadog_forwarder,
    kind::Kind,
    reader::Reader,
    setting::{Setting, TypedSetting},
};
use crate::{
    rule_source::RuleSource,
    rules::DatadogRules,
    value::{SecretRef, ValueError},
};

/// Settings from which rules are compiled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleSettings {
    /// Source of the rules of the user; `None` without any.
    pub own: Option<RuleSource>,
    /// Key with which rules hash what they redact.
    pub redact_key: Option<SecretRef>,
    /// Settings of the Datadog Forwarder that filter and redact. Their rules come before those of the user.
    pub datadog: DatadogRules,
}

impl RuleSettings {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            own: reader.optional(&RULES),
            redact_key: reader.optional(&REDACT_KEY),
            datadog: datadog_forwarder::rules(reader),
        }
    }

    /// Returns the source of rules; an empty text if only settings of the Datadog Forwarder stand for rules, and `None`
    /// without any rule.
    #[must_use]
    pub fn source(&self) -> Option<RuleSource> {
        let empty = || (!self.datadog.is_empty()).then(|| RuleSource::Inline(String::new()));
        self.own.clone().or_else(empty)
    }
}

pub(super) const RULES: TypedSetting<RuleSource> = Setting::new("TAILWATER_RULES", Kind::Rules)
    .doc("Rules that filter, redact, sample, tag and join log events, and make metrics of them: their text, the path of a file, `ssm:NAME` or `s3://BUCKET/KEY`. Rules in AWS are read again every five minutes.")
    .accepts(&["rules.toml", "ssm:/tailwater/rules", "s3://my-bucket/rules.toml"])
    .rejects(&[("ssm:", ValueError::BadParameter), ("s3://My_Bucket/rules", ValueError::BadBucket)])
    .parsed_by(RuleSource::read);

pub(super) const REDACT_KEY: TypedSetting<SecretRef> = Setting::new("TAILWATER_REDACT_KEY", Kind::Secret)
    .doc("Key with which rules hash what they redact with `hash = true`.")
    .accepts(&["0123abcd", "ssm:/prod/redact-key"])
    .rejects(&[("two words", ValueError::BadSecret), ("ssm:", ValueError::BadParameter)])
    .parsed_by(SecretRef::read);
