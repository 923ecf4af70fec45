//! Classes of log lines by level: those of the platform, EMF documents, and the levels of the function's lines.

use serde::{Serialize, Serializer};
use tailwater_parser::Level;

/// Level of a line of a function, or what the line is instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LevelClass {
    /// Line of the platform, such as START and REPORT.
    Platform,
    /// Document in the embedded metric format.
    Emf,
    /// Line of the function without a level.
    Unleveled,
    /// Line of the function with this level.
    Level(Level),
}

impl LevelClass {
    /// All classes. The place of a class is its [`Self::index`].
    pub(super) const ALL: [Self; 9] = [
        Self::Platform,
        Self::Emf,
        Self::Unleveled,
        Self::Level(Level::Trace),
        Self::Level(Level::Debug),
        Self::Level(Level::Info),
        Self::Level(Level::Warn),
        Self::Level(Level::Error),
        Self::Level(Level::Fatal),
    ];

    /// Class of a line of this kind, which is the name of its type in records, and with this level.
    #[must_use]
    pub fn of(kind: &str, level: Option<Level>) -> Self {
        match kind {
            "emf" => Self::Emf,
            "app" | "text" => level.map_or(Self::Unleveled, Self::Level),
            _ => Self::Platform,
        }
    }

    pub(super) fn index(self) -> usize {
        Self::ALL.iter().position(|class| *class == self).unwrap_or(0)
    }

    /// Name in the JSON document.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Emf => "emf",
            Self::Unleveled => "none",
            Self::Level(level) => level.name(),
        }
    }

    /// True for TRACE and DEBUG.
    pub(super) fn is_debug(self) -> bool {
        matches!(self, Self::Level(Level::Trace | Level::Debug))
    }

    /// True if lines of the class may be left out without losing an error or what the platform tells.
    pub(super) fn is_droppable(self) -> bool {
        !matches!(self, Self::Platform | Self::Level(Level::Error | Level::Fatal))
    }
}

impl Serialize for LevelClass {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
