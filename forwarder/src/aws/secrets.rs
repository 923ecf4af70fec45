//! Secrets Manager API: reads the current or the previous value of a secret.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;

use super::{AwsClient, Error, Service, client::ApiRequest};
use crate::value::{Secret, region_of_arn};

const SERVICE: Service = Service::SecretsManager;

/// Staging label of Secrets Manager, which selects one of the values of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// `AWSCURRENT`: the value in use.
    Current,
    /// `AWSPREVIOUS`: the value before the last rotation.
    Previous,
}

/// Returns the value of a secret with this staging label; `None` if there is no previous value.
pub(super) async fn value(client: &AwsClient, arn: &str, stage: Stage) -> Result<Option<Secret>, Error> {
    let stage_name = match stage {
        Stage::Current => "AWSCURRENT",
        Stage::Previous => "AWSPREVIOUS",
    };
    let request = ApiRequest {
        service: SERVICE,
        region: region_of_arn(arn),
        url: None,
        target: "secretsmanager.GetSecretValue",
        body: json!({"SecretId": arn, "VersionStage": stage_name}),
        within: client.within,
    };
    let response = match client.call(request).await {
        Err(Error::NotFound { .. }) if stage == Stage::Previous => return Ok(None),
        response => response?,
    };
    let member = |name| response.get(name).and_then(serde_json::Value::as_str);
    let binary = || {
        let bytes = BASE64_STANDARD.decode(member("SecretBinary")?).ok()?;
        String::from_utf8(bytes).ok()
    };
    let text = member("SecretString").map(str::to_owned).or_else(binary);
    text.map(|text| Some(Secret::new(text))).ok_or(Error::InvalidResponse(SERVICE))
}
