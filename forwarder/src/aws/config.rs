//! Region, endpoint and credentials that requests to AWS need.

use std::path::PathBuf;

use crate::value::{Region, Secret, Url};

/// Region, endpoint and credentials for AWS services. All are optional until an AWS service is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AwsConfig {
    /// Region whose services are used.
    pub region: Option<Region>,
    /// Base URL of all services, instead of those of AWS (`AWS_ENDPOINT_URL`).
    pub endpoint: Option<Url>,
    /// Credentials of the environment or of a profile.
    pub credentials: Option<Credentials>,
    /// Name of the profile to take credentials from if the environment has none.
    pub profile: Option<String>,
    /// File with the credentials of profiles, instead of `~/.aws/credentials`.
    pub credentials_file: Option<PathBuf>,
    /// File with the regions of profiles, instead of `~/.aws/config`.
    pub config_file: Option<PathBuf>,
    /// Reason why the profile has no credentials. It is shown when a request needs credentials.
    pub no_credentials: Option<String>,
}

/// Credentials that requests to AWS are signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// Access key id. It is no secret, but identifies the account.
    pub access_key_id: Secret,
    /// Secret access key.
    pub secret_access_key: Secret,
    /// Session token of temporary credentials.
    pub session_token: Option<Secret>,
}
