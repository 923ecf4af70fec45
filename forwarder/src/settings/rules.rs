//! Settings of the rules: where they are, and the key with which they hash.

use super::{
    kind::Kind,
    setting::{Setting, TypedSetting},
};
use crate::{
    rule_source::RuleSource,
    value::{SecretRef, ValueError},
};

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
