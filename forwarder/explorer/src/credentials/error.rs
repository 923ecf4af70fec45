//! Error of finding credentials.

use std::{io, path::PathBuf};

use tailwater_forwarder::{aws, http::ClientError};
use thiserror::Error;

/// Reason why there are no credentials. It holds no secret.
#[derive(Debug, Error)]
pub enum CredentialsError {
    /// No provider of the chain is configured.
    #[error(
        "no AWS credentials found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile with --profile or AWS_PROFILE; \
         on an EC2 instance give --imds"
    )]
    NotFound,
    /// The selected profile does not exist.
    #[error("profile {0} not found in the credentials file or the config file")]
    UnknownProfile(String),
    /// A profile lacks a member that another member of it needs.
    #[error("profile {profile} has no {member}")]
    Incomplete {
        /// Name of the profile.
        profile: String,
        /// Name of the missing member.
        member: &'static str,
    },
    /// A profile gets its credentials in a way that is not supported.
    #[error("profile {profile}: {reason}")]
    Unsupported {
        /// Name of the profile.
        profile: String,
        /// Explanation, with what to do.
        reason: &'static str,
    },
    /// Profiles name each other as source.
    #[error("profile {0} is its own source: correct source_profile")]
    Loop(String),
    /// The program of `credential_process` has failed. Its output is not shown, because it may hold a secret.
    #[error("credential_process of profile {profile} {reason}")]
    Process {
        /// Name of the profile.
        profile: String,
        /// Explanation.
        reason: String,
    },
    /// There is no sign-in, or it is over.
    #[error("the sign-in of profile {profile} has expired: run `aws sso login --profile {profile}`")]
    SignIn {
        /// Name of the profile.
        profile: String,
    },
    /// A file cannot be read.
    #[error("{}: {error}", path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Error of the file system.
        error: io::Error,
    },
    /// The answer of a provider has no credentials.
    #[error("the answer of {0} has no valid credentials")]
    Invalid(&'static str),
    /// The address of the container's credentials is not one that requests may be sent to.
    #[error(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor an address of this machine or container"
    )]
    ContainerAddress,
    /// The HTTP client cannot be created.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A request to AWS has failed.
    #[error(transparent)]
    Aws(#[from] aws::Error),
}

impl CredentialsError {
    /// True if AWS has refused a request, so that it would refuse it again.
    pub(super) fn is_final(&self) -> bool {
        if let Self::Aws(error) = self { !error.is_temporary() } else { false }
    }
}
