//! Order in which providers of credentials are asked, and profiles that refer to others.

use std::{fs, path::Path};

use tailwater_forwarder::{
    aws::Credentials,
    http::Client,
    value::{Region, Url},
};
use tailwater_parser::UnixMillis;

use super::{
    container,
    environment::Environment,
    error::CredentialsError,
    lease::Lease,
    process,
    profile::{Profile, Profiles},
    sso::{RefreshedTokens, SsoProfile},
    sts::{Place, Role, assume_role, assume_role_with_web_identity},
};

/// Use of the metadata service of an EC2 instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InstanceMetadata {
    /// It is not asked: outside of AWS, its address may belong to anybody in the network.
    #[default]
    Never,
    /// It is asked if no other provider is configured.
    Allowed,
}

/// Everything that credentials may come from.
#[derive(Default)]
pub struct Chain {
    /// Access key of the environment or of the settings file.
    pub access_key: Option<Credentials>,
    /// Profile that a flag names: it counts before everything else.
    pub chosen_profile: Option<String>,
    /// Profile that the environment names.
    pub profile: Option<String>,
    /// Profile files.
    pub profiles: Profiles,
    /// Environment variables.
    pub environment: Environment,
    /// Region of STS.
    pub region: Option<Region>,
    /// Base URL of all AWS services, instead of their own.
    pub endpoint: Option<Url>,
    /// Use of the metadata service of an EC2 instance.
    pub instance: InstanceMetadata,
    /// Sign-ins that were refreshed.
    pub(super) refreshed: RefreshedTokens,
}

impl Chain {
    /// Finds credentials. The first provider that is configured counts; if it fails, no other one is asked.
    ///
    /// # Errors
    /// Returns the error of that provider, or [`CredentialsError::NotFound`] if none is configured.
    pub async fn resolve(&self, client: &Client, now: UnixMillis) -> Result<Lease, CredentialsError> {
        if let Some(name) = &self.chosen_profile {
            return self.of_profile(client, name, now).await;
        }
        if let Some(access_key) = &self.access_key {
            return Ok(Lease::permanent(access_key.clone()));
        }
        if let (Some(arn), Some(file)) =
            (&self.environment.role_arn, &self.environment.web_identity_token_file)
        {
            let session_name = self.environment.role_session_name.clone();
            let role = Role { arn: arn.clone(), session_name, ..Role::default() };
            return self.web_identity(client, &role, file).await;
        }
        let name = self.profile.as_deref().unwrap_or("default");
        if self.profile.is_some() || self.profiles.merged(name).is_some_and(|profile| has_provider(&profile))
        {
            return self.of_profile(client, name, now).await;
        }
        if let Some(lease) = container::of_container(client, &self.environment).await? {
            return Ok(lease);
        }
        let instance = container::of_instance(&self.environment, self.instance).await?;
        instance.ok_or(CredentialsError::NotFound)
    }

    /// Gets the credentials of a profile: those of its source, and then of the roles from there.
    async fn of_profile(
        &self,
        client: &Client,
        name: &str,
        now: UnixMillis,
    ) -> Result<Lease, CredentialsError> {
        let mut roles = Vec::new();
        let mut visited = vec![name.to_owned()];
        let mut current = name.to_owned();
        let mut lease = loop {
            let unknown = || CredentialsError::UnknownProfile(current.clone());
            let profile = self.profiles.merged(&current).ok_or_else(unknown)?;
            let Some(arn) = profile.get("role_arn") else {
                break self.source(client, &current, &profile, now).await?;
            };
            let role = role(arn, &profile);
            if let Some(file) = profile.get("web_identity_token_file") {
                break self.web_identity(client, &role, Path::new(file)).await?;
            }
            if profile.contains_key("mfa_serial") {
                let reason = "its role needs an MFA code, which cannot be asked for here: run \
                              `aws configure export-credentials` and use the environment";
                return Err(CredentialsError::Unsupported { profile: current, reason });
            }
            roles.push(role);
            let Some(source) = profile.get("source_profile") else {
                break self.credential_source(client, &current, &profile).await?;
            };
            if source == &current {
                // The profile's own access key assumes its role.
                let incomplete =
                    CredentialsError::Incomplete { profile: current.clone(), member: "aws_access_key_id" };
                break self.profiles.access_key(source).map(Lease::permanent).ok_or(incomplete)?;
            }
            if visited.contains(source) {
                return Err(CredentialsError::Loop(source.clone()));
            }
            visited.push(source.clone());
            current.clone_from(source);
        };
        for role in roles.iter().rev() {
            let (region, endpoint) = (self.region.as_ref(), self.endpoint.as_ref());
            lease = assume_role(client, &lease.credentials, role, region, endpoint).await?;
        }
        Ok(lease)
    }

