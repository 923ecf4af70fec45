//! The settings of the CloudFormation macro, a function of its own.

use super::{
    Errors,
    kind::Kind,
    log_filter,
    reader::Reader,
    source::Source,
    table::{self, Setting},
};
use crate::{cloudformation::Config, value};

/// What the macro is set by.
pub const MACRO_SETTINGS: &[Setting] = &[
    DESTINATION_ARN,
    ROLE_ARN,
    FILTER_PATTERN,
    RETENTION_DAYS,
    LOG_FORMAT,
    table::ALLOW_INSECURE,
    table::RUST_LOG,
];

const FORMATS: &[&str] = &["JSON", "Text"];

const DESTINATION_ARN: Setting = Setting::new("TAILWATER_MACRO_DESTINATION_ARN", Kind::Arn)
    .doc("What log groups are subscribed to: a function, a Kinesis stream or a Firehose; the one setting that has to be set.");
const ROLE_ARN: Setting = Setting::new("TAILWATER_MACRO_ROLE_ARN", Kind::Arn)
    .doc("The role with which CloudWatch Logs writes to a stream; a function needs none.");
const FILTER_PATTERN: Setting = Setting::new("TAILWATER_MACRO_FILTER_PATTERN", Kind::Text)
    .doc("Which events are forwarded, in CloudWatch's pattern language; without it all, which metrics need.");
const RETENTION_DAYS: Setting = Setting::new("TAILWATER_MACRO_RETENTION_DAYS", Kind::Retention)
    .or("30")
    .doc("How long the log groups that are added keep their events.");
const LOG_FORMAT: Setting = Setting::new("TAILWATER_MACRO_LOG_FORMAT", Kind::Word(FORMATS))
    .or("JSON")
    .doc("How functions log that do not say it.");

/// Reads the settings of the CloudFormation macro.
///
/// # Errors
/// Returns all problems at once.
pub fn read_macro(source: &dyn Source) -> Result<Config, Errors> {
    Reader::read(source, assemble)
}

fn assemble(reader: &mut Reader<'_>) -> Option<Config> {
    let destination_arn = reader.value(&DESTINATION_ARN, value::arn);
    let role_arn = reader.optional(&ROLE_ARN, value::arn);
    let filter_pattern = reader.optional(&FILTER_PATTERN, value::text).unwrap_or_default();
    let retention_days = reader.value(&RETENTION_DAYS, value::retention);
    let log_format = reader.value(&LOG_FORMAT, |text| value::one_of(text, FORMATS));
    let log_filter = log_filter(reader);
    Some(Config {
        destination_arn: destination_arn?,
        role_arn,
        filter_pattern,
        retention_days: retention_days?,
        log_format: log_format?,
        log_filter: log_filter?,
    })
}
