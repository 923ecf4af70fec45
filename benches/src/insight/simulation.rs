//! Simulation of execution environments: when each run starts, and the lines that name it.

use std::{rc::Rc, time::Duration};

use super::EnvironmentRuns;
use crate::{
    model::{Environment, Function, Outcome, Run, StartType},
    rng::Rng,
    timestamp::Timestamp,
};

/// Number of an environment and number of a run in it, from 0.
#[derive(Clone, Copy)]
pub(super) struct RunNumber {
    pub(super) environment: u64,
    pub(super) run: u64,
}

/// Behaviour of one run.
pub(super) struct Behaviour {
    /// Duration of the handler in units of 10 µs.
    pub(super) duration: u64,
    pub(super) max_memory_mib: u32,
    pub(super) outcome: Outcome,
    pub(super) tenant: Option<&'static str>,
}

/// Environments of one version of a function.
pub(super) struct Group<'a> {
    pub(super) function: &'a Rc<Function>,
    pub(super) version: &'a str,
    /// Creation of the first environment, and the time between two creations in milliseconds.
    pub(super) created: Timestamp,
    pub(super) every_ms: u64,
    pub(super) environments: u64,
    /// Number of runs of an environment.
    pub(super) runs: u64,
    /// Lowest and highest pause between two runs in milliseconds.
    pub(super) pause_ms: (u64, u64),
}

impl Group<'_> {
    /// Simulates the environments.
    pub(super) fn simulate(
        &self,
        rng: &mut Rng,
        behave: impl Fn(RunNumber, &mut Rng) -> Behaviour,
    ) -> Vec<EnvironmentRuns> {
        let environment = |environment| self.environment(environment, rng, &behave);
        (0..self.environments).map(environment).collect()
    }

    fn environment(
        &self,
        environment: u64,
        rng: &mut Rng,
        behave: &impl Fn(RunNumber, &mut Rng) -> Behaviour,
    ) -> EnvironmentRuns {
        let created = Timestamp(self.created.0 + environment * self.every_ms);
        let named = Environment::new(self.function, self.version, created, rng);
        let init = Duration::from_micros(rng.between(10_000, 60_000) * 10);
        let mut clock = created.after(init);
        let mut runs = Vec::new();
        for run in 0..self.runs {
            let behaviour = behave(RunNumber { environment, run }, rng);
            let made = Run {
                request_id: rng.uuid(),
                started: clock,
                duration: Duration::from_micros(behaviour.duration * 10),
                start_type: if run == 0 { StartType::Cold(init) } else { StartType::Warm },
                outcome: behaviour.outcome,
                max_memory_mib: behaviour.max_memory_mib,
                trace: None,
                tenant: behaviour.tenant,
                produced_bytes: 20,
            };
            clock = Timestamp(made.ended().0 + rng.between(self.pause_ms.0, self.pause_ms.1));
            runs.push(made);
        }
        EnvironmentRuns { environment: named, runs }
    }
}
