//! Simulation of one day: arrival of requests, choice of an environment for each, and cold starts.

use std::{rc::Rc, time::Duration};

use super::behaviour::{RunInput, RunResult};
use crate::{
    distribution::Distribution,
    lines::{LogEvent, Position, RunContext, write_run},
    model::{Environment, Function, InitializationType, Outcome, Run, StartType, Trace},
    rng::Rng,
    timestamp::Timestamp,
    truth::Truth,
};

/// Start of the day: 2026-03-03T10:00:00Z.
pub(crate) const BEGIN: Timestamp = Timestamp(1_772_532_000_000);
/// End of the day.
pub(crate) const END: Timestamp = Timestamp(BEGIN.0 + DAY_MS);
const DAY_MS: u64 = 86_400_000;

/// Function of the demo with its traffic and behaviour.
pub(crate) struct Workload {
    pub(crate) function: Function,
    /// Time of deployment and version, in ascending order.
    pub(crate) versions: &'static [(Timestamp, &'static str)],
    /// Times at which the memory size (MiB) was changed, in ascending order.
    pub(crate) memory_changes: &'static [(Timestamp, u32)],
    pub(crate) trigger: Trigger,
    /// Minimum and maximum number of runs in an environment.
    pub(crate) runs_per_environment: (u64, u64),
    /// Duration of INIT or restore, in microseconds.
    pub(crate) init: Distribution,
    /// Behaviour of one run.
    pub(crate) behaviour: fn(&RunInput<'_>, &mut Rng) -> RunResult,
    pub(crate) file_format: FileFormat,
}

/// Cause and frequency of invocations.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trigger {
    /// Requests of customers: this many a day, distributed by [`HOURLY_TRAFFIC`].
    Traffic(u64),
    /// Schedule with this interval in minutes.
    EveryMinutes(u64),
}

/// File format of a function's logs in the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileFormat {
    /// Objects that Firehose wrote to S3, shared with other functions.
    Firehose,
    /// CloudWatch Logs export to S3.
    Export,
    /// CSV download of the CloudWatch console.
    Csv,
    /// Output of `aws logs tail`.
    Tail,
    /// Page of `aws logs filter-log-events`.
    FilterPage,
    /// Event with which CloudWatch Logs invokes a Lambda function.
    LambdaEvent,
}

/// Log stream of one environment.
pub(crate) struct LogStream {
    pub(crate) environment: Environment,
    pub(crate) events: Vec<LogEvent>,
    runs: u64,
    runs_left: u64,
    free_at: Timestamp,
}

/// Idle time after which an environment ends.
const IDLE_LIMIT_MS: u64 = 25 * 60_000;

/// Simulates a function's day. Returns its log streams, and adds its totals to `truth`.
pub(crate) fn simulate(workload: &Workload, rng: &mut Rng, truth: &mut Truth) -> Vec<LogStream> {
    let totals = truth.function_mut(&workload.function);
    let mut function = Rc::new(workload.function.clone());
    let mut streams: Vec<LogStream> = Vec::new();
    for (run_number, arrival) in (0..).zip(arrivals(workload.trigger, rng)) {
        let version = version_at(workload, arrival);
        let memory_mib = memory_at(workload, arrival);
        if function.memory_mib != memory_mib {
            function = Rc::new(Function { memory_mib, ..workload.function.clone() });
        }
        let at = free_stream(&streams, arrival, version, &function).unwrap_or_else(|| {
            streams.push(LogStream::new(&function, version, arrival, workload, rng));
            streams.len() - 1
        });
        let stream = streams.get_mut(at).expect("it was found or made");
        let input = RunInput {
            version,
            run_number,
            run_in_environment: stream.runs,
            time: arrival,
            function: &function,
        };
        let run = stream.run(workload, &input, rng);
        totals.add(&run, &function);
    }
    totals.events +=
        streams.iter().map(|stream| u64::try_from(stream.events.len()).expect("fits")).sum::<u64>();
    streams
}

/// Finds the free environment of this version and memory size that finished last: Lambda prefers it.
fn free_stream(
    streams: &[LogStream],
    arrival: Timestamp,
    version: &str,
    function: &Function,
) -> Option<usize> {
    let takes = |stream: &LogStream| {
        let idle = arrival.0.checked_sub(stream.free_at.0);
        stream.runs_left > 0
            && stream.environment.version == version
            && stream.environment.function.memory_mib == function.memory_mib
            && idle.is_some_and(|idle| idle < IDLE_LIMIT_MS)
    };
    let free = streams.iter().enumerate().filter(|(_, stream)| takes(stream));
    free.max_by_key(|(_, stream)| stream.free_at).map(|(at, _)| at)
}

fn version_at(workload: &Workload, time: Timestamp) -> &'static str {
    workload.versions.iter().rev().find(|(since, _)| *since <= time).map_or("$LATEST", |(_, version)| version)
}

