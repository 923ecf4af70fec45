//! Settings of the Datadog Forwarder about the way to Datadog: addresses, compression, and what logs are sent.

use std::num::{NonZeroU16, NonZeroU32};

use super::rules::switch;
use crate::{
    settings::{
        kind::Kind,
        problem::Reason,
        reader::Reader,
        setting::{Setting, TypedSetting},
        sink_name::SinkName,
    },
    value::{Scheme, Url, ValueError},
};

/// Largest number of concurrent requests.
const MAX_WORKERS: u16 = 64;
/// Levels of `DD_COMPRESSION_LEVEL`; 0 is no compression.
const LEVELS: &[&str] = &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

pub(in crate::settings) const API_URL: TypedSetting<Url> = Setting::new("DD_API_URL", Kind::HostOrUrl)
    .sink(SinkName::Datadog)
    .doc("Proxy or API that metrics are sent to instead of the site.")
    .accepts(&["api.datadoghq.eu", "https://proxy.example/datadog"])
    .rejects(&[("http://proxy.example", ValueError::NoTls), ("169.254.169.254", ValueError::LinkLocal)])
    .parsed_as_url_by(|text, plain| Url::read_or_host(text, Scheme::Https, plain));

pub(in crate::settings) const PORT: TypedSetting<NonZeroU16> = Setting::new("DD_PORT", Kind::Port)
    .sink(SinkName::Datadog)
    .doc("Port of `DD_URL`, or of the logs intake of the site, if its URL names none.")
    .accepts(&["443", "10518"])
    .rejects(&[("https", ValueError::BadPort), ("0", ValueError::BadPort)])
    .parsed_by(|text| text.parse().map_err(|_| ValueError::BadPort));

pub(in crate::settings) const NO_SSL: TypedSetting<bool> = Setting::new("DD_NO_SSL", Kind::Switch)
    .sink(SinkName::Datadog)
    .default("false")
    .doc("Sends logs by plain HTTP if `DD_URL` names no scheme; to other hosts than this one, only with `TAILWATER_ALLOW_INSECURE`.")
    .accepts(&["false", "False"])
    .rejects(&[("on", ValueError::UnknownWord), ("true", ValueError::NoTls)])
    .parsed_by(switch);

pub(in crate::settings) const SKIP_SSL_VALIDATION: TypedSetting<bool> = Setting::new(
    "DD_SKIP_SSL_VALIDATION",
    Kind::Switch,
)
.sink(SinkName::Datadog)
.default("false")
.doc("Refused if true: certificates are always checked. `TAILWATER_CA_FILE` names the authority of a proxy.")
.accepts(&["false", "False"])
.rejects(&[("on", ValueError::UnknownWord)])
.parsed_by(switch);

pub(in crate::settings) const SOURCE: TypedSetting<String> = Setting::new("DD_SOURCE", Kind::Text)
    .sink(SinkName::Datadog)
    .doc("Source (`ddsource`) of all logs, instead of the one that their origin has; they get the tag `source_overridden:true`.")
    .accepts(&["shop"])
    .rejects(&[("a\tb", ValueError::ControlCharacter)])
    .parsed_by(|text| Ok(text.to_owned()));

pub(in crate::settings) const FORWARD_LOG: TypedSetting<bool> = Setting::new("DD_FORWARD_LOG", Kind::Switch)
    .sink(SinkName::Datadog)
    .default("true")
    .doc("If false, Datadog gets metrics only; its logs count as filtered.")
    .accepts(&["true", "False"])
    .rejects(&[("no", ValueError::UnknownWord)])
    .parsed_by(switch);

pub(in crate::settings) const USE_COMPRESSION: TypedSetting<bool> =
    Setting::new("DD_USE_COMPRESSION", Kind::Switch)
        .sink(SinkName::Datadog)
        .default("true")
        .doc("If false, logs are sent to Datadog uncompressed.")
        .accepts(&["true", "False"])
        .rejects(&[("no", ValueError::UnknownWord)])
        .parsed_by(switch);

