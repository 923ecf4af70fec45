//! How a day goes: when requests arrive, which environment takes each, and when a new one has to be made.

use std::{rc::Rc, time::Duration};

use super::story::{Cue, Take};
use crate::{
    lines::{LogEvent, Position, Scene, write_run},
    model::{Birth, Ending, Environment, Function, Launch, Run, Trace},
    moment::Moment,
    rng::Rng,
    spread::Spread,
    truth::Truth,
};

/// 2026-03-03T10:00:00Z.
pub(crate) const BEGIN: Moment = Moment(1_772_532_000_000);
/// A day later.
pub(crate) const END: Moment = Moment(BEGIN.0 + DAY_MS);
const DAY_MS: u64 = 86_400_000;

/// A function and its part in the day.
pub(crate) struct Role {
    pub(crate) function: Function,
    /// Versions and when each was deployed, newest last.
    pub(crate) versions: &'static [(Moment, &'static str)],
    pub(crate) rhythm: Rhythm,
    /// How many runs an environment lives.
    pub(crate) lifetime: (u64, u64),
    /// What INIT or a restore takes, in microseconds.
    pub(crate) init: Spread,
    /// What happens in a run.
    pub(crate) play: fn(&Cue<'_>, &mut Rng) -> Take,
    pub(crate) form: Form,
}

/// When a function is invoked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rhythm {
    /// So many times, as customers come and go.
    Customers(u64),
    /// By a schedule, so many minutes apart.
    EveryMinutes(u64),
}

/// The form in which a function's logs are in the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// With those of other functions in objects that Firehose put into S3.
    Firehose,
    /// CloudWatch's export to S3.
    Export,
    /// The console's CSV.
    Csv,
    /// What `aws logs tail` prints.
    Tail,
    /// A page of `aws logs filter-log-events`.
    FilterPage,
    /// The event with which CloudWatch invokes a function.
    LambdaEvent,
}

/// One environment's log.
pub(crate) struct Stream {
    pub(crate) environment: Environment,
    pub(crate) events: Vec<LogEvent>,
    runs: u64,
    runs_left: u64,
    free_at: Moment,
}

/// An environment that nobody needs for so long is gone.
const IDLE_MS: u64 = 25 * 60_000;

/// Plays a function's day; gives its log streams and adds to the truth.
pub(crate) fn play(role: &Role, rng: &mut Rng, truth: &mut Truth) -> Vec<Stream> {
    let function = Rc::new(role.function.clone());
    let tally = truth.of(&function);
    let mut streams: Vec<Stream> = Vec::new();
    for (ordinal, arrival) in (0..).zip(arrivals(role.rhythm, rng)) {
        let version = version_at(role, arrival);
        let at = free_stream(&streams, arrival, version).unwrap_or_else(|| {
            streams.push(Stream::new(&function, version, arrival, role, rng));
            streams.len() - 1
        });
        let stream = streams.get_mut(at).expect("it was found or made");
        let cue = Cue { version, ordinal, nth: stream.runs, time: arrival, function: &function };
        let run = stream.run(role, &cue, rng);
        tally.add(&run, &function);
    }
    tally.events +=
        streams.iter().map(|stream| u64::try_from(stream.events.len()).expect("fits")).sum::<u64>();
    streams
}

/// Of the environments that could take a request, the one that was busy last, as Lambda prefers.
fn free_stream(streams: &[Stream], arrival: Moment, version: &str) -> Option<usize> {
    let takes = |stream: &Stream| {
        let idle = arrival.0.checked_sub(stream.free_at.0);
        stream.runs_left > 0
            && stream.environment.version == version
            && idle.is_some_and(|idle| idle < IDLE_MS)
    };
    let free = streams.iter().enumerate().filter(|(_, stream)| takes(stream));
    free.max_by_key(|(_, stream)| stream.free_at).map(|(at, _)| at)
}

fn version_at(role: &Role, time: Moment) -> &'static str {
    role.versions.iter().rev().find(|(since, _)| *since <= time).map_or("$LATEST", |(_, version)| version)
}

