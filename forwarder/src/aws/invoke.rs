//! Lambda API: asynchronous invocation of a function.

use super::{AwsClient, Error, Service, client::CONTENT_TYPE, endpoint, retry, sign};
use crate::{
    http::{HeaderName, HeaderValue, Method, Request},
    value::FunctionRef,
};

const SERVICE: Service = Service::Lambda;

/// Invokes a function asynchronously with `event`, which must be JSON.
///
/// # Errors
/// Returns an error if Lambda does not accept the invocation.
pub async fn invoke(client: &AwsClient, function: &FunctionRef, event: bytes::Bytes) -> Result<(), Error> {
    let client = match function.region() {
        Some(region) => client.in_region(&region)?,
        None => client.clone(),
    };
    let region = client.region(SERVICE)?;
    let base = endpoint::service_url(SERVICE, region, client.endpoint())?;
    let path = format!("2015-03-31/functions/{}/invocations", function.path_segment());
    let mut request = Request::new(Method::POST, base.join(&path).to_string(), event)
        .with(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .with(HeaderName::from_static("x-amz-invocation-type"), HeaderValue::from_static("Event"));
    sign::sign(&mut request, &client.credentials, SERVICE, region)?;
    let response = retry::send(&client.client, SERVICE, request, client.within).await?;
    match response.status {
        200..=299 => Ok(()),
        _ => Err(Error::from_response(SERVICE, &response)),
    }
}
