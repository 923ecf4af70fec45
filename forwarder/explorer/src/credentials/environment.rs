//! Environment variables that name a provider of credentials. Access keys and the profile are settings of the program.

use std::{env, path::PathBuf};

use tailwater_forwarder::value::Secret;

/// Variables of the environment; empty ones count as not set.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Home folder, in which `.aws/sso/cache` is.
    pub home: Option<PathBuf>,
    /// `AWS_ROLE_ARN`: role of the web identity.
    pub role_arn: Option<String>,
    /// `AWS_ROLE_SESSION_NAME`.
    pub role_session_name: Option<String>,
    /// `AWS_WEB_IDENTITY_TOKEN_FILE`.
    pub web_identity_token_file: Option<PathBuf>,
    /// `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`: path at the address of ECS.
    pub container_path: Option<String>,
    /// `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
    pub container_url: Option<String>,
    /// `AWS_CONTAINER_AUTHORIZATION_TOKEN`.
    pub container_token: Option<Secret>,
    /// `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`.
    pub container_token_file: Option<PathBuf>,
    /// `AWS_EC2_METADATA_SERVICE_ENDPOINT`: address of the instance's metadata service.
    pub instance_url: Option<String>,
}

impl Environment {
    /// Reads the environment of this process.
    #[must_use]
    pub fn read() -> Self {
        let text = |name: &str| env::var(name).ok().filter(|text| !text.is_empty());
        Self {
            home: env::home_dir(),
            role_arn: text("AWS_ROLE_ARN"),
            role_session_name: text("AWS_ROLE_SESSION_NAME"),
            web_identity_token_file: text("AWS_WEB_IDENTITY_TOKEN_FILE").map(PathBuf::from),
            container_path: text("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
            container_url: text("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
            container_token: text("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(Secret::new),
            container_token_file: text("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").map(PathBuf::from),
            instance_url: text("AWS_EC2_METADATA_SERVICE_ENDPOINT"),
        }
    }
}
