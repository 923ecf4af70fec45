//! Numeric codes of the parser's enums in the database. Existing codes never change; new ones are appended.

use tailwater_parser::{
    Level,
    derive::{EvidenceKind, Outcome, StartKind},
    line::{
        Status,
        correlation::{IdKind, Mention},
    },
};

/// Enum whose members are stored as numbers.
pub(super) trait Code: Copy + 'static {
    /// All members of the enum. The index of a member in this slice is its code.
    const ALL: &'static [Self];

    /// Returns the code of this member.
    fn code(self) -> u8;

    /// Returns the member with this code; `None` if this version does not know it.
    fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }
}

/// A larger code is a stronger outcome: merging two rows of one invocation keeps the larger code.
impl Code for Outcome {
    const ALL: &'static [Self] =
        &[Self::Success, Self::Unknown, Self::Error, Self::OutOfMemory, Self::Timeout];

    fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Unknown => 1,
            Self::Error => 2,
            Self::OutOfMemory => 3,
            Self::Timeout => 4,
        }
    }
}

impl Code for Status {
    const ALL: &'static [Self] = &[Self::Success, Self::Failure, Self::Error, Self::Timeout, Self::Unknown];

    fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Error => 2,
            Self::Timeout => 3,
            Self::Unknown => 4,
        }
    }
}

/// Merging two rows of one invocation keeps the larger code: `Warm` is only the assumption if no line shows another
/// kind of start.
impl Code for StartKind {
    const ALL: &'static [Self] = &[Self::Warm, Self::Restored, Self::Cold];

    fn code(self) -> u8 {
        match self {
            Self::Warm => 0,
            Self::Restored => 1,
            Self::Cold => 2,
        }
    }
}

/// Resources have the lowest codes, so that one comparison tells ids from resources.
impl Code for Mention {
    const ALL: &'static [Self] = &[
        Self::Uses,
        Self::HandlesEventOf,
        Self::Id(IdKind::Trace),
        Self::Id(IdKind::Correlation),
        Self::Id(IdKind::Field),
        Self::Id(IdKind::ApiRequest),
        Self::Id(IdKind::SqsMessage),
        Self::Id(IdKind::SnsMessage),
        Self::Id(IdKind::Event),
        Self::Id(IdKind::Execution),
    ];

    fn code(self) -> u8 {
        match self {
            Self::Uses => 0,
            Self::HandlesEventOf => 1,
            Self::Id(IdKind::Trace) => 2,
            Self::Id(IdKind::Correlation) => 3,
            Self::Id(IdKind::Field) => 4,
            Self::Id(IdKind::ApiRequest) => 5,
            Self::Id(IdKind::SqsMessage) => 6,
            Self::Id(IdKind::SnsMessage) => 7,
            Self::Id(IdKind::Event) => 8,
            Self::Id(IdKind::Execution) => 9,
        }
    }
}

impl Code for EvidenceKind {
    const ALL: &'static [Self] =
        &[Self::DetailsOnly, Self::Unhandled, Self::Exited, Self::OutOfMemory, Self::Killed, Self::Timeout];

    fn code(self) -> u8 {
        match self {
            Self::DetailsOnly => 0,
            Self::Unhandled => 1,
            Self::Exited => 2,
            Self::OutOfMemory => 3,
            Self::Killed => 4,
            Self::Timeout => 5,
        }
    }
}

impl Code for Level {
    const ALL: &'static [Self] =
        &[Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Fatal];

    fn code(self) -> u8 {
        match self {
            Self::Trace => 0,
            Self::Debug => 1,
            Self::Info => 2,
            Self::Warn => 3,
            Self::Error => 4,
            Self::Fatal => 5,
        }
    }
}

/// Set of the levels in a block: bit 0 for events without a level, then one bit for each level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LevelMask(pub(super) u8);

impl LevelMask {
    pub(super) fn add(&mut self, level: Option<Level>) {
        self.0 |= 1 << level_code(level);
    }

    /// Returns the set of `level` and all more severe ones.
    pub(super) fn at_least(level: Level) -> Self {
        Self(u8::MAX << level_code(Some(level)))
    }
}

/// Returns 0 for `None`, else the code of the level plus one.
pub(super) fn level_code(level: Option<Level>) -> u8 {
    level.map_or(0, |level| level.code() + 1)
}

/// Inverse of [`level_code`]. Returns `None` also for a code that this version does not know.
pub(super) fn level_from_code(code: u8) -> Option<Level> {
    code.checked_sub(1).and_then(Level::from_code)
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;

    fn check<T: Code + Debug + PartialEq>() {
        for (index, member) in T::ALL.iter().enumerate() {
            assert_eq!(usize::from(member.code()), index);
            assert_eq!(T::from_code(member.code()), Some(*member));
        }
        assert_eq!(T::from_code(u8::try_from(T::ALL.len()).unwrap()), None);
    }

    #[test]
    fn code_of_every_member_is_its_index() {
        check::<Outcome>();
        check::<Status>();
        check::<StartKind>();
        check::<EvidenceKind>();
        check::<Level>();
    }

    #[test]
    fn at_least_contains_the_level_and_more_severe_ones() {
        let mut mask = LevelMask::default();
        mask.add(Some(Level::Warn));
        assert_ne!(mask.0 & LevelMask::at_least(Level::Info).0, 0);
        assert_ne!(mask.0 & LevelMask::at_least(Level::Warn).0, 0);
        assert_eq!(mask.0 & LevelMask::at_least(Level::Error).0, 0);
    }

    #[test]
    fn missing_level_has_code_zero() {
        let mut mask = LevelMask::default();
        mask.add(None);
        assert_eq!((mask.0, level_from_code(level_code(None))), (1, None));
    }
}
