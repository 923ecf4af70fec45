//! What a scenario is to be: everything that is drawn from its seed, before anything runs.

use std::time::Duration;

use super::planned_fault::{FaultPlan, PlannedFault};
use crate::rng::Rng;

/// Who invokes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// CloudWatch Logs itself.
    Subscription,
    /// SNS, asynchronously as well.
    Sns,
    /// A stream.
    Kinesis,
    /// A queue without an order.
    Sqs,
    /// A queue with an order.
    SqsFifo,
    /// A Firehose transformation.
    Firehose,
    /// Objects in S3, by notification.
    S3,
}

/// Who gets everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sink {
    /// A collector.
    Otlp,
    /// Datadog.
    Datadog,
    /// A file.
    Ndjson,
}

/// Where what cannot be delivered waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parking {
    /// Nowhere: AWS is told to send it again.
    None,
    /// In a folder.
    Folder,
    /// In a folder that cannot be written until the faults are over.
    BlockedFolder,
    /// In S3, which may fail as well.
    S3,
    /// In SQS, which may fail as well; what fits into no message is not parked.
    Queue,
    /// In SQS, and in S3 what fits into no message; both may fail.
    QueueAndBucket,
}

/// Who has what is parked delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redrive {
    /// A person, with the command line.
    Command,
    /// A schedule.
    Schedule,
}

/// What goes wrong with a redrive, before one that goes well.
#[derive(Clone, Debug)]
pub struct RedriveFaults {
    /// With each backend.
    pub sinks: Vec<(Sink, FaultPlan)>,
    /// With S3 or SQS, where something is written or taken away.
    pub parking: FaultPlan,
}

/// Everything about a scenario.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What all of it comes from.
    pub seed: u64,
    /// Who invokes.
    pub source: Source,
    /// Who gets everything, and what goes wrong there; nothing goes wrong with a file.
    pub sinks: Vec<(Sink, FaultPlan)>,
    /// How many events each delivery has.
    pub deliveries: Vec<u64>,
    /// Where what cannot be delivered waits.
    pub parking: Parking,
    /// What goes wrong with S3 or SQS, where something is parked.
    pub parking_faults: FaultPlan,
    /// What goes wrong with the last of the objects in S3 that are deliveries.
    pub source_faults: FaultPlan,
    /// Who has what is parked delivered.
    pub redrive: Redrive,
    /// What goes wrong with the first redrive, where something may be parked.
    pub redrive_faults: Option<RedriveFaults>,
    /// The function's timeout.
    pub timeout: Duration,
}

impl Sink {
    /// Its name in the settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Otlp => "otlp",
            Self::Datadog => "datadog",
            Self::Ndjson => "ndjson",
        }
    }
}

impl Plan {
    /// What follows from a seed.
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let source = rng.pick(&[
            Source::Subscription,
            Source::Sns,
            Source::Kinesis,
            Source::Sqs,
            Source::SqsFifo,
            Source::Firehose,
            Source::S3,
            Source::S3,
        ]);
        let parking = rng.pick(&[
            Parking::None,
            Parking::Folder,
            Parking::Folder,
            Parking::BlockedFolder,
            Parking::S3,
            Parking::S3,
            Parking::Queue,
            Parking::QueueAndBucket,
            Parking::QueueAndBucket,
        ]);
        let sinks = sinks(parking, &mut rng);
        let mostly = |faults: fn(&mut Rng) -> FaultPlan, rng: &mut Rng| match rng.below(3) {
            0 => FaultPlan::default(),
            _ => faults(rng),
        };
        Self {
            seed,
            source,
            deliveries: sizes(parking, &mut rng),
            parking_faults: mostly(FaultPlan::for_parking, &mut rng),
            source_faults: mostly(FaultPlan::for_source, &mut rng),
            redrive: rng.pick(&[Redrive::Command, Redrive::Schedule]),
            redrive_faults: (parking != Parking::None)
                .then(|| RedriveFaults::for_sinks(&sinks, parking, &mut rng)),
            timeout: Duration::from_millis(rng.between(1_500, 3_000)),
            sinks,
            parking,
        }
    }

    /// Whether anything goes wrong that may have a backend refuse an event for good, or a metric.
    #[must_use]
    pub fn may_reject(&self, sink: Sink) -> bool {
        let faults = self.sinks.iter().filter(|(own, _)| *own == sink).flat_map(|(_, faults)| faults.all());
        faults.into_iter().any(|fault| match fault {
            PlannedFault::Status(status) => {
                (400..429).contains(&status) && ![401, 403, 408].contains(&status)
            }
            PlannedFault::PartialSuccess { .. } => true,
            PlannedFault::None
            | PlannedFault::Denied
            | PlannedFault::RetryAfter { .. }
            | PlannedFault::Slow { .. }
            | PlannedFault::Hang
            | PlannedFault::CutRequest { .. }
            | PlannedFault::CutResponse { .. }
            | PlannedFault::MalformedResponse
            | PlannedFault::KillBeforeBody
            | PlannedFault::KillBeforeResponse
            | PlannedFault::RemoveFolder => false,
        })
    }
}

