//! What a scenario is to be: everything that is drawn from its seed, before anything runs.

use std::time::Duration;

use super::mishap::{Ending, Mishap, Mishaps};
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
}

/// Who has what is parked delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redrive {
    /// A person, with the command line.
    Command,
    /// A schedule.
    Schedule,
}

/// Everything about a scenario.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What all of it comes from.
    pub seed: u64,
    /// Who invokes.
    pub source: Source,
    /// Who gets everything, and what goes wrong there; nothing goes wrong with a file.
    pub sinks: Vec<(Sink, Mishaps)>,
    /// How many events each delivery has.
    pub deliveries: Vec<u64>,
    /// Where what cannot be delivered waits.
    pub parking: Parking,
    /// What goes wrong with S3.
    pub s3: Mishaps,
    /// Who has what is parked delivered.
    pub redrive: Redrive,
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
    pub fn of(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let source = rng.pick(&[
            Source::Subscription,
            Source::Subscription,
            Source::Sns,
            Source::Kinesis,
            Source::Sqs,
            Source::SqsFifo,
            Source::Firehose,
            Source::S3,
        ]);
        let parking = rng.pick(&[
            Parking::None,
            Parking::Folder,
            Parking::Folder,
            Parking::Folder,
            Parking::BlockedFolder,
            Parking::S3,
        ]);
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
            let mishaps = match sink {
                // One of several backends often is the only one with trouble.
                Sink::Otlp | Sink::Datadog if place == unlucky || rng.below(2) == 0 => {
                    Mishaps::draw(*sink, parking, &mut rng)
                }
                Sink::Otlp | Sink::Datadog | Sink::Ndjson => Mishaps::default(),
            };
            (*sink, mishaps)
        });
        let sinks = sinks.collect();
        let s3 = if rng.below(2) == 0 { Mishaps::of_s3(&mut rng) } else { Mishaps::default() };
        Self {
            seed,
            source,
            sinks,
            deliveries: sizes(&mut rng),
            parking,
            s3,
            redrive: rng.pick(&[Redrive::Command, Redrive::Schedule]),
            timeout: Duration::from_millis(rng.between(1_500, 3_000)),
        }
    }

    /// Whether anything goes wrong that may have a backend refuse an event for good, or a metric.
    #[must_use]
    pub fn refuses(&self, sink: Sink) -> bool {
        let mishaps =
            self.sinks.iter().filter(|(own, _)| *own == sink).flat_map(|(_, mishaps)| mishaps.all());
        mishaps.into_iter().any(|mishap| match mishap {
            Mishap::Status(status) => (400..429).contains(&status) && ![401, 403, 408].contains(&status),
            Mishap::Partial { .. } => true,
            Mishap::RetryAfter { .. }
            | Mishap::Slow { .. }
            | Mishap::CutRequest { .. }
            | Mishap::CutResponse { .. }
            | Mishap::Garbage
            | Mishap::KillBefore
            | Mishap::KillAfter => false,
        })
    }
}

/// A few deliveries, most of them small, one in twenty as large as AWS sends them.
fn sizes(rng: &mut Rng) -> Vec<u64> {
    let count = rng.between(1, 6);
    let size = |rng: &mut Rng| match rng.below(20) {
        0 => rng.between(2_000, 4_000),
        1..=4 => rng.between(200, 1_200),
        5..=12 => rng.between(5, 100),
        _ => rng.between(1, 4),
    };
    (0..count).map(|_| size(rng)).collect()
}

impl Default for Mishaps {
    fn default() -> Self {
        Self { first: Vec::new(), then: Ending::Well }
    }
}
