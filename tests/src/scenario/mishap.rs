//! What goes wrong with requests: drawn as data that can be printed, then made into a backend's script.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::plan::{Parking, Sink};
use crate::{
    backend::{Fault, Script, Step},
    http::{Cut, Response},
    lambda::Victim,
    rng::Rng,
};

/// What goes wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// Nothing is taken, and this is the answer.
    Status(u16),
    /// Nothing is taken; it may be sent again after so many seconds.
    RetryAfter {
        /// 429 or 503.
        status: u16,
        /// What the header says.
        seconds: u64,
    },
    /// It is taken, and answered late.
    Slow {
        /// How late.
        millis: u64,
    },
    /// The connection ends within the request; nothing is taken.
    CutRequest {
        /// Bytes of the body that are read.
        after: usize,
        /// How it ends.
        how: Cut,
    },
    /// It is taken; the connection ends within the answer.
    CutResponse {
        /// Bytes of the answer that are sent.
        after: usize,
        /// How it ends.
        how: Cut,
    },
    /// It is taken, and answered with what no protocol has.
    Garbage,
    /// It is taken but for its first events, and the answer says so.
    Partial {
        /// How many are not taken.
        rejected: usize,
    },
    /// The sender is killed before the backend has the body.
    KillBefore,
    /// The sender is killed when the backend has it, before the answer.
    KillAfter,
}

/// What goes on for ever once the first mishaps are over, until all faults are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing: all is well.
    Well,
    /// This.
    Always(Mishap),
}

/// What goes wrong at one backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mishaps {
    /// With the first requests, one after another.
    pub first: Vec<Mishap>,
    /// With all others.
    pub then: Ending,
}

impl Mishaps {
    /// Some for a backend. Without parking nothing may be refused for good: there would be no place to keep it.
    pub(super) fn draw(sink: Sink, parking: Parking, rng: &mut Rng) -> Self {
        let count = rng.between(1, 6);
        let first = (0..count).map(|_| mishap(sink, parking, rng)).collect();
        let then = match rng.below(4) {
            0 => Ending::Always(rng.pick(&[
                Mishap::Status(503),
                Mishap::Status(429),
                Mishap::Status(401),
                Mishap::CutRequest { after: 0, how: Cut::Reset },
                Mishap::RetryAfter { status: 503, seconds: 30 },
            ])),
            _ => Ending::Well,
        };
        Self { first, then }
    }

    /// Some for S3.
    pub(super) fn of_s3(rng: &mut Rng) -> Self {
        let mishap = |rng: &mut Rng| match rng.below(5) {
            0 => Mishap::CutRequest { after: rng.index(400), how: cut(rng) },
            1 => Mishap::CutResponse { after: rng.index(60), how: cut(rng) },
            2 => Mishap::Slow { millis: rng.between(10, 300) },
            _ => Mishap::Status(rng.pick(&[500, 503])),
        };
        let count = rng.between(1, 5);
        let first = (0..count).map(|_| mishap(rng)).collect();
        let then = if rng.below(4) == 0 { Ending::Always(Mishap::Status(503)) } else { Ending::Well };
        Self { first, then }
    }

    /// All of them, whenever they strike.
    pub(super) fn all(&self) -> Vec<Mishap> {
        let for_ever = match self.then {
            Ending::Well => None,
            Ending::Always(mishap) => Some(mishap),
        };
        self.first.iter().copied().chain(for_ever).collect()
    }

    /// As a backend plays them; `kills` counts the kills that strike.
    pub(super) fn script(&self, victim: &Victim, kills: &Arc<AtomicU64>) -> Script {
        let step = |mishap: &Mishap| mishap.step(victim, kills);
        let script = Script::new(self.first.iter().map(step));
        match &self.then {
            Ending::Well => script,
            Ending::Always(mishap) => script.then(step(mishap)),
        }
    }
}

fn mishap(sink: Sink, parking: Parking, rng: &mut Rng) -> Mishap {
    match rng.below(16) {
        0..=2 => Mishap::Status(rng.pick(&[429, 500, 502, 503, 504])),
        3 => Mishap::Status(rng.pick(&[401, 403, 413])),
        4 if parking == Parking::Folder => Mishap::Status(rng.pick(&[400, 404, 422])),
        5 => Mishap::RetryAfter { status: rng.pick(&[429, 503]), seconds: rng.pick(&[0, 1, 60]) },
        6 => Mishap::Slow { millis: rng.between(10, 500) },
        7 => Mishap::Slow { millis: rng.between(1_000, 3_500) },
        8 | 9 => Mishap::CutRequest { after: rng.index(2_000), how: cut(rng) },
        10 | 11 => Mishap::CutResponse { after: rng.index(60), how: cut(rng) },
        12 => Mishap::Garbage,
        13 if sink == Sink::Otlp => {
            Mishap::Partial { rejected: usize::try_from(rng.between(1, 3)).unwrap_or(1) }
        }
        14 => Mishap::KillBefore,
        15 => Mishap::KillAfter,
        _ => Mishap::Status(503),
    }
}

fn cut(rng: &mut Rng) -> Cut {
    rng.pick(&[Cut::Close, Cut::Reset])
}

impl Mishap {
    fn step(self, victim: &Victim, kills: &Arc<AtomicU64>) -> Step {
        let kill = || {
            let (victim, kills) = (victim.clone(), Arc::clone(kills));
            move || {
                kills.fetch_add(1, Ordering::Relaxed);
                victim.kill();
            }
        };
        match self {
            Self::Status(status) => Step::status(status),
            Self::RetryAfter { status, seconds } => {
                let answer = Response::new(status, "").with("Retry-After", &seconds.to_string());
                Step::of(Fault::Answer(answer))
            }
            Self::Slow { millis } => Step::default().delayed(Duration::from_millis(millis)),
            Self::CutRequest { after, how } => Step::cut_request(after, how),
            Self::CutResponse { after, how } => Step::cut_response(after, how),
            Self::Garbage => Step::garbage(),
            Self::Partial { rejected } => Step::of(Fault::Partial { rejected }),
            Self::KillBefore => Step::cut_request(0, Cut::Close).calling(kill()),
            Self::KillAfter => Step::default().calling(kill()),
        }
    }
}
