//! Error groups of a time range with what a list of invocations needs: versions, development over time, and members.

use std::fmt;

use tailwater_parser::UnixMillis;

use super::{ErrorGroup, Errors};
use crate::view::{index::InvocationId, insight::Window};

/// Number of parts of equal length that a time range is divided into for the occurrences over time.
pub const TIME_PARTS: usize = 24;

/// Number of a group. Its text are 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub(super) u64);

impl GroupId {
    /// Parses the text of an id: 16 hexadecimal digits.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let is_valid = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        u64::from_str_radix(text, 16).ok().filter(|_| is_valid).map(Self)
    }
}

impl fmt::Display for GroupId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

/// Occurrences of a group in one version of the function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionErrors {
    /// Name of the version; empty if it is unknown.
    pub version: String,
    /// Number of log lines; of failed invocations without a line, their REPORTs.
    pub events: u64,
    /// Number of invocations that failed with this error.
    pub failed_invocations: u64,
    /// Occurrences in each part of the time range: failed invocations, or lines of a group that ended none.
    pub over_time: [u32; TIME_PARTS],
    /// End and id of the latest failed invocation.
    pub latest: Option<(UnixMillis, InvocationId)>,
}

/// Errors of a time range, with the group of each failed invocation.
#[derive(Debug, Default)]
pub struct GroupedErrors {
    /// The groups.
    pub errors: Errors,
    /// Beginning of the time range that [`VersionErrors::over_time`] divides, and its last moment.
    pub span: Option<(UnixMillis, UnixMillis)>,
    /// Group of each failed invocation, ordered by invocation.
    groups: Vec<(InvocationId, GroupId)>,
}

impl GroupedErrors {
    pub(super) fn new(errors: Errors, window: Window, mut groups: Vec<(InvocationId, GroupId)>) -> Self {
        groups.sort_unstable();
        Self { errors, span: Some((window.from, window.to)), groups }
    }

    /// Group of an invocation; `None` if it did not fail.
    #[must_use]
    pub fn group_of(&self, invocation: InvocationId) -> Option<GroupId> {
        let at = self.groups.binary_search_by_key(&invocation, |(id, _)| *id).ok()?;
        self.groups.get(at).map(|(_, group)| *group)
    }

    /// Group of an invocation, with its numbers; `None` if it did not fail, or if its group is left out.
    #[must_use]
    pub fn group(&self, invocation: InvocationId) -> Option<&ErrorGroup> {
        let id = self.group_of(invocation)?;
        self.errors.groups.iter().find(|group| group.id == id)
    }
}

/// Part of a time range that a time is in.
pub(super) fn part_of(window: Window, time: UnixMillis) -> usize {
    let millis = u128::from(window.from.distance(time.max(window.from)));
    let length = u128::from(window.from.distance(window.to)) + 1;
    let parts = u128::try_from(TIME_PARTS).unwrap_or(1);
    usize::try_from(millis * parts / length).unwrap_or(usize::MAX).min(TIME_PARTS - 1)
}
