//! Settings of AWS services. Their names are those that AWS's own tools use.

use std::path::PathBuf;

use super::{
    kind::Kind,
    reader::Reader,
    setting::{Setting, TypedSetting},
};
use crate::{
    aws::{AwsConfig, Credentials},
    value::{self, Region, Secret, Url, ValueError},
};

pub(super) const REGION: TypedSetting<Region> = Setting::new("AWS_REGION", Kind::Region)
    .doc("Region of AWS services; Lambda sets it.")
    .accepts(&["eu-west-1", "garage"])
    .rejects(&[("eu-west-1.evil.example", ValueError::BadRegion)])
    .parsed_by(Region::read_any);

pub(super) const DEFAULT_REGION: TypedSetting<Region> = Setting::new("AWS_DEFAULT_REGION", Kind::Region)
    .doc("Region of AWS services if `AWS_REGION` is not set.")
    .accepts(&["eu-west-1", "garage"])
    .rejects(&[("eu-west-1.evil.example", ValueError::BadRegion)])
    .parsed_by(Region::read_any);

pub(super) const ACCESS_KEY_ID: TypedSetting<Secret> = Setting::new("AWS_ACCESS_KEY_ID", Kind::Credential)
    .doc("Access key id of requests to AWS; Lambda sets it.")
    .accepts(&["AKIDEXAMPLE"])
    .rejects(CONTROL)
    .parsed_by(secret);

pub(super) const SECRET_ACCESS_KEY: TypedSetting<Secret> =
    Setting::new("AWS_SECRET_ACCESS_KEY", Kind::Credential)
        .doc("Secret key that requests to AWS are signed with; Lambda sets it.")
        .accepts(&["abc/def+ghi"])
        .rejects(CONTROL)
        .parsed_by(secret);

pub(super) const SESSION_TOKEN: TypedSetting<Secret> = Setting::new("AWS_SESSION_TOKEN", Kind::Credential)
    .doc("Session token of temporary credentials; Lambda sets it.")
    .accepts(&["abc=="])
    .rejects(CONTROL)
    .parsed_by(secret);

pub(super) const PROFILE: TypedSetting<String> = Setting::new("AWS_PROFILE", Kind::Text)
    .doc("Profile to take credentials from if none are set; read by the command line only.")
    .accepts(&["production"])
    .rejects(CONTROL)
    .parsed_by(value::text);

pub(super) const SHARED_CREDENTIALS_FILE: TypedSetting<PathBuf> =
    Setting::new("AWS_SHARED_CREDENTIALS_FILE", Kind::File)
        .doc("File with the credentials of profiles, instead of `~/.aws/credentials`.")
        .accepts(&["credentials"])
        .rejects(CONTROL)
        .parsed_by(value::path);

pub(super) const CONFIG_FILE: TypedSetting<PathBuf> = Setting::new("AWS_CONFIG_FILE", Kind::File)
    .doc("File with the regions of profiles, instead of `~/.aws/config`.")
    .accepts(&["config"])
    .rejects(CONTROL)
    .parsed_by(value::path);

pub(super) const ENDPOINT_URL: TypedSetting<Url> = Setting::new("AWS_ENDPOINT_URL", Kind::Url)
    .doc("Base URL of all AWS services, instead of AWS's own.")
    .accepts(&["http://localhost:5000"])
    .rejects(&[("localhost:5000", ValueError::NoScheme)])
    .parsed_as_url_by(Url::read);

/// Rejected examples of settings that accept any text: only control characters are rejected.
const CONTROL: &[(&str, ValueError)] = &[("a\tb", ValueError::ControlCharacter)];

/// Reads the configuration of AWS services.
pub(super) fn config(reader: &mut Reader<'_>) -> AwsConfig {
    let own = reader.optional(&REGION);
    let default = reader.optional(&DEFAULT_REGION);
    AwsConfig {
        region: own.or(default),
        endpoint: reader.optional(&ENDPOINT_URL),
        credentials: credentials(reader),
        profile: reader.optional(&PROFILE),
        credentials_file: reader.optional(&SHARED_CREDENTIALS_FILE),
        config_file: reader.optional(&CONFIG_FILE),
        no_credentials: None,
    }
}

/// Reads the credentials. Returns `None` if only the access key id or only the secret access key is set: it may be
/// meant for another program.
fn credentials(reader: &mut Reader<'_>) -> Option<Credentials> {
    let access_key_id = reader.optional(&ACCESS_KEY_ID);
    let secret_access_key = reader.optional(&SECRET_ACCESS_KEY);
    let session_token = reader.optional(&SESSION_TOKEN);
    Some(Credentials { access_key_id: access_key_id?, secret_access_key: secret_access_key?, session_token })
}

/// Accepts any text as a secret.
fn secret(text: &str) -> Result<Secret, ValueError> {
    Ok(Secret::new(text))
}
