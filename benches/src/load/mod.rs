//! Load test of `bootstrap`: real processes behind stand-ins for Lambda's Runtime API that send to a sink on
//! loopback.
//!
//! Only the processes are measured: CPU time, memory, and duration of each invocation. The stand-ins and the
//! sink share the machine's other processors.

mod allocations;
mod budget;
mod floor;
mod measurement;
mod options;
mod payloads;
mod sandbox;
mod sink;

use anyhow::Result;

pub use self::{
    measurement::{Measurement, Report},
    options::{Compression, Options, Sinks, USAGE},
};
use self::{payloads::Payloads, sandbox::SandboxPool, sink::SinkServer};

/// Measures deliveries of one size.
///
/// # Errors
/// Returns an error if the process cannot be started, does not respond, or does not deliver all events.
pub fn measure(options: &Options, events: usize) -> Result<Measurement> {
    let payloads = Payloads::make(options, events)?;
    let floor = floor::measure(&payloads)?;
    let sink = SinkServer::start(options);
    let start = sandbox::measure_startup(options, &sink)?;
    let load = SandboxPool::start(options, &sink)?.run(&payloads, options.limit(events))?;
    let allocations =
        options.allocations.then(|| allocations::count(options, &payloads)).transpose()?.flatten();
    Ok(Measurement { events, inflated: payloads.inflated_each(), floor, start, load, allocations })
}
