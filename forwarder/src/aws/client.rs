//! Client of AWS services: credentials, region, endpoint, and calls in AWS's JSON protocol.

use std::{sync::OnceLock, time::Duration};

use serde_json::Value;

use super::{AwsConfig, Credentials, Error, Service, endpoint, retry, sign};
use crate::{
    http::{Client, HeaderName, HeaderValue, Method, Request, Response},
    value::{Region, Url},
};

/// Maximum size of a JSON response in bytes: ten SQS messages of 1 MiB, escaped.
const RESPONSE_LIMIT: usize = 24 * 1024 * 1024;

/// Client of AWS services: HTTP client, credentials, region and endpoint. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AwsClient {
    pub(super) client: Client,
    pub(super) credentials: Credentials,
    region: Option<Region>,
    endpoint: Option<Url>,
    /// Maximum time of a request, retries and pauses included.
    pub(super) within: Duration,
}

/// [`AwsClient`] that is created when it is first used. So AWS credentials are required only if events are parked,
/// events come from S3, or a secret is stored in AWS.
#[derive(Debug)]
pub struct LazyAwsClient {
    client: Client,
    config: AwsConfig,
    within: Duration,
    created: OnceLock<Result<AwsClient, Error>>,
}

impl LazyAwsClient {
    /// Stores the arguments of [`AwsClient::new`] until the client is first used.
    #[must_use]
    pub fn new(client: Client, config: AwsConfig, within: Duration) -> Self {
        Self { client, config, within, created: OnceLock::new() }
    }

    /// Returns the client, created at the first call.
    ///
    /// # Errors
    /// Returns the error of [`AwsClient::new`]. After an error, every call returns the same error.
    pub fn get(&self) -> Result<&AwsClient, Error> {
        let create = || AwsClient::new(self.client.clone(), &self.config, self.within);
        self.created.get_or_init(create).as_ref().map_err(Clone::clone)
    }
}

/// Request to an AWS service with a JSON protocol.
pub(super) struct ApiRequest<'c> {
    pub(super) service: Service,
    /// Region to send the request to; `None` for the region of the client.
    pub(super) region: Option<Region>,
    /// URL to send the request to; `None` for the URL of the service in the region.
    pub(super) url: Option<Url>,
    /// Operation, as in the header `X-Amz-Target`: `AmazonSQS.SendMessage`.
    pub(super) target: &'c str,
    pub(super) body: Value,
    /// Maximum time of the request, retries and pauses included.
    pub(super) within: Duration,
}

impl AwsClient {
    /// Creates a client. It sends nothing yet. `within` is the maximum time of each request, retries and pauses
    /// included.
    ///
    /// # Errors
    /// Returns [`Error::NoCredentials`] if the configuration has no credentials.
    pub fn new(client: Client, config: &AwsConfig, within: Duration) -> Result<Self, Error> {
        let credentials = config.credentials.clone().ok_or_else(|| {
            let reason = config.no_credentials.as_deref();
            Error::NoCredentials(
                reason.unwrap_or("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY").to_owned(),
            )
        })?;
        let (region, endpoint) = (config.region.clone(), config.endpoint.clone());
        Ok(Self { client, credentials, region, endpoint, within })
    }

    /// Returns a client with another maximum time of each request, retries and pauses included.
    #[must_use]
    pub fn within(&self, within: Duration) -> Self {
        Self { within, ..self.clone() }
    }

    /// Returns a client for another region.
    ///
    /// # Errors
    /// Returns [`Error::OtherPartition`] if the credentials are for another partition: its services have other owners,
    /// who must not see requests with these credentials.
    pub fn in_region(&self, region: &Region) -> Result<Self, Error> {
        let own = self.region.as_ref().filter(|own| own.partition() != region.partition());
        match own.filter(|_| self.endpoint.is_none()) {
            Some(own) => Err(Error::OtherPartition { wanted: region.clone(), own: own.clone() }),
            None => Ok(Self { region: Some(region.clone()), ..self.clone() }),
        }
    }

    /// Returns the configured region.
    ///
    /// # Errors
    /// Returns [`Error::NoRegion`] if none is configured.
    pub(super) fn region(&self, service: Service) -> Result<&Region, Error> {
        self.region.as_ref().ok_or(Error::NoRegion(service))
    }

    /// Returns the configured base URL that replaces the URLs of all AWS services; `None` if none is configured.
    pub(super) fn endpoint(&self) -> Option<&Url> {
        self.endpoint.as_ref()
    }

    /// Signs and sends a request, with retries, and returns the JSON of the response.
    pub(super) async fn call(&self, request: ApiRequest<'_>) -> Result<Value, Error> {
        let ApiRequest { service, region, url, target, body, within } = request;
        let region = region.as_ref().map_or_else(|| self.region(service), Ok)?;
        let url = match (&self.endpoint, url) {
            (Some(endpoint), _) => endpoint.clone(),
            (None, Some(url)) => url,
            (None, None) => endpoint::of_service(service, region)?,
        };
        let url = url.join("").to_string();
        let version = if service == Service::Sqs { "1.0" } else { "1.1" };
        let content_type = HeaderValue::try_from(format!("application/x-amz-json-{version}"));
        let header = |name, value| (HeaderName::from_static(name), value);
        let headers = [
            header("content-type", content_type.map_err(|_| Error::InvalidResponse(service))?),
            header(
                "x-amz-target",
                HeaderValue::try_from(target).map_err(|_| Error::InvalidResponse(service))?,
            ),
        ];
        let mut request =
            Request::new(Method::POST, url, body.to_string()).with_response_limit(RESPONSE_LIMIT);
        request.headers.extend(headers);
        sign::sign(&mut request, &self.credentials, service, region)?;
        let response = retry::send(&self.client, service, request, within).await?;
        read(service, &response)
    }
}

/// Parses the JSON of a successful response.
fn read(service: Service, response: &Response) -> Result<Value, Error> {
    if response.status != 200 {
        return Err(Error::from_response(service, response));
    }
    let whole = (!response.is_cut).then_some(response.body.as_slice());
    // The response of `DeleteMessage` is empty.
    let body = whole.map(|body| if body.is_empty() { b"{}" } else { body });
    body.and_then(|body| serde_json::from_slice(body).ok()).ok_or(Error::InvalidResponse(service))
}
