//! Compares the invocations of a store with what AWS has measured, and explains differences.

use serde::Serialize;

use super::measured::Measured;

/// Reason for a difference between logs and metrics of a function, as far as the numbers tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// All numbers are the same.
    None,
    /// AWS counts invocations of a function that has no REPORT line in the store.
    NoReports,
    /// The store has fewer invocations.
    FewerInvocations,
    /// The store has more invocations.
    MoreInvocations,
    /// The invocations are the same, but the store has fewer errors.
    FewerErrors,
    /// The invocations are the same, but the store has more errors.
    MoreErrors,
    /// The counts are the same, but not the run time.
    OtherDuration,
}

/// Part of the run time by which both sides may differ: AWS rounds each invocation.
const TOLERANCE: u32 = 1_000;

impl Difference {
    /// Compares the numbers of a function.
    #[must_use]
    pub fn of(logs: Measured, aws: Measured) -> Self {
        if logs.invocations == 0 && aws.invocations > 0 {
            Self::NoReports
        } else if logs.invocations < aws.invocations {
            Self::FewerInvocations
        } else if logs.invocations > aws.invocations {
            Self::MoreInvocations
        } else if logs.errors < aws.errors {
            Self::FewerErrors
        } else if logs.errors > aws.errors {
            Self::MoreErrors
        } else if logs.duration.abs_diff(aws.duration) > aws.duration / TOLERANCE {
            Self::OtherDuration
        } else {
            Self::None
        }
    }

    /// Returns the explanation with what to do; empty if there is no difference.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        match self {
            Self::None => "",
            Self::NoReports => {
                "no REPORT line: its log group was not read, or its system log level is WARN, which suppresses them"
            }
            Self::FewerInvocations => {
                "lines are missing: times that were not pulled, a retention or rules that drop or sample, or a \
                 system log level that was changed"
            }
            Self::MoreInvocations => {
                "more REPORT lines than AWS counted: other regions or accounts with this name in the store, or \
                 invocations at the edge of the range, which AWS counts when they begin"
            }
            Self::FewerErrors => {
                "errors that left no line: the application log level or rules drop them, or they are handled errors \
                 of the text format"
            }
            Self::MoreErrors => "errors that AWS counts in another hour, or as failed events of a batch",
            Self::OtherDuration => "same counts, other run times: invocations at the edge of the range",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn check(logs: (u64, u64, u64), aws: (u64, u64, u64), expected: Difference) {
        let numbers = |(invocations, errors, ms): (u64, u64, u64)| Measured {
            invocations,
            errors,
            duration: Duration::from_millis(ms),
        };
        assert_eq!(Difference::of(numbers(logs), numbers(aws)), expected);
    }

    #[test]
    fn first_number_that_differs_is_explained() {
        check((5, 1, 10_000), (5, 1, 10_009), Difference::None);
        check((0, 0, 0), (5, 1, 9), Difference::NoReports);
        check((4, 1, 9), (5, 1, 9), Difference::FewerInvocations);
        check((6, 1, 9), (5, 1, 9), Difference::MoreInvocations);
        check((5, 0, 9), (5, 1, 9), Difference::FewerErrors);
        check((5, 2, 9), (5, 1, 9), Difference::MoreErrors);
        check((5, 1, 10_000), (5, 1, 10_011), Difference::OtherDuration);
        check((0, 0, 0), (0, 0, 0), Difference::None);
    }
}
