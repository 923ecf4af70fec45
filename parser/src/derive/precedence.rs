//! Precedence of evidence: the outcome and error type that an invocation keeps when several lines disagree.

use super::{evidence::EvidenceKind, invocation::Invocation, outcome::Outcome};
use crate::line::Status;

impl Invocation {
    /// Applies evidence from another line. Neither repetition nor the order of evidence changes the result.
    ///
    /// A status in the REPORT takes precedence: evidence can then only turn an error into out of memory, or set a more
    /// specific error type for the same kind of failure. Without a status, the evidence with the most severe outcome
    /// decides: a timeout over out of memory, and that over any other error.
    pub fn apply_evidence(&mut self, kind: EvidenceKind, error_type: Option<&str>) {
        let proven = kind.outcome();
        if !can_change(self.reported, proven) {
            return;
        }
        let (new_class, known_class) = (FailureClass::of(proven), FailureClass::of(self.outcome));
        let is_better = is_more_specific(error_type, self.error_type.as_deref());
        if new_class > known_class || (new_class == known_class && is_better) {
            self.error_type = error_type.map(Box::from);
        }
        if proven.rank() > self.outcome.rank() {
            self.outcome = proven;
        }
    }
}

/// True if evidence of the outcome `proven` may change an invocation whose REPORT has the status `reported`.
fn can_change(reported: Option<Status>, proven: Outcome) -> bool {
    match reported {
        None => true,
        Some(Status::Error | Status::Failure) => matches!(proven, Outcome::Error | Outcome::OutOfMemory),
        Some(Status::Timeout) => proven == Outcome::Timeout,
        Some(Status::Success | Status::Unknown) => false,
    }
}

/// Class of outcomes: within one class the most specific error type is kept, and a higher class replaces it. Error and
/// out of memory are one class, because running out of memory may be reported as an error first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum FailureClass {
    NoFailure,
    Failed,
    TimedOut,
}

impl FailureClass {
    fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Success | Outcome::Unknown => Self::NoFailure,
            Outcome::Error | Outcome::OutOfMemory => Self::Failed,
            Outcome::Timeout => Self::TimedOut,
        }
    }
}

/// True if the error type `new` is to replace `known`, when both are about the same failure.
pub(super) fn is_more_specific(new: Option<&str>, known: Option<&str>) -> bool {
    specificity(new) > specificity(known)
}

/// Sort key of an error type; the greatest is kept. The platform's types (`Runtime.ExitError`) are above the function's
/// (`TypeError`), and those above the platform's `Runtime.Unknown`. Types of equal rank are ordered
/// alphabetically, so that the choice does not depend on the order of the lines.
fn specificity(error_type: Option<&str>) -> (u8, Option<&str>) {
    let rank = match error_type {
        None => 0,
        Some(name) if name.ends_with(".Unknown") => 1,
        Some(name) if !is_platform_type(name) => 2,
        Some(_) => 3,
    };
    (rank, error_type)
}

