//! Settings of the Datadog sink. Their names are those that Datadog's own forwarder uses.

use super::{
    kind::Kind,
    reader::Reader,
    setting::{Setting, TypedSetting},
    sink_name::SinkName,
};
use crate::{
    sink::datadog::SITES,
    value::{self, Scheme, SecretRef, Url, ValueError},
};

/// Configuration of the Datadog sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datadog {
    /// API key.
    pub api_key: SecretRef,
    /// Site, such as `datadoghq.eu`; one of [`SITES`].
    pub site: String,
    /// URL of a proxy or of a logs intake. Logs and points are sent to it instead of to the site.
    pub logs: Option<Url>,
    /// Tags as Datadog takes them, mostly `key:value`.
    pub tags: Vec<String>,
}

pub(super) const API_KEY_SECRET_ARN: TypedSetting<SecretRef> =
    Setting::new("DD_API_KEY_SECRET_ARN", Kind::SecretArn)
        .sink(SinkName::Datadog)
        .doc("Secret in Secrets Manager that holds the API key; takes precedence over the next two.")
        .accepts(&["arn:aws:secretsmanager:eu-west-1:123456789012:secret:dd-key-AbCdEf"])
        .rejects(&[("dd-key", ValueError::BadSecretArn)])
        .parsed_by(SecretRef::secret_arn);

pub(super) const API_KEY_SSM_NAME: TypedSetting<SecretRef> =
    Setting::new("DD_API_KEY_SSM_NAME", Kind::ParameterName)
        .sink(SinkName::Datadog)
        .doc("SSM parameter that holds the API key; takes precedence over `DD_API_KEY`.")
        .accepts(&["/prod/dd-key", "arn:aws:ssm:eu-west-1:123456789012:parameter/prod/dd-key"])
        .rejects(&[("dd key", ValueError::BadParameter)])
        .parsed_by(SecretRef::parameter);

pub(super) const API_KEY: TypedSetting<SecretRef> = Setting::new("DD_API_KEY", Kind::Secret)
    .sink(SinkName::Datadog)
    .doc("API key.")
    .accepts(&["0123abcd", "ssm:/prod/dd-key"])
    .rejects(&[("two words", ValueError::BadSecret), ("ssm:", ValueError::BadParameter)])
    .parsed_by(SecretRef::read);

pub(super) const SITE: TypedSetting<String> = Setting::new("DD_SITE", Kind::Word(SITES))
    .sink(SinkName::Datadog)
    .default("datadoghq.com")
    .doc("Datadog site of the account.")
    .accepts(SITES)
    .rejects(&[("datadog.eu", ValueError::UnknownWord)])
    .parsed_by(|text| value::one_of(text, SITES));

pub(super) const URL: TypedSetting<Url> = Setting::new("DD_URL", Kind::HostOrUrl)
    .sink(SinkName::Datadog)
    .doc("Proxy or intake that everything is sent to instead of the site.")
    .accepts(&["intake.example", "https://intake.example/datadog"])
    .rejects(&[("http://intake.example", ValueError::NoTls), ("169.254.169.254", ValueError::LinkLocal)])
    .parsed_as_url_by(|text, plain| Url::read_or_host(text, Scheme::Https, plain));

pub(super) const TAGS: TypedSetting<Vec<String>> = Setting::new("DD_TAGS", Kind::List)
    .sink(SinkName::Datadog)
    .doc("Tags added to what is sent to Datadog only.")
    .accepts(&["env:prod,bare"])
    .rejects(&[("env:prod,", ValueError::EmptyItem)])
    .parsed_by(value::list);

impl Datadog {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let logs = reader.optional(&URL);
        let tags = reader.optional(&TAGS).unwrap_or_default();
        let site = reader.value(&SITE);
        let api_key = Self::api_key(reader);
        Some(Self { api_key: api_key?, site: site?, logs, tags })
    }

    /// Reads the API key from the first of its settings that is set, in the order of Datadog's forwarder. Datadog's
    /// templates leave a placeholder in the last of these settings.
    fn api_key(reader: &mut Reader<'_>) -> Option<SecretRef> {
        if reader.is_set(&API_KEY_SECRET_ARN.setting) {
            return reader.optional(&API_KEY_SECRET_ARN);
        }
        if reader.is_set(&API_KEY_SSM_NAME.setting) {
            return reader.optional(&API_KEY_SSM_NAME);
        }
        reader.value(&API_KEY)
    }
}
