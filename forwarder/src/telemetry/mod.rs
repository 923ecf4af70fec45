//! What Tailwater says of itself: metrics through the `metrics` facade, one line for each invocation, and its own log.

pub mod emf;
pub mod log;
mod meters;
pub mod names;
mod own_cost;
pub mod prometheus;
mod registry;
mod shape;
#[cfg(test)]
mod tests;

pub use self::{
    meters::{Circuit, Stage, Telemetry},
    own_cost::OwnPrice,
    registry::Registry,
    shape::UnknownShape,
};
