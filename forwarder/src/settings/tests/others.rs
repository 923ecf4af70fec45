//! The settings of the subscriber and the macro.

use std::collections::BTreeSet;

use super::*;
use crate::settings::{Changes, MACRO_SETTINGS, SUBSCRIBER_SETTINGS, Setting, Subscribing, Transforming};

fn environment_of(table: &'static [Setting], set: &[(&str, &str)]) -> Values {
    Values::of_variables(table, set.iter().map(|(name, text)| (name.into(), text.into())))
}

const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:tailwater";

#[test]
fn one_setting_is_enough_for_each() {
    let subscriber =
        environment_of(SUBSCRIBER_SETTINGS, &[("TAILWATER_SUBSCRIBE_DESTINATION_ARN", FUNCTION)]);
    let subscriber = Subscribing::read(&subscriber).unwrap();
    assert_eq!(
        (subscriber.destination_arn.as_str(), subscriber.filter_name.as_str()),
        (FUNCTION, "tailwater")
    );
    assert_eq!(subscriber.include, [LogGroups::StartingWith("/aws/lambda/".to_owned())]);
    assert_eq!((subscriber.exclude.len(), subscriber.tags.len(), subscriber.changes), (0, 0, Changes::Made));
    let transforming = environment_of(MACRO_SETTINGS, &[("TAILWATER_MACRO_DESTINATION_ARN", FUNCTION)]);
    let transforming = Transforming::read(&transforming).unwrap();
    assert_eq!((transforming.retention_days, transforming.log_format.as_str()), (30, "JSON"));
}

#[test]
fn what_is_wrong_is_told_at_once() {
    let set = [
        ("TAILWATER_SUBSCRIBE_ROLE_ARN", "role"),
        ("TAILWATER_SUBSCRIBE_TAGS", "team"),
        ("TAILWATER_SUBSCRIBE_DRY_RUN", "yes"),
        ("TAILWATER_SUBSCRIBE_INCLUDES", "x"),
        // The forwarder's, and none of the subscriber's business.
        ("TAILWATER_SINKS", "otlp"),
    ];
    let errors = Subscribing::read(&environment_of(SUBSCRIBER_SETTINGS, &set)).unwrap_err();
    insta::assert_snapshot!(errors, @"");
    let set = [("TAILWATER_MACRO_RETENTION_DAYS", "31"), ("TAILWATER_MACRO_LOG_FORMAT", "json")];
    let errors = Transforming::read(&environment_of(MACRO_SETTINGS, &set)).unwrap_err();
    insta::assert_snapshot!(errors, @"");
}

#[test]
fn tables_say_what_they_mean() {
    for table in [SUBSCRIBER_SETTINGS, MACRO_SETTINGS] {
        let names: BTreeSet<_> = table.iter().map(|setting| setting.name).collect();
        assert_eq!(names.len(), table.len(), "a name is there twice");
        assert!(table.iter().all(|setting| setting.doc.ends_with('.') && !setting.doc.contains('|')));
    }
}
