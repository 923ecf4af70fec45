//! Corpus: generated logs of several functions. Runs (invocations) are generated one by one, and their log events are
//! returned as deliveries, which are CloudWatch's subscription documents.

mod stream;

use std::{collections::VecDeque, mem, rc::Rc};

use anyhow::{Result, bail};

use self::stream::{StreamWriter, Volume};
use crate::{
    damage::{Damage, DamagedDelivery},
    delivery::Delivery,
    lines::LogEvent,
    mix::Mix,
    model::{Environment, Function, Run},
    rng::Rng,
    timestamp::Timestamp,
    truth::Truth,
};

/// Parameters of a corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Seed that determines every byte.
    pub seed: u64,
    /// Minimum size. The last run (invocation) is always complete, so a corpus is slightly larger.
    pub size: Size,
    /// Events per delivery; the last delivery of a stream may have fewer.
    pub per_delivery: usize,
    /// Composition: functions, kinds of log lines and failures.
    pub mix: Mix,
}

/// Minimum size of a corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Number of log events.
    Events(u64),
    /// Total size of the events' messages in bytes; the documents are about 40 % larger.
    Bytes(u64),
}

impl Size {
    /// Parses a number of bytes with an optional unit: `2GB`, `250MB`, `1000`.
    ///
    /// # Errors
    /// Returns an error if the number is invalid or the unit is not MB or GB.
    pub fn read_bytes(text: &str) -> Result<u64> {
        let digits = text.trim_end_matches(char::is_alphabetic);
        let unit = match text.trim_start_matches(char::is_numeric) {
            "" => 1,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            unknown => bail!("unknown unit {unknown:?}: use MB or GB"),
        };
        Ok(digits.parse::<u64>()?.saturating_mul(unit))
    }
}

/// Iterator over deliveries, generated on demand: memory use does not grow with the size of the corpus.
pub struct Corpus {
    plan: Plan,
    rng: Rng,
    functions: Vec<Rc<Function>>,
    streams: Vec<StreamWriter>,
    ready: VecDeque<Delivery>,
    written: Volume,
    delivered: u64,
    truth: Truth,
}

/// Streams written concurrently: enough to interleave the deliveries of several functions, few enough to keep
/// pending events small.
const STREAMS: usize = 16;

/// Start of every corpus: 2026-03-04T00:00:00Z.
const BEGIN: Timestamp = Timestamp(1_772_582_400_000);

impl Corpus {
    /// Creates a corpus; equal plans yield equal corpora.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let mut rng = Rng::new(plan.seed);
        let functions = plan.mix.functions();
        let streams = (0..STREAMS).map(|_| StreamWriter::new(&functions, BEGIN, plan, &mut rng)).collect();
        Self {
            plan: *plan,
            rng,
            functions,
            streams,
            ready: VecDeque::new(),
            written: Volume::default(),
            delivered: 0,
            truth: Truth::default(),
        }
    }

    /// Expected totals; complete after the last delivery was returned.
    #[must_use]
    pub fn truth(&self) -> &Truth {
        &self.truth
    }

    /// Functions in the corpus.
    #[must_use]
    pub fn functions(&self) -> &[Rc<Function>] {
        &self.functions
    }

    /// Counts a control message that the caller adds between deliveries.
    pub fn count_control_message(&mut self) {
        self.truth.control_messages += 1;
    }

    /// Generates a delivery from a new stream, damaged after some complete runs. These runs are added to the
    /// expected totals, the rest is not.
    pub fn damaged_delivery(&mut self, damage: Damage) -> DamagedDelivery {
        let mut stream = StreamWriter::new(&self.functions, BEGIN, &self.plan, &mut self.rng);
        let readable_runs = if damage == Damage::BadBase64 { 0 } else { self.rng.between(1, 5) };
        let function = Rc::clone(&stream.environment.function);
        for _ in 0..readable_runs {
            let (runs, written) = stream.advance(self.plan.mix, &mut self.rng);
            self.truth.count(&function, &runs, written.events);
        }
        let readable = stream.pending.len();
        stream.advance(self.plan.mix, &mut self.rng);
        self.truth.damaged += 1;
        let delivery = self.new_delivery(&stream.environment, stream.pending);
        DamagedDelivery { delivery, damage, readable }
    }

    fn is_complete(&self) -> bool {
        match self.plan.size {
            Size::Events(events) => self.written.events >= events,
            Size::Bytes(bytes) => self.written.bytes >= bytes,
        }
    }

    fn new_delivery(&mut self, environment: &Environment, events: Vec<LogEvent>) -> Delivery {
        let first = self.delivered;
        self.delivered += count(events.len());
        Delivery::new(environment, events, first)
    }

    /// Advances a random stream by one run, or replaces it if its environment has ended.
    fn advance(&mut self) {
        let at = self.rng.index(self.streams.len());
        let Some(stream) = self.streams.get_mut(at) else {
            return;
        };
        if stream.runs_left == 0 {
            let next = StreamWriter::new(&self.functions, stream.clock, &self.plan, &mut self.rng);
            let ended = mem::replace(stream, next);
            self.emit(&ended.environment, ended.pending);
            return;
        }
        let function = Rc::clone(&stream.environment.function);
        let (runs, written) = stream.advance(self.plan.mix, &mut self.rng);
        self.written.events += written.events;
        self.written.bytes += written.bytes;
        self.truth.count(&function, &runs, written.events);
        self.emit_full(at);
    }

    /// Emits deliveries from the pending events of a stream, as long as these fill one. A delivery may end in the
    /// middle of a run.
    fn emit_full(&mut self, at: usize) {
        let size = self.plan.per_delivery.max(1);
        while let Some(stream) = self.streams.get_mut(at).filter(|stream| stream.pending.len() >= size) {
            let rest = stream.pending.split_off(size);
            let events = mem::replace(&mut stream.pending, rest);
            let environment = stream.environment.clone();
            self.emit(&environment, events);
        }
    }

    fn emit(&mut self, environment: &Environment, events: Vec<LogEvent>) {
        if !events.is_empty() {
            let delivery = self.new_delivery(environment, events);
            self.truth.deliveries += 1;
            self.ready.push_back(delivery);
        }
    }

    fn emit_rest(&mut self) {
        for stream in mem::take(&mut self.streams) {
            self.emit(&stream.environment, stream.pending);
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
            self.emit_rest();
        }
        self.ready.pop_front()
    }
}

impl Truth {
    /// Counts all events, and the runs that have a REPORT.
    fn count(&mut self, function: &Function, runs: &[Run], events: u64) {
        let totals = self.function_mut(function);
        totals.events += events;
        runs.iter().filter(|run| function.logs_report(run)).for_each(|run| totals.add(run, function));
    }
}

/// Converts a length to `u64`.
fn count(length: usize) -> u64 {
    u64::try_from(length).expect("lengths fit 64 bits")
}

#[cfg(test)]
mod tests;
