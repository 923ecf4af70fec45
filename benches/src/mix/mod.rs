//! What a corpus is made of: which functions, how their runs go, and what they say.

use std::{rc::Rc, time::Duration};

use crate::{
    lines::Position,
    model::{Birth, Ending, Environment, Era, Format, Function, Launch, Run, Thrown, Trace, Tracing},
    moment::Moment,
    populace,
    rng::Rng,
    spread::Spread,
    words::Script,
};

mod chatter;

/// A kind of corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    /// As in most accounts: of the lines, 70 % are JSON of about 400 bytes, 20 % text and 10 % the platform's.
    Typical,
    /// Nothing but the platform's lines, in text and JSON.
    PlatformOnly,
    /// Every way of logging and of failing, look-alikes, and messages of up to 1 MB.
    EveryDialect,
}

impl Mix {
    /// Every kind and its name on the command line.
    pub const ALL: [(Self, &str); 3] = [
        (Self::Typical, "typical"),
        (Self::PlatformOnly, "platform-only"),
        (Self::EveryDialect, "every-dialect"),
    ];

    pub(crate) fn functions(self) -> Vec<Rc<Function>> {
        match self {
            Self::Typical => populace::typical(),
            Self::PlatformOnly | Self::EveryDialect => populace::every_dialect(),
        }
    }

    /// How many of 10,000 runs fail.
    fn failures(self) -> u64 {
        match self {
            Self::Typical => 60,
            Self::PlatformOnly => 300,
            Self::EveryDialect => 2500,
        }
    }

    /// What is said during a run.
    pub(crate) fn script(self, environment: &Environment, run: &Run, rng: &mut Rng) -> Script {
        match self {
            Self::Typical => chatter::typical(environment, run, rng),
            Self::PlatformOnly => Script::default(),
            Self::EveryDialect => chatter::every_dialect(environment, run, rng),
        }
    }
}

/// Handler times in microseconds.
const DURATION: Spread =
    Spread(&[(0, 900), (500, 38_000), (900, 140_000), (990, 700_000), (1000, 2_400_000)]);

/// INIT and restore times in microseconds.
const INIT: Spread = Spread(&[(0, 60_000), (500, 310_000), (950, 900_000), (1000, 2_800_000)]);

/// A run that begins at `started`; as the first of its environment it waits for INIT or a restore.
pub(crate) fn run(mix: Mix, function: &Function, position: Position, started: Moment, rng: &mut Rng) -> Run {
    let ending = if rng.in_ten_thousand(mix.failures()) { failure(function, rng) } else { Ending::Success };
    let birth = match position {
        Position::First => birth(function, &ending, rng),
        Position::Later => Birth::Warm,
    };
    Run {
        request_id: rng.uuid(),
        started,
        duration: duration(function, &ending, rng),
        birth,
        max_memory_mib: max_memory(function, &ending, rng),
        ending,
        trace: Trace::of(function, started, rng),
        tenant: tenant(function, rng),
        produced_bytes: rng.between(40, 9000),
    }
}

fn failure(function: &Function, rng: &mut Rng) -> Ending {
    let tells_errors = function.format != Format::Text || function.runtime.tells_unhandled_in_text();
    match rng.below(4) {
        0 => Ending::TimedOut,
        1 => Ending::OutOfMemory,
        2 if tells_errors => Ending::Thrown(thrown(rng)),
        _ => Ending::Exited,
    }
}

fn thrown(rng: &mut Rng) -> Thrown {
    let (error_type, message) = rng.pick(&[
        ("TypeError", "Cannot read properties of undefined (reading 'id')"),
        ("KeyError", "'customer_id'"),
        ("ValidationError", "amount must be positive, got -12.50"),
        ("ConnectionResetError", "[Errno 104] Connection reset by peer"),
    ]);
    let frames =
        &["handler (/var/task/index.js:22:9)", "process.processTicksAndRejections (node:internal:95:5)"];
    Thrown { error_type, message: message.to_owned(), frames }
}

/// INIT fails now and then: the run then fails with it. In the oldest logs no line ties that to the run, so there
/// it does not happen.
fn birth(function: &Function, ending: &Ending, rng: &mut Rng) -> Birth {
    let took = INIT.duration(rng);
    match (function.launch, ending) {
        (Launch::OnDemand, Ending::Thrown(_)) if function.era != Era::Lines => Birth::ColdTwice(took),
        (Launch::OnDemand, _) => Birth::Cold(took),
        (Launch::Provisioned | Launch::ManagedInstances, _) => Birth::Provisioned(took),
        (Launch::SnapStart, _) => Birth::Restored { restore: took, billed_ms: rng.between(20, 320) },
    }
}

fn duration(function: &Function, ending: &Ending, rng: &mut Rng) -> Duration {
    match ending {
        Ending::TimedOut => function.timeout + Duration::from_micros(rng.below(2) * rng.below(4000) * 10),
        Ending::Success | Ending::Thrown(_) | Ending::OutOfMemory | Ending::Exited => DURATION.duration(rng),
    }
}

/// All of it when a run was killed for it, otherwise at most nine tenths.
fn max_memory(function: &Function, ending: &Ending, rng: &mut Rng) -> u32 {
    let size = function.memory_mib;
    match ending {
        Ending::OutOfMemory => size,
        Ending::Success | Ending::Thrown(_) | Ending::TimedOut | Ending::Exited => {
            let share = rng.between(u64::from(size) * 3 / 10, u64::from(size) * 9 / 10);
            u32::try_from(share).expect("less than its size")
        }
    }
}

/// Half of the functions that log in JSON serve tenants.
fn tenant(function: &Function, rng: &mut Rng) -> Option<&'static str> {
    let tenants = ["acme", "globex", "initech", "umbrella corp/eu"];
    let serves = function.format != Format::Text && function.tracing == Tracing::Active;
    serves.then(|| rng.pick(&tenants))
}
