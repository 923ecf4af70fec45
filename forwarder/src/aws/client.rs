//! As whom, where and over what AWS is used.

use std::{sync::OnceLock, time::Duration};

use reqwest::Url;
use serde_json::Value;

use super::{AwsConfig, Credentials, Error, Service, retry, sign};
use crate::{
    http::{Client, HeaderName, HeaderValue, Method, Request, Response},
    value,
};

/// Answers of the JSON services: ten messages of 1 MiB, escaped.
const ANSWER_LIMIT: usize = 24 * 1024 * 1024;

/// As whom, where and over what AWS is used. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AwsClient {
    pub(super) client: Client,
    pub(super) credentials: Credentials,
    region: Option<String>,
    endpoint: Option<value::Url>,
    /// How long a request may take, tries and pauses together.
    pub(super) within: Duration,
}

/// An [`AwsClient`] that is created when it is first needed: without parking, S3 sources and stored secrets no credentials
/// have to be there.
#[derive(Debug)]
pub struct LazyAwsClient {
    client: Client,
    config: AwsConfig,
    within: Duration,
    created: OnceLock<Result<AwsClient, Error>>,
}

impl LazyAwsClient {
    /// Keeps what [`AwsClient::new`] takes.
    #[must_use]
    pub fn new(client: Client, config: AwsConfig, within: Duration) -> Self {
        Self { client, config, within, created: OnceLock::new() }
    }

    /// Returns the client, created at the first call.
    ///
    /// # Errors
    /// As [`AwsClient::new`], at every call.
    pub fn get(&self) -> Result<&AwsClient, Error> {
        let create = || AwsClient::new(self.client.clone(), &self.config, self.within);
        self.created.get_or_init(create).as_ref().map_err(Clone::clone)
    }
}

/// What tells the JSON services apart.
pub(super) struct ApiRequest<'c> {
    pub(super) service: Service,
    /// Where, if not in the region of the settings.
    pub(super) region: Option<&'c str>,
    /// At which address, if not the service's own.
    pub(super) address: Option<String>,
    /// Such as `AmazonSQS.SendMessage`.
    pub(super) target: &'c str,
    pub(super) body: Value,
    /// How long, tries and pauses together.
    pub(super) within: Duration,
}

impl AwsClient {
    /// Creates a client. Nothing is sent; `within` bounds a request with its retries and pauses.
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

    /// The same, with less or more time for a request, tries and pauses together.
    #[must_use]
    pub fn within(&self, within: Duration) -> Self {
        Self { within, ..self.clone() }
    }

    /// The same in another region, for a bucket that is there.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        Self { region: Some(region.to_owned()), ..self.clone() }
    }

    /// The region that is asked.
    pub(super) fn region(&self, service: Service) -> Result<&str, Error> {
        self.region.as_deref().ok_or(Error::NoRegion(service))
    }

    /// Where AWS's services are, when they are not AWS's own.
    pub(super) fn endpoint(&self) -> Option<&value::Url> {
        self.endpoint.as_ref()
    }

    /// Calls a service that speaks JSON.
    pub(super) async fn call(&self, call: ApiRequest<'_>) -> Result<Value, Error> {
        let ApiRequest { service, region, address, target, body, within } = call;
        let region = region.map_or_else(|| self.region(service), Ok)?;
        let address = match (&self.endpoint, address) {
            (Some(endpoint), _) => endpoint.join("").to_string(),
            (None, Some(address)) => address,
            (None, None) => address_of(service, region),
        };
        let version = if service == Service::Sqs { "1.0" } else { "1.1" };
        let content_type = HeaderValue::try_from(format!("application/x-amz-json-{version}"));
        let header = |name, value| (HeaderName::from_static(name), value);
        let headers = [
            header("content-type", content_type.map_err(|_| Error::Unreadable(service))?),
            header("x-amz-target", HeaderValue::try_from(target).map_err(|_| Error::Unreadable(service))?),
        ];
        let mut request =
            Request::new(Method::POST, address, body.to_string()).with_response_limit(ANSWER_LIMIT);
        request.headers.extend(headers);
        sign::sign(&mut request, &self.credentials, service, region)?;
        let response = retry::send(&self.client, service, request, within).await?;
        read(service, &response)
    }
}

fn read(service: Service, response: &Response) -> Result<Value, Error> {
    if response.status != 200 {
        return Err(Error::of(service, response));
    }
    let whole = (!response.is_cut).then_some(response.body.as_slice());
    // `DeleteMessage` answers with nothing.
    let body = whole.map(|body| if body.is_empty() { b"{}" } else { body });
    body.and_then(|body| serde_json::from_slice(body).ok()).ok_or(Error::Unreadable(service))
}

/// Where a service is in a region.
pub(super) fn address_of(service: Service, region: &str) -> String {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://{}.{region}.{domain}/", service.code())
}

/// As the URL crate has it.
pub(super) fn url(text: &str, service: Service) -> Result<Url, Error> {
    Url::parse(text).map_err(|_| Error::Unreadable(service))
}
