//! Tests of all declarations of settings: each is complete, and its examples are accepted or rejected as it says.

use std::collections::BTreeSet;

use super::*;
use crate::value::ValueError;

/// All settings that a program requires, for all programs together, with valid values.
const BASE: &[(&str, &str)] = &[
    ("TAILWATER_SINKS", "otlp,datadog,ndjson"),
    ("TAILWATER_SUBSCRIBE_DESTINATION_ARN", "arn:aws:lambda:eu-west-1:123456789012:function:tailwater"),
    ("TAILWATER_MACRO_DESTINATION_ARN", "arn:aws:lambda:eu-west-1:123456789012:function:tailwater"),
];

/// Settings of a program, with the function that reads them and returns the invalid values.
struct Program {
    settings: &'static [Setting],
    read: fn(&Values) -> Option<Errors>,
}

const PROGRAMS: [Program; 3] = [
    Program { settings: SETTINGS, read: |values| Settings::read(values).err() },
    Program { settings: SUBSCRIBER_SETTINGS, read: |values| read_subscriber(values).err() },
    Program { settings: MACRO_SETTINGS, read: |values| read_macro(values).err() },
];

impl Program {
    fn problems(&self, set: &[(&str, &str)]) -> Vec<Problem> {
        let variables = set.iter().map(|(name, text)| (name.into(), text.into()));
        let errors = (self.read)(&Values::of_variables(self.settings, variables));
        errors.map_or_else(Vec::new, |errors| errors.0)
    }

    /// Returns the errors of values if only this setting is set in addition to the required ones.
    fn invalid(&self, name: &str, text: &str) -> Vec<(String, ValueError)> {
        let base = BASE
            .iter()
            .filter(|(base, _)| *base != name && self.settings.iter().any(|setting| setting.name == *base));
        let set: Vec<_> = base.copied().chain([(name, text)]).collect();
        let problems = self.problems(&set).into_iter();
        let wrong = problems.filter_map(|problem| match problem.reason {
            Reason::Unreadable { wrong, .. } => Some((problem.name, wrong)),
            Reason::Unknown { .. }
            | Reason::Missing { .. }
            | Reason::File(_)
            | Reason::NoSinkForTraces
            | Reason::Regex(_)
            | Reason::Refused(_)
            | Reason::NotHere => None,
        });
        wrong.collect()
    }
}

#[test]
fn examples_are_read_or_rejected_as_declared() {
    for program in &PROGRAMS {
        for setting in program.settings {
            for text in setting.valid.iter().chain(&setting.default) {
                assert_eq!(program.invalid(setting.name, text), [], "{}: {text}", setting.name);
            }
            for (text, error) in setting.invalid {
                let expected = [(setting.name.to_owned(), *error)];
                assert_eq!(program.invalid(setting.name, text), expected, "{}: {text}", setting.name);
            }
        }
    }
}

#[test]
fn required_settings_are_reported_as_missing() {
    for program in &PROGRAMS {
        let problems = program.problems(&[]);
        let missing: Vec<_> = problems.iter().map(|problem| problem.name.as_str()).collect();
        let required: Vec<_> = program.settings.iter().filter(|setting| setting.is_required).collect();
        assert_eq!(missing, required.iter().map(|setting| setting.name).collect::<Vec<_>>());
        assert!(required.iter().all(|setting| setting.default.is_none()));
    }
}

#[test]
fn declarations_are_complete() {
    for program in &PROGRAMS {
        for setting in program.settings {
            assert!(setting.doc.ends_with('.') && !setting.doc.contains('|'), "{}", setting.name);
            assert!(!setting.valid.is_empty(), "{} has no example", setting.name);
            assert!(!setting.invalid.is_empty() || setting.name == CONFIG.name, "{}", setting.name);
        }
        let names: BTreeSet<_> = program.settings.iter().map(|setting| setting.name).collect();
        assert_eq!(names.len(), program.settings.len(), "duplicate name");
    }
}
