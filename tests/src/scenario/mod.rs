//! Runs in which much goes wrong, each wholly described by a seed, and the judgement whether anything was lost.
//!
//! First everything is sent while backends fail, the process is killed and the parking refuses. Then, in most of them, what
//! is parked is redriven, and that goes wrong, too. Then the faults stop: what AWS gave up is sent again as its dead-letter
//! queues do, one fresh delivery is sent, what is parked is redriven. Every answer comes before the deadline. In the end every sink must have every event, intact, under one id; every ledger must balance.

mod feed;
mod ledger;
mod mishap;
mod plan;
mod redrive;
mod stage;
mod tally;

use std::{fmt, time::Duration};

use self::{
    feed::{Fed, Load},
    stage::Stage,
};
pub use self::{
    ledger::Ledger,
    mishap::{Ending, Mishap, Mishaps},
    plan::{Parking, Plan, Redrive, Sink, Source, Trouble},
    tally::{Act, Kind, Place, Strike, Tally},
};
use crate::{
    lambda::History,
    oracle::{Oracle, Struck, Verdict},
    parked::{Parked, Shelf},
    producer::{Number, Producer, is_report},
    runtime_api::Answer,
};

/// What came of a scenario.
#[derive(Clone, Debug)]
pub struct Report {
    /// The judgement.
    pub verdict: Verdict,
    /// What struck.
    pub tally: Tally,
    /// Events that were sent.
    pub events: u64,
    /// Ledgers that were printed, all of which balance unless `complaints` says otherwise.
    pub ledgers: u64,
    /// What is wrong, in words; nothing as a rule.
    pub complaints: Vec<String>,
    /// What the processes wrote.
    pub output: String,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.verdict.is_clean() && self.complaints.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} events, {} ledgers", self.events, self.ledgers)?;
        write!(f, "{}", self.verdict)?;
        writeln!(f, "{}", self.tally)?;
        self.complaints.iter().try_for_each(|complaint| writeln!(f, "{complaint}"))
    }
}

/// What is large takes long on a busy machine; when all is well no deadline is to be in the way.
const PATIENT: Duration = Duration::from_secs(20);

/// Runs a scenario.
///
/// # Panics
/// When the programs under test cannot be started, or the harness itself fails.
#[must_use]
pub fn run(plan: &Plan) -> Report {
    let mut producer = Producer::of_now();
    let loads: Vec<_> = plan.deliveries.iter().map(|count| Load::new(producer.document(*count))).collect();
    let fresh = Load::new(producer.document(7));

    let stage = Stage::new(plan);
    let mut trial = Trial::default();
    let mut function = stage.function(plan.timeout);
    stage.let_fail(&function.victim());
    let fed = feed::send(plan.source, &loads, &stage, &mut function);
    let struck = Struck { parkings: stage.parked(Shelf::Parked), ..Struck::default() };
    stage.note_parked();
    trial.end(&function.finish());
    if plan.trouble.is_some() {
        stage.heal();
        let mut function = stage.function(plan.timeout);
        trial.complaints.extend(redrive::in_trouble(plan.redrive, &stage, &mut function));
        trial.end(&function.finish());
    }

    // A function that was not invoked for long finds a new sandbox, whose breakers are closed.
    stage.heal();
    let mut function = stage.function(PATIENT);
    let given_up = fed.left.iter().map(|index| (&loads[*index], *index));
    let refused = feed::send_again(plan.source, given_up, &stage, &mut function);
    trial.complain_all("was sent again in good order and not acknowledged: delivery", &refused);
    let last = feed::send(Source::Subscription, std::slice::from_ref(&fresh), &stage, &mut function);
    trial.complain_all("the fresh delivery is not acknowledged", &last.left);
    stage.note_rests();
    trial.complaints.extend(redrive::to_the_end(plan.redrive, &stage, &mut function));
    trial.end(&function.finish());

    let numbers: Vec<_> = loads.iter().chain([&fresh]).flat_map(|load| load.numbers.clone()).collect();
    trial.judge(plan, &stage, &fed, &numbers, struck)
}

/// What is found on the way.
#[derive(Default)]
struct Trial {
    complaints: Vec<String>,
    ledgers: u64,
    output: String,
}

impl Trial {
    fn complain_all(&mut self, words: &str, indices: &[usize]) {
        self.complaints.extend(indices.iter().map(|index| format!("{words} {index}")));
    }

    /// Reads what the processes left behind.
    fn end(&mut self, history: &History) {
        self.complaints
            .extend(history.offences.iter().map(|offence| format!("broke the protocol: {offence}")));
        let late = history.runs.iter().filter(|run| run.answer == Answer::TimedOut);
        self.complaints.extend(late.map(|run| format!("no answer before the deadline: {}", run.request_id)));
        let text =
            String::from_utf8_lossy(&history.output.stdout) + String::from_utf8_lossy(&history.output.stderr);
        for ledger in Ledger::all(&text) {
            self.ledgers += 1;
            self.complaints.extend(ledger.imbalance());
        }
        self.output += &text;
    }

    fn judge(mut self, plan: &Plan, stage: &Stage, fed: &Fed, numbers: &[Number], struck: Struck) -> Report {
        let names: Vec<_> = plan.sinks.iter().map(|(sink, _)| sink.name()).collect();
        let mut oracle = Oracle::new(&names);
        oracle.offer(numbers);
        oracle.acknowledge(numbers);
        let shelves = stage.shelves();
        for (sink, _) in &plan.sinks {
            oracle.took(sink.name(), &stage.got(*sink));
            oracle.parked(sink.name(), &stage.refused(*sink));
            let rejected = shelves.iter().filter(|parked| is_rejected_by(parked, *sink));
            for parked in rejected.clone() {
                oracle.parked(sink.name(), &parked.owed(&stage.delivery(parked)));
            }
            if !plan.refuses(*sink) {
                self.check_metrics(*sink, stage, numbers);
            }
        }
        self.complaints.extend(left_behind(&shelves));
        self.complaints.extend(fed.offences.iter().cloned());
        if self.ledgers == 0 {
            self.complaints.push("no ledger was printed".to_owned());
        }
        let tally = stage.tally().clone();
        let kills =
            tally.counts().iter().filter(|(strike, _)| strike.is_kill()).map(|(_, count)| count).sum();
        oracle.strike(Struck { faults: stage.faults(), retries: fed.retries, kills, ..struck });
        let events = u64::try_from(numbers.len()).unwrap_or(u64::MAX);
        let Self { complaints, ledgers, output, .. } = self;
        Report { verdict: oracle.verdict(), tally, events, ledgers, complaints, output }
    }

    /// Every invocation that the events tell of is counted at least once.
    fn check_metrics(&mut self, sink: Sink, stage: &Stage, numbers: &[Number]) {
        let expected = u32::try_from(numbers.iter().filter(|number| is_report(**number)).count());
        let (counted, expected) = (stage.invocations(sink), f64::from(expected.unwrap_or(u32::MAX)));
        if counted < expected {
            self.complaints.push(format!("{} counts {counted} invocations of {expected}", sink.name()));
        }
    }
}

fn is_rejected_by(parked: &Parked, sink: Sink) -> bool {
    parked.shelf() == Shelf::Rejected && parked.sink() == sink.name()
}

fn left_behind(shelves: &[Parked]) -> Vec<String> {
    let still = shelves.iter().filter(|parked| parked.shelf() == Shelf::Parked);
    still.map(|parked| format!("still parked after redrive: {} {}", parked.key, parked.header)).collect()
}
