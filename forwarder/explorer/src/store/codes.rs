//! The numbers that stand for the parser's enums in the file. They never change; new ones are added at the end.

use tailwater_parser::{
    Level,
    derive::{EvidenceKind, Outcome, StartKind},
    line::Status,
};

/// An enum whose members have numbers in the file.
pub(super) trait Code: Copy + 'static {
    /// Every member, at the place of its number.
    const ALL: &'static [Self];

    /// Its number.
    fn code(self) -> u8;

    /// The member of a number.
    fn of(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }
}

/// A larger number is a stronger finding: of two about one invocation, the larger is kept.
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

/// A larger number is known from more lines: of two about one invocation, the larger is kept.
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

impl Code for EvidenceKind {
    const ALL: &'static [Self] =
        &[Self::Seen, Self::Unhandled, Self::Exited, Self::OutOfMemory, Self::Killed, Self::Timeout];

    fn code(self) -> u8 {
        match self {
            Self::Seen => 0,
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

/// The levels that occur in a block: bit 0 for lines without one, then one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LevelMask(pub(super) u8);

impl LevelMask {
    pub(super) fn add(&mut self, level: Option<Level>) {
        self.0 |= 1 << level_code(level);
    }

    /// `level` and every more serious one.
    pub(super) fn from_level(level: Level) -> Self {
        Self(u8::MAX << level_code(Some(level)))
    }
}

/// 0 for none, else the level's number and one.
pub(super) fn level_code(level: Option<Level>) -> u8 {
    level.map_or(0, |level| level.code() + 1)
}

/// The level of a [`level_code`]; a number this version does not know is none.
pub(super) fn level_of(code: u8) -> Option<Level> {
    code.checked_sub(1).and_then(Level::of)
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;

    fn check<T: Code + Debug + PartialEq>() {
        for (place, member) in T::ALL.iter().enumerate() {
            assert_eq!(usize::from(member.code()), place);
            assert_eq!(T::of(member.code()), Some(*member));
        }
        assert_eq!(T::of(u8::try_from(T::ALL.len()).unwrap()), None);
    }

    #[test]
    fn every_member_is_at_the_place_of_its_number() {
        check::<Outcome>();
        check::<Status>();
        check::<StartKind>();
        check::<EvidenceKind>();
        check::<Level>();
    }

    #[test]
    fn a_mask_of_a_level_holds_it_and_the_worse_ones() {
        let mut mask = LevelMask::default();
        mask.add(Some(Level::Warn));
        assert_ne!(mask.0 & LevelMask::from_level(Level::Info).0, 0);
        assert_ne!(mask.0 & LevelMask::from_level(Level::Warn).0, 0);
        assert_eq!(mask.0 & LevelMask::from_level(Level::Error).0, 0);
    }

    #[test]
    fn a_line_without_level_is_below_all() {
        let mut mask = LevelMask::default();
        mask.add(None);
        assert_eq!((mask.0, level_of(level_code(None))), (1, None));
    }
}
