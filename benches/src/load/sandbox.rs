//! Sandboxes: a process each, behind a Runtime API of its own, invoked again and again.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use ::tests::{
    process::{Process, Program},
    runtime_api::{AnnouncedDeadline, Invocation, RuntimeApi},
    scenario::Ledger,
};
use anyhow::{Context as _, Result, bail, ensure};

use super::{
    order::{Extent, Order},
    payloads::Payloads,
    sink::Sink,
};

/// How a process starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// From exec to the first request for an event; the middle one of several.
    pub took: Duration,
    /// Memory in RAM before the first event, in KiB.
    pub idle_kib: u64,
}

/// What came of driving it.
#[derive(Clone, Debug)]
pub struct Driven {
    /// Invocations that count: not those that warm up.
    pub invocations: u64,
    /// From the first of them to the end of the last.
    pub took: Duration,
    /// The time that processors spent on the processes, all together.
    pub processor: Duration,
    /// How long each invocation took, shortest first.
    pub latencies: Vec<Duration>,
    /// How long the very first took.
    pub first: Duration,
    /// The most memory that a process had in RAM, in KiB.
    pub peak_kib: u64,
    /// Requests that the sink got.
    pub requests: u64,
    /// Bytes that it took.
    pub bytes: u64,
    /// Events that the processes' own ledgers account for as delivered, warm-up included; `None` without ledgers.
    pub accounted: Option<u64>,
}

/// Invocations of a sandbox before it is measured.
const WARM_UP: u64 = 3;

/// Starts of which the middle one counts.
const STARTS: usize = 15;

const START_LIMIT: Duration = Duration::from_secs(60);

/// Lambda's longest.
const TIMEOUT: Duration = Duration::from_secs(900);

/// A process and what it asks for events.
pub(super) struct Sandbox {
    process: Process,
    api: RuntimeApi,
}

impl Sandbox {
    /// Starts a program, and waits until it asks for an event.
    pub(super) fn start(program: &Program) -> Result<Self> {
        let api = RuntimeApi::start();
        let process = program.start(&api);
        let sandbox = Self { process, api };
        if sandbox.api.wait_for_poll(START_LIMIT) {
            return Ok(sandbox);
        }
        let ended = sandbox.process.end();
        bail!("it does not start ({ended}): {}", String::from_utf8_lossy(&sandbox.process.output().stderr))
    }

    /// Invokes it once.
    pub(super) fn invoke(&self, payload: &[u8], turn: u64) -> Result<Duration> {
        let invocation = Invocation {
            request_id: format!("00000000-0000-4000-8000-{turn:012x}"),
            payload: payload.to_vec(),
            timeout: TIMEOUT,
            announced: AnnouncedDeadline::Real,
        };
        let run = self.api.invoke(&invocation);
        let answer = run.answer;
        ensure!(answer.response().is_some(), "an invocation ended as {answer:?}");
        Ok(run.duration)
    }

    /// Asks it to end, and gives what it wrote to stderr.
    pub(super) fn stop(&self) -> String {
        let _ended_as_told = self.process.terminate();
        String::from_utf8_lossy(&self.process.output().stderr).into_owned()
    }

    fn processor_time(&self) -> Result<Duration> {
        self.process.processor_time().context("the process runs")
    }
}

/// `bootstrap`, with the settings that an order means.
pub(super) fn program(order: &Order, sink: &Sink, path: impl AsRef<std::path::Path>) -> Program {
    let url = sink.url();
    let program = Program::new(path)
        .env("TAILWATER_SINKS", order.sinks.setting())
        .env("TAILWATER_ARCH", "arm64")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &url)
        .env("OTEL_EXPORTER_OTLP_COMPRESSION", order.compression.setting())
        .env("DD_API_KEY", ::tests::function_builder::KEY)
        .env("DD_URL", &url);
    order.environment.iter().fold(program, |program, (name, value)| {
        program.env(name, value.replace("{otlp}", &url).replace("{datadog}", &url))
    })
}

/// Starts it several times.
pub(super) fn starts(order: &Order, sink: &Sink) -> Result<Start> {
    let program = program(order, sink, &order.bootstrap);
    let mut all = Vec::new();
    for _ in 0..STARTS {
        let sandbox = Sandbox::start(&program)?;
        let first = sandbox.api.first_poll().context("it has asked")?;
        let idle_kib = sandbox.process.memory_now_kib().context("it runs")?;
        all.push((first - sandbox.process.started(), idle_kib));
    }
    all.sort();
    all.get(STARTS / 2)
        .map(|(took, idle_kib)| Start { took: *took, idle_kib: *idle_kib })
        .context("it started")
}

/// Several sandboxes at once.
pub(super) struct Fleet<'o> {
    sandboxes: Vec<Sandbox>,
    sink: &'o Sink,
    sinks: u64,
}

