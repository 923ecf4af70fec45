//! Allocations per event, counted by Valgrind as the difference between two runs of different length.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use super::{
    options::Options,
    payloads::Payloads,
    sandbox::{Sandbox, program},
    sink::SinkServer,
};

/// Minimum number of events in the shorter run: enough that growing buffers have reached their size.
const EVENTS: usize = 10_000;

/// Counts allocations per event, reallocations included. Without Valgrind it prints a note and returns `None`.
pub(super) fn count(options: &Options, payloads: &Payloads) -> Result<Option<f64>> {
    if !has_valgrind() {
        ::tests::server::print_uncaptured("SKIPPED: valgrind is not installed, allocations are not counted");
        return Ok(None);
    }
    let invocations = u32::try_from(EVENTS.div_ceil(payloads.events()))?;
    let [few, many] = [invocations, 2 * invocations].map(|n| count_in_process(options, payloads, n));
    let events = f64::from(invocations) * f64::from(u32::try_from(payloads.events())?);
    Ok(Some((many? - few?) / events))
}

fn has_valgrind() -> bool {
    let version = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// Counts all allocations of a process over a number of invocations.
fn count_in_process(options: &Options, payloads: &Payloads, invocations: u32) -> Result<f64> {
    let sink = SinkServer::start(options);
    // Only the number of allocations is needed, so the expensive checks are off.
    let program = ["--undef-value-errors=no", "--leak-check=no"]
        .into_iter()
        .chain([options.bootstrap.to_str().context("the path of bootstrap is not UTF-8")?])
        .fold(program(options, &sink, "valgrind"), |program, argument| program.arg(argument));
    let sandbox = Sandbox::start(&program)?;
    for index in 0..u64::from(invocations) {
        sandbox.invoke(payloads.get(index), index)?;
    }
    let stderr = sandbox.stop();
    parse_allocations(&stderr).with_context(|| format!("valgrind printed no heap summary: {stderr}"))
}

/// Parses the count in `==1== total heap usage: 1,234 allocs, …`.
fn parse_allocations(stderr: &str) -> Option<f64> {
    let (_, behind) = stderr.split_once("total heap usage: ")?;
    behind.split_once(" allocs")?.0.replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heap_summary_is_parsed() {
        let stderr =
            "==7== HEAP SUMMARY:\n==7==   total heap usage: 1,234,567 allocs, 1 frees, 2 bytes allocated\n";
        assert_eq!(parse_allocations(stderr), Some(1_234_567.0));
        assert_eq!(parse_allocations("==7== no heap summary"), None);
    }
}
