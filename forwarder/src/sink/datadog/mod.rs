//! Datadog: logs as its forwarder sends them, and distribution points under the names of its enhanced metrics.
//!
//! Pure: [`LogsEncoder`] makes request bodies and [`PointsEncoder`] pieces of them, [`Endpoints`] and [`limits`] say where
//! and how they are sent, [`verdict()`] reads the answer. What the numbers and shapes rest on is the generated documentation of
//! Datadog's own API clients and the source of its forwarder.

mod answer;
mod endpoints;
mod labels;
pub mod limits;
mod logs;
mod metrics;
mod names;
mod points;
mod sink;
mod tags;

#[cfg(test)]
mod tests;

pub use self::{
    answer::verdict,
    endpoints::{Endpoints, SITES, UnknownSite},
    labels::{Forwarder, Labels},
    logs::{DoesNotFit, LogsEncoder},
    metrics::PointsEncoder,
    points::PointTally,
    sink::Datadog,
};
