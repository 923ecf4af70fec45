//! Credentials of the container (ECS, EKS, CloudShell) and of the EC2 instance, from their metadata services.

use std::fs;

use tailwater_forwarder::{
    aws::Service,
    http::{Client, HeaderName, HeaderValue, Method, Request},
    value::Secret,
};

use super::{
    chain::InstanceMetadata,
    environment::Environment,
    error::CredentialsError,
    lease::{self, Lease},
    sts::send_unsigned,
};

/// Address of the credentials of ECS.
const ECS: &str = "http://169.254.170.2";
/// Address of the metadata service of EC2.
const EC2: &str = "http://169.254.169.254";

/// Gets the credentials of the container; `None` if the environment names no address.
pub(super) async fn of_container(
    client: &Client,
    environment: &Environment,
) -> Result<Option<Lease>, CredentialsError> {
    let url = match (&environment.container_path, &environment.container_url) {
        (Some(path), _) => format!("{ECS}/{}", path.trim_start_matches('/')),
        (None, Some(url)) => url.clone(),
        (None, None) => return Ok(None),
    };
    let is_plain = url.starts_with("http://");
    if !is_plain && !url.starts_with("https://") {
        return Err(CredentialsError::ContainerAddress);
    }
    // Without TLS only this machine and the container's own service are asked.
    let own = if is_plain { &Client::for_metadata()? } else { client };
    let mut request = Request::new(Method::GET, url, Vec::new());
    if let Some(token) = container_token(environment)? {
        let with = request.with_secret(HeaderName::from_static("authorization"), &token);
        request = with.ok_or(CredentialsError::Invalid("AWS_CONTAINER_AUTHORIZATION_TOKEN"))?;
    }
    let answer = send_unsigned(own, Service::Sts, request).await?;
    lease::parse(&answer).map(Some).ok_or(CredentialsError::Invalid("the container"))
}

/// Token of the request: that of the file, which is renewed, before the fixed one.
fn container_token(environment: &Environment) -> Result<Option<Secret>, CredentialsError> {
    let Some(path) = &environment.container_token_file else {
        return Ok(environment.container_token.clone());
    };
    let text =
        fs::read_to_string(path).map_err(|error| CredentialsError::File { path: path.clone(), error })?;
    Ok(Some(Secret::new(text.trim())))
}

/// Gets the credentials of the EC2 instance (IMDSv2); `None` unless they are asked for.
pub(super) async fn of_instance(
    environment: &Environment,
    wanted: InstanceMetadata,
) -> Result<Option<Lease>, CredentialsError> {
    match wanted {
        InstanceMetadata::Never => return Ok(None),
        InstanceMetadata::Allowed => {}
    }
    let client = Client::for_metadata()?;
    let base = environment.instance_url.as_deref().unwrap_or(EC2).trim_end_matches('/');
    let request = Request::new(Method::PUT, format!("{base}/latest/api/token"), Vec::new());
    let request = request.with(
        HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds"),
        HeaderValue::from_static("300"),
    );
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim().to_owned();
    let token = Secret::new(text(send_unsigned(&client, Service::Sts, request).await?));
    let get = async |path: &str| {
        let url = format!("{base}/latest/meta-data/iam/security-credentials/{path}");
        let request = Request::new(Method::GET, url, Vec::new());
        let request = request.with_secret(HeaderName::from_static("x-aws-ec2-metadata-token"), &token);
        let request = request.ok_or(CredentialsError::Invalid("the EC2 instance"))?;
        send_unsigned(&client, Service::Sts, request).await
    };
    let role = text(get("").await?);
    let is_name = |c: char| c.is_ascii_alphanumeric() || "+=,.@-_".contains(c);
    if role.is_empty() || !role.chars().all(is_name) {
        return Err(CredentialsError::Invalid("the EC2 instance"));
    }
    lease::parse(&get(&role).await?).map(Some).ok_or(CredentialsError::Invalid("the EC2 instance"))
}
