//! What goes wrong with requests: drawn as data that can be printed, then made into a script.

use std::time::Duration;

use super::{
    plan::{Parking, Sink},
    tally::{Act, Kind, Place, Strike, Tally},
};
use crate::{
    backend::{Fault, Script, Step},
    http::{Cut, Response},
    lambda::Victim,
    rng::Rng,
};

/// What goes wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// Nothing.
    Nothing,
    /// Nothing is taken, and this is the answer.
    Status(u16),
    /// Nothing is taken: AWS says that whoever asks may not.
    Denied,
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
    /// Nothing is taken, and no answer ever comes.
    Hang,
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
    /// It is taken; from then on the folder of what is parked is not there, until all is well again.
    FolderGone,
}

/// What goes on for ever once the first mishaps are over, until all faults are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing: all is well.
    Well,
    /// This.
    Always(Mishap),
}

/// What goes wrong at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mishaps {
    /// With the first requests, one after another.
    pub first: Vec<Mishap>,
    /// With all others.
    pub then: Ending,
}

/// Where mishaps happen, and whom they hurt.
#[derive(Clone)]
pub(super) struct Scene {
    pub(super) victim: Victim,
    pub(super) tally: Tally,
    pub(super) act: Act,
    pub(super) place: Place,
    /// What takes the folder away.
    pub(super) take_folder: std::sync::Arc<dyn Fn() + Send + Sync>,
}

const RESET: Mishap = Mishap::CutRequest { after: 0, how: Cut::Reset };

impl Mishaps {
    /// Some for a backend. Without parking nothing may be refused for good: there would be no place to keep it.
    pub(super) fn draw(sink: Sink, parking: Parking, rng: &mut Rng) -> Self {
        let count = rng.between(1, 6);
        let first = (0..count).map(|_| mishap(sink, parking, rng)).collect();
        let then = match rng.below(3) {
            0 | 1 => Ending::Always(rng.pick(&[
                Mishap::Status(503),
                Mishap::Status(429),
                Mishap::Status(401),
                RESET,
                Mishap::RetryAfter { status: 503, seconds: 30 },
                Mishap::Hang,
            ])),
            _ => Ending::Well,
        };
        Self { first, then }
    }

    /// Some for S3 or SQS, where something is to be parked.
    pub(super) fn of_parking(rng: &mut Rng) -> Self {
        let count = rng.between(1, 5);
        let first = (0..count).map(|_| aws_mishap(rng)).collect();
        let then = match rng.below(6) {
            0 => Ending::Always(Mishap::Status(503)),
            1 => Ending::Always(Mishap::Hang),
            _ => Ending::Well,
        };
        Self { first, then }
    }

    /// Some for an object in S3 that is a delivery: for good as often as not.
    pub(super) fn of_source(rng: &mut Rng) -> Self {
        let count = rng.between(1, 3);
        let first = (0..count).map(|_| aws_mishap(rng)).collect();
        let then = match rng.below(2) {
            0 => Ending::Always(rng.pick(&[Mishap::Status(503), Mishap::Denied, Mishap::Hang])),
            _ => Ending::Well,
        };
        Self { first, then }
    }

    /// Some for a backend while what is parked is delivered: many let a part of it through.
    pub(super) fn of_redrive(parking: Parking, rng: &mut Rng) -> Self {
        let mishap = |rng: &mut Rng| match rng.below(14) {
            0..=4 => Mishap::Nothing,
            5 => Mishap::Status(413),
            6 => Mishap::Status(rng.pick(&[429, 500, 503])),
            7 => RESET,
            8 => Mishap::CutResponse { after: rng.index(60), how: cut(rng) },
            9 => Mishap::Hang,
            10 => Mishap::KillBefore,
            11 if parking == Parking::Folder => Mishap::FolderGone,
            _ => Mishap::KillAfter,
        };
        let count = rng.between(0, 3);
        let first = (0..count).map(|_| mishap(rng)).collect();
        let then = match rng.below(4) {
            0 => Ending::Well,
            _ => Ending::Always(rng.pick(&[Mishap::Status(503), Mishap::Status(429), RESET, Mishap::Hang])),
        };
        Self { first, then }
    }