pub(in crate::settings) const COMPRESSION_LEVEL: TypedSetting<u8> =
    Setting::new("DD_COMPRESSION_LEVEL", Kind::Word(LEVELS))
        .sink(SinkName::Datadog)
        .doc("Compression level of request bodies to Datadog, instead of `TAILWATER_COMPRESSION_LEVEL`; 0 is no compression.")
        .accepts(LEVELS)
        .rejects(&[("10", ValueError::UnknownWord)])
        .parsed_by(|text| {
            let level = LEVELS.iter().find(|level| **level == text).and_then(|level| level.parse().ok());
            level.ok_or(ValueError::UnknownWord)
        });

pub(in crate::settings) const WORKERS: TypedSetting<NonZeroU16> = Setting::new("DD_MAX_WORKERS", Kind::Number)
    .sink(SinkName::Datadog)
    .doc("Maximum number of concurrent requests to Datadog, instead of `TAILWATER_CONCURRENCY`; a number over 64 is 64.")
    .accepts(&["20", "100"])
    .rejects(&[("many", ValueError::NotANumber), ("0", ValueError::NotANumber)])
    .parsed_by(|text| {
        let workers: NonZeroU32 = text.parse().map_err(|_| ValueError::NotANumber)?;
        let limited = u16::try_from(workers.get()).unwrap_or(MAX_WORKERS).min(MAX_WORKERS);
        NonZeroU16::new(limited).ok_or(ValueError::NotANumber)
    });

pub(in crate::settings) const ENRICH_S3: TypedSetting<bool> = Setting::new("DD_ENRICH_S3_TAGS", Kind::Switch)
    .sink(SinkName::Datadog)
    .default("true")
    .doc("Asks Datadog to add the tags of buckets to logs, by the header `DD-STORAGE-TAG`.")
    .accepts(&["true", "False"])
    .rejects(&[("no", ValueError::UnknownWord)])
    .parsed_by(switch);

pub(in crate::settings) const ENRICH_CLOUDWATCH: TypedSetting<bool> =
    Setting::new("DD_ENRICH_CLOUDWATCH_TAGS", Kind::Switch)
        .sink(SinkName::Datadog)
        .default("true")
        .doc("Asks Datadog to add the tags of log groups to logs, by the header `DD-STORAGE-TAG`.")
        .accepts(&["true", "False"])
        .rejects(&[("no", ValueError::UnknownWord)])
        .parsed_by(switch);

/// Refuses `DD_SKIP_SSL_VALIDATION`.
pub(in crate::settings) fn refuse_skipped_validation(reader: &mut Reader<'_>) {
    if reader.value(&SKIP_SSL_VALIDATION) == Some(true) {
        let remedy = "is refused: whoever answers could take the API key; unset it, and name the certificate \
                      authority of your proxy in TAILWATER_CA_FILE";
        reader.conflict(&SKIP_SSL_VALIDATION.setting, Reason::Refused(remedy));
    }
}

/// Returns the scheme of addresses that name none.
pub(in crate::settings) fn scheme(reader: &mut Reader<'_>) -> Scheme {
    if reader.value(&NO_SSL) == Some(true) { Scheme::Http } else { Scheme::Https }
}

/// Parses a level of compression for all bodies to Datadog; `None` for the common one, and 0 for no compression.
pub(in crate::settings) fn compression(reader: &mut Reader<'_>) -> Option<u8> {
    let level = reader.optional(&COMPRESSION_LEVEL);
    if reader.value(&USE_COMPRESSION) == Some(false) { Some(0) } else { level }
}

/// Returns the value of the header `DD-STORAGE-TAG`; `None` without the header.
pub(in crate::settings) fn storage_tag(reader: &mut Reader<'_>) -> Option<&'static str> {
    let (s3, cloudwatch) = (reader.value(&ENRICH_S3), reader.value(&ENRICH_CLOUDWATCH));
    match (s3?, cloudwatch?) {
        (true, true) => Some("s3,cloudwatch"),
        (true, false) => Some("s3"),
        (false, true) => Some("cloudwatch"),
        (false, false) => None,
    }
}
