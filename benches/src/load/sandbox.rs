//! Sandboxes (simulated execution environments): processes that are invoked repeatedly, each through its own stand-in
//! for the Runtime API.

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
    options::{LoadLimit, Options},
    payloads::Payloads,
    sink::SinkServer,
};

/// Startup of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Startup {
    /// Time from exec to the first `GET /next`; the median of several starts.
    pub elapsed: Duration,
    /// Resident memory before the first event, in KiB.
    pub idle_kib: u64,
}

/// Result of a load test.
#[derive(Clone, Debug)]
pub struct LoadResult {
    /// Number of invocations, without warm-up.
    pub invocations: u64,
    /// Time from the first invocation to the end of the last.
    pub elapsed: Duration,
    /// CPU time of all processes.
    pub cpu_time: Duration,
    /// Duration of each invocation, in ascending order.
    pub latencies: Vec<Duration>,
    /// Duration of a process's very first invocation; the longest if there are several processes.
    pub first: Duration,
    /// Peak resident memory of a process, in KiB.
    pub peak_kib: u64,
    /// Requests to the sink.
    pub requests: u64,
    /// Bytes of bodies that the sink accepted.
    pub bytes: u64,
    /// Events that the processes' ledgers count as delivered, warm-up included; `None` if no ledger was
    /// printed.
    pub delivered: Option<u64>,
}

/// Number of invocations of each sandbox before the measurement.
const WARM_UP: u64 = 3;

/// Number of starts whose startup is measured; the median is reported.
const STARTS: usize = 15;

const START_LIMIT: Duration = Duration::from_secs(60);

/// Lambda's maximum timeout.
const TIMEOUT: Duration = Duration::from_secs(900);

/// Simulated execution environment: a `bootstrap` process, and the stand-in for the Runtime API that it calls.
pub(super) struct Sandbox {
    process: Process,
    api: RuntimeApi,
}

impl Sandbox {
    /// Starts a program and waits until it asks for an event.
    pub(super) fn start(program: &Program) -> Result<Self> {
        let api = RuntimeApi::start();
        let process = program.start(&api);
        let sandbox = Self { process, api };
        if sandbox.api.wait_for_poll(START_LIMIT) {
            return Ok(sandbox);
        }
        let ended = sandbox.process.end();
        bail!(
            "the process does not ask for an event ({ended}): {}",
            String::from_utf8_lossy(&sandbox.process.output().stderr)
        )
    }

    /// Invokes the process once. Returns the duration.
    pub(super) fn invoke(&self, payload: &[u8], index: u64) -> Result<Duration> {
        let invocation = Invocation {
            request_id: format!("00000000-0000-4000-8000-{index:012x}"),
            payload: payload.to_vec(),
            timeout: TIMEOUT,
            announced: AnnouncedDeadline::Real,
        };
        let run = self.api.invoke(&invocation);
        let answer = run.answer;
        ensure!(answer.response().is_some(), "invocation failed: {answer:?}");
        Ok(run.duration)
    }

    /// Terminates the process. Returns its stderr.
    pub(super) fn stop(&self) -> String {
        let _exit = self.process.terminate();
        String::from_utf8_lossy(&self.process.output().stderr).into_owned()
    }

    fn cpu_time(&self) -> Result<Duration> {
        self.process.processor_time().context("failed to read the process's CPU time")
    }
}

/// Builds the command of `bootstrap` with its environment variables.
pub(super) fn program(options: &Options, sink: &SinkServer, path: impl AsRef<std::path::Path>) -> Program {
    let url = sink.url();
    let program = Program::new(path)
        .env("TAILWATER_SINKS", options.sinks.setting())
        .env("TAILWATER_ARCH", "arm64")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &url)
        .env("OTEL_EXPORTER_OTLP_COMPRESSION", options.compression.setting())
        .env("DD_API_KEY", ::tests::function_builder::KEY)
        .env("DD_URL", &url)
        .env("DD_API_URL", &url);
    options.environment.iter().fold(program, |program, (name, value)| {
        program.env(name, value.replace("{otlp}", &url).replace("{datadog}", &url))
    })
}

/// Starts the process several times and returns the median startup.
pub(super) fn measure_startup(options: &Options, sink: &SinkServer) -> Result<Startup> {
    let program = program(options, sink, &options.bootstrap);
    let mut all = Vec::new();
    for _ in 0..STARTS {
        let sandbox = Sandbox::start(&program)?;
        let first = sandbox.api.first_poll().context("the process has not asked for an event")?;
        let idle_kib = sandbox.process.memory_now_kib().context("failed to read the process's memory")?;
        all.push((first - sandbox.process.started(), idle_kib));
    }
    all.sort();
    all.get(STARTS / 2)
        .map(|(elapsed, idle_kib)| Startup { elapsed: *elapsed, idle_kib: *idle_kib })
        .context("the process was not started")
}

/// Concurrent sandboxes.
pub(super) struct SandboxPool<'o> {
    sandboxes: Vec<Sandbox>,
    sink: &'o SinkServer,
    sinks: u64,
}

