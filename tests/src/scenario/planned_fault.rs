//! Faults of a scenario as plain data that can be printed, and their conversion to a schedule for a backend.

use std::time::Duration;

use super::{
    fault_counts::{Component, CountedEvent, FaultCounts, FaultKind, Phase},
    plan::{Parking, Sink},
};
use crate::{
    backend::{Fault, FaultSchedule, Step},
    http::{Cut, Head, Response},
    lambda::KillSwitch,
    rng::Rng,
};

/// Planned fault of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlannedFault {
    /// No fault.
    None,
    /// The contents are discarded, and the response has this status.
    Status(u16),
    /// The contents are discarded, and the response is `AccessDenied` of AWS.
    Denied,
    /// The contents are discarded, and the response has the header `Retry-After`.
    RetryAfter {
        /// 429 or 503.
        status: u16,
        /// Value of the header.
        seconds: u64,
    },
    /// The contents are accepted, and the response is late.
    Slow {
        /// Delay of the response.
        millis: u64,
    },
    /// The contents are discarded, and no response is sent.
    Hang,
    /// The connection ends within the request; the contents are discarded.
    CutRequest {
        /// Bytes of the body to read.
        after: usize,
        /// Kind of the end.
        how: Cut,
    },
    /// The contents are accepted, and the connection ends within the response.
    CutResponse {
        /// Bytes of the response to send.
        after: usize,
        /// Kind of the end.
        how: Cut,
    },
    /// The contents are accepted, and the response cannot be decoded.
    MalformedResponse,
    /// All but the first events are accepted, and the response reports the rejected number.
    PartialSuccess {
        /// Number of rejected events.
        rejected: usize,
    },
    /// The client is killed before the backend has read the body.
    KillBeforeBody,
    /// The client is killed after the contents were accepted and before the response.
    KillBeforeResponse,
    /// The contents are accepted, and the parking folder cannot be written until the faults end.
    RemoveFolder,
}

/// Faults of the requests after the first ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// No fault.
    NoFault,
    /// The same fault for every request.
    Always(PlannedFault),
}

/// Endpoints of a backend that have the faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoints {
    /// All endpoints.
    All,
    /// The endpoint that receives logs.
    Logs,
    /// The endpoint that receives metrics.
    Metrics,
}

/// Planned faults of one component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultPlan {
    /// Faults of the first requests, one each.
    pub first: Vec<PlannedFault>,
    /// Faults of all further requests.
    pub then: Then,
    /// Endpoints that have the faults; for S3 and SQS all.
    pub endpoints: Endpoints,
}

/// Handles that a fault needs for its side effects: counting, killing the client, blocking the folder.
#[derive(Clone)]
pub(super) struct FaultContext {
    pub(super) kill_switch: KillSwitch,
    pub(super) fault_counts: FaultCounts,
    pub(super) phase: Phase,
    pub(super) component: Component,
    /// Blocks the parking folder.
    pub(super) block_folder: std::sync::Arc<dyn Fn() + Send + Sync>,
}

const RESET: PlannedFault = PlannedFault::CutRequest { after: 0, how: Cut::Reset };

impl FaultPlan {
    /// Chooses faults for a backend. Without parking, no fault rejects events permanently: rejected events could not be
    /// kept anywhere.
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
        Self { first, then, endpoints: Endpoints::random(rng) }
    }

    /// Chooses faults for S3 or SQS while objects are parked.
    pub(super) fn for_parking(rng: &mut Rng) -> Self {
        let count = rng.between(1, 5);
        let first = (0..count).map(|_| random_aws_fault(rng)).collect();
        let then = match rng.below(6) {
            0 => Then::Always(PlannedFault::Status(503)),
            1 => Then::Always(PlannedFault::Hang),
            _ => Then::NoFault,
        };
        Self { first, then, endpoints: Endpoints::All }
    }

    /// Chooses faults for reads of an S3 object that contains a delivery. In half of the plans, all
    /// later reads fail too.
    pub(super) fn for_source(rng: &mut Rng) -> Self {
        let count = rng.between(1, 3);
        let first = (0..count).map(|_| random_aws_fault(rng)).collect();
        let then = match rng.below(2) {
            0 => {
                Then::Always(rng.pick(&[PlannedFault::Status(503), PlannedFault::Denied, PlannedFault::Hang]))
            }
            _ => Then::NoFault,
        };
        Self { first, then, endpoints: Endpoints::All }
    }

    /// Chooses faults for a backend during a redrive; many let a part of the requests through.
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
        Self { first, then, endpoints: Endpoints::random(rng) }
    }

    /// Chooses faults for S3 or SQS during a redrive, which deletes parked objects that were delivered and writes new
    /// ones with the events that were not.
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
        Self { first, then, endpoints: Endpoints::All }
    }

    /// Returns all faults regardless of their order.
    pub(super) fn all(&self) -> Vec<PlannedFault> {
        let for_ever = match self.then {
            Then::NoFault => None,
            Then::Always(fault) => Some(fault),
        };
        self.first.iter().copied().chain(for_ever).collect()
    }

    /// Converts the plan to a schedule for a backend.
    pub(super) fn schedule(&self, context: &FaultContext) -> FaultSchedule {
        let step = |fault: &PlannedFault| fault.step(context);
        let schedule = FaultSchedule::new(self.first.iter().map(step));
        let schedule = match &self.then {
            Then::NoFault => schedule,
            Then::Always(fault) => schedule.then(step(fault)),
        };
        match self.endpoints {
            Endpoints::All => schedule,
            Endpoints::Logs => schedule.only(|head| !receives_metrics(head)),
            Endpoints::Metrics => schedule.only(receives_metrics),
        }
    }
}

impl Default for FaultPlan {
    fn default() -> Self {
        Self { first: Vec::new(), then: Then::NoFault, endpoints: Endpoints::All }
    }
}

impl Endpoints {
    fn random(rng: &mut Rng) -> Self {
        match rng.below(6) {
            0 => Self::Logs,
            1 | 2 => Self::Metrics,
            _ => Self::All,
        }
    }
}

/// True if a request is for the endpoint for metrics of OTLP or Datadog.
fn receives_metrics(head: &Head) -> bool {
    ["/v1/metrics", "/distribution_points"].iter().any(|path| head.path().ends_with(path))
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

    /// Counts the fault, kills the client and blocks the folder as the fault requires.
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
