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
pub(super) const CONTENT_TYPE: HeaderName = HeaderName::from_static("content-type");

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

/// Call of an operation, in one of the protocols of AWS services.
#[derive(Clone, Debug)]
pub enum Call<'c> {
    /// JSON, with the operation in the header `X-Amz-Target`: `Logs_20140328.FilterLogEvents`.
    Json {
        /// Operation.
        target: &'c str,
        /// Parameters.
        body: &'c Value,
    },
    /// URL-encoded operation and parameters, for services that answer with XML.
    Form(String),
    /// GET of this path, with its query.
    Get(String),
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

    /// Signs and sends a call once, to the region of the client, and returns the body of the response. The caller decides
    /// about retries.
    ///
    /// # Errors
    /// Returns an error if there is no response within the maximum time of a request, or its status is not 200.
    pub async fn once(&self, service: Service, call: &Call<'_>) -> Result<Vec<u8>, Error> {
        let region = self.region(service)?;
        let base = endpoint::service_url(service, region, self.endpoint.as_ref())?;
        let mut request = unsigned_request(service, &base, call)?;
        sign::sign(&mut request, &self.credentials, service, region)?;
        let response = self.client.send(request, self.within).await;
        let response = response.map_err(|error| Error::Unreachable { service, error })?;
        match response.status {
            200 if response.is_cut => Err(Error::InvalidResponse(service)),
            200 => Ok(response.body),
            _ => Err(Error::from_response(service, &response)),
        }
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
        let mut request = json_request(service, &url, target, &body)?;
        sign::sign(&mut request, &self.credentials, service, region)?;
        let response = retry::send(&self.client, service, request, within).await?;
        read(service, &response)
    }
}

/// Builds the request of a call, without signature.
fn unsigned_request(service: Service, base: &Url, call: &Call<'_>) -> Result<Request, Error> {
    let invalid = |_| Error::InvalidResponse(service);
    match call {
        Call::Json { target, body } => json_request(service, base, target, body),
        Call::Form(form) => {
            let form_type = HeaderValue::try_from("application/x-www-form-urlencoded").map_err(invalid)?;
            let request = Request::new(Method::POST, base.join("").to_string(), form.clone());
            Ok(request.with(CONTENT_TYPE, form_type).with_response_limit(RESPONSE_LIMIT))
        }
        Call::Get(path) => {
            let url = format!("{}{path}", base.to_string().trim_end_matches('/'));
            Ok(Request::new(Method::GET, url, Vec::new()).with_response_limit(RESPONSE_LIMIT))
        }
    }
}

fn json_request(service: Service, base: &Url, target: &str, body: &Value) -> Result<Request, Error> {
    let version = if matches!(service, Service::Sqs | Service::Monitoring) { "1.0" } else { "1.1" };
    let value = |text: &str| HeaderValue::try_from(text).map_err(|_| Error::InvalidResponse(service));
    let request = Request::new(Method::POST, base.join("").to_string(), body.to_string());
    Ok(request
        .with(CONTENT_TYPE, value(&format!("application/x-amz-json-{version}"))?)
        .with(HeaderName::from_static("x-amz-target"), value(target)?)
        .with_response_limit(RESPONSE_LIMIT))
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
