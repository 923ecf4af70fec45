//! As whom, where and over what AWS is used.

use std::time::Duration;

use reqwest::Url;
use serde_json::Value;

use super::{Error, Service, retry, sign};
use crate::{
    http::{Client, HeaderName, HeaderValue, Method, Request, Response},
    settings::{self, Aws, AwsCredentials, Network, Settings},
};

/// Answers of the JSON services: ten messages of 1 MiB, escaped.
const ANSWER_LIMIT: usize = 24 * 1024 * 1024;

/// As whom, where and over what AWS is used. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Access {
    pub(super) client: Client,
    pub(super) credentials: AwsCredentials,
    region: Option<String>,
    endpoint: Option<settings::Url>,
    /// How long a request may take, tries and pauses together.
    pub(super) within: Duration,
}

/// What tells the JSON services apart.
pub(super) struct Call<'c> {
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

impl Access {
    /// Access as the settings say. Sends nothing.
    ///
    /// # Errors
    /// When there is no key.
    pub fn new(client: Client, settings: &Settings) -> Result<Self, Error> {
        let access = Self::of(client, &settings.aws, &settings.network, settings.limits.timeout)?;
        Ok(Self { region: access.region.or_else(|| settings.region.clone()), ..access })
    }

    /// Access of a program that has other settings.
    ///
    /// # Errors
    /// When there is no key.
    pub fn of(client: Client, aws: &Aws, network: &Network, within: Duration) -> Result<Self, Error> {
        let credentials = aws.credentials.clone().ok_or_else(|| {
            let reason = aws.no_credentials.as_deref();
            Error::NoCredentials(
                reason.unwrap_or("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY").to_owned(),
            )
        })?;
        Ok(Self {
            client,
            credentials,
            region: aws.region.clone(),
            endpoint: network.aws_endpoint.clone(),
            within,
        })
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
    pub(super) fn endpoint(&self) -> Option<&settings::Url> {
        self.endpoint.as_ref()
    }

    /// Calls a service that speaks JSON.
    pub(super) async fn call(&self, call: Call<'_>) -> Result<Value, Error> {
        let Call { service, region, address, target, body, within } = call;
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
        let mut request = Request::new(Method::POST, address, body.to_string()).answered_within(ANSWER_LIMIT);
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
