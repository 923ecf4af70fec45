//! A corpus: streams of several functions, written a run at a time and handed out as deliveries.

mod stream;

use std::{collections::VecDeque, mem, rc::Rc};

use anyhow::{Result, bail};

use self::stream::{Stream, Written};
use crate::{
    damage::{Damage, Damaged},
    delivery::Delivery,
    lines::LogEvent,
    mix::Mix,
    model::{Environment, Function, Run},
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

impl Size {
    /// A number of bytes: `2GB`, `250MB`, `1000`.
    ///
    /// # Errors
    /// It is none, or its unit is not known.
    pub fn read_bytes(text: &str) -> Result<u64> {
        let digits = text.trim_end_matches(char::is_alphabetic);
        let unit = match text.trim_start_matches(char::is_numeric) {
            "" => 1,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            unknown => bail!("{unknown} is no unit of size"),
        };
        Ok(digits.parse::<u64>()?.saturating_mul(unit))
    }
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
        let streams = (0..STREAMS).map(|_| Stream::new(&functions, BEGIN, plan, &mut rng)).collect();
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
        let readable_runs = if damage == Damage::BadBase64 { 0 } else { self.rng.between(1, 5) };
        let function = Rc::clone(&stream.environment.function);
        for _ in 0..readable_runs {
            let (runs, written) = stream.advance(self.plan.mix, &mut self.rng);
            self.truth.count(&function, &runs, written.events);
        }
        let readable = stream.pending.len();
        stream.advance(self.plan.mix, &mut self.rng);
        self.truth.damaged += 1;
        let delivery = self.deliver(&stream.environment, stream.pending);
        Damaged { delivery, damage, readable }
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
        while let Some(stream) = self.streams.get_mut(at).filter(|stream| stream.pending.len() >= size) {
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

impl Truth {
    /// Counts the runs that left a REPORT, and all events.
    fn count(&mut self, function: &Function, runs: &[Run], events: u64) {
        let tally = self.of(function);
        tally.events += events;
        runs.iter().filter(|run| function.reports(run)).for_each(|run| tally.add(run, function));
    }
}

/// A length as a number.
fn count(length: usize) -> u64 {
    u64::try_from(length).expect("lengths fit 64 bits")
}

#[cfg(test)]
mod tests;