    /// Some for S3 or SQS while a rest is written, or what is settled is taken away.
    pub(super) fn of_rewriting(rng: &mut Rng) -> Self {
        let mishap = |rng: &mut Rng| match rng.below(8) {
            0 | 6 => Mishap::Nothing,
            1 | 7 => Mishap::KillBefore,
            2 => Mishap::KillAfter,
            3 => Mishap::Hang,
            4 => Mishap::Denied,
            _ => aws_mishap(rng),
        };
        let count = rng.between(1, 3);
        let first = (0..count).map(|_| mishap(rng)).collect();
        let then = if rng.below(3) == 0 { Ending::Always(Mishap::Status(503)) } else { Ending::Well };
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

    /// As a stand-in plays them.
    pub(super) fn script(&self, scene: &Scene) -> Script {
        let step = |mishap: &Mishap| mishap.step(scene);
        let script = Script::new(self.first.iter().map(step));
        match &self.then {
            Ending::Well => script,
            Ending::Always(mishap) => script.then(step(mishap)),
        }
    }
}

impl Default for Mishaps {
    fn default() -> Self {
        Self { first: Vec::new(), then: Ending::Well }
    }
}

fn mishap(sink: Sink, parking: Parking, rng: &mut Rng) -> Mishap {
    match rng.below(17) {
        0..=2 => Mishap::Status(rng.pick(&[429, 500, 502, 503, 504])),
        3 => Mishap::Status(rng.pick(&[401, 403, 413])),
        4 if matches!(parking, Parking::Folder | Parking::QueueAndBucket) => {
            Mishap::Status(rng.pick(&[400, 404, 422]))
        }
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
        16 => Mishap::Hang,
        _ => Mishap::Status(503),
    }
}

fn aws_mishap(rng: &mut Rng) -> Mishap {
    match rng.below(7) {
        0 => Mishap::CutRequest { after: rng.index(400), how: cut(rng) },
        1 => Mishap::CutResponse { after: rng.index(60), how: cut(rng) },
        2 => Mishap::Slow { millis: rng.between(10, 300) },
        3 => Mishap::Hang,
        4 => rng.pick(&[Mishap::KillBefore, Mishap::KillAfter]),
        _ => Mishap::Status(rng.pick(&[500, 503])),
    }
}

fn cut(rng: &mut Rng) -> Cut {
    rng.pick(&[Cut::Close, Cut::Reset])
}

impl Mishap {
    fn step(self, scene: &Scene) -> Step {
        let step = match self {
            Self::Nothing => return Step::default(),
            Self::Status(status) => Step::status(status),
            Self::Denied => {
                let body = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
                Step::of(Fault::Answer(Response::new(403, body)))
            }
            Self::RetryAfter { status, seconds } => {
                let answer = Response::new(status, "").with("Retry-After", &seconds.to_string());
                Step::of(Fault::Answer(answer))
            }
            Self::Slow { millis } => Step::default().delayed(Duration::from_millis(millis)),
            Self::Hang => Step::hang(),
            Self::CutRequest { after, how } => Step::cut_request(after, how),
            Self::CutResponse { after, how } => Step::cut_response(after, how),
            Self::Garbage => Step::garbage(),
            Self::Partial { rejected } => Step::of(Fault::Partial { rejected }),
            Self::KillBefore => Step::cut_request(0, Cut::Close),
            Self::KillAfter | Self::FolderGone => Step::default(),
        };
        let scene = scene.clone();
        step.calling(move || self.strike(&scene))
    }

    /// What else happens at the moment it strikes.
    fn strike(self, scene: &Scene) {
        let kind = match self {
            Self::Nothing => return,
            Self::KillBefore | Self::KillAfter => Kind::Kill,
            Self::Hang => Kind::Hang,
            Self::Status(_)
            | Self::Denied
            | Self::RetryAfter { .. }
            | Self::Slow { .. }
            | Self::CutRequest { .. }
            | Self::CutResponse { .. }
            | Self::Garbage
            | Self::Partial { .. }
            | Self::FolderGone => Kind::Fault,
        };
        let place = if self == Self::FolderGone { Place::Parking } else { scene.place };
        scene.tally.add(Strike::Blow(scene.act, place, kind), 1);
        if kind == Kind::Kill {
            scene.victim.kill();
        }
        if self == Self::FolderGone {
            (scene.take_folder)();
        }
    }
}
