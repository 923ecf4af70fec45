//! Tests of the settings of the subscriber and the macro.

use super::*;
use crate::{
    settings::{MACRO_SETTINGS, SUBSCRIBER_SETTINGS, Setting, read_macro, read_subscriber},
    subscriber::ChangeMode,
};

fn environment_of(table: &'static [Setting], set: &[(&str, &str)]) -> Values {
    Values::of_variables(table, set.iter().map(|(name, text)| (name.into(), text.into())))
}

const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:tailwater";

#[test]
fn destination_alone_is_enough_for_each() {
    let subscriber =
        environment_of(SUBSCRIBER_SETTINGS, &[("TAILWATER_SUBSCRIBE_DESTINATION_ARN", FUNCTION)]);
    let subscriber = read_subscriber(&subscriber).unwrap();
    assert_eq!(
        (subscriber.destination_arn.as_str(), subscriber.filter_name.as_str()),
        (FUNCTION, "tailwater")
    );
    assert_eq!(subscriber.include, [LogGroupPattern::StartingWith("/aws/lambda/".to_owned())]);
    assert_eq!(
        (subscriber.exclude.len(), subscriber.tags.len(), subscriber.changes),
        (0, 0, ChangeMode::Apply)
    );
    let transforming = environment_of(MACRO_SETTINGS, &[("TAILWATER_MACRO_DESTINATION_ARN", FUNCTION)]);
    let transforming = read_macro(&transforming).unwrap();
    assert_eq!((transforming.retention_days, transforming.log_format.as_str()), (30, "JSON"));
}

#[test]
fn all_problems_are_reported_at_once() {
    let set = [
        ("TAILWATER_SUBSCRIBE_ROLE_ARN", "role"),
        ("TAILWATER_SUBSCRIBE_TAGS", "team"),
        ("TAILWATER_SUBSCRIBE_DRY_RUN", "yes"),
        ("TAILWATER_SUBSCRIBE_INCLUDES", "x"),
        // A setting of the forwarder, which the subscriber does not have.
        ("TAILWATER_SINKS", "otlp"),
    ];
    let errors = read_subscriber(&environment_of(SUBSCRIBER_SETTINGS, &set)).unwrap_err();
    insta::assert_snapshot!(errors, @r#"
    TAILWATER_SUBSCRIBE_INCLUDES is not a setting; did you mean TAILWATER_SUBSCRIBE_INCLUDE? (in the environment)
    TAILWATER_SINKS is not a setting; `tailwater settings` lists all settings (in the environment)
    TAILWATER_SUBSCRIBE_DESTINATION_ARN is not set; expected an ARN such as arn:aws:lambda:eu-west-1:123456789012:function:tailwater
    TAILWATER_SUBSCRIBE_ROLE_ARN: `role` is not an ARN; expected an ARN such as arn:aws:lambda:eu-west-1:123456789012:function:tailwater (in the environment)
    TAILWATER_SUBSCRIBE_TAGS: `team` has an item without a colon, or without a key before it; expected tags such as team:shop,stage:prod (in the environment)
    TAILWATER_SUBSCRIBE_DRY_RUN: `yes` is not an allowed word; expected true or false (in the environment)
    "#);
    let set = [("TAILWATER_MACRO_RETENTION_DAYS", "31"), ("TAILWATER_MACRO_LOG_FORMAT", "json")];
    let errors = read_macro(&environment_of(MACRO_SETTINGS, &set)).unwrap_err();
    insta::assert_snapshot!(errors, @r#"
    TAILWATER_MACRO_DESTINATION_ARN is not set; expected an ARN such as arn:aws:lambda:eu-west-1:123456789012:function:tailwater
    TAILWATER_MACRO_RETENTION_DAYS: `31` is not a retention that CloudWatch Logs supports; expected a number of days that CloudWatch Logs supports, such as 7, 30 or 365 (in the environment)
    TAILWATER_MACRO_LOG_FORMAT: `json` is not an allowed word; expected one of JSON, Text (in the environment)
    "#);
}

#[test]
fn infra_readme_lists_every_setting_of_their_own() {
    let readme = include_str!("../../../../infra/README.md");
    let own = [SUBSCRIBER_SETTINGS, MACRO_SETTINGS].concat();
    for Setting { name, default, doc, .. } in own {
        let is_own = name.starts_with("TAILWATER_SUBSCRIBE_") || name.starts_with("TAILWATER_MACRO_");
        let default = default.map(|text| format!("`{text}`")).unwrap_or_default();
        let row = format!("| `{name}` | {default} | {doc} |");
        assert!(!is_own || readme.contains(&row), "infra/README.md lacks\n{row}");
    }
}
