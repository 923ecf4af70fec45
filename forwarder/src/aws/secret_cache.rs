//! Secrets that are kept in Secrets Manager or SSM: fetched when first needed, kept for the life of the process, fetched
//! again when a backend refuses them.

use std::time::Duration;

use thiserror::Error;
use tokio::{sync::Mutex, time::Instant};

use super::{
    Error, LazyAwsClient, Service, parameters,
    secrets::{self, Stage},
};
use crate::value::{Secret, SecretRef};

/// A secret is not fetched again within this: a backend that refuses everything would cost a request to AWS each time.
const INTERVAL: Duration = Duration::from_secs(30);

/// Why there is no secret.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SecretError {
    /// AWS does not hand it out.
    #[error(transparent)]
    Aws(#[from] Error),
    /// It is there, and empty.
    #[error("the secret is empty")]
    Empty,
    /// It is JSON, and which of it is meant cannot be known.
    #[error(
        "the secret is JSON with several members, or one that is no text: keep the text alone, or one member"
    )]
    Members,
}

/// What came of fetching a secret again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// There is another value to try.
    Changed(Secret),
    /// There is none, or it was looked for a moment ago.
    Unchanged,
}

/// All secrets of a process.
#[derive(Debug)]
pub struct SecretCache {
    aws: LazyAwsClient,
    /// Whoever needs a secret first fetches it, the others wait for that.
    kept: Mutex<Vec<Kept>>,
}

#[derive(Debug)]
struct Kept {
    reference: SecretRef,
    value: Secret,
    /// When it was fetched again.
    refreshed: Option<Instant>,
}

impl SecretCache {
    /// An empty vault. Nothing is fetched, nor is there a need for AWS's credentials, before a secret is asked for that
    /// is kept there.
    #[must_use]
    pub fn new(aws: LazyAwsClient) -> Self {
        Self { aws, kept: Mutex::new(Vec::new()) }
    }

    /// A secret. Where it is JSON with one member, that is meant.
    ///
    /// # Errors
    /// When it cannot be fetched, or is nothing that could be sent.
    pub async fn reveal(&self, reference: &SecretRef) -> Result<Secret, SecretError> {
        if let SecretRef::Value(value) = reference {
            return Ok(value.clone());
        }
        let mut kept = self.kept.lock().await;
        if let Some(own) = kept.iter().find(|own| own.reference == *reference) {
            return Ok(own.value.clone());
        }
        let value = usable(&self.current(reference).await?.value)?;
        kept.push(Kept { reference: reference.clone(), value: value.clone(), refreshed: None });
        Ok(value)
    }

    /// Looks for another value of a secret, since a backend refused this one: the newest, or, where that was the newest,
    /// the one before, which is all that a backend may know while a secret is rotated.
    ///
    /// # Errors
    /// When it cannot be fetched, or is nothing that could be sent.
    pub async fn refresh(&self, reference: &SecretRef, refused: &Secret) -> Result<Refreshed, SecretError> {
        let mut kept = self.kept.lock().await;
        let Some(own) = kept.iter_mut().find(|own| own.reference == *reference) else {
            return Ok(Refreshed::Unchanged);
        };
        if own.value != *refused {
            // Another request was refused, too, and has looked for it already.
            return Ok(Refreshed::Changed(own.value.clone()));
        }
        let now = Instant::now();
        if own.refreshed.is_some_and(|last| now.saturating_duration_since(last) < INTERVAL) {
            return Ok(Refreshed::Unchanged);
        }
        own.refreshed = Some(now);
        let Some(value) = self.another(reference, refused).await? else { return Ok(Refreshed::Unchanged) };
        own.value = value.clone();
        Ok(Refreshed::Changed(value))
    }

    async fn another(&self, reference: &SecretRef, refused: &Secret) -> Result<Option<Secret>, SecretError> {
        let current = self.current(reference).await?;
        let value = usable(&current.value)?;
        if value != *refused {
            return Ok(Some(value));
        }
        let previous = self.previous(reference, current.version).await?;
        let previous = previous.map(|previous| usable(&previous)).transpose()?;
        Ok(previous.filter(|previous| previous != refused))
    }

    async fn current(&self, reference: &SecretRef) -> Result<Current, Error> {
        match reference {
            SecretRef::Value(value) => Ok(Current { value: value.clone(), version: 1 }),
            SecretRef::SecretsManager(arn) => {
                let value = secrets::value(self.aws.get()?, arn, Stage::Current).await?;
                let value = value.ok_or(Error::Unreadable(Service::SecretsManager))?;
                Ok(Current { value, version: 1 })
            }
            SecretRef::Parameter(name) => {
                let parameter = parameters::value(self.aws.get()?, name, None).await?;
                let parameter = parameter.ok_or(Error::Unreadable(Service::Ssm))?;
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

struct Current {
    value: Secret,
    /// Of a parameter.
    version: u64,
}

/// What is sent of what was fetched: without the line break at its end that editors leave, and out of its JSON.
fn usable(fetched: &Secret) -> Result<Secret, SecretError> {
    let text = fetched.reveal().trim();
    let json: Option<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(text).ok();
    let Some(members) = json else {
        return if text.is_empty() { Err(SecretError::Empty) } else { Ok(Secret::new(text)) };
    };
    let mut members = members.into_iter();
    match (members.next(), members.next()) {
        (Some((_, serde_json::Value::String(only))), None) if only.trim().is_empty() => {
            Err(SecretError::Empty)
        }
        (Some((_, serde_json::Value::String(only))), None) => Ok(Secret::new(only.trim())),
        (Some(_) | None, _) => Err(SecretError::Members),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(fetched: &str, expected: Result<&str, SecretError>) {
        assert_eq!(usable(&Secret::new(fetched)), expected.map(Secret::new), "{fetched}");
    }

    #[test]
    fn a_secret_is_a_text_or_the_only_member_of_an_object() {
        check("key", Ok("key"));
        check(" key\n", Ok("key"));
        check(r#"{"api_key":"key\n"}"#, Ok("key"));
        check("authorization=Bearer%20key,x=y", Ok("authorization=Bearer%20key,x=y"));
        check("{no json", Ok("{no json"));
    }

    #[test]
    fn what_is_meant_is_never_guessed() {
        check("", Err(SecretError::Empty));
        check(" \n", Err(SecretError::Empty));
        check(r#"{"key":" "}"#, Err(SecretError::Empty));
        check("{}", Err(SecretError::Members));
        check(r#"{"key":1}"#, Err(SecretError::Members));
        check(r#"{"key":"a","user":"b"}"#, Err(SecretError::Members));
    }
}
