//! A corpus: streams of several functions, written a run at a time and handed out as deliveries.

use std::{collections::VecDeque, mem, rc::Rc};

use crate::{
    damage::{Damage, Damaged},
    delivery::Delivery,
    lines::{LogEvent, Position, Scene, write_run},
    mix::{self, Mix},
    model::{Environment, Function, Launch, Run},
    moment::Moment,
    rng::Rng,
    truth::Truth,
};

/// What a corpus is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The same seed gives the same bytes.
    pub seed: u64,
    /// How much of it: a run that has begun is finished, so a little more.
    pub size: Size,
    /// Events in a delivery; a stream's last one may hold fewer.
    pub per_delivery: usize,
    /// What it is made of.
    pub mix: Mix,
}

/// How much a corpus holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// So many log events.
    Events(u64),
    /// So many bytes in the events' messages; the documents around them are about a third larger.
    Bytes(u64),
}

/// Deliveries, made as they are asked for: memory does not grow with the corpus.
pub struct Corpus {
    plan: Plan,
    rng: Rng,
    functions: Vec<Rc<Function>>,
    streams: Vec<Stream>,
    ready: VecDeque<Delivery>,
    written: Written,
    delivered: u64,
    truth: Truth,
}

/// How much was written.
#[derive(Clone, Copy, Debug, Default)]
struct Written {
    events: u64,
    bytes: u64,
}

/// An environment whose log is being written.
struct Stream {
    environment: Environment,
    pending: Vec<LogEvent>,
    clock: Moment,
    runs: u64,
    runs_left: u64,
}

/// Streams written at the same time: enough that deliveries of one function interleave with those of others, few
/// enough that what is pending stays small.
const STREAMS: usize = 16;

/// 2026-03-04T00:00:00Z, when every corpus begins.
const BEGIN: Moment = Moment(1_772_582_400_000);

impl Corpus {
    /// A corpus that only `plan` determines.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let mut rng = Rng::new(plan.seed);
        let functions = plan.mix.functions();
        let streams = (0..STREAMS)
            .map(|_| Stream::new(&functions, BEGIN, plan, &mut rng))
            .collect();
        Self {
            plan: *plan,
            rng,
            functions,
            streams,
            ready: VecDeque::new(),
            written: Written::default(),
            delivered: 0,
            truth: Truth::default(),
        }
    }

    /// What is true of all that was handed out, once the last delivery was.
    #[must_use]
    pub fn truth(&self) -> &Truth {
        &self.truth
    }

    /// The functions it is made of.
    #[must_use]
    pub fn functions(&self) -> &[Rc<Function>] {
        &self.functions
    }

    /// Counts a control message that is sent between its deliveries.
    pub fn count_control_message(&mut self) {
        self.truth.control_messages += 1;
    }

    /// A delivery of a stream of its own, which is damaged behind some whole runs. Those runs are in the truth, the
    /// rest is not.
    pub fn damaged(&mut self, damage: Damage) -> Damaged {
        let mut stream = Stream::new(&self.functions, BEGIN, &self.plan, &mut self.rng);
        let readable_runs = if damage == Damage::BadBase64 {
            0
        } else {
            self.rng.between(1, 5)
        };
        let function = Rc::clone(&stream.environment.function);
        for _ in 0..readable_runs {
            let (runs, written) = stream.advance(self.plan.mix, &mut self.rng);
            self.truth.count(&function, &runs, written.events);
        }
        let readable = stream.pending.len();
        stream.advance(self.plan.mix, &mut self.rng);
        self.truth.damaged += 1;
        let delivery = self.deliver(&stream.environment, stream.pending);
        Damaged {
            delivery,
            damage,
            readable,
        }
    }

    fn is_complete(&self) -> bool {
        match self.plan.size {
            Size::Events(events) => self.written.events >= events,
            Size::Bytes(bytes) => self.written.bytes >= bytes,
        }
    }

    fn deliver(&mut self, environment: &Environment, events: Vec<LogEvent>) -> Delivery {
        let first = self.delivered;
        self.delivered += count(events.len());
        Delivery::new(environment, events, first)
    }

    /// One step of one stream: a run, or the end of its environment and the beginning of another.
    fn advance(&mut self) {
        let at = self.rng.index(self.streams.len());
        let Some(stream) = self.streams.get_mut(at) else {
            return;
        };
        if stream.runs_left == 0 {
            let next = Stream::new(&self.functions, stream.clock, &self.plan, &mut self.rng);
            let ended = mem::replace(stream, next);
            self.hand_out(&ended.environment, ended.pending);
            return;
        }
        let function = Rc::clone(&stream.environment.function);
        let (runs, written) = stream.advance(self.plan.mix, &mut self.rng);
        self.written.events += written.events;
        self.written.bytes += written.bytes;
        self.truth.count(&function, &runs, written.events);
        self.hand_out_full(at);
    }

    /// Hands out what fills whole deliveries; it may end within a run.
    fn hand_out_full(&mut self, at: usize) {
        let size = self.plan.per_delivery.max(1);
        while let Some(stream) = self
            .streams
            .get_mut(at)
            .filter(|stream| stream.pending.len() >= size)
        {
            let rest = stream.pending.split_off(size);
            let events = mem::replace(&mut stream.pending, rest);
            let environment = stream.environment.clone();
            self.hand_out(&environment, events);
        }
    }

    fn hand_out(&mut self, environment: &Environment, events: Vec<LogEvent>) {
        if !events.is_empty() {
            let delivery = self.deliver(environment, events);
            self.truth.deliveries += 1;
            self.ready.push_back(delivery);
        }
    }

    fn hand_out_rest(&mut self) {
        for stream in mem::take(&mut self.streams) {
            self.hand_out(&stream.environment, stream.pending);
        }
    }
}

