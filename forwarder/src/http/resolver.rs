//! DNS lookups of the HTTP client.

use reqwest::dns;
use thiserror::Error;

use super::guard;

/// The system's DNS resolver. Its errors have a type of their own, [`UnknownName`], so that a failed lookup can be
/// recognised.
pub(super) struct Resolver;

/// Error if the system's resolver found no address for a host name.
#[derive(Clone, Debug, Error)]
#[error("DNS has no address for {0}")]
pub(super) struct UnknownName(String);

impl dns::Resolve for Resolver {
    fn resolve(&self, name: dns::Name) -> dns::Resolving {
        Box::pin(async move {
            // The client replaces the port.
            let unknown = |_| UnknownName(name.as_str().to_owned());
            let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(unknown)?;
            let addresses: dns::Addrs = Box::new(guard::allowed(found)?);
            Ok(addresses)
        })
    }
}
