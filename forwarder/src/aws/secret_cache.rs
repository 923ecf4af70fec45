//! Cache of secrets that are stored in Secrets Manager or SSM. A secret is fetched when it is first used, kept while
//! the process runs, and fetched again when a backend rejects it.

use std::time::Duration;

use thiserror::Error;
use tokio::{sync::Mutex, time::Instant};

use super::{
    Error, LazyAwsClient, Service, parameters,
    secrets::{self, Stage},
};
use crate::value::{Secret, SecretRef};

/// Minimum time between two refreshes of a secret. Without it, a backend that rejects every request would cause a
/// request to AWS each time.
const MIN_REFRESH_INTERVAL: Duration = Duration::from_secs(30);

/// Error of [`SecretCache`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SecretError {
    /// The secret could not be fetched from AWS.
    #[error(transparent)]
    Aws(#[from] Error),
    /// The secret is empty.
    #[error("the secret is empty")]
    Empty,
    /// The secret is JSON, but not a JSON object with exactly one member whose value is a string.
    #[error(
        "the secret is JSON, but not an object of one member with a text: store the value alone, or one member"
    )]
    Ambiguous,
}

/// Result of [`SecretCache::refresh`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// Another value than the rejected one is available.
    Changed(Secret),
    /// No other value is available, or the secret was refreshed less than 30 seconds ago.
    Unchanged,
}

/// Cache of all secrets of a process.
#[derive(Debug)]
pub struct SecretCache {
    aws: LazyAwsClient,
    /// Cached secrets. The lock is held while a secret is fetched, so that concurrent callers fetch it only once.
    /// Member of JSON objects whose value is the secret; `None` if they must have one member only.
    member: Option<&'static str>,
    entries: Mutex<Vec<Entry>>,
}

#[derive(Debug)]
struct Entry {
    reference: SecretRef,
    value: Secret,
    /// Time of the last refresh; `None` if the secret was fetched only once.
    refreshed: Option<Instant>,
}

impl SecretCache {
    /// Creates an empty cache. AWS credentials are not required until a secret that is stored in AWS is used.
    #[must_use]
    pub fn new(aws: LazyAwsClient) -> Self {
        Self { aws, member: None, entries: Mutex::new(Vec::new()) }
    }

    /// Creates an empty cache of secrets that may be JSON objects of several members, of which the value is that of
    /// `member`.
    #[must_use]
    pub fn with_member(aws: LazyAwsClient, member: &'static str) -> Self {
        Self { member: Some(member), ..Self::new(aws) }
    }

    /// Returns the value of a secret, which is fetched at the first call. If the stored secret is a JSON object with
    /// one member, the value is that of the member.
    ///
    /// # Errors
    /// Returns an error if the secret cannot be fetched, is empty or is ambiguous JSON.
    pub async fn reveal(&self, reference: &SecretRef) -> Result<Secret, SecretError> {
        if let SecretRef::Value(value) = reference {
            return Ok(value.clone());
        }
        let mut entries = self.entries.lock().await;
        if let Some(entry) = entries.iter().find(|entry| entry.reference == *reference) {
            return Ok(entry.value.clone());
        }
        let value = parse(&self.current(reference).await?.value, self.member)?;
        entries.push(Entry { reference: reference.clone(), value: value.clone(), refreshed: None });
        Ok(value)
    }

    /// Fetches a secret again, because a backend rejected the value `rejected`. The new value is the current value
    /// in AWS. If that is the rejected one, it is the previous value, because after a rotation the backend may not
    /// know the current value yet.
    ///
    /// # Errors
    /// Returns an error if the secret cannot be fetched, is empty or is ambiguous JSON.
    pub async fn refresh(&self, reference: &SecretRef, rejected: &Secret) -> Result<Refreshed, SecretError> {
        let mut entries = self.entries.lock().await;
        let Some(entry) = entries.iter_mut().find(|entry| entry.reference == *reference) else {
            return Ok(Refreshed::Unchanged);
        };
        if entry.value != *rejected {
            // The secret was refreshed for another request already.
            return Ok(Refreshed::Changed(entry.value.clone()));
        }
        let now = Instant::now();
        if entry.refreshed.is_some_and(|last| now.saturating_duration_since(last) < MIN_REFRESH_INTERVAL) {
            return Ok(Refreshed::Unchanged);
        }
        entry.refreshed = Some(now);
        let Some(value) = self.other_value(reference, rejected).await? else {
            return Ok(Refreshed::Unchanged);
        };
        entry.value = value.clone();
        Ok(Refreshed::Changed(value))
    }

