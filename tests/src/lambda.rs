//! Simulated Lambda function: a process under test with a local Runtime API. It is killed if it misses the
//! deadline of an invocation, and the next event then starts a new process.

use std::{
    process::ExitStatus,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    process::{Output, Process, Program, SandboxState},
    redeliver::Invoke,
    runtime_api::{AnnouncedDeadline, Answer, Invocation, InvocationResult, RuntimeApi},
};

/// Simulated Lambda function with one execution environment, which handles one event at a time.
pub struct Lambda {
    program: Program,
    timeout: Duration,
    announced: AnnouncedDeadline,
    sandbox: Option<Sandbox>,
    kill_switch: KillSwitch,
    history: History,
}

/// Simulated execution environment: the process under test, and the local Runtime API that it calls.
struct Sandbox {
    process: Process,
    api: RuntimeApi,
}

/// Switch that kills the function's current process. It works from any thread, for example from the function that a
/// stand-in for a backend calls during a request.
#[derive(Clone, Default)]
pub struct KillSwitch(Arc<Mutex<Option<KillAction>>>);

/// Rust function that kills the current process.
type KillAction = Box<dyn Fn() + Send>;

/// Record of all that a simulated Lambda function did.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// All invocations in order.
    pub invocations: Vec<InvocationResult>,
    /// Time from exec to the first request for an event, for each process.
    pub init_durations: Vec<Duration>,
    /// Exit status of each ended process.
    pub exit_statuses: Vec<ExitStatus>,
    /// Output of all ended processes.
    pub output: Output,
    /// Descriptions of invalid Runtime API calls.
    pub violations: Vec<String>,
    /// Maximum resident memory of a process in KiB.
    pub peak_memory_kib: u64,
}

impl Lambda {
    /// Creates a function with this timeout. The process starts with the first event.
    #[must_use]
    pub fn new(program: Program, timeout: Duration) -> Self {
        Self {
            program,
            timeout,
            announced: AnnouncedDeadline::Real,
            sandbox: None,
            kill_switch: KillSwitch::default(),
            history: History::default(),
        }
    }

    /// Announces this deadline to the process instead of the actual one.
    #[must_use]
    pub fn with_announced_deadline(mut self, announced: AnnouncedDeadline) -> Self {
        self.announced = announced;
        self
    }

    /// Returns the switch that kills the current process.
    #[must_use]
    pub fn kill_switch(&self) -> KillSwitch {
        self.kill_switch.clone()
    }

    /// Invokes the function once. A process that failed to start, exited, or missed its deadline is ended, and the
    /// next event starts a new one.
    pub fn invoke_once(&mut self, request_id: &str, payload: &[u8]) -> InvocationResult {
        let sandbox = self.sandbox.take().unwrap_or_else(|| self.start());
        sandbox.process.set_state(SandboxState::Running);
        let invocation = Invocation {
            request_id: request_id.to_owned(),
            payload: payload.to_vec(),
            timeout: self.timeout,
            announced: self.announced,
        };
        let run = sandbox.api.invoke(&invocation);
        self.history.invocations.push(run.clone());
        self.record_peak_memory(&sandbox.process);
        self.freeze_or_end(sandbox, &run.answer);
        run
    }

    /// Returns the processor time of the current process, if there is one.
    #[must_use]
    pub fn processor_time(&self) -> Option<Duration> {
        self.sandbox.as_ref()?.process.processor_time()
    }

    /// Ends the current process, if there is one, and returns the history.
    #[must_use]
    pub fn finish(mut self) -> History {
        if let Some(sandbox) = self.sandbox.take() {
            self.end(&sandbox);
        }
        std::mem::take(&mut self.history)
    }

    /// Returns the history so far. The output is that of ended processes only.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    fn start(&self) -> Sandbox {
        let api = RuntimeApi::start();
        let process = self.program.start(&api);
        let target = process.clone();
        self.kill_switch.arm(move || target.kill());
        Sandbox { process, api }
    }

    /// Freezes a process that answered once it requests the next event, as AWS does; ends any other.
    fn freeze_or_end(&mut self, sandbox: Sandbox, answer: &Answer) {
        const ASKS_AGAIN_WITHIN: Duration = Duration::from_secs(10);
        let answered = match answer {
            Answer::Response(_) | Answer::Error { .. } | Answer::TooLarge(_) => true,
            Answer::TimedOut | Answer::ProcessExited | Answer::InitFailed(_) => false,
        };
        if answered && sandbox.api.wait_for_poll(ASKS_AGAIN_WITHIN) {
            sandbox.process.set_state(SandboxState::Frozen);
            self.sandbox = Some(sandbox);
        } else {
            self.end(&sandbox);
        }
    }

    fn end(&mut self, sandbox: &Sandbox) {
        self.kill_switch.disarm();
        self.record_peak_memory(&sandbox.process);
        let history = &mut self.history;
        history.exit_statuses.push(sandbox.process.end());
        let init = sandbox.api.first_poll().map(|first| first - sandbox.process.started());
        history.init_durations.extend(init);
        history.violations.extend(sandbox.api.violations());
        let output = sandbox.process.output();
        history.output.stdout.extend(output.stdout);
        history.output.stderr.extend(output.stderr);
    }

    fn record_peak_memory(&mut self, process: &Process) {
        let peak = process.peak_memory_kib().unwrap_or(0);
        self.history.peak_memory_kib = self.history.peak_memory_kib.max(peak);
    }
}

impl Invoke for Lambda {
    fn invoke(&mut self, request_id: &str, payload: &[u8]) -> Answer {
        self.invoke_once(request_id, payload).answer
    }
}

impl KillSwitch {
    /// Sets the function that kills the process.
    pub fn arm(&self, kill: impl Fn() + Send + 'static) {
        *self.lock() = Some(Box::new(kill));
    }

    /// Disables the switch.
    pub fn disarm(&self) {
        *self.lock() = None;
    }

    /// Kills the current process of the function, if there is one.
    pub fn kill(&self) {
        if let Some(kill) = self.lock().as_ref() {
            kill();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<KillAction>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