fn memory_at(workload: &Workload, time: Timestamp) -> u32 {
    let mut latest_first = workload.memory_changes.iter().rev();
    latest_first.find(|(since, _)| *since <= time).map_or(workload.function.memory_mib, |(_, size)| *size)
}

/// Generates the times of requests in ascending order. None is in the day's last minute, so that most runs end
/// within the day.
fn arrivals(trigger: Trigger, rng: &mut Rng) -> Vec<Timestamp> {
    match trigger {
        Trigger::EveryMinutes(minutes) => {
            let step = minutes * 60_000;
            (0..DAY_MS / step).map(|n| Timestamp(BEGIN.0 + n * step + rng.between(180, 2400))).collect()
        }
        Trigger::Traffic(count) => {
            let mut times: Vec<_> = (0..count).map(|_| random_arrival(rng)).collect();
            times.sort_unstable();
            times
        }
    }
}

/// Relative traffic at each hour of the day (UTC), from hour 0 to hour 24.
const HOURLY_TRAFFIC: [u64; 25] = [
    24, 17, 13, 12, 14, 22, 38, 60, 79, 92, 100, 104, 112, 106, 107, 111, 118, 127, 134, 130, 112, 86, 58,
    37, 24,
];
const MAX_TRAFFIC: u64 = 134;

/// Draws a time of the day, weighted by traffic.
fn random_arrival(rng: &mut Rng) -> Timestamp {
    loop {
        let time = Timestamp(BEGIN.0 + rng.below(DAY_MS - 60_000));
        if rng.below(MAX_TRAFFIC * 3_600_000) < traffic_at(time) {
            return time;
        }
    }
}

/// Interpolates the traffic at a time, multiplied by the milliseconds of an hour.
fn traffic_at(time: Timestamp) -> u64 {
    let in_day = time.0 % DAY_MS;
    let (hour, past) = (in_day / 3_600_000, in_day % 3_600_000);
    let height = |hour: u64| {
        usize::try_from(hour).ok().and_then(|hour| HOURLY_TRAFFIC.get(hour)).copied().unwrap_or(0)
    };
    height(hour) * (3_600_000 - past) + height(hour + 1) * past
}

impl LogStream {
    fn new(
        function: &Rc<Function>,
        version: &str,
        created: Timestamp,
        workload: &Workload,
        rng: &mut Rng,
    ) -> Self {
        Self {
            environment: Environment::new(function, version, created, rng),
            events: Vec::new(),
            runs: 0,
            runs_left: rng.between(workload.runs_per_environment.0, workload.runs_per_environment.1),
            free_at: created,
        }
    }

    /// Simulates one run and writes its lines. A timeout, an out-of-memory kill or an exit ends the
    /// environment.
    fn run(&mut self, workload: &Workload, input: &RunInput<'_>, rng: &mut Rng) -> Run {
        let result = (workload.behaviour)(input, rng);
        let start_type = self.start_type(workload, rng);
        let started = input.time.after(start_delay(start_type));
        let run = Run {
            request_id: rng.uuid(),
            started,
            duration: result.duration,
            start_type,
            outcome: result.outcome,
            max_memory_mib: result.max_memory_mib,
            trace: Trace::sample(&workload.function, started, rng),
            tenant: result.tenant,
            produced_bytes: 0,
        };
        let position = if self.runs == 0 { Position::First } else { Position::Later };
        let ctx = RunContext { environment: &self.environment, run: &run, position };
        self.events.append(&mut write_run(ctx, &result.app_log.0));
        self.runs += 1;
        self.runs_left = match run.outcome {
            Outcome::Success | Outcome::UnhandledError(_) => self.runs_left.saturating_sub(1),
            Outcome::Panicked(_) | Outcome::TimedOut | Outcome::OutOfMemory | Outcome::Exited => 0,
        };
        self.free_at = Timestamp(run.ended().0 + 1);
        run
    }

    fn start_type(&self, workload: &Workload, rng: &mut Rng) -> StartType {
        if self.runs > 0 {
            return StartType::Warm;
        }
        let took = workload.init.duration(rng);
        match workload.function.initialization_type {
            InitializationType::OnDemand => StartType::Cold(took),
            InitializationType::SnapStart => {
                StartType::Restored { restore: took, billed_ms: rng.between(60, 180) }
            }
            InitializationType::Provisioned | InitializationType::ManagedInstances => {
                StartType::Provisioned(took)
            }
        }
    }
}

/// Delay between a request and the start of its handler.
fn start_delay(start_type: StartType) -> Duration {
    match start_type {
        StartType::Warm => Duration::ZERO,
        StartType::Cold(took) | StartType::InitRetried(took) | StartType::Provisioned(took) => took,
        StartType::Restored { restore, .. } => restore,
    }
}
