//! A log stream of a corpus, written a run at a time.

use std::rc::Rc;

use super::{Plan, count};
use crate::{
    lines::{LogEvent, Position, Scene, write_run},
    mix::{self, Mix},
    model::{Environment, Function, Launch, Run},
    moment::Moment,
    rng::Rng,
};

/// How much was written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Written {
    pub(super) events: u64,
    pub(super) bytes: u64,
}

/// An environment whose log is being written.
pub(super) struct Stream {
    pub(super) environment: Environment,
    /// What no delivery holds yet.
    pub(super) pending: Vec<LogEvent>,
    pub(super) clock: Moment,
    runs: u64,
    pub(super) runs_left: u64,
}

impl Stream {
    pub(super) fn new(functions: &[Rc<Function>], born: Moment, plan: &Plan, rng: &mut Rng) -> Self {
        let function = rng.pick(functions);
        let version = rng.pick(&["$LATEST", "7", "41"]);
        Self {
            environment: Environment::new(&function, version, born, rng),
            pending: Vec::new(),
            clock: born,
            runs: 0,
            runs_left: rng.between(4, 8 + count(plan.per_delivery) / 8),
        }
    }

    /// Writes one run, or several at once where the function runs them so; gives the runs and how much was written.
    pub(super) fn advance(&mut self, mix: Mix, rng: &mut Rng) -> (Vec<Run>, Written) {
        let at_once = match self.environment.function.launch {
            Launch::ManagedInstances => rng.between(2, 4),
            Launch::OnDemand | Launch::Provisioned | Launch::SnapStart => 1,
        };
        let (mut runs, mut events) = (Vec::new(), Vec::new());
        for _ in 0..at_once {
            let run = self.one_run(mix, rng, &mut events);
            runs.push(run);
        }
        events.sort_by_key(|event| event.time);
        self.clock = runs.iter().map(Run::ended).max().unwrap_or(self.clock);
        self.runs_left = self.runs_left.saturating_sub(1);
        let bytes = events.iter().map(|event| count(event.message.len())).sum();
        let written = Written { events: count(events.len()), bytes };
        self.pending.append(&mut events);
        (runs, written)
    }

    fn one_run(&mut self, mix: Mix, rng: &mut Rng, events: &mut Vec<LogEvent>) -> Run {
        let position = if self.runs == 0 { Position::First } else { Position::Later };
        self.runs += 1;
        // An environment's first run begins after what it waited for: seconds at most, so ten are enough.
        let wait = if position == Position::First { 10_000 } else { rng.between(2, 600) };
        let started = Moment(self.clock.0 + wait);
        if position == Position::First {
            // Runs that go on at the same time find the environment made.
            self.clock = started;
        }
        let run = mix::run(mix, &self.environment.function, position, started, rng);
        let script = mix.script(&self.environment, &run, rng);
        events
            .append(&mut write_run(Scene { environment: &self.environment, run: &run, position }, &script.0));
        run
    }
}
