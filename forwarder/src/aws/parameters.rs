//! SSM: a parameter, decrypted.

use serde_json::{Value, json};

use super::{AwsClient, Error, Service, client::ApiRequest, secrets::region_of};
use crate::value::Secret;

const SERVICE: Service = Service::Ssm;

/// A value of a parameter.
pub(super) struct Parameter {
    pub(super) value: Secret,
    /// Counted from 1.
    pub(super) version: u64,
}

/// The newest value of a parameter, or that of a version. `None` when there is no such version any more.
pub(super) async fn value(
    access: &AwsClient,
    name: &str,
    version: Option<u64>,
) -> Result<Option<Parameter>, Error> {
    let selected = version.map_or_else(|| name.to_owned(), |version| format!("{name}:{version}"));
    let call = ApiRequest {
        service: SERVICE,
        region: region_of(name),
        address: None,
        target: "AmazonSSM.GetParameter",
        body: json!({"Name": selected, "WithDecryption": true}),
        within: access.within,
    };
    let answer = match access.call(call).await {
        Err(Error::NotFound { .. }) if version.is_some() => return Ok(None),
        answer => answer?,
    };
    let parameter = answer.get("Parameter").ok_or(Error::Unreadable(SERVICE))?;
    let value = parameter.get("Value").and_then(Value::as_str).ok_or(Error::Unreadable(SERVICE))?;
    let version = parameter.get("Version").and_then(Value::as_u64).unwrap_or(1);
    Ok(Some(Parameter { value: Secret::new(value), version }))
}