/// When requests arrive, in order. The last ones leave time to finish within the day.
fn arrivals(rhythm: Rhythm, rng: &mut Rng) -> Vec<Moment> {
    match rhythm {
        Rhythm::EveryMinutes(minutes) => {
            let step = minutes * 60_000;
            (0..DAY_MS / step).map(|n| Moment(BEGIN.0 + n * step + rng.between(180, 2400))).collect()
        }
        Rhythm::Customers(count) => {
            let mut times: Vec<_> = (0..count).map(|_| customer(rng)).collect();
            times.sort_unstable();
            times
        }
    }
}

/// How many customers there are in each hour of the day (UTC), in proportion: few at night, most in the evening.
const CURVE: [u64; 25] = [
    24, 17, 13, 12, 14, 22, 38, 60, 79, 92, 100, 104, 112, 106, 107, 111, 118, 127, 134, 130, 112, 86, 58,
    37, 24,
];
const CURVE_TOP: u64 = 134;

/// A moment of the day, likelier when there are many customers.
fn customer(rng: &mut Rng) -> Moment {
    loop {
        let time = Moment(BEGIN.0 + rng.below(DAY_MS - 60_000));
        if rng.below(CURVE_TOP * 3_600_000) < customers_at(time) {
            return time;
        }
    }
}

/// The curve's height between two hours, times the milliseconds of an hour.
fn customers_at(time: Moment) -> u64 {
    let in_day = time.0 % DAY_MS;
    let (hour, past) = (in_day / 3_600_000, in_day % 3_600_000);
    let height =
        |hour: u64| usize::try_from(hour).ok().and_then(|hour| CURVE.get(hour)).copied().unwrap_or(0);
    height(hour) * (3_600_000 - past) + height(hour + 1) * past
}

impl Stream {
    fn new(function: &Rc<Function>, version: &str, born: Moment, role: &Role, rng: &mut Rng) -> Self {
        Self {
            environment: Environment::new(function, version, born, rng),
            events: Vec::new(),
            runs: 0,
            runs_left: rng.between(role.lifetime.0, role.lifetime.1),
            free_at: born,
        }
    }

    /// Plays one run and writes its lines. An environment does not survive a run that was killed or that exited.
    fn run(&mut self, role: &Role, cue: &Cue<'_>, rng: &mut Rng) -> Run {
        let take = (role.play)(cue, rng);
        let birth = self.birth(role, rng);
        let started = cue.time.after(wait(birth));
        let run = Run {
            request_id: rng.uuid(),
            started,
            duration: take.duration,
            birth,
            ending: take.ending,
            max_memory_mib: take.max_memory_mib,
            trace: Trace::of(&role.function, started, rng),
            tenant: take.tenant,
            produced_bytes: 0,
        };
        let position = if self.runs == 0 { Position::First } else { Position::Later };
        let scene = Scene { environment: &self.environment, run: &run, position };
        self.events.append(&mut write_run(scene, &take.script.0));
        self.runs += 1;
        self.runs_left = match run.ending {
            Ending::Success | Ending::Thrown(_) => self.runs_left.saturating_sub(1),
            Ending::TimedOut | Ending::OutOfMemory | Ending::Exited => 0,
        };
        self.free_at = Moment(run.ended().0 + 1);
        run
    }

    fn birth(&self, role: &Role, rng: &mut Rng) -> Birth {
        if self.runs > 0 {
            return Birth::Warm;
        }
        let took = role.init.duration(rng);
        match role.function.launch {
            Launch::OnDemand => Birth::Cold(took),
            Launch::SnapStart => Birth::Restored { restore: took, billed_ms: rng.between(60, 180) },
            Launch::Provisioned | Launch::ManagedInstances => Birth::Provisioned(took),
        }
    }
}

/// How long a request waits before its handler begins.
fn wait(birth: Birth) -> Duration {
    match birth {
        Birth::Warm => Duration::ZERO,
        Birth::Cold(took) | Birth::ColdTwice(took) | Birth::Provisioned(took) => took,
        Birth::Restored { restore, .. } => restore,
    }
}
