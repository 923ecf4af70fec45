//! Sink for Datadog: logs with the members that Datadog's forwarder sends, and distribution points with the names of
//! Datadog's enhanced metrics.
//!
//! `logs` and `metrics` encode request bodies, [`Endpoints`] and `limits` define URLs and limits, and `response`
//! interprets responses. The sources of the formats and limits are the documentation of Datadog's API clients, and
//! the source code of Datadog's forwarder.

mod endpoints;
mod labels;
pub mod limits;
mod logs;
mod message;
mod metrics;
mod names;
mod points;
mod response;
mod sink;
mod source;
mod tags;

#[cfg(test)]
mod tests;

pub use self::{
    endpoints::{Endpoints, LOGS_HOST, SITES, UnknownSite},
    labels::{Forwarder, Labels},
    sink::Datadog,
};
