//! As whom and where AWS's services are used. In Lambda the environment says it; elsewhere a profile may.

use std::path::PathBuf;

use super::{reader::Reader, secret::Secret, table, value};

/// As whom and where AWS's services are used. Nothing of it has to be there as long as none is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aws {
    /// The region of the services.
    pub region: Option<String>,
    /// The key, where the environment has one.
    pub credentials: Option<AwsCredentials>,
    /// The profile whose key is used where the environment has none.
    pub profile: Option<String>,
    /// The file with profiles' keys.
    pub credentials_file: Option<PathBuf>,
    /// The file with profiles' regions.
    pub config_file: Option<PathBuf>,
    /// Reason why there are no credentials, where a profile was looked up; shown when a request needs them.
    pub no_credentials: Option<String>,
}

/// What requests to AWS are signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsCredentials {
    /// Says whose key it is. No secret, but nobody's business.
    pub access_key_id: Secret,
    /// The key.
    pub secret_access_key: Secret,
    /// What belongs to a key that is valid for a while.
    pub session_token: Option<Secret>,
}

impl Aws {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let own = reader.optional(&table::AWS_REGION, value::text);
        let default = reader.optional(&table::AWS_DEFAULT_REGION, value::text);
        Self {
            region: own.or(default),
            credentials: AwsCredentials::read(reader),
            profile: reader.optional(&table::AWS_PROFILE, value::text),
            credentials_file: path(&table::AWS_SHARED_CREDENTIALS_FILE, reader),
            config_file: path(&table::AWS_CONFIG_FILE, reader),
            no_credentials: None,
        }
    }
}

impl AwsCredentials {
    /// Both parts of the key, or none: half of one is another program's business as long as AWS is not used.
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let mut secret = |setting| reader.optional(setting, value::text).map(Secret::new);
        let access_key_id = secret(&table::AWS_ACCESS_KEY_ID);
        let secret_access_key = secret(&table::AWS_SECRET_ACCESS_KEY);
        let session_token = secret(&table::AWS_SESSION_TOKEN);
        Some(Self { access_key_id: access_key_id?, secret_access_key: secret_access_key?, session_token })
    }
}

fn path(setting: &table::Setting, reader: &mut Reader<'_>) -> Option<PathBuf> {
    reader.optional(setting, value::text).map(PathBuf::from)
}