/// One, two or three backends, most of which have redrive_faults.
fn sinks(parking: Parking, rng: &mut Rng) -> Vec<(Sink, FaultPlan)> {
    let kinds = rng.pick::<&[Sink]>(&[
        &[Sink::Otlp],
        &[Sink::Datadog],
        &[Sink::Otlp, Sink::Datadog],
        &[Sink::Otlp, Sink::Datadog],
        &[Sink::Otlp, Sink::Ndjson],
        &[Sink::Otlp, Sink::Datadog, Sink::Ndjson],
    ]);
    let unlucky = rng.index(kinds.len());
    let sinks = kinds.iter().enumerate().map(|(place, sink)| {
        let faults = match sink {
            // One of several backends often is the only one with redrive_faults.
            Sink::Otlp | Sink::Datadog if place == unlucky || rng.below(2) == 0 => {
                FaultPlan::for_sink(*sink, parking, rng)
            }
            Sink::Otlp | Sink::Datadog | Sink::Ndjson => FaultPlan::default(),
        };
        (*sink, faults)
    });
    sinks.collect()
}

impl RedriveFaults {
    fn for_sinks(sinks: &[(Sink, FaultPlan)], parking: Parking, rng: &mut Rng) -> Self {
        let is_remote = matches!(parking, Parking::S3 | Parking::Queue | Parking::QueueAndBucket);
        let (at_sinks, at_parking) = match rng.below(4) {
            // Where backends take everything there is much to take away.
            0 | 1 if is_remote => (false, true),
            2 => (true, false),
            _ => (true, is_remote),
        };
        let of_sink = |(sink, _): &(Sink, FaultPlan)| {
            let faults = if at_sinks { FaultPlan::for_redrive(parking, rng) } else { FaultPlan::default() };
            (*sink, faults)
        };
        let sinks = sinks.iter().map(of_sink).collect();
        let parking = if at_parking { FaultPlan::for_redrive_parking(rng) } else { FaultPlan::default() };
        Self { sinks, parking }
    }
}

/// A few deliveries, most of them small, one in twenty as large as AWS sends them; one that fits into no message where
/// there is a bucket for it.
fn sizes(parking: Parking, rng: &mut Rng) -> Vec<u64> {
    const FITS_INTO_NO_MESSAGE: u64 = 3_500;
    let count = rng.between(1, 6);
    let size = |rng: &mut Rng| match rng.below(20) {
        0 => rng.between(2_000, 4_000),
        1..=4 => rng.between(200, 1_200),
        5..=12 => rng.between(5, 100),
        _ => rng.between(1, 4),
    };
    let large = (parking == Parking::QueueAndBucket).then_some(FITS_INTO_NO_MESSAGE);
    (0..count).map(|_| size(rng)).chain(large).collect()
}
