//! Load for a `bootstrap`: real processes behind stand-ins for Lambda's Runtime API, sending to a sink on loopback.
//!
//! What is measured is the processes alone: their processor time, their memory, and how long each invocation took. The
//! stand-ins and the sink run beside them, on whatever processors are left.

mod allocations;
mod budget;
mod figures;
mod floor;
mod order;
mod payloads;
mod sandbox;
mod sink;

use anyhow::Result;

pub use self::{
    figures::{Figures, Report},
    order::{Compression, Order, Sinks, USAGE},
};
use self::{payloads::Payloads, sandbox::Fleet, sink::Sink};

/// Measures one size of deliveries.
///
/// # Errors
/// The process cannot be started, does not answer, or does not deliver all events.
pub fn measure(order: &Order, events: usize) -> Result<Figures> {
    let payloads = Payloads::make(order, events)?;
    let floor = floor::measure(&payloads)?;
    let sink = Sink::start(order);
    let start = sandbox::starts(order, &sink)?;
    let driven = Fleet::start(order, &sink)?.drive(&payloads, order.extent(events))?;
    let allocations = order.allocations.then(|| allocations::count(order, &payloads)).transpose()?.flatten();
    Ok(Figures { events, inflated: payloads.inflated_each(), floor, start, driven, allocations })
}
