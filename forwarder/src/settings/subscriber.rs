//! Settings of the subscriber.

use super::{
    aws,
    kind::Kind,
    network,
    problem::Errors,
    program,
    reader::Reader,
    setting::{Setting, TypedSetting},
    source::Source,
};
use crate::{
    subscriber::{ChangeMode, Config},
    value::{self, LogGroupPattern, Tag, ValueError},
};

/// All settings of the subscriber: first those that only it has, then those that the forwarder has too.
pub const SUBSCRIBER_SETTINGS: &[Setting] = &[
    DESTINATION_ARN.setting,
    ROLE_ARN.setting,
    FILTER_NAME.setting,
    FILTER_PATTERN.setting,
    INCLUDE.setting,
    EXCLUDE.setting,
    TAGS.setting,
    DRY_RUN.setting,
    network::ALLOW_INSECURE.setting,
    network::CA_FILE.setting,
    network::HTTPS_PROXY.setting,
    network::NO_PROXY.setting,
    aws::REGION.setting,
    aws::DEFAULT_REGION.setting,
    aws::ACCESS_KEY_ID.setting,
    aws::SECRET_ACCESS_KEY.setting,
    aws::SESSION_TOKEN.setting,
    aws::PROFILE.setting,
    aws::SHARED_CREDENTIALS_FILE.setting,
    aws::CONFIG_FILE.setting,
    aws::ENDPOINT_URL.setting,
    program::RUST_LOG.setting,
];

const DESTINATION_ARN: TypedSetting<String> = Setting::new("TAILWATER_SUBSCRIBE_DESTINATION_ARN", Kind::Arn)
    .required()
    .doc("Destination of subscriptions: a function, a Kinesis stream or a Firehose; the only setting that has to be set.")
    .accepts(&["arn:aws:lambda:eu-west-1:123456789012:function:tailwater"])
    .rejects(&[("tailwater", ValueError::BadArn)])
    .parsed_by(value::arn);

const ROLE_ARN: TypedSetting<String> = Setting::new("TAILWATER_SUBSCRIBE_ROLE_ARN", Kind::Arn)
    .doc("Role that CloudWatch Logs assumes to write to a stream; not needed for a function.")
    .accepts(&["arn:aws:iam::123456789012:role/logs-to-kinesis"])
    .rejects(&[("role", ValueError::BadArn)])
    .parsed_by(value::arn);

const FILTER_NAME: TypedSetting<String> = Setting::new("TAILWATER_SUBSCRIBE_FILTER_NAME", Kind::Text)
    .default("tailwater")
    .doc("Name of the subscription filters; a filter of this name is kept as configured here, any other is left alone.")
    .accepts(&["tailwater"])
    .rejects(&[("a\tb", ValueError::ControlCharacter)])
    .parsed_by(value::text);

const FILTER_PATTERN: TypedSetting<String> = Setting::new("TAILWATER_SUBSCRIBE_FILTER_PATTERN", Kind::Text)
    .doc("Filter pattern of CloudWatch Logs for the events to forward; without it all events, which metrics need.")
    .accepts(&["?ERROR ?REPORT"])
    .rejects(&[("a\tb", ValueError::ControlCharacter)])
    .parsed_by(value::text);

const INCLUDE: TypedSetting<Vec<LogGroupPattern>> = Setting::new("TAILWATER_SUBSCRIBE_INCLUDE", Kind::List)
    .default("/aws/lambda/*")
    .doc("Log groups to subscribe; a `*` at the end of a name matches any rest.")
    .accepts(&["/aws/lambda/shop-*,/ecs/shop"])
    .rejects(&[(",", ValueError::EmptyItem)])
    .parsed_by(LogGroupPattern::read);

const EXCLUDE: TypedSetting<Vec<LogGroupPattern>> = Setting::new("TAILWATER_SUBSCRIBE_EXCLUDE", Kind::List)
    .doc("Log groups to leave out, besides the destination's and the subscriber's own.")
    .accepts(&["/aws/lambda/secret-*"])
    .rejects(&[(",", ValueError::EmptyItem)])
    .parsed_by(LogGroupPattern::read);

const TAGS: TypedSetting<Vec<Tag>> = Setting::new("TAILWATER_SUBSCRIBE_TAGS", Kind::Tags)
    .doc("Tags that a log group must have, all of them; without it, tags are not looked up.")
    .accepts(&["team:shop,stage:prod"])
    .rejects(&[("team", ValueError::NoColon)])
    .parsed_by(value::tags);

const DRY_RUN: TypedSetting<ChangeMode> = Setting::new("TAILWATER_SUBSCRIBE_DRY_RUN", Kind::Switch)
    .default("false")
    .doc("Changes nothing, and logs what would be changed.")
    .accepts(&["true", "false"])
    .rejects(&[("yes", ValueError::UnknownWord)])
    .parsed_by(|text| {
        value::switch(text).map(|is_dry| if is_dry { ChangeMode::DryRun } else { ChangeMode::Apply })
    });

/// Reads the settings of the subscriber.
///
/// # Errors
/// Returns all problems at once.
pub fn read_subscriber(source: &dyn Source) -> Result<Config, Errors> {
    Reader::read(source, assemble)
}

fn assemble(reader: &mut Reader<'_>) -> Option<Config> {
    network::plain_http(reader);
    let destination_arn = reader.value(&DESTINATION_ARN);
    let role_arn = reader.optional(&ROLE_ARN);
    let filter_name = reader.value(&FILTER_NAME);
    let filter_pattern = reader.optional(&FILTER_PATTERN).unwrap_or_default();
    let include = reader.value(&INCLUDE);
    let exclude = reader.optional(&EXCLUDE).unwrap_or_default();
    let tags = reader.optional(&TAGS).unwrap_or_default();
    let changes = reader.value(&DRY_RUN);
    let (network, aws, log_filter) =
        (network::network(reader), aws::config(reader), program::log_filter(reader));
    Some(Config {
        destination_arn: destination_arn?,
        role_arn,
        filter_name: filter_name?,
        filter_pattern,
        include: include?,
        exclude,
        tags,
        changes: changes?,
        network,
        aws,
        log_filter: log_filter?,
    })
}