    /// Fetches the current value of a secret, or its previous value if the current one equals `rejected`; `None` if
    /// both are rejected.
    async fn other_value(
        &self,
        reference: &SecretRef,
        rejected: &Secret,
    ) -> Result<Option<Secret>, SecretError> {
        let current = self.current(reference).await?;
        let value = parse(&current.value, self.member)?;
        if value != *rejected {
            return Ok(Some(value));
        }
        let previous = self.previous(reference, current.version).await?;
        let previous = previous.map(|previous| parse(&previous, self.member)).transpose()?;
        Ok(previous.filter(|previous| previous != rejected))
    }

    async fn current(&self, reference: &SecretRef) -> Result<Current, Error> {
        match reference {
            SecretRef::Value(value) => Ok(Current { value: value.clone(), version: 1 }),
            SecretRef::SecretsManager(arn) => {
                let value = secrets::value(self.aws.get()?, arn, Stage::Current).await?;
                let value = value.ok_or(Error::InvalidResponse(Service::SecretsManager))?;
                Ok(Current { value, version: 1 })
            }
            SecretRef::Parameter(name) => {
                let parameter = parameters::value(self.aws.get()?, name, None).await?;
                let parameter = parameter.ok_or(Error::InvalidResponse(Service::Ssm))?;
                Ok(Current { value: parameter.value, version: parameter.version })
            }
        }
    }

    async fn previous(&self, reference: &SecretRef, version: u64) -> Result<Option<Secret>, Error> {
        match reference {
            SecretRef::Value(_) => Ok(None),
            SecretRef::SecretsManager(arn) => secrets::value(self.aws.get()?, arn, Stage::Previous).await,
            SecretRef::Parameter(_) if version < 2 => Ok(None),
            SecretRef::Parameter(name) => {
                let parameter = parameters::value(self.aws.get()?, name, Some(version - 1)).await?;
                Ok(parameter.map(|parameter| parameter.value))
            }
        }
    }
}

/// Current value of a secret in AWS.
struct Current {
    value: Secret,
    /// Version number of an SSM parameter; 1 for a secret in Secrets Manager.
    version: u64,
}

/// Reads the value of a fetched secret: trims white space, such as the line break that editors append, and unwraps a
/// JSON object of one member, or of several of which `member` is one.
fn parse(fetched: &Secret, member: Option<&str>) -> Result<Secret, SecretError> {
    let text = fetched.reveal().trim();
    let json: Option<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(text).ok();
    let Some(members) = json else {
        return if text.is_empty() { Err(SecretError::Empty) } else { Ok(Secret::new(text)) };
    };
    let named = member.and_then(|member| members.get(member)?.as_str()).map(str::trim);
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        return Ok(Secret::new(named));
    }
    let mut members = members.into_iter();
    match (members.next(), members.next()) {
        (Some((_, serde_json::Value::String(only))), None) if only.trim().is_empty() => {
            Err(SecretError::Empty)
        }
        (Some((_, serde_json::Value::String(only))), None) => Ok(Secret::new(only.trim())),
        (Some(_) | None, _) => Err(SecretError::Ambiguous),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(fetched: &str, expected: Result<&str, SecretError>) {
        assert_eq!(parse(&Secret::new(fetched), None), expected.map(Secret::new), "{fetched}");
    }

    #[test]
    fn secret_is_a_text_or_the_only_member_of_an_object() {
        check("key", Ok("key"));
        check(" key\n", Ok("key"));
        check(r#"{"api_key":"key\n"}"#, Ok("key"));
        check("authorization=Bearer%20key,x=y", Ok("authorization=Bearer%20key,x=y"));
        check("{no json", Ok("{no json"));
    }

    #[test]
    fn named_member_of_several_is_the_secret() {
        let parse = |fetched: &str| parse(&Secret::new(fetched), Some("DD_API_KEY"));
        assert_eq!(parse(r#"{"DD_APP_KEY":"a","DD_API_KEY":" b\n"}"#), Ok(Secret::new("b")));
        assert_eq!(parse(r#"{"DD_APP_KEY":"a","DD_API_KEY":""}"#), Err(SecretError::Ambiguous));
        assert_eq!(parse(r#"{"other":"a"}"#), Ok(Secret::new("a")));
    }

    #[test]
    fn empty_secret_and_ambiguous_secret_json_are_rejected() {
        check("", Err(SecretError::Empty));
        check(" \n", Err(SecretError::Empty));
        check(r#"{"key":" "}"#, Err(SecretError::Empty));
        check("{}", Err(SecretError::Ambiguous));
        check(r#"{"key":1}"#, Err(SecretError::Ambiguous));
        check(r#"{"key":"a","user":"b"}"#, Err(SecretError::Ambiguous));
    }
}