/// True for an error type of the platform, such as `Runtime.ExitError`.
pub(super) fn is_platform_type(name: &str) -> bool {
    ["Runtime.", "Function.", "Extension.", "Sandbox."].iter().any(|family| name.starts_with(family))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        derive::{invocation::tests::plain, outcome::reported_outcome},
        line::Report,
        units::MemoryMib,
    };
    use EvidenceKind::{DetailsOnly, Exited, Killed, OutOfMemory, Timeout, Unhandled};

    fn reported(status: Option<Status>, error_type: &'static str, used: u32, size: u32) -> Outcome {
        reported_outcome(&Report {
            status,
            error_type: Some(Cow::Borrowed(error_type)),
            max_memory_used: Some(MemoryMib(used)),
            memory_size: Some(MemoryMib(size)),
            ..Report::default()
        })
    }

    /// Applies evidence of these kinds to an invocation whose REPORT has `status`.
    fn check(status: Option<Status>, kinds: &[EvidenceKind], expected: Outcome) {
        let outcome = reported_outcome(&Report { status, ..Report::default() });
        let mut invocation = Invocation { reported: status, outcome, ..plain() };
        for kind in kinds {
            invocation.apply_evidence(*kind, None);
        }
        assert_eq!(invocation.outcome, expected, "{status:?} {kinds:?}");
    }

    fn check_error_type(types: &[Option<&str>], expected: Option<&str>) {
        let mut invocation = plain();
        for error_type in types {
            invocation.apply_evidence(Exited, *error_type);
        }
        assert_eq!(invocation.error_type.as_deref(), expected);
    }

    #[test]
    fn outcome_follows_the_reported_status() {
        check(None, &[], Outcome::Success);
        check(Some(Status::Success), &[], Outcome::Success);
        check(Some(Status::Failure), &[], Outcome::Error);
        check(Some(Status::Error), &[], Outcome::Error);
        check(Some(Status::Timeout), &[], Outcome::Timeout);
        check(Some(Status::Unknown), &[], Outcome::Unknown);
    }

    #[test]
    fn out_of_memory_error_type_is_out_of_memory() {
        assert_eq!(reported(Some(Status::Error), "Runtime.OutOfMemory", 90, 128), Outcome::OutOfMemory);
    }

    #[test]
    fn exit_with_all_memory_in_use_is_out_of_memory() {
        assert_eq!(reported(Some(Status::Error), "Runtime.ExitError", 129, 128), Outcome::OutOfMemory);
        assert_eq!(reported(Some(Status::Error), "Runtime.ExitError", 128, 128), Outcome::OutOfMemory);
        assert_eq!(reported(Some(Status::Error), "Runtime.ExitError", 127, 128), Outcome::Error);
        assert_eq!(reported(Some(Status::Error), "Runtime.ImportModuleError", 128, 128), Outcome::Error);
    }

    #[test]
    fn exit_without_memory_figures_is_an_error() {
        let error_type = Some(Cow::Borrowed("Runtime.ExitError"));
        let report = Report { status: Some(Status::Error), error_type, ..Report::default() };
        assert_eq!(reported_outcome(&report), Outcome::Error);
    }

    #[test]
    fn without_a_status_the_highest_ranked_evidence_decides() {
        check(None, &[DetailsOnly], Outcome::Success);
        check(None, &[Unhandled], Outcome::Error);
        check(None, &[Killed, Exited], Outcome::OutOfMemory);
        check(None, &[OutOfMemory], Outcome::OutOfMemory);
        check(None, &[Timeout, Killed, Unhandled], Outcome::Timeout);
    }

    #[test]
    fn reported_success_is_kept() {
        check(Some(Status::Success), &[Timeout, Killed, Unhandled], Outcome::Success);
    }

    #[test]
    fn reported_error_can_become_out_of_memory_but_not_timeout() {
        check(Some(Status::Error), &[Killed], Outcome::OutOfMemory);
        check(Some(Status::Failure), &[OutOfMemory], Outcome::OutOfMemory);
        check(Some(Status::Error), &[Unhandled, Timeout], Outcome::Error);
    }

    #[test]
    fn reported_timeout_and_unknown_are_kept() {
        check(Some(Status::Timeout), &[Killed, OutOfMemory], Outcome::Timeout);
        check(Some(Status::Unknown), &[Timeout], Outcome::Unknown);
    }

    #[test]
    fn platform_error_type_takes_precedence() {
        check_error_type(&[Some("TypeError"), Some("Runtime.ExitError")], Some("Runtime.ExitError"));
        check_error_type(&[Some("TypeError"), Some("Runtime.Unknown"), None], Some("TypeError"));
    }

    #[test]
    fn timeout_drops_the_error_type_of_another_failure() {
        let mut invocation = plain();
        invocation.apply_evidence(Exited, Some("Runtime.ExitError"));
        invocation.apply_evidence(Timeout, None);
        assert_eq!((invocation.outcome, invocation.error_type), (Outcome::Timeout, None));
    }

    fn any_evidence() -> impl Strategy<Value = Vec<(EvidenceKind, Option<&'static str>)>> {
        let kind = prop::sample::select(vec![DetailsOnly, Unhandled, Exited, OutOfMemory, Killed, Timeout]);
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
        fn order_and_repetition_of_evidence_do_not_matter(status in any_status(), evidence in any_evidence()) {
            let applied = |evidence: &mut dyn Iterator<Item = &(EvidenceKind, Option<&str>)>| {
                let outcome = reported_outcome(&Report { status, ..Report::default() });
                let mut invocation = Invocation { reported: status, outcome, ..plain() };
                evidence.for_each(|(kind, error_type)| invocation.apply_evidence(*kind, *error_type));
                invocation
            };
            let once = applied(&mut evidence.iter());
            prop_assert_eq!(&once, &applied(&mut evidence.iter().rev()));
            prop_assert_eq!(&once, &applied(&mut evidence.iter().chain(&evidence)));
        }
    }
}
