//! Reads region, endpoint and credentials for AWS services from the settings.

use std::path::PathBuf;

use super::{reader::Reader, table};
use crate::{
    aws::{AwsConfig, Credentials},
    value::{self, Secret, Url},
};

/// Reads the configuration of AWS services.
pub(super) fn config(reader: &mut Reader<'_>) -> AwsConfig {
    let own = reader.optional(&table::AWS_REGION, value::text);
    let default = reader.optional(&table::AWS_DEFAULT_REGION, value::text);
    let plain = reader.plain_http();
    AwsConfig {
        region: own.or(default),
        endpoint: reader.optional(&table::AWS_ENDPOINT_URL, |text| Url::read(text, plain)),
        credentials: credentials(reader),
        profile: reader.optional(&table::AWS_PROFILE, value::text),
        credentials_file: path(&table::AWS_SHARED_CREDENTIALS_FILE, reader),
        config_file: path(&table::AWS_CONFIG_FILE, reader),
        no_credentials: None,
    }
}

/// Reads the credentials. An access key id without a secret key, or the reverse, counts as none: it may be meant for
/// another program.
fn credentials(reader: &mut Reader<'_>) -> Option<Credentials> {
    let mut secret = |setting| reader.optional(setting, value::text).map(Secret::new);
    let access_key_id = secret(&table::AWS_ACCESS_KEY_ID);
    let secret_access_key = secret(&table::AWS_SECRET_ACCESS_KEY);
    let session_token = secret(&table::AWS_SESSION_TOKEN);
    Some(Credentials { access_key_id: access_key_id?, secret_access_key: secret_access_key?, session_token })
}

fn path(setting: &table::Setting, reader: &mut Reader<'_>) -> Option<PathBuf> {
    reader.optional(setting, value::text).map(PathBuf::from)
}
