//! SSM Parameter Store API: reads and decrypts a parameter.

use serde_json::{Value, json};

use super::{AwsClient, Error, Service, client::ApiRequest};
use crate::value::{Secret, region_of_arn};

const SERVICE: Service = Service::Ssm;

/// Value of an SSM parameter.
pub(super) struct Parameter {
    pub(super) value: Secret,
    /// Version number, from 1.
    pub(super) version: u64,
}

/// Returns the latest value of a parameter, or its value of `version`; `None` if that version never existed or is
/// deleted.
pub(super) async fn value(
    client: &AwsClient,
    name: &str,
    version: Option<u64>,
) -> Result<Option<Parameter>, Error> {
    let selected = version.map_or_else(|| name.to_owned(), |version| format!("{name}:{version}"));
    let request = ApiRequest {
        service: SERVICE,
        region: region_of_arn(name),
        url: None,
        target: "AmazonSSM.GetParameter",
        body: json!({"Name": selected, "WithDecryption": true}),
        within: client.within,
    };
    let response = match client.call(request).await {
        Err(Error::NotFound { .. }) if version.is_some() => return Ok(None),
        response => response?,
    };
    let parameter = response.get("Parameter").ok_or(Error::InvalidResponse(SERVICE))?;
    let value = parameter.get("Value").and_then(Value::as_str).ok_or(Error::InvalidResponse(SERVICE))?;
    let version = parameter.get("Version").and_then(Value::as_u64).unwrap_or(1);
    Ok(Some(Parameter { value: Secret::new(value), version }))
}

/// Returns the latest value of a parameter, which may be encrypted, and its version.
///
/// # Errors
/// Returns an error if the parameter cannot be read.
pub async fn parameter(client: &AwsClient, name: &str) -> Result<(Secret, u64), Error> {
    let found = value(client, name, None).await?.ok_or(Error::InvalidResponse(SERVICE))?;
    Ok((found.value, found.version))
}
