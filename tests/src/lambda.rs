//! A Lambda function: a process behind a Runtime API, killed when it is late and started again when it is gone.

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

/// The function. One sandbox: events go through it one after another.
pub struct Lambda {
    program: Program,
    timeout: Duration,
    announced: AnnouncedDeadline,
    sandbox: Option<Sandbox>,
    kill_switch: KillSwitch,
    history: History,
}

/// A process and the Runtime API it asks.
struct Sandbox {
    process: Process,
    api: RuntimeApi,
}

/// Kills the process that runs at the moment, from wherever the moment is noticed: a backend's script, for example.
#[derive(Clone, Default)]
pub struct KillSwitch(Arc<Mutex<Option<KillAction>>>);

/// What kills it.
type KillAction = Box<dyn Fn() + Send>;

/// What happened so far.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Every invocation, in order.
    pub invocations: Vec<InvocationResult>,
    /// For each process, the time from exec to its first request for an event.
    pub init_durations: Vec<Duration>,
    /// How each process ended that is no more.
    pub exit_statuses: Vec<ExitStatus>,
    /// What those processes wrote.
    pub output: Output,
    /// Calls that broke the Runtime API's protocol.
    pub violations: Vec<String>,
    /// The most memory a process had in RAM, in KiB.
    pub peak_memory_kib: u64,
}

impl Lambda {
    /// A function of this program and this timeout; nothing starts before the first event.
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

    /// Tells it this deadline from now on, whatever holds.
    #[must_use]
    pub fn with_announced_deadline(mut self, announced: AnnouncedDeadline) -> Self {
        self.announced = announced;
        self
    }

    /// What kills the process that runs at the moment.
    #[must_use]
    pub fn kill_switch(&self) -> KillSwitch {
        self.kill_switch.clone()
    }

    /// Invokes it once. A process that failed to start, was late or died is ended; the next event finds a new one.
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
        self.note_memory(&sandbox.process);
        self.keep_or_end(sandbox, &run.answer);
        run
    }

    /// The time that processors have spent on the process that runs, if one does.
    #[must_use]
    pub fn processor_time(&self) -> Option<Duration> {
        self.sandbox.as_ref()?.process.processor_time()
    }

    /// Ends the process, if one runs, and says what happened.
    #[must_use]
    pub fn finish(mut self) -> History {
        if let Some(sandbox) = self.sandbox.take() {
            self.end(&sandbox);
        }
        std::mem::take(&mut self.history)
    }

    /// What happened so far; the output is that of processes that are no more.
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

    /// A process that answered is frozen once it asks for the next event, as AWS does.
    fn keep_or_end(&mut self, sandbox: Sandbox, answer: &Answer) {
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
        self.note_memory(&sandbox.process);
        let history = &mut self.history;
        history.exit_statuses.push(sandbox.process.end());
        let init = sandbox.api.first_poll().map(|first| first - sandbox.process.started());
        history.init_durations.extend(init);
        history.violations.extend(sandbox.api.violations());
        let output = sandbox.process.output();
        history.output.stdout.extend(output.stdout);
        history.output.stderr.extend(output.stderr);
    }

    fn note_memory(&mut self, process: &Process) {
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
    /// From now on this is what kills.
    pub fn arm(&self, kill: impl Fn() + Send + 'static) {
        *self.lock() = Some(Box::new(kill));
    }

    /// From now on nothing is killed.
    pub fn disarm(&self) {
        *self.lock() = None;
    }

    /// Kills the process, if one runs.
    pub fn kill(&self) {
        if let Some(kill) = self.lock().as_ref() {
            kill();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<KillAction>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
