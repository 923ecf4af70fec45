//! Credentials of a sink: given in the settings, or fetched from a secret store and fetched again when the sink refuses
//! them.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::{
    aws::SecretCache,
    http::{HeaderName, Request},
    value::{Header, Headers, Secret, SecretRef},
};

/// Credentials of one sink, which authenticate its requests.
#[derive(Debug)]
pub struct Credentials {
    scheme: AuthScheme,
    secrets: Arc<SecretCache>,
    /// Secret that was used last, which is to be replaced when the sink refuses it.
    last: Mutex<Option<Secret>>,
}

/// Authentication scheme of a sink.
#[derive(Clone, Debug)]
pub enum AuthScheme {
    /// No authentication.
    None,
    /// API key, which is sent in this header.
    Key(HeaderName, SecretRef),
    /// Headers that the settings contain or refer to.
    Headers(Headers),
}

/// Error for credentials that cannot be fetched or are not valid as HTTP headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the credentials cannot be fetched")]
pub struct NoCredentials;

impl Credentials {
    /// Creates the credentials. Secrets to which the settings only refer are fetched through `secrets`.
    #[must_use]
    pub fn new(scheme: AuthScheme, secrets: Arc<SecretCache>) -> Self {
        Self { scheme, secrets, last: Mutex::new(None) }
    }

    /// Adds the credentials to a request.
    ///
    /// # Errors
    /// Returns an error if the credentials cannot be fetched within this time, or are not valid as HTTP headers.
    pub async fn authenticate(&self, request: Request, within: Duration) -> Result<Request, NoCredentials> {
        match &self.scheme {
            AuthScheme::None => Ok(request),
            AuthScheme::Headers(Headers::Given(headers)) => headers.iter().try_fold(request, with_header),
            AuthScheme::Key(name, reference) => {
                let secret = self.reveal(reference, within).await?;
                request.with_secret(name.clone(), &secret).ok_or(NoCredentials)
            }
            AuthScheme::Headers(Headers::Fetched(reference)) => {
                let secret = self.reveal(reference, within).await?;
                let headers = Header::list(secret.reveal()).map_err(|_| NoCredentials)?;
                headers.iter().try_fold(request, with_header)
            }
        }
    }

    /// Fetches the credentials again after the sink refused them; does nothing if the settings contain them.
    pub async fn refresh(&self, within: Duration) {
        let (AuthScheme::Key(_, reference) | AuthScheme::Headers(Headers::Fetched(reference))) = &self.scheme
        else {
            return;
        };
        let refused = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(refused) = refused else { return };
        // If they are still the same, the sink refuses the next request as well.
        match tokio::time::timeout(within, self.secrets.refresh(reference, &refused)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "cannot refresh credentials"),
            Err(_) => tracing::warn!("cannot refresh credentials: timed out"),
        }
    }

    /// Returns the secrets that are in the headers of requests now.
    #[must_use]
    pub fn in_use(&self) -> Vec<Secret> {
        match &self.scheme {
            AuthScheme::None => Vec::new(),
            AuthScheme::Headers(Headers::Given(headers)) => {
                headers.iter().map(|header| header.value.clone()).collect()
            }
            AuthScheme::Key(..) | AuthScheme::Headers(Headers::Fetched(_)) => {
                self.last.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
            }
        }
    }

    async fn reveal(&self, reference: &SecretRef, within: Duration) -> Result<Secret, NoCredentials> {
        let revealed = tokio::time::timeout(within, self.secrets.reveal(reference)).await;
        let secret = revealed.map_err(|_| NoCredentials)?.map_err(|error| {
            tracing::warn!(%error, "cannot fetch credentials");
            NoCredentials
        })?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(secret.clone());
        Ok(secret)
    }
}

fn with_header(request: Request, header: &Header) -> Result<Request, NoCredentials> {
    let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| NoCredentials)?;
    request.with_secret(name, &header.value).ok_or(NoCredentials)
}
