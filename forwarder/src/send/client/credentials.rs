//! As whom requests are sent: keys by value, or fetched from where they are kept and fetched again when refused.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::{
    aws::SecretCache,
    http::{HeaderName, Request},
    value::{Header, Headers, Secret, SecretRef},
};

/// What requests to one sink carry to be let in.
#[derive(Debug)]
pub struct Credentials {
    form: AuthScheme,
    vault: Arc<SecretCache>,
    /// The secret that was sent last, for when it is refused.
    last: Mutex<Option<Secret>>,
}

/// In which form the sink wants them.
#[derive(Clone, Debug)]
pub enum AuthScheme {
    /// Nothing.
    None,
    /// A key in this header.
    Key(HeaderName, SecretRef),
    /// Headers of the user's.
    Headers(Headers),
}

/// The credentials cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the credentials cannot be fetched")]
pub struct Unknown;

impl Credentials {
    /// Credentials of this form; secrets that are kept elsewhere are in the vault.
    #[must_use]
    pub fn new(form: AuthScheme, vault: Arc<SecretCache>) -> Self {
        Self { form, vault, last: Mutex::new(None) }
    }

    /// The request with them on it.
    ///
    /// # Errors
    /// They cannot be fetched within this time, or are none.
    pub async fn put_on(&self, request: Request, within: Duration) -> Result<Request, Unknown> {
        match &self.form {
            AuthScheme::None => Ok(request),
            AuthScheme::Headers(Headers::Given(headers)) => headers.iter().try_fold(request, with_header),
            AuthScheme::Key(name, reference) => {
                let secret = self.reveal(reference, within).await?;
                request.with_secret(name.clone(), &secret).ok_or(Unknown)
            }
            AuthScheme::Headers(Headers::Fetched(reference)) => {
                let secret = self.reveal(reference, within).await?;
                let headers = Header::list(secret.reveal()).map_err(|_| Unknown)?;
                headers.iter().try_fold(request, with_header)
            }
        }
    }

    /// They were refused: looks for others, if they are kept elsewhere.
    pub async fn refresh(&self, within: Duration) {
        let (AuthScheme::Key(_, reference) | AuthScheme::Headers(Headers::Fetched(reference))) = &self.form
        else {
            return;
        };
        let refused = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(refused) = refused else { return };
        // Whether there are others shows when they are tried.
        match tokio::time::timeout(within, self.vault.refresh(reference, &refused)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "credentials cannot be fetched again"),
            Err(_) => tracing::warn!("credentials cannot be fetched again in time"),
        }
    }

    async fn reveal(&self, reference: &SecretRef, within: Duration) -> Result<Secret, Unknown> {
        let revealed = tokio::time::timeout(within, self.vault.reveal(reference)).await;
        let secret = revealed.map_err(|_| Unknown)?.map_err(|error| {
            tracing::warn!(%error, "credentials cannot be fetched");
            Unknown
        })?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(secret.clone());
        Ok(secret)
    }
}

fn with_header(request: Request, header: &Header) -> Result<Request, Unknown> {
    let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| Unknown)?;
    request.with_secret(name, &header.value).ok_or(Unknown)
}
