//! Settings of the HTTP client: proxy, certificate authorities, and hosts that plain HTTP is allowed for.

use std::path::PathBuf;

use super::{
    kind::Kind,
    reader::Reader,
    setting::{Setting, TypedSetting},
};
use crate::{
    http::{Network, Proxy},
    value::{self, PlainHttp, ValueError},
};

pub(super) const ALLOW_INSECURE: TypedSetting<PlainHttp> =
    Setting::new("TAILWATER_ALLOW_INSECURE", Kind::Switch)
        .default("false")
        .doc("Allows plain `http://` to hosts other than this machine.")
        .accepts(&["true", "false"])
        .rejects(&[("1", ValueError::UnknownWord)])
        .parsed_by(|text| {
            value::switch(text).map(|is_on| if is_on { PlainHttp::Anywhere } else { PlainHttp::LoopbackOnly })
        });

pub(super) const CA_FILE: TypedSetting<PathBuf> = Setting::new("TAILWATER_CA_FILE", Kind::File)
    .doc("PEM file of certificate authorities to trust besides the public ones.")
    .accepts(&["authorities.pem"])
    .rejects(&[("a\tb", ValueError::ControlCharacter)])
    .parsed_by(value::path);

pub(super) const HTTPS_PROXY: TypedSetting<Proxy> = Setting::new("HTTPS_PROXY", Kind::Proxy)
    .doc("Proxy for requests to backends.")
    .accepts(&["proxy:3128", "http://user:p%40ss@proxy:3128"])
    .rejects(&[("socks5://proxy:1080", ValueError::NoScheme)])
    .parsed_by(Proxy::read);

pub(super) const NO_PROXY: TypedSetting<Vec<String>> = Setting::new("NO_PROXY", Kind::List)
    .doc("Hosts that are reached without the proxy.")
    .accepts(&["localhost,.internal"])
    .rejects(&[(",", ValueError::EmptyItem)])
    .parsed_by(value::list);

/// Reads the hosts that plain HTTP is allowed for. It must be read first, because the URLs of all other settings are
/// checked against it.
pub(super) fn plain_http(reader: &mut Reader<'_>) {
    if let Some(plain) = reader.value(&ALLOW_INSECURE) {
        reader.plain = plain;
    }
}

/// Reads the network settings of the HTTP client.
pub(super) fn network(reader: &mut Reader<'_>) -> Network {
    Network {
        proxy: reader.optional(&HTTPS_PROXY),
        no_proxy: reader.optional(&NO_PROXY).unwrap_or_default(),
        ca_file: reader.optional(&CA_FILE),
    }
}
