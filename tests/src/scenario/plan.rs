//! Plan of a scenario: all random choices, derived from the seed before anything runs.

use std::time::Duration;

use super::planned_fault::{FaultPlan, PlannedFault};
use crate::rng::Rng;

/// Event source of the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Subscription filter of CloudWatch Logs.
    Subscription,
    /// SNS, also asynchronous.
    Sns,
    /// Kinesis stream.
    Kinesis,
    /// Standard SQS queue.
    Sqs,
    /// FIFO SQS queue.
    SqsFifo,
    /// Firehose transformation.
    Firehose,
    /// Notifications of objects in S3.
    S3,
}

/// Sink of the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sink {
    /// OTLP receiver.
    Otlp,
    /// Datadog.
    Datadog,
    /// File.
    Ndjson,
}

/// Parking location for events that cannot be delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parking {
    /// No parking: the function reports a failure, and AWS sends the event again.
    None,
    /// Folder.
    Folder,
    /// Folder that cannot be written until the faults end.
    BlockedFolder,
    /// S3, with faults.
    S3,
    /// SQS, with faults. Parked objects are messages; events that do not fit into a message are not parked.
    Queue,
    /// SQS, and S3 for parked objects that do not fit into a message; both with faults.
    QueueAndBucket,
}

/// Trigger of a redrive, which sends parked events to their sinks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redrive {
    /// The command `tailwater redrive`.
    Command,
    /// A scheduled event to the function.
    Schedule,
}

/// Redrives that run at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redrivers {
    /// One.
    One,
    /// A command beside the redrive of the plan.
    Two,
}

/// Disk on which the function and the command park.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disk {
    /// Disk of this machine.
    Fast,
    /// Each `fsync` takes this many milliseconds.
    Slow {
        /// Milliseconds.
        millis: u64,
    },
}

/// Parked objects that a bucket refuses to read or to delete during the first redrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No object.
    Nothing,
    /// Objects whose key ends with one of these hexadecimal digits.
    Objects {
        /// Digits.
        digits: &'static str,
        /// `GET` or `DELETE`.
        method: &'static str,
        /// HTTP status.
        status: u16,
        /// Error code.
        code: &'static str,
    },
}

/// Clock of the bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BucketClock {
    /// The same as that of the programs.
    Right,
    /// Ahead by these seconds.
    Ahead(u64),
    /// Behind by these seconds.
    Behind(u64),
}

/// Lists of failed items in the answers to Kinesis and SQS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reports {
    /// The event source mapping has `ReportBatchItemFailures`, and the function is told so.
    Read,
    /// The event source mapping does not have it, and the function has the default setting.
    Ignored,
}

/// Content of the S3 objects that contain deliveries, during the first redrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceObjects {
    /// As they were.
    Kept,
    /// Overwritten, and restored afterwards.
    Overwritten,
}

/// Faults during the first redrive.
#[derive(Clone, Debug)]
pub struct RedriveFaults {
    /// Faults of each backend.
    pub sinks: Vec<(Sink, FaultPlan)>,
    /// Faults of S3 or SQS for requests that write or delete.
    pub parking: FaultPlan,
    /// Parked objects that the bucket refuses.
    pub refused: Refused,
    /// Content of the S3 objects that parked objects refer to.
    pub sources: SourceObjects,
}

/// Plan of a scenario.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Seed from which everything else follows.
    pub seed: u64,
    /// Event source.
    pub source: Source,
    /// Sinks and the faults of their backends; a file has none.
    pub sinks: Vec<(Sink, FaultPlan)>,
    /// Number of events in each delivery.
    pub deliveries: Vec<u64>,
    /// Parking location.
    pub parking: Parking,
    /// Faults of S3 or SQS while objects are parked.
    pub parking_faults: FaultPlan,
    /// Faults of S3 for the last S3 object that contains a delivery (with [`Source::S3`]).
    pub source_faults: FaultPlan,
    /// Trigger of redrives.
    pub redrive: Redrive,
    /// Faults during the first redrive; none without parking.
    pub redrive_faults: Option<RedriveFaults>,
    /// Timeout of the function.
    pub timeout: Duration,
    /// Number of redrives that run at once.
    pub redrivers: Redrivers,
    /// Disk of a folder with parked objects.
    pub disk: Disk,
    /// Clock of the bucket.
    pub bucket_clock: BucketClock,
    /// Lists of failed items.
    pub reports: Reports,
    /// Spans of invocations.
    pub traces: Traces,
}

/// Spans of invocations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traces {
    /// No spans are sent.
    Off,
    /// Spans are sent to the OTLP sink.
    Sent,
}

impl Sink {
    /// Name of the sink in the settings.
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
    /// Derives the plan from a seed.
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
        let mut plan = Self {
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
            redrivers: Redrivers::One,
            disk: Disk::Fast,
            bucket_clock: BucketClock::Right,
            reports: Reports::Read,
            traces: Traces::Off,
        };
        plan.choose_circumstances(&mut rng);
        plan
    }

    /// Chooses what is unusual besides faults of single requests.
    fn choose_circumstances(&mut self, rng: &mut Rng) {
        self.redrivers = rng.pick(&[Redrivers::One, Redrivers::One, Redrivers::Two]);
        if self.parking == Parking::Folder {
            self.disk = rng.pick(&[Disk::Fast, Disk::Slow { millis: 40 }, Disk::Slow { millis: 1_500 }]);
        }
        let skew = rng.between(60, 7_200);
        self.bucket_clock =
            rng.pick(&[BucketClock::Right, BucketClock::Ahead(skew), BucketClock::Behind(skew)]);
        self.reports = rng.pick(&[Reports::Read, Reports::Ignored]);
        let refused = Refused::random(rng);
        let sources = rng.pick(&[SourceObjects::Kept, SourceObjects::Overwritten]);
        if let Some(faults) = &mut self.redrive_faults {
            (faults.refused, faults.sources) = (refused, sources);
        }
        if self.sinks.iter().any(|(sink, _)| *sink == Sink::Otlp) {
            self.traces = rng.pick(&[Traces::Off, Traces::Sent]);
        }
    }

    /// True if a planned fault can lead to a permanent rejection of an event or a metric by this sink.
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

/// Chooses one to three sinks; most backends have faults.
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
            // Often only one of several backends has faults.
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
            // Backends without faults settle many objects, which leads to many deletions.
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
        Self { sinks, parking, refused: Refused::Nothing, sources: SourceObjects::Kept }
    }
}

impl Refused {
    fn random(rng: &mut Rng) -> Self {
        let (method, status, code) = rng.pick(&[
            ("GET", 403, "AccessDenied"),
            ("GET", 403, "InvalidObjectState"),
            ("GET", 400, "KMS.DisabledException"),
            ("DELETE", 403, "AccessDenied"),
        ]);
        let objects = |digits| Self::Objects { digits, method, status, code };
        rng.pick(&[Self::Nothing, objects("01234567"), objects("0123456789abcdef")])
    }
}

/// Chooses the sizes of deliveries: most are small, one in twenty is as large as those of AWS. If objects that do
/// not fit into an SQS message are parked in a bucket, one delivery is too large for a message.
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
