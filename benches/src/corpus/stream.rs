//! Log streams of a corpus, written run by run.

use std::rc::Rc;

use super::{Plan, count};
use crate::{
    lines::{LogEvent, Position, RunContext, write_run},
    mix::{self, Mix},
    model::{Environment, Function, InitializationType, Run},
    rng::Rng,
    timestamp::Timestamp,
};

/// Number of events and bytes of messages.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Volume {
    pub(super) events: u64,
    pub(super) bytes: u64,
}

/// Log stream that is being written.
pub(super) struct StreamWriter {
    pub(super) environment: Environment,
    /// Events that are in no delivery yet.
    pub(super) pending: Vec<LogEvent>,
    pub(super) clock: Timestamp,
    runs: u64,
    pub(super) runs_left: u64,
}

impl StreamWriter {
    pub(super) fn new(functions: &[Rc<Function>], created: Timestamp, plan: &Plan, rng: &mut Rng) -> Self {
        let function = rng.pick(functions);
        let version = rng.pick(&["$LATEST", "7", "41"]);
        Self {
            environment: Environment::new(&function, version, created, rng),
            pending: Vec::new(),
            clock: created,
            runs: 0,
            runs_left: rng.between(4, 8 + count(plan.per_delivery) / 8),
        }
    }

    /// Writes one run, or two to four concurrent runs on Managed Instances. Returns the runs and the volume
    /// written.
    pub(super) fn advance(&mut self, mix: Mix, rng: &mut Rng) -> (Vec<Run>, Volume) {
        let at_once = match self.environment.function.initialization_type {
            InitializationType::ManagedInstances => rng.between(2, 4),
            InitializationType::OnDemand
            | InitializationType::Provisioned
            | InitializationType::SnapStart => 1,
        };
        let (mut runs, mut events) = (Vec::new(), Vec::new());
        for _ in 0..at_once {
            let run = self.next_run(mix, rng, &mut events);
            runs.push(run);
        }
        events.sort_by_key(|event| event.time);
        self.clock = runs.iter().map(Run::ended).max().unwrap_or(self.clock);
        self.runs_left = self.runs_left.saturating_sub(1);
        let bytes = events.iter().map(|event| count(event.message.len())).sum();
        let written = Volume { events: count(events.len()), bytes };
        self.pending.append(&mut events);
        (runs, written)
    }

    fn next_run(&mut self, mix: Mix, rng: &mut Rng, events: &mut Vec<LogEvent>) -> Run {
        let position = if self.runs == 0 { Position::First } else { Position::Later };
        self.runs += 1;
        // The first run begins after its initialization, which takes a few seconds at most: 10 s are enough.
        let wait = if position == Position::First { 10_000 } else { rng.between(2, 600) };
        let started = Timestamp(self.clock.0 + wait);
        if position == Position::First {
            // Concurrent runs share the environment that the first one initialized.
            self.clock = started;
        }
        let run = mix::run(mix, &self.environment.function, position, started, rng);
        let app_log = mix.app_log(&self.environment, &run, rng);
        events.append(&mut write_run(
            RunContext { environment: &self.environment, run: &run, position },
            &app_log.0,
        ));
        run
    }
}
