//! Region, endpoint and credentials that requests to AWS are made with.

use std::path::PathBuf;

use crate::value::{Secret, Url};

/// Region, endpoint and credentials for AWS services. All of it is optional until an AWS service is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AwsConfig {
    /// Region of the services.
    pub region: Option<String>,
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
    /// Reason why the profile has no credentials; shown when a request needs them.
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
