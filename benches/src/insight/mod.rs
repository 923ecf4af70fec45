//! Corpus for the answers that need each single run or line: tenants, memory sizes, leaks, overlaps, retries, timeouts and
//! the volume of logs, with the expected answers, which are calculated from the model.

mod failing;
mod log_lines;
mod simulation;
mod truth;
mod workloads;

use std::rc::Rc;

use self::log_lines::Volumes;
use crate::{
    delivery::Delivery,
    lines::{Position, RunContext, write_run},
    model::{Environment, Function, Run},
    rng::Rng,
};

/// Corpus with its expected answers.
pub struct InsightCorpus {
    /// Deliveries, at most 100 events each; a run may be in two of them.
    pub deliveries: Vec<Delivery>,
    /// Functions with their latest configuration.
    pub functions: Vec<Rc<Function>>,
    /// Expected answers as JSON.
    pub truth: String,
}

/// Runs of one execution environment, in order.
pub(crate) struct EnvironmentRuns {
    pub(crate) environment: Environment,
    pub(crate) runs: Vec<Run>,
}

/// Maximum number of events in a delivery.
const PER_DELIVERY: usize = 100;

impl InsightCorpus {
    /// Generates the corpus of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let environments = workloads::all(&mut Rng::new(seed));
        let mut functions: Vec<Rc<Function>> = Vec::new();
        // A function is listed with the configuration of its latest environment.
        for written in environments.iter().rev() {
            let function = &written.environment.function;
            if functions.iter().all(|known| known.name != function.name) {
                functions.push(Rc::clone(function));
            }
        }
        let mut deliveries = Vec::new();
        let mut first = 0;
        let mut volumes = Volumes::default();
        for written in &environments {
            let events = written.runs.iter().enumerate().flat_map(|(n, run)| {
                let position = if n == 0 { Position::First } else { Position::Later };
                let statements = log_lines::statements(&written.environment.function.name, n);
                write_run(RunContext { environment: &written.environment, run, position }, &statements)
            });
            let events: Vec<_> = events.collect();
            events.iter().for_each(|event| volumes.add(&written.environment.function.name, event));
            for events in events.chunks(PER_DELIVERY) {
                deliveries.push(Delivery::new(&written.environment, events.to_vec(), first));
                first += u64::try_from(events.len()).expect("lengths fit 64 bits");
            }
        }
        Self { deliveries, functions, truth: truth::to_json(&environments, &volumes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seed_determines_every_byte() {
        let documents = |seed| {
            let corpus = InsightCorpus::new(seed);
            (corpus.truth, corpus.deliveries.iter().map(Delivery::document).collect::<String>())
        };
        assert!(documents(1) == documents(1));
        assert!(documents(1) != documents(2));
    }
}