/// State that the sandboxes' threads share.
struct LoadRun<'p> {
    payloads: &'p Payloads,
    limit: LoadLimit,
    next_index: AtomicU64,
    barrier: Barrier,
    sandboxes: u64,
}

/// Result of one sandbox.
struct SandboxResult {
    cpu_time: Duration,
    latencies: Vec<Duration>,
    first: Duration,
    began: Instant,
    ended: Instant,
}

impl<'o> SandboxPool<'o> {
    pub(super) fn start(options: &Options, sink: &'o SinkServer) -> Result<Self> {
        let program = program(options, sink, &options.bootstrap);
        let sandboxes = (0..options.concurrency).map(|_| Sandbox::start(&program)).collect::<Result<_>>()?;
        Ok(Self { sandboxes, sink, sinks: options.sinks.count() })
    }

    /// Warms up all sandboxes, then invokes them until the limit is reached.
    pub(super) fn run(self, payloads: &Payloads, limit: LoadLimit) -> Result<LoadResult> {
        let barrier = Barrier::new(self.sandboxes.len());
        let sandboxes = u64::try_from(self.sandboxes.len())?;
        let load_run = LoadRun { payloads, limit, next_index: AtomicU64::new(0), barrier, sandboxes };
        let results = thread::scope(|scope| {
            let drivers: Vec<_> =
                self.sandboxes.iter().map(|sandbox| scope.spawn(|| load_run.run_sandbox(sandbox))).collect();
            drivers
                .into_iter()
                .map(|driver| driver.join().expect("a sandbox's thread does not panic"))
                .collect::<Result<Vec<_>>>()
        })?;
        self.summarise(&results, payloads)
    }

    fn summarise(&self, results: &[SandboxResult], payloads: &Payloads) -> Result<LoadResult> {
        let mut latencies: Vec<_> =
            results.iter().flat_map(|result| result.latencies.iter().copied()).collect();
        latencies.sort();
        let peaks: Option<Vec<_>> =
            self.sandboxes.iter().map(|sandbox| sandbox.process.peak_memory_kib()).collect();
        let invocations = u64::try_from(latencies.len())?;
        let all = invocations + WARM_UP * u64::try_from(results.len())?;
        let (requests, bytes) = self.sink.totals();
        let began = results.iter().map(|result| result.began).min().context("there is no sandbox")?;
        let ended = results.iter().map(|result| result.ended).max().context("there is no sandbox")?;
        Ok(LoadResult {
            invocations,
            elapsed: ended - began,
            cpu_time: results.iter().map(|result| result.cpu_time).sum(),
            latencies,
            first: results.iter().map(|result| result.first).max().context("there is no sandbox")?,
            peak_kib: peaks
                .context("failed to read the processes' memory")?
                .into_iter()
                .max()
                .context("there is no sandbox")?,
            // Warm-up sends requests as well, so its share is subtracted.
            requests: requests * invocations / all,
            bytes: bytes * invocations / all,
            delivered: self.delivered(all * u64::try_from(payloads.events())? * self.sinks)?,
        })
    }

    /// Terminates the processes and sums up the events delivered. Fails if ledgers were printed whose sum is
    /// not `expected`.
    fn delivered(&self, expected: u64) -> Result<Option<u64>> {
        let mut ledgers = Vec::new();
        for sandbox in &self.sandboxes {
            sandbox.stop();
            ledgers.extend(Ledger::all(&String::from_utf8_lossy(&sandbox.process.output().stdout)));
        }
        if ledgers.is_empty() {
            return Ok(None);
        }
        let delivered: u64 = ledgers.iter().map(|ledger| ledger.count("delivered")).sum();
        ensure!(delivered == expected, "{delivered} of {expected} events were delivered");
        Ok(Some(delivered))
    }
}

impl LoadRun<'_> {
    fn run_sandbox(&self, sandbox: &Sandbox) -> Result<SandboxResult> {
        let warm_up: Result<Vec<_>> = (0..WARM_UP).map(|_| self.invoke(sandbox)).collect();
        self.barrier.wait();
        let first = warm_up?.first().copied().context("there was no warm-up")?;
        let (before, began) = (sandbox.cpu_time()?, Instant::now());
        let mut latencies = Vec::new();
        while self.is_within_limit(latencies.len(), began) {
            latencies.push(self.invoke(sandbox)?);
        }
        let ended = Instant::now();
        Ok(SandboxResult { cpu_time: sandbox.cpu_time()? - before, latencies, first, began, ended })
    }

    fn invoke(&self, sandbox: &Sandbox) -> Result<Duration> {
        let index = self.next_index.fetch_add(1, Ordering::Relaxed);
        sandbox.invoke(self.payloads.get(index), index)
    }

    /// True if the sandbox must continue. If the limit is a number of invocations, each sandbox does an equal share.
    fn is_within_limit(&self, done: usize, began: Instant) -> bool {
        match self.limit {
            LoadLimit::Time(time) => began.elapsed() < time,
            LoadLimit::Invocations(all) => {
                u64::try_from(done).unwrap_or(u64::MAX) < all.div_ceil(self.sandboxes)
            }
        }
    }
}
