//! HTTP client for all requests of the program, to backends and to AWS: requests, responses, and typed errors.
//!
//! The client follows no redirects, sends nothing to metadata services, always verifies certificates and reads no
//! environment variables. It connects when the first request is sent; connections are reused by later requests and later
//! invocations.

mod backoff;
mod client;
mod client_error;
mod failure;
mod guard;
mod message;
mod network;
mod resolver;
mod stream;
mod tls;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use self::client::Recorded;
pub use self::{
    backoff::Backoff,
    client::Client,
    client_error::ClientError,
    failure::{Error, Failure},
    message::{Request, Response},
    network::{Network, Proxy},
    stream::Stream,
};
pub use reqwest::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue},
};
