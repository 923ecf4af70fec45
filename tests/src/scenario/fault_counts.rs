//! Counts of the faults that occurred: a run in which a kind of fault never occurred proves nothing about it.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// Phase of a scenario in which a fault occurred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Deliveries are sent to the function.
    Delivery,
    /// `tailwater redrive` runs.
    RedriveCommand,
    /// The function handles a redrive event of a schedule.
    RedriveSchedule,
}

/// Stand-in that produced a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Component {
    /// A sink's backend.
    Backend,
    /// The folder, bucket or queue that holds parked objects.
    Parking,
    /// S3, when the function reads an S3 object that contains a delivery.
    Source,
}

/// Effect of a fault on the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// The request failed or was answered late.
    Failure,
    /// The request was never answered.
    Hang,
    /// The client process was killed.
    Kill,
}

/// Key of a count: a fault, or an action of the program that only faults lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CountedEvent {
    /// A fault.
    Fault(Phase, Component, FaultKind),
    /// An object was parked in the body of an SQS message.
    ParkedMessage,
    /// An object was parked in a bucket, and an SQS message refers to it.
    ParkedPointer,
    /// A redrive delivered a part of a parked object and parked the remainder.
    RedriveRemainder,
    /// Parked objects could not be read or deleted.
    RefusedObject,
    /// Two redrives ran at once.
    TwoRedrives,
    /// The clock of the bucket differed from that of the programs.
    ClockSkew,
    /// S3 objects were overwritten while parked objects referred to them.
    OverwrittenObject,
    /// Objects were parked in a folder on a slow disk.
    SlowDisk,
    /// AWS ignored the lists of failed items.
    IgnoredReports,
}

/// Number of occurrences of each [`CountedEvent`]. Clones share the same counts.
#[derive(Clone, Debug, Default)]
pub struct FaultCounts(Arc<Mutex<BTreeMap<CountedEvent, u64>>>);

impl CountedEvent {
    /// Events required in a run of many scenarios: at least one event of each inner list.
    #[must_use]
    pub fn required_in_long_run() -> Vec<Vec<Self>> {
        let fault = |phase, component, kind| Self::Fault(phase, component, kind);
        let own = [
            Self::ParkedMessage,
            Self::ParkedPointer,
            Self::RedriveRemainder,
            Self::RefusedObject,
            Self::TwoRedrives,
            Self::ClockSkew,
            Self::OverwrittenObject,
            Self::SlowDisk,
            Self::IgnoredReports,
        ];
        let mut required: Vec<_> = own.map(|event| vec![event]).into();
        for kind in [FaultKind::Failure, FaultKind::Hang, FaultKind::Kill] {
            for component in [Component::Backend, Component::Parking, Component::Source] {
                required.push(vec![fault(Phase::Delivery, component, kind)]);
            }
            for component in [Component::Backend, Component::Parking] {
                let phases = [Phase::RedriveCommand, Phase::RedriveSchedule];
                required.push(phases.map(|phase| fault(phase, component, kind)).into());
            }
            for phase in [Phase::RedriveCommand, Phase::RedriveSchedule] {
                let components = [Component::Backend, Component::Parking];
                required.push(components.map(|component| fault(phase, component, kind)).into());
            }
        }
        required
    }

    /// Events required in a run of a few scenarios: at least one event of each inner list.
    #[must_use]
    pub fn required_in_short_run() -> Vec<Vec<Self>> {
        let backend_fault = |kind| Self::Fault(Phase::Delivery, Component::Backend, kind);
        vec![
            vec![backend_fault(FaultKind::Failure)],
            vec![backend_fault(FaultKind::Hang)],
            vec![backend_fault(FaultKind::Kill)],
            vec![Self::ParkedMessage],
        ]
    }

    /// True if a process was killed.
    #[must_use]
    pub fn is_kill(self) -> bool {
        matches!(self, Self::Fault(_, _, FaultKind::Kill))
    }
}

impl FaultCounts {
    /// Adds `count` to the count of an event.
    pub fn add(&self, event: CountedEvent, count: u64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(event).or_default() += count;
    }

    /// Returns a copy of all counts.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<CountedEvent, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds the counts of another scenario.
    pub fn merge(&self, other: &Self) {
        other.counts().into_iter().for_each(|(event, count)| self.add(event, count));
    }

    /// Returns the inner lists of `required` of which no event occurred.
    #[must_use]
    pub fn missing(&self, required: &[Vec<CountedEvent>]) -> Vec<Vec<CountedEvent>> {
        let counts = self.counts();
        let occurred = |event: &CountedEvent| counts.get(event).is_some_and(|count| *count > 0);
        required.iter().filter(|any| !any.iter().any(occurred)).cloned().collect()
    }
}

impl fmt::Display for CountedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(phase, component, kind) => write!(f, "{phase:?} {component:?} {kind:?}"),
            Self::ParkedMessage
            | Self::ParkedPointer
            | Self::RedriveRemainder
            | Self::RefusedObject
            | Self::TwoRedrives
            | Self::ClockSkew
            | Self::OverwrittenObject
            | Self::SlowDisk
            | Self::IgnoredReports => write!(f, "{self:?}"),
        }
    }
}

/// Formats the counts on one line.
impl fmt::Display for FaultCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.counts();
        let texts: Vec<_> = counts.iter().map(|(event, count)| format!("{event} {count}")).collect();
        f.write_str(&texts.join(", "))
    }
}
