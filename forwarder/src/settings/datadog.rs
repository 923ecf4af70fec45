//! Settings of the Datadog sink. Their names are those that Datadog's own forwarder uses.

use std::num::NonZeroU16;

use super::{
    datadog_forwarder,
    kind::Kind,
    reader::Reader,
    setting::{Setting, TypedSetting},
    sink_name::SinkName,
};
use crate::{
    sink::datadog::{Endpoints, LOGS_HOST, SITES},
    value::{self, Scheme, SecretRef, Url, ValueError},
};

/// Configuration of the Datadog sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datadog {
    /// API key.
    pub api_key: SecretRef,
    /// Site, such as `datadoghq.eu`; one of [`SITES`].
    pub site: String,
    /// URL of a proxy or of a logs intake that logs are sent to instead of to the site.
    pub logs: Option<Url>,
    /// URL of a proxy or of an API that points are sent to instead of to the site. It is that of `DD_URL` if that is a proxy
    /// for both.
    pub api: Option<Url>,
    /// Tags as Datadog takes them, mostly `key:value`.
    pub tags: Vec<String>,
    /// Source of all logs; `None` for that of their origin.
    pub source: Option<String>,
    /// Compression level of bodies, instead of that of all sinks; 0 for no compression.
    pub compression_level: Option<u8>,
    /// Maximum number of concurrent requests, instead of that of all sinks.
    pub concurrency: Option<NonZeroU16>,
    /// Value of the header `DD-STORAGE-TAG`; `None` without the header.
    pub storage_tag: Option<&'static str>,
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
    .doc("Proxy or intake that is used instead of the site. A host, or a URL with the path `/api/v2/logs`, gets logs, as in the Datadog Forwarder; another URL gets logs and metrics. `DD_API_URL` is for metrics alone.")
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
        datadog_forwarder::refuse_skipped_validation(reader);
        let site = reader.value(&SITE);
        let logs = Self::logs(site.as_deref(), reader);
        let api = if reader.is_set(&datadog_forwarder::API_URL.setting) {
            reader.optional(&datadog_forwarder::API_URL)
        } else {
            logs.clone().filter(|url| Self::is_proxy_of_both(url, reader))
        };
        let tags = reader.optional(&TAGS).unwrap_or_default();
        let source = reader.optional(&datadog_forwarder::SOURCE);
        let compression_level = datadog_forwarder::compression(reader);
        let concurrency = reader.optional(&datadog_forwarder::WORKERS);
        let storage_tag = datadog_forwarder::storage_tag(reader);
        let api_key = Self::api_key(reader)?;
        let site = site?;
        Some(Self { api_key, site, logs, api, tags, source, compression_level, concurrency, storage_tag })
    }

    /// Reads the address of logs; `None` for that of the site.
    fn logs(site: Option<&str>, reader: &mut Reader<'_>) -> Option<Url> {
        let scheme = datadog_forwarder::scheme(reader);
        let port = reader.optional(&datadog_forwarder::PORT);
        let own = reader.optional_as(&URL.setting, |text, plain| Url::read_or_host(text, scheme, plain));
        let url = if reader.is_set(&URL.setting) {
            own
        } else if scheme == Scheme::Http {
            let host = format!("{LOGS_HOST}{}", site?);
            let setting = datadog_forwarder::NO_SSL.setting;
            reader.optional_as(&setting, |_, plain| Url::read_or_host(&host, scheme, plain))
        } else {
            let host = format!("{LOGS_HOST}{}", site?);
            port.and_then(|_| Url::read_or_host(&host, scheme, reader.plain).ok())
        };
        Some(match port {
            Some(port) => url?.with_default_port(port.get()),
            None => url?,
        })
    }

    /// True if `DD_URL`, read as `url`, is a proxy for logs and metrics: a URL with its scheme, which the Datadog Forwarder does
    /// not know, and no intake of logs.
    fn is_proxy_of_both(url: &Url, reader: &mut Reader<'_>) -> bool {
        let has_scheme = reader.optional_as(&URL.setting, |text, _| Ok(text.contains("://")));
        has_scheme == Some(true) && !Endpoints::takes_logs_only(&url.to_string())
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
