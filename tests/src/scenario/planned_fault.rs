//! What goes wrong with requests: drawn as data that can be printed, then made into a script.

use std::time::Duration;

use super::{
    fault_counts::{Component, CountedEvent, FaultCounts, FaultKind, Phase},
    plan::{Parking, Sink},
};
use crate::{
    backend::{Fault, FaultSchedule, Step},
    http::{Cut, Response},
    lambda::KillSwitch,
    rng::Rng,
};

/// What goes wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlannedFault {
    /// Nothing.
    None,
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
    MalformedResponse,
    /// It is taken but for its first events, and the answer says so.
    PartialSuccess {
        /// How many are not taken.
        rejected: usize,
    },
    /// The sender is killed before the backend has the body.
    KillBeforeBody,
    /// The sender is killed when the backend has it, before the answer.
    KillBeforeResponse,
    /// It is taken; from then on the folder of what is parked is not there, until all is well again.
    RemoveFolder,
}

/// What goes on for ever once the first faults are over, until all faults are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Nothing: all is well.
    NoFault,
    /// This.
    Always(PlannedFault),
}

/// What goes wrong at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultPlan {
    /// With the first requests, one after another.
    pub first: Vec<PlannedFault>,
    /// With all others.
    pub then: Then,
}

/// Where faults happen, and whom they hurt.
#[derive(Clone)]
pub(super) struct FaultContext {
    pub(super) kill_switch: KillSwitch,
    pub(super) fault_counts: FaultCounts,
    pub(super) phase: Phase,
    pub(super) component: Component,
    /// What takes the folder away.
    pub(super) block_folder: std::sync::Arc<dyn Fn() + Send + Sync>,
}

const RESET: PlannedFault = PlannedFault::CutRequest { after: 0, how: Cut::Reset };

impl FaultPlan {
    /// Some for a backend. Without parking nothing may be refused for good: there would be no place to keep it.
    pub(super) fn for_sink(sink: Sink, parking: Parking, rng: &mut Rng) -> Self {
        let count = rng.between(1, 6);
        let first = (0..count).map(|_| random_sink_fault(sink, parking, rng)).collect();
        let then = match rng.below(3) {
            0 | 1 => Then::Always(rng.pick(&[
                PlannedFault::Status(503),
                PlannedFault::Status(429),
                PlannedFault::Status(401),
                RESET,
                PlannedFault::RetryAfter { status: 503, seconds: 30 },
                PlannedFault::Hang,
            ])),
            _ => Then::NoFault,
        };
        Self { first, then }
    }

    /// Some for S3 or SQS, where something is to be parked.
    pub(super) fn for_parking(rng: &mut Rng) -> Self {
        let count = rng.between(1, 5);
        let first = (0..count).map(|_| random_aws_fault(rng)).collect();
        let then = match rng.below(6) {
            0 => Then::Always(PlannedFault::Status(503)),
            1 => Then::Always(PlannedFault::Hang),
            _ => Then::NoFault,
        };
        Self { first, then }
    }

    /// Some for an object in S3 that is a delivery: for good as often as not.
    pub(super) fn for_source(rng: &mut Rng) -> Self {
        let count = rng.between(1, 3);
        let first = (0..count).map(|_| random_aws_fault(rng)).collect();
        let then = match rng.below(2) {
            0 => {
                Then::Always(rng.pick(&[PlannedFault::Status(503), PlannedFault::Denied, PlannedFault::Hang]))
            }
            _ => Then::NoFault,
        };
        Self { first, then }
    }

    /// Some for a backend while what is parked is delivered: many let a part of it through.
    pub(super) fn for_redrive(parking: Parking, rng: &mut Rng) -> Self {
        let fault = |rng: &mut Rng| match rng.below(14) {
            0..=4 => PlannedFault::None,
            5 => PlannedFault::Status(413),
            6 => PlannedFault::Status(rng.pick(&[429, 500, 503])),
            7 => RESET,
            8 => PlannedFault::CutResponse { after: rng.index(60), how: random_cut(rng) },
            9 => PlannedFault::Hang,
            10 => PlannedFault::KillBeforeBody,
            11 if parking == Parking::Folder => PlannedFault::RemoveFolder,
            _ => PlannedFault::KillBeforeResponse,
        };
        let count = rng.between(0, 3);
        let first = (0..count).map(|_| fault(rng)).collect();
        let then = match rng.below(4) {
            0 => Then::NoFault,
            _ => Then::Always(rng.pick(&[
                PlannedFault::Status(503),
                PlannedFault::Status(429),
                RESET,
                PlannedFault::Hang,
            ])),
        };
        Self { first, then }
    }

    /// Some for S3 or SQS while a rest is written, or what is settled is taken away.
    pub(super) fn for_redrive_parking(rng: &mut Rng) -> Self {
        let fault = |rng: &mut Rng| match rng.below(8) {
            0 | 6 => PlannedFault::None,
            1 | 7 => PlannedFault::KillBeforeBody,
            2 => PlannedFault::KillBeforeResponse,
            3 => PlannedFault::Hang,
            4 => PlannedFault::Denied,
            _ => random_aws_fault(rng),
        };
        let count = rng.between(1, 3);
        let first = (0..count).map(|_| fault(rng)).collect();
        let then = if rng.below(3) == 0 { Then::Always(PlannedFault::Status(503)) } else { Then::NoFault };
        Self { first, then }
    }

