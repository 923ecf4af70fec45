//! DNS lookups of the client.

use reqwest::dns;
use thiserror::Error;

/// The system's DNS resolver, with an error type of its own, so that a failed lookup is recognised.
pub(super) struct Resolver;

/// The system's resolver found no address for a host name.
#[derive(Clone, Copy, Debug, Error)]
#[error("unknown host name")]
pub(super) struct UnknownName;

impl dns::Resolve for Resolver {
    fn resolve(&self, name: dns::Name) -> dns::Resolving {
        Box::pin(async move {
            // The client replaces the port.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|_| UnknownName)?;
            let addresses: dns::Addrs = Box::new(found.collect::<Vec<_>>().into_iter());
            Ok(addresses)
        })
    }
}
