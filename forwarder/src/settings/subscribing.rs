//! The settings of the subscriber, a function of its own.

use super::{
    Errors, aws,
    kind::Kind,
    log_filter, network,
    reader::Reader,
    source::Source,
    table::{self, Setting},
};
use crate::{
    subscriber::{Changes, Config},
    value::{self, LogGroupPattern},
};

/// What the subscriber is set by: first its own, then what all programs have.
pub const SUBSCRIBER_SETTINGS: &[Setting] = &[
    DESTINATION_ARN,
    ROLE_ARN,
    FILTER_NAME,
    FILTER_PATTERN,
    INCLUDE,
    EXCLUDE,
    TAGS,
    DRY_RUN,
    table::ALLOW_INSECURE,
    table::CA_FILE,
    table::HTTPS_PROXY,
    table::NO_PROXY,
    table::AWS_REGION,
    table::AWS_DEFAULT_REGION,
    table::AWS_ACCESS_KEY_ID,
    table::AWS_SECRET_ACCESS_KEY,
    table::AWS_SESSION_TOKEN,
    table::AWS_PROFILE,
    table::AWS_SHARED_CREDENTIALS_FILE,
    table::AWS_CONFIG_FILE,
    table::AWS_ENDPOINT_URL,
    table::RUST_LOG,
];

const DESTINATION_ARN: Setting = Setting::new("TAILWATER_SUBSCRIBE_DESTINATION_ARN", Kind::Arn)
    .doc("What log groups are subscribed to: a function, a Kinesis stream or a Firehose; the one setting that has to be set.");
const ROLE_ARN: Setting = Setting::new("TAILWATER_SUBSCRIBE_ROLE_ARN", Kind::Arn)
    .doc("The role with which CloudWatch Logs writes to a stream; a function needs none.");
const FILTER_NAME: Setting = Setting::new("TAILWATER_SUBSCRIBE_FILTER_NAME", Kind::Text)
    .or("tailwater")
    .doc("What subscriptions are called; one of this name is kept as it is set, any other is left alone.");
const FILTER_PATTERN: Setting = Setting::new("TAILWATER_SUBSCRIBE_FILTER_PATTERN", Kind::Text)
    .doc("Which events are forwarded, in CloudWatch's pattern language; without it all, which metrics need.");
const INCLUDE: Setting = Setting::new("TAILWATER_SUBSCRIBE_INCLUDE", Kind::List)
    .or("/aws/lambda/*")
    .doc("Log groups to subscribe; `*` at the end of one stands for any rest.");
const EXCLUDE: Setting = Setting::new("TAILWATER_SUBSCRIBE_EXCLUDE", Kind::List)
    .doc("Log groups to leave out, besides the destination's and the subscriber's own.");
const TAGS: Setting = Setting::new("TAILWATER_SUBSCRIBE_TAGS", Kind::Tags)
    .doc("Tags that a log group has to carry, all of them; without it, tags are not asked for.");
const DRY_RUN: Setting = Setting::new("TAILWATER_SUBSCRIBE_DRY_RUN", Kind::Switch)
    .or("false")
    .doc("Changes nothing, and logs what would be subscribed.");

/// Reads the settings of the subscriber.
///
/// # Errors
/// Returns all problems at once.
pub fn read_subscriber(source: &dyn Source) -> Result<Config, Errors> {
    Reader::read(source, assemble)
}

fn assemble(reader: &mut Reader<'_>) -> Option<Config> {
    let destination_arn = reader.value(&DESTINATION_ARN, value::arn);
    let role_arn = reader.optional(&ROLE_ARN, value::arn);
    let filter_name = reader.value(&FILTER_NAME, value::text);
    let filter_pattern = reader.optional(&FILTER_PATTERN, value::text).unwrap_or_default();
    let include = reader.value(&INCLUDE, LogGroupPattern::read);
    let exclude = reader.optional(&EXCLUDE, LogGroupPattern::read).unwrap_or_default();
    let tags = reader.optional(&TAGS, value::tags).unwrap_or_default();
    let is_dry_run = reader.value(&DRY_RUN, value::switch);
    let (network, aws, log_filter) = (network(reader), aws::config(reader), log_filter(reader));
    Some(Config {
        destination_arn: destination_arn?,
        role_arn,
        filter_name: filter_name?,
        filter_pattern,
        include: include?,
        exclude,
        tags,
        changes: if is_dry_run? { Changes::Shown } else { Changes::Made },
        network,
        aws,
        log_filter: log_filter?,
    })
}
