//! Secrets Manager: a secret as it is, and as it was before its last rotation.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;

use super::{AwsClient, Error, Service, client::ApiRequest};
use crate::value::Secret;

const SERVICE: Service = Service::SecretsManager;

/// Which value of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The one that is valid.
    Current,
    /// The one that was, before the last rotation; a backend may know no other yet.
    Previous,
}

/// The value of a secret. `None` when it has none of this stage.
pub(super) async fn value(access: &AwsClient, arn: &str, stage: Stage) -> Result<Option<Secret>, Error> {
    let stage_name = match stage {
        Stage::Current => "AWSCURRENT",
        Stage::Previous => "AWSPREVIOUS",
    };
    let call = ApiRequest {
        service: SERVICE,
        region: region_of(arn),
        address: None,
        target: "secretsmanager.GetSecretValue",
        body: json!({"SecretId": arn, "VersionStage": stage_name}),
        within: access.within,
    };
    let answer = match access.call(call).await {
        Err(Error::NotFound { .. }) if stage == Stage::Previous => return Ok(None),
        answer => answer?,
    };
    let member = |name| answer.get(name).and_then(serde_json::Value::as_str);
    let binary = || {
        let bytes = BASE64_STANDARD.decode(member("SecretBinary")?).ok()?;
        String::from_utf8(bytes).ok()
    };
    let text = member("SecretString").map(str::to_owned).or_else(binary);
    text.map(|text| Some(Secret::new(text))).ok_or(Error::Unreadable(SERVICE))
}

/// The region in `arn:aws:secretsmanager:eu-west-1:…`.
pub(super) fn region_of(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:")?.split(':').nth(2).filter(|region| !region.is_empty())
}
