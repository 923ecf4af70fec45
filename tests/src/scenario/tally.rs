//! How often each kind of trouble struck: a run in which one never did proves nothing about it.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// What was under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Events came.
    Feeding,
    /// `tailwater redrive` ran.
    Command,
    /// A schedule asked for a redrive.
    Schedule,
}

/// Who was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A backend.
    Backend,
    /// Whatever keeps what is parked.
    Parking,
    /// S3, for an object that is a delivery.
    Source,
}

/// What it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It failed, or was slow.
    Fault,
    /// It never answered.
    Hang,
    /// Whoever asked was killed.
    Kill,
}

/// One kind of trouble, or of what it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strike {
    /// Trouble.
    Blow(Act, Place, Kind),
    /// Something was parked in a queue.
    Message,
    /// Something was parked in a bucket, and a message of a queue says where.
    Pointer,
    /// A redrive delivered a part of what was parked, and wrote down the rest.
    Rest,
}

/// A count for each. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<Mutex<BTreeMap<Strike, u64>>>);

impl Strike {
    /// What has to strike in a run of many scenarios: of each of these, one at least.
    #[must_use]
    pub fn wanted() -> Vec<Vec<Self>> {
        let blow = |act, place, kind| Self::Blow(act, place, kind);
        let mut wanted = vec![vec![Self::Message], vec![Self::Pointer], vec![Self::Rest]];
        for kind in [Kind::Fault, Kind::Hang, Kind::Kill] {
            for place in [Place::Backend, Place::Parking, Place::Source] {
                wanted.push(vec![blow(Act::Feeding, place, kind)]);
            }
            for place in [Place::Backend, Place::Parking] {
                wanted.push([Act::Command, Act::Schedule].map(|act| blow(act, place, kind)).into());
            }
            for act in [Act::Command, Act::Schedule] {
                wanted.push([Place::Backend, Place::Parking].map(|place| blow(act, place, kind)).into());
            }
        }
        wanted
    }

    /// What has to strike in a run of a few.
    #[must_use]
    pub fn usual() -> Vec<Vec<Self>> {
        let feeding = |kind| Self::Blow(Act::Feeding, Place::Backend, kind);
        vec![
            vec![feeding(Kind::Fault)],
            vec![feeding(Kind::Hang)],
            vec![feeding(Kind::Kill)],
            vec![Self::Message],
        ]
    }

    /// Whether it is a process's death.
    #[must_use]
    pub fn is_kill(self) -> bool {
        matches!(self, Self::Blow(_, _, Kind::Kill))
    }
}

impl Tally {
    /// It struck so many times more.
    pub fn add(&self, strike: Strike, count: u64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(strike).or_default() += count;
    }

    /// What struck, and how often.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<Strike, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds another's counts.
    pub fn merge(&self, other: &Self) {
        other.counts().into_iter().for_each(|(strike, count)| self.add(strike, count));
    }

    /// Of what nothing ever struck.
    #[must_use]
    pub fn lacks(&self, wanted: &[Vec<Strike>]) -> Vec<Vec<Strike>> {
        let counts = self.counts();
        let struck = |strike: &Strike| counts.get(strike).is_some_and(|count| *count > 0);
        wanted.iter().filter(|any| !any.iter().any(struck)).cloned().collect()
    }
}

impl fmt::Display for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blow(act, place, kind) => write!(f, "{act:?} {place:?} {kind:?}"),
            Self::Message | Self::Pointer | Self::Rest => write!(f, "{self:?}"),
        }
    }
}

/// One line.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.counts();
        let texts: Vec<_> = counts.iter().map(|(strike, count)| format!("{strike} {count}")).collect();
        f.write_str(&texts.join(", "))
    }
}