    /// Gets the credentials of a profile without a role.
    async fn source(
        &self,
        client: &Client,
        name: &str,
        profile: &Profile,
        now: UnixMillis,
    ) -> Result<Lease, CredentialsError> {
        if let Some(sso) = SsoProfile::read(name, profile, &self.profiles)? {
            let (home, endpoint) = (self.environment.home.as_deref(), self.endpoint.as_ref());
            return sso.credentials(client, home, &self.refreshed, endpoint, now).await;
        }
        if let Some(access_key) = self.profiles.access_key(name) {
            return Ok(Lease::permanent(access_key));
        }
        if let Some(command) = profile.get("credential_process") {
            return process::run(name, command);
        }
        if profile.contains_key("login_session") {
            let reason = "its sign-in by `aws login` is not supported: run `aws configure export-credentials` \
                          and use the environment";
            return Err(CredentialsError::Unsupported { profile: name.to_owned(), reason });
        }
        Err(CredentialsError::Incomplete { profile: name.to_owned(), member: "aws_access_key_id" })
    }

    /// Gets the credentials that `credential_source` names.
    async fn credential_source(
        &self,
        client: &Client,
        name: &str,
        profile: &Profile,
    ) -> Result<Lease, CredentialsError> {
        let incomplete = |member| CredentialsError::Incomplete { profile: name.to_owned(), member };
        let found = match profile.get("credential_source").map(String::as_str) {
            Some("Environment") => self.access_key.clone().map(Lease::permanent),
            Some("EcsContainer") => container::of_container(client, &self.environment).await?,
            Some("Ec2InstanceMetadata") => container::of_instance(&self.environment, self.instance).await?,
            Some(_) => return Err(incomplete("valid credential_source")),
            None => return Err(incomplete("source_profile or credential_source")),
        };
        found.ok_or(CredentialsError::NotFound)
    }

    async fn web_identity(
        &self,
        client: &Client,
        role: &Role,
        file: &Path,
    ) -> Result<Lease, CredentialsError> {
        let read = fs::read_to_string(file);
        let token = read.map_err(|error| CredentialsError::File { path: file.to_owned(), error })?;
        let place = Place { region: self.region.as_ref(), endpoint: self.endpoint.as_ref() };
        assume_role_with_web_identity(client, token.trim(), role, place).await
    }
}

fn role(arn: &str, profile: &Profile) -> Role {
    let member = |name: &str| profile.get(name).cloned();
    Role {
        arn: arn.to_owned(),
        session_name: member("role_session_name"),
        external_id: member("external_id"),
        duration: member("duration_seconds"),
    }
}

/// True if a profile tells how to get credentials. The default profile often has just a region.
fn has_provider(profile: &Profile) -> bool {
    const MEMBERS: [&str; 6] = [
        "aws_access_key_id",
        "role_arn",
        "sso_session",
        "sso_start_url",
        "credential_process",
        "login_session",
    ];
    MEMBERS.iter().any(|member| profile.contains_key(*member))
}
