//! How an invocation ended: the REPORT's own word first, then the evidence of other lines.

use super::{
    evidence::{EXIT_ERROR, EvidenceKind, OUT_OF_MEMORY},
    invocation::{Invocation, Outcome},
};
use crate::line::{Report, Status};

/// How an invocation ended as far as its REPORT alone tells.
pub(super) fn reported_outcome(report: &Report<'_>) -> Outcome {
    match report.status {
        None | Some(Status::Success) => Outcome::Success,
        Some(Status::Error | Status::Failure) if ran_out_of_memory(report) => Outcome::OutOfMemory,
        Some(Status::Error | Status::Failure) => Outcome::Error,
        Some(Status::Timeout) => Outcome::Timeout,
        Some(Status::Unknown) => Outcome::Unknown,
    }
}

/// Says so, or exited with all of its memory in use: the kernel's killing shows as no more than an exit.
fn ran_out_of_memory(report: &Report<'_>) -> bool {
    match report.error_type.as_deref() {
        Some(OUT_OF_MEMORY) => true,
        Some(EXIT_ERROR) => report.memory_size.is_some() && report.max_memory_used >= report.memory_size,
        Some(_) | None => false,
    }
}

impl Outcome {
    /// True for every failed invocation, as AWS counts errors: timeouts and out-of-memory included.
    #[must_use]
    pub fn is_failure(self) -> bool {
        match self {
            Self::Error | Self::Timeout | Self::OutOfMemory => true,
            Self::Success | Self::Unknown => false,
        }
    }

    /// The word that records use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error => "error",
            Self::Timeout => "timeout",
            Self::OutOfMemory => "out_of_memory",
            Self::Unknown => "unknown",
        }
    }

    /// Which of two proven outcomes prevails. A timeout ends whatever else went wrong.
    fn strength(self) -> u8 {
        match self {
            Self::Success | Self::Unknown => 0,
            Self::Error => 1,
            Self::OutOfMemory => 2,
            Self::Timeout => 3,
        }
    }
}

impl Invocation {
    /// Applies what another line proves. Twice is as good as once, and the order in which evidence comes does not
    /// matter, so it may be gathered from anywhere.
    ///
    /// The status that the REPORT gives prevails; evidence tells the causes of an error apart, and stands for the
    /// status where there is none: then the strongest decides.
    pub fn weigh(&mut self, kind: EvidenceKind, error_type: Option<&str>) {
        let proven = kind.outcome();
        if !is_open_to(self.reported, proven) {
            return;
        }
        let (new, known) = (Reach::of(proven), Reach::of(self.outcome));
        let is_better = is_more_telling(error_type, self.error_type.as_deref());
        if new > known || (new == known && is_better) {
            self.error_type = error_type.map(Box::from);
        }
        if proven.strength() > self.outcome.strength() {
            self.outcome = proven;
        }
    }
}

/// Whether evidence can change an invocation that ended as `reported`.
fn is_open_to(reported: Option<Status>, proven: Outcome) -> bool {
    match reported {
        None => true,
        Some(Status::Error | Status::Failure) => matches!(proven, Outcome::Error | Outcome::OutOfMemory),
        Some(Status::Timeout) => proven == Outcome::Timeout,
        Some(Status::Success | Status::Unknown) => false,
    }
}

/// Outcomes whose error types explain each other: running out of memory shows as an error first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Nothing,
    Failed,
    TimedOut,
}

impl Reach {
    fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Success | Outcome::Unknown => Self::Nothing,
            Outcome::Error | Outcome::OutOfMemory => Self::Failed,
            Outcome::Timeout => Self::TimedOut,
        }
    }
}

/// Whether one error type of the same failure is to be kept rather than another.
pub(super) fn is_more_telling(new: Option<&str>, known: Option<&str>) -> bool {
    authority(new) > authority(known)
}

/// How much an error type tells: the platform's own word (`Runtime.ExitError`) over the function's
/// (`TypeError`), that over the platform's shrug (`Runtime.Unknown`). Equal ones go by the alphabet, so that the
/// choice never depends on what came first.
fn authority(error_type: Option<&str>) -> (u8, Option<&str>) {
    let rank = match error_type {
        None => 0,
        Some(name) if name.ends_with(".Unknown") => 1,
        Some(name) if !is_the_platforms(name) => 2,
        Some(_) => 3,
    };
    (rank, error_type)
}