impl Iterator for Corpus {
    type Item = Delivery;

    fn next(&mut self) -> Option<Delivery> {
        while self.ready.is_empty() && !self.is_complete() {
            self.advance();
        }
        if self.ready.is_empty() {
            self.hand_out_rest();
        }
        self.ready.pop_front()
    }
}

impl Stream {
    fn new(functions: &[Rc<Function>], born: Moment, plan: &Plan, rng: &mut Rng) -> Self {
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
    fn advance(&mut self, mix: Mix, rng: &mut Rng) -> (Vec<Run>, Written) {
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
        let written = Written {
            events: count(events.len()),
            bytes,
        };
        self.pending.append(&mut events);
        (runs, written)
    }

    fn one_run(&mut self, mix: Mix, rng: &mut Rng, events: &mut Vec<LogEvent>) -> Run {
        let position = if self.runs == 0 {
            Position::First
        } else {
            Position::Later
        };
        self.runs += 1;
        // An environment's first run begins after what it waited for: seconds at most, so ten are enough.
        let wait = if position == Position::First {
            10_000
        } else {
            rng.between(2, 600)
        };
        let started = Moment(self.clock.0 + wait);
        let run = mix::run(mix, &self.environment.function, position, started, rng);
        let script = mix.script(&self.environment, &run, rng);
        events.append(&mut write_run(
            Scene {
                environment: &self.environment,
                run: &run,
                position,
            },
            &script.0,
        ));
        run
    }
}

impl Truth {
    /// Counts the runs that left a REPORT, and all events.
    fn count(&mut self, function: &Function, runs: &[Run], events: u64) {
        let tally = self.of(function);
        tally.events += events;
        runs.iter()
            .filter(|run| function.reports(run))
            .for_each(|run| tally.add(run, function));
    }
}

/// A length as a number.
fn count(length: usize) -> u64 {
    u64::try_from(length).expect("lengths fit 64 bits")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    fn plan(mix: Mix) -> Plan {
        Plan {
            seed: 3,
            size: Size::Events(4000),
            per_delivery: 90,
            mix,
        }
    }

    fn documents(plan: Plan) -> (Vec<Value>, Truth) {
        let mut corpus = Corpus::new(&plan);
        let documents = corpus
            .by_ref()
            .map(|delivery| serde_json::from_str(&delivery.document()).unwrap())
            .collect();
        (documents, corpus.truth().clone())
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
        let text = |seed| {
            let corpus = Corpus::new(&Plan {
                seed,
                ..plan(Mix::EveryDialect)
            });
            corpus.map(|delivery| delivery.document()).collect::<String>()
        };
        assert_eq!(text(1), text(1));
        assert_ne!(text(1), text(2));
    }

    #[test]
    fn every_event_is_delivered_once_with_an_id_of_its_own() {
        for (mix, _) in Mix::ALL {
            let (documents, truth) = documents(plan(mix));
            let events: Vec<_> = documents
                .iter()
                .flat_map(|document| document["logEvents"].as_array().unwrap())
                .collect();
            let ids: BTreeSet<_> = events.iter().map(|event| event["id"].as_str().unwrap()).collect();
            assert_eq!(events.len(), ids.len());
            assert_eq!(count(events.len()), truth.events());
            assert_eq!(count(documents.len()), truth.deliveries);
        }
    }

    #[test]
    fn the_events_of_a_delivery_are_in_order_and_no_more_than_asked_for() {
        for document in documents(plan(Mix::EveryDialect)).0 {
            let events = document["logEvents"].as_array().unwrap();
            assert!(events.len() <= 90);
            assert!(events.is_sorted_by_key(|event| (event["timestamp"].as_u64(), event["id"].as_str())));
        }
    }

    #[test]
    fn a_corpus_of_every_dialect_fails_in_every_way() {
        let (_, truth) = documents(Plan {
            size: Size::Events(40_000),
            ..plan(Mix::EveryDialect)
        });
        let totals = truth.totals();
        let parts = [
            totals.timeouts,
            totals.out_of_memory,
            totals.restores,
            totals.cold_starts,
        ];
        assert!(parts.iter().all(|part| *part > 10), "{totals:?}");
        assert!(totals.errors > totals.timeouts + totals.out_of_memory);
        assert!(totals.invocations > totals.errors);
    }

    #[test]
    fn a_typical_corpus_has_a_report_for_every_thirty_lines() {
        let (_, truth) = documents(Plan {
            size: Size::Events(20_000),
            ..plan(Mix::Typical)
        });
        let per_run = truth.events() / truth.totals().invocations;
        assert!((26..=32).contains(&per_run), "{per_run}");
    }

    #[test]
    fn a_size_in_bytes_is_reached() {
        let mut corpus = Corpus::new(&Plan {
            size: Size::Bytes(1_000_000),
            ..plan(Mix::Typical)
        });
        let bytes: usize = corpus
            .by_ref()
            .flat_map(|delivery| delivery.events)
            .map(|event| event.message.len())
            .sum();
        assert!((1_000_000..1_050_000).contains(&bytes), "{bytes}");
    }

    #[test]
    fn damage_leaves_whole_runs_readable_and_the_truth_counts_them() {
        for damage in Damage::ALL {
            let mut corpus = Corpus::new(&plan(Mix::EveryDialect));
            let damaged = corpus.damaged(damage);
            assert!(damaged.readable < damaged.delivery.events.len());
            assert_eq!(count(damaged.readable), corpus.truth().events());
            assert_eq!(corpus.truth().damaged, 1);
            assert_eq!(damage == Damage::BadBase64, damaged.readable == 0);
        }
    }
}