    /// All of them, whenever they strike.
    pub(super) fn all(&self) -> Vec<PlannedFault> {
        let for_ever = match self.then {
            Then::NoFault => None,
            Then::Always(fault) => Some(fault),
        };
        self.first.iter().copied().chain(for_ever).collect()
    }

    /// As a stand-in plays them.
    pub(super) fn schedule(&self, context: &FaultContext) -> FaultSchedule {
        let step = |fault: &PlannedFault| fault.step(context);
        let schedule = FaultSchedule::new(self.first.iter().map(step));
        match &self.then {
            Then::NoFault => schedule,
            Then::Always(fault) => schedule.then(step(fault)),
        }
    }
}

impl Default for FaultPlan {
    fn default() -> Self {
        Self { first: Vec::new(), then: Then::NoFault }
    }
}

fn random_sink_fault(sink: Sink, parking: Parking, rng: &mut Rng) -> PlannedFault {
    match rng.below(17) {
        0..=2 => PlannedFault::Status(rng.pick(&[429, 500, 502, 503, 504])),
        3 => PlannedFault::Status(rng.pick(&[401, 403, 413])),
        4 if matches!(parking, Parking::Folder | Parking::QueueAndBucket) => {
            PlannedFault::Status(rng.pick(&[400, 404, 422]))
        }
        5 => PlannedFault::RetryAfter { status: rng.pick(&[429, 503]), seconds: rng.pick(&[0, 1, 60]) },
        6 => PlannedFault::Slow { millis: rng.between(10, 500) },
        7 => PlannedFault::Slow { millis: rng.between(1_000, 3_500) },
        8 | 9 => PlannedFault::CutRequest { after: rng.index(2_000), how: random_cut(rng) },
        10 | 11 => PlannedFault::CutResponse { after: rng.index(60), how: random_cut(rng) },
        12 => PlannedFault::MalformedResponse,
        13 if sink == Sink::Otlp => {
            PlannedFault::PartialSuccess { rejected: usize::try_from(rng.between(1, 3)).unwrap_or(1) }
        }
        14 => PlannedFault::KillBeforeBody,
        15 => PlannedFault::KillBeforeResponse,
        16 => PlannedFault::Hang,
        _ => PlannedFault::Status(503),
    }
}

fn random_aws_fault(rng: &mut Rng) -> PlannedFault {
    match rng.below(7) {
        0 => PlannedFault::CutRequest { after: rng.index(400), how: random_cut(rng) },
        1 => PlannedFault::CutResponse { after: rng.index(60), how: random_cut(rng) },
        2 => PlannedFault::Slow { millis: rng.between(10, 300) },
        3 => PlannedFault::Hang,
        4 => rng.pick(&[PlannedFault::KillBeforeBody, PlannedFault::KillBeforeResponse]),
        _ => PlannedFault::Status(rng.pick(&[500, 503])),
    }
}

fn random_cut(rng: &mut Rng) -> Cut {
    rng.pick(&[Cut::Close, Cut::Reset])
}

impl PlannedFault {
    fn step(self, context: &FaultContext) -> Step {
        let step = match self {
            Self::None => return Step::default(),
            Self::Status(status) => Step::status(status),
            Self::Denied => {
                let body = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
                Step::new(Fault::Discard(Response::new(403, body)))
            }
            Self::RetryAfter { status, seconds } => {
                let answer = Response::new(status, "").with("Retry-After", &seconds.to_string());
                Step::new(Fault::Discard(answer))
            }
            Self::Slow { millis } => Step::default().with_delay(Duration::from_millis(millis)),
            Self::Hang => Step::hang(),
            Self::CutRequest { after, how } => Step::cut_request(after, how),
            Self::CutResponse { after, how } => Step::cut_response(after, how),
            Self::MalformedResponse => Step::malformed_response(),
            Self::PartialSuccess { rejected } => Step::new(Fault::PartialSuccess { rejected }),
            Self::KillBeforeBody => Step::cut_request(0, Cut::Close),
            Self::KillBeforeResponse | Self::RemoveFolder => Step::default(),
        };
        let context = context.clone();
        step.with_hook(move || self.apply_side_effects(&context))
    }

    /// What else happens at the moment it strikes.
    fn apply_side_effects(self, context: &FaultContext) {
        let kind = match self {
            Self::None => return,
            Self::KillBeforeBody | Self::KillBeforeResponse => FaultKind::Kill,
            Self::Hang => FaultKind::Hang,
            Self::Status(_)
            | Self::Denied
            | Self::RetryAfter { .. }
            | Self::Slow { .. }
            | Self::CutRequest { .. }
            | Self::CutResponse { .. }
            | Self::MalformedResponse
            | Self::PartialSuccess { .. }
            | Self::RemoveFolder => FaultKind::Failure,
        };
        let component = if self == Self::RemoveFolder { Component::Parking } else { context.component };
        context.fault_counts.add(CountedEvent::Fault(context.phase, component, kind), 1);
        if kind == FaultKind::Kill {
            context.kill_switch.kill();
        }
        if self == Self::RemoveFolder {
            (context.block_folder)();
        }
    }
}
