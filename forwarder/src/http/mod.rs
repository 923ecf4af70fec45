//! The one HTTP client: what is sent, what came back, and why nothing came back, as a type.
//!
//! Redirects are never followed, certificates always checked, the environment never read. Nothing is connected before
//! the first request; connections are kept between requests, and so between invocations.

mod backoff;
mod client;
mod failure;
mod message;
mod network;
mod stream;
mod tls;

#[cfg(test)]
mod tests;

pub use self::{
    backoff::Backoff,
    client::{Client, ClientError},
    failure::{Error, Failure},
    message::{Request, Response},
    network::{Network, Proxy},
    stream::Stream,
};
pub use reqwest::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue},
};
