//! STS: temporary credentials of a role, from other credentials or from a web identity.

use std::time::Duration;

use tailwater_forwarder::{
    aws::{self, AwsClient, AwsConfig, Call, Credentials, Service, element},
    http::{Client, HeaderName, HeaderValue, Method, Request},
    value::{Region, Url},
};

use super::{error::CredentialsError, lease::Lease};

/// Maximum time of a request to STS.
pub(super) const TIMEOUT: Duration = Duration::from_secs(20);
/// Name of the session if none is configured; it appears in CloudTrail.
const SESSION_NAME: &str = "tailwater";

/// Role to assume.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// ARN.
    pub arn: String,
    /// Name of the session.
    pub session_name: Option<String>,
    /// External id that the role's trust policy asks for.
    pub external_id: Option<String>,
    /// Duration in seconds.
    pub duration: Option<String>,
}

/// Region and base URL of requests to STS.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'p> {
    pub(super) region: Option<&'p Region>,
    pub(super) endpoint: Option<&'p Url>,
}

impl Place<'_> {
    /// Region of STS; it answers for all regions of a partition.
    pub(super) fn region(self) -> Result<Region, aws::Error> {
        let default = || Region::read("us-east-1").map_err(|_| aws::Error::NoRegion(Service::Sts));
        self.region.cloned().map_or_else(default, Ok)
    }
}

/// Assumes a role with other credentials.
///
/// # Errors
/// Returns an error if STS denies it or does not answer.
pub async fn assume_role(
    client: &Client,
    credentials: &Credentials,
    role: &Role,
    region: Option<&Region>,
    endpoint: Option<&Url>,
) -> Result<Lease, CredentialsError> {
    let region = Place { region, endpoint }.region()?;
    let config = AwsConfig {
        region: Some(region),
        endpoint: endpoint.cloned(),
        credentials: Some(credentials.clone()),
        ..AwsConfig::default()
    };
    let form = form("AssumeRole", role, &[]);
    let response =
        AwsClient::new(client.clone(), &config, TIMEOUT)?.once(Service::Sts, &Call::Form(form)).await?;
    parse(&response)
}

/// Assumes a role with a web identity token. The request is not signed.
pub(super) async fn assume_role_with_web_identity(
    client: &Client,
    token: &str,
    role: &Role,
    place: Place<'_>,
) -> Result<Lease, CredentialsError> {
    let url = aws::service_url(Service::Sts, &place.region()?, place.endpoint)?.join("").to_string();
    let form = form("AssumeRoleWithWebIdentity", role, &[("WebIdentityToken", token)]);
    let content_type = HeaderValue::from_static("application/x-www-form-urlencoded");
    let request = Request::new(Method::POST, url, form);
    let request = request.with(HeaderName::from_static("content-type"), content_type);
    parse(&send_unsigned(client, Service::Sts, request).await?)
}

fn form(action: &str, role: &Role, more: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("Action", action).append_pair("Version", "2011-06-15");
    form.append_pair("RoleArn", &role.arn);
    form.append_pair("RoleSessionName", role.session_name.as_deref().unwrap_or(SESSION_NAME));
    let optional = [("ExternalId", &role.external_id), ("DurationSeconds", &role.duration)];
    for (name, value) in optional {
        if let Some(value) = value {
            form.append_pair(name, value);
        }
    }
    form.extend_pairs(more);
    form.finish()
}

/// Parses the XML of both operations.
fn parse(response: &[u8]) -> Result<Lease, CredentialsError> {
    let text = String::from_utf8_lossy(response);
    let found = |name| element(&text, name).filter(|content| !content.is_empty());
    let lease = found("AccessKeyId").zip(found("SecretAccessKey"));
    let lease = lease.map(|(id, key)| Lease::temporary(id, key, found("SessionToken"), found("Expiration")));
    lease.ok_or(CredentialsError::Invalid("STS"))
}

/// Sends a request without signature, and returns the body of a successful response.
pub(super) async fn send_unsigned(
    client: &Client,
    service: Service,
    request: Request,
) -> Result<Vec<u8>, CredentialsError> {
    let response = client.send(request, TIMEOUT).await;
    let response = response.map_err(|error| aws::Error::Unreachable { service, error })?;
    if response.status == 200 && !response.is_cut {
        return Ok(response.body);
    }
    Err(aws::Error::from_response(service, &response).into())
}