fn is_the_platforms(name: &str) -> bool {
    ["Runtime.", "Function.", "Extension.", "Sandbox."].iter().any(|family| name.starts_with(family))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::*;
    use crate::{derive::invocation::tests::plain, units::MemoryMib};
    use EvidenceKind::{Exited, Killed, OutOfMemory, Seen, Timeout, Unhandled};

    fn reported(status: Option<Status>, error_type: &'static str, used: u32, size: u32) -> Outcome {
        reported_outcome(&Report {
            status,
            error_type: Some(Cow::Borrowed(error_type)),
            max_memory_used: Some(MemoryMib(used)),
            memory_size: Some(MemoryMib(size)),
            ..Report::default()
        })
    }

    /// What an invocation with the REPORT's `status` becomes by evidence of these kinds.
    fn check(status: Option<Status>, kinds: &[EvidenceKind], expected: Outcome) {
        let outcome = reported_outcome(&Report { status, ..Report::default() });
        let mut invocation = Invocation { reported: status, outcome, ..plain() };
        for kind in kinds {
            invocation.weigh(*kind, None);
        }
        assert_eq!(invocation.outcome, expected, "{status:?} {kinds:?}");
    }

    fn check_error_type(types: &[Option<&str>], expected: Option<&str>) {
        let mut invocation = plain();
        for error_type in types {
            invocation.weigh(Exited, *error_type);
        }
        assert_eq!(invocation.error_type.as_deref(), expected);
    }

    #[test]
    fn a_status_says_how_it_ended() {
        check(None, &[], Outcome::Success);
        check(Some(Status::Success), &[], Outcome::Success);
        check(Some(Status::Failure), &[], Outcome::Error);
        check(Some(Status::Error), &[], Outcome::Error);
        check(Some(Status::Timeout), &[], Outcome::Timeout);
        check(Some(Status::Unknown), &[], Outcome::Unknown);
    }

    #[test]
    fn out_of_memory_has_a_name() {
        assert_eq!(reported(Some(Status::Error), "Runtime.OutOfMemory", 90, 128), Outcome::OutOfMemory);
    }

    #[test]
    fn an_exit_with_all_memory_in_use_ran_out_of_it() {
        assert_eq!(reported(Some(Status::Error), "Runtime.ExitError", 129, 128), Outcome::OutOfMemory);
        assert_eq!(reported(Some(Status::Error), "Runtime.ExitError", 128, 128), Outcome::OutOfMemory);
        assert_eq!(reported(Some(Status::Error), "Runtime.ExitError", 127, 128), Outcome::Error);
        assert_eq!(reported(Some(Status::Error), "Runtime.ImportModuleError", 128, 128), Outcome::Error);
    }

    #[test]
    fn an_exit_of_unknown_memory_is_an_error() {
        let error_type = Some(Cow::Borrowed("Runtime.ExitError"));
        let report = Report { status: Some(Status::Error), error_type, ..Report::default() };
        assert_eq!(reported_outcome(&report), Outcome::Error);
    }

    #[test]
    fn without_a_status_the_strongest_evidence_decides() {
        check(None, &[Seen], Outcome::Success);
        check(None, &[Unhandled], Outcome::Error);
        check(None, &[Killed, Exited], Outcome::OutOfMemory);
        check(None, &[OutOfMemory], Outcome::OutOfMemory);
        check(None, &[Timeout, Killed, Unhandled], Outcome::Timeout);
    }

    #[test]
    fn a_reported_success_stays_one() {
        check(Some(Status::Success), &[Timeout, Killed, Unhandled], Outcome::Success);
    }

    #[test]
    fn a_reported_error_may_be_out_of_memory_but_no_timeout() {
        check(Some(Status::Error), &[Killed], Outcome::OutOfMemory);
        check(Some(Status::Failure), &[OutOfMemory], Outcome::OutOfMemory);
        check(Some(Status::Error), &[Unhandled, Timeout], Outcome::Error);
    }

    #[test]
    fn a_reported_timeout_stays_one() {
        check(Some(Status::Timeout), &[Killed, OutOfMemory], Outcome::Timeout);
        check(Some(Status::Unknown), &[Timeout], Outcome::Unknown);
    }

    #[test]
    fn the_platforms_error_type_is_kept() {
        check_error_type(&[Some("TypeError"), Some("Runtime.ExitError")], Some("Runtime.ExitError"));
        check_error_type(&[Some("TypeError"), Some("Runtime.Unknown"), None], Some("TypeError"));
    }

    #[test]
    fn a_timeout_is_not_explained_by_what_it_broke() {
        let mut invocation = plain();
        invocation.weigh(Exited, Some("Runtime.ExitError"));
        invocation.weigh(Timeout, None);
        assert_eq!((invocation.outcome, invocation.error_type), (Outcome::Timeout, None));
    }

    fn any_evidence() -> impl Strategy<Value = Vec<(EvidenceKind, Option<&'static str>)>> {
        let kind = prop::sample::select(vec![Seen, Unhandled, Exited, OutOfMemory, Killed, Timeout]);
        let names = vec![None, Some("A"), Some("B"), Some("Runtime.ExitError"), Some("Function.Unknown")];
        prop::collection::vec((kind, prop::sample::select(names)), 0..6)
    }

    fn any_status() -> impl Strategy<Value = Option<Status>> {
        use Status::{Error, Failure, Success, Timeout, Unknown};
        let words = [Success, Failure, Error, Timeout, Unknown].map(Some);
        prop::sample::select([&[None], words.as_slice()].concat())
    }

    proptest! {
        #[test]
        fn neither_order_nor_repetition_of_evidence_matters(status in any_status(), evidence in any_evidence()) {
            let weighed = |evidence: &mut dyn Iterator<Item = &(EvidenceKind, Option<&str>)>| {
                let outcome = reported_outcome(&Report { status, ..Report::default() });
                let mut invocation = Invocation { reported: status, outcome, ..plain() };
                evidence.for_each(|(kind, error_type)| invocation.weigh(*kind, *error_type));
                invocation
            };
            let once = weighed(&mut evidence.iter());
            prop_assert_eq!(&once, &weighed(&mut evidence.iter().rev()));
            prop_assert_eq!(&once, &weighed(&mut evidence.iter().chain(&evidence)));
        }
    }
}
