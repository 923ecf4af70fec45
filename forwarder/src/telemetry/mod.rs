//! Tailwater's own telemetry: its metrics, recorded through the `metrics` facade and exported as one line in embedded
//! metric format (EMF) per sink and invocation, and its log.

pub mod emf;
pub mod escape;
mod instruments;
pub mod log;
pub mod names;
mod own_cost;
pub mod prometheus;
mod registry;
#[cfg(test)]
mod tests;
mod unknown_shape;

pub use self::{
    instruments::{Circuit, DerivedOutcome, RulesState, Stage, Telemetry},
    own_cost::OwnPrice,
    registry::Registry,
    unknown_shape::UnknownShape,
};