/// What all sandboxes share while they are driven.
struct Shared<'p> {
    payloads: &'p Payloads,
    extent: Extent,
    turn: AtomicU64,
    begin: Barrier,
    sandboxes: u64,
}

/// What one sandbox did.
struct Share {
    processor: Duration,
    latencies: Vec<Duration>,
    first: Duration,
    began: Instant,
    ended: Instant,
}

impl<'o> Fleet<'o> {
    pub(super) fn start(order: &Order, sink: &'o Sink) -> Result<Self> {
        let program = program(order, sink, &order.bootstrap);
        let sandboxes = (0..order.concurrency).map(|_| Sandbox::start(&program)).collect::<Result<_>>()?;
        Ok(Self { sandboxes, sink, sinks: order.sinks.count() })
    }

    /// Warms all up, then drives them until there was enough load.
    pub(super) fn drive(self, payloads: &Payloads, extent: Extent) -> Result<Driven> {
        let begin = Barrier::new(self.sandboxes.len());
        let sandboxes = u64::try_from(self.sandboxes.len())?;
        let shared = Shared { payloads, extent, turn: AtomicU64::new(0), begin, sandboxes };
        let shares = thread::scope(|scope| {
            let drivers: Vec<_> =
                self.sandboxes.iter().map(|sandbox| scope.spawn(|| shared.drive(sandbox))).collect();
            drivers
                .into_iter()
                .map(|driver| driver.join().expect("it panics nowhere"))
                .collect::<Result<Vec<_>>>()
        })?;
        self.sum_up(&shares, payloads)
    }

    fn sum_up(&self, shares: &[Share], payloads: &Payloads) -> Result<Driven> {
        let mut latencies: Vec<_> = shares.iter().flat_map(|share| share.latencies.iter().copied()).collect();
        latencies.sort();
        let peaks: Option<Vec<_>> =
            self.sandboxes.iter().map(|sandbox| sandbox.process.peak_memory_kib()).collect();
        let invocations = u64::try_from(latencies.len())?;
        let all = invocations + WARM_UP * u64::try_from(shares.len())?;
        let (requests, bytes) = self.sink.taken();
        let began = shares.iter().map(|share| share.began).min().context("there is one")?;
        let ended = shares.iter().map(|share| share.ended).max().context("there is one")?;
        Ok(Driven {
            invocations,
            took: ended - began,
            processor: shares.iter().map(|share| share.processor).sum(),
            latencies,
            first: shares.iter().map(|share| share.first).max().context("there is one")?,
            peak_kib: peaks.context("they run")?.into_iter().max().context("there is one")?,
            // What warms up sends as well.
            requests: requests * invocations / all,
            bytes: bytes * invocations / all,
            accounted: self.accounted(all * u64::try_from(payloads.events())? * self.sinks)?,
        })
    }

    /// Ends the processes. If they printed ledgers, these have to account for so many events as delivered.
    fn accounted(&self, expected: u64) -> Result<Option<u64>> {
        let mut ledgers = Vec::new();
        for sandbox in &self.sandboxes {
            sandbox.stop();
            ledgers.extend(Ledger::all(&String::from_utf8_lossy(&sandbox.process.output().stdout)));
        }
        if ledgers.is_empty() {
            return Ok(None);
        }
        let delivered: u64 = ledgers.iter().map(|ledger| ledger.count("delivered")).sum();
        ensure!(delivered == expected, "of {expected} events {delivered} were delivered");
        Ok(Some(delivered))
    }
}

impl Shared<'_> {
    fn drive(&self, sandbox: &Sandbox) -> Result<Share> {
        let warm_up: Result<Vec<_>> = (0..WARM_UP).map(|_| self.invoke(sandbox)).collect();
        self.begin.wait();
        let first = warm_up?.first().copied().context("there is a first")?;
        let (before, began) = (sandbox.processor_time()?, Instant::now());
        let mut latencies = Vec::new();
        while self.is_wanted(latencies.len(), began) {
            latencies.push(self.invoke(sandbox)?);
        }
        let ended = Instant::now();
        Ok(Share { processor: sandbox.processor_time()? - before, latencies, first, began, ended })
    }

    fn invoke(&self, sandbox: &Sandbox) -> Result<Duration> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        sandbox.invoke(self.payloads.turn(turn), turn)
    }

    /// Each sandbox does its share of the invocations.
    fn is_wanted(&self, done: usize, began: Instant) -> bool {
        match self.extent {
            Extent::Time(time) => began.elapsed() < time,
            Extent::Invocations(all) => {
                u64::try_from(done).unwrap_or(u64::MAX) < all.div_ceil(self.sandboxes)
            }
        }
    }
}
