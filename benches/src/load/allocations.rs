//! Allocations for each event, counted by valgrind: the same process with some invocations and with twice as many.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use super::{
    order::Order,
    payloads::Payloads,
    sandbox::{Sandbox, program},
    sink::Sink,
};

/// Events of the shorter run: enough that what grows by doubling has grown.
const EVENTS: usize = 10_000;

/// Allocations for each event, reallocations included; `None`, and a word about it, where there is no valgrind.
pub(super) fn count(order: &Order, payloads: &Payloads) -> Result<Option<f64>> {
    if !has_valgrind() {
        ::tests::server::print_uncaptured("SKIPPED: no valgrind here, so allocations were not counted");
        return Ok(None);
    }
    let invocations = u32::try_from(EVENTS.div_ceil(payloads.events()))?;
    let [few, many] = [invocations, 2 * invocations].map(|n| allocations(order, payloads, n));
    let events = f64::from(invocations) * f64::from(u32::try_from(payloads.events())?);
    Ok(Some((many? - few?) / events))
}

fn has_valgrind() -> bool {
    let version = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// All allocations of a process that is invoked so many times.
fn allocations(order: &Order, payloads: &Payloads, invocations: u32) -> Result<f64> {
    let sink = Sink::start(order);
    // Only its count of allocations is wanted, so the checks that cost most are off.
    let program = ["--undef-value-errors=no", "--leak-check=no"]
        .into_iter()
        .chain([order.bootstrap.to_str().context("a path in UTF-8")?])
        .fold(program(order, &sink, "valgrind"), |program, argument| program.arg(argument));
    let sandbox = Sandbox::start(&program)?;
    for turn in 0..u64::from(invocations) {
        sandbox.invoke(payloads.turn(turn), turn)?;
    }
    let told = sandbox.stop();
    read(&told).with_context(|| format!("valgrind said: {told}"))
}

/// `==1== total heap usage: 1,234 allocs, …`
fn read(told: &str) -> Option<f64> {
    let (_, behind) = told.split_once("total heap usage: ")?;
    behind.split_once(" allocs")?.0.replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_read() {
        let told =
            "==7== HEAP SUMMARY:\n==7==   total heap usage: 1,234,567 allocs, 1 frees, 2 bytes allocated\n";
        assert_eq!(read(told), Some(1_234_567.0));
        assert_eq!(read("==7== nothing of it"), None);
    }
}
