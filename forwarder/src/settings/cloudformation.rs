//! Settings of the CloudFormation macro.

use super::{
    kind::Kind,
    network,
    problem::Errors,
    program,
    reader::Reader,
    setting::{Setting, TypedSetting},
    source::Source,
};
use crate::{
    cloudformation::Config,
    value::{self, ValueError},
};

/// All settings of the CloudFormation macro.
pub const MACRO_SETTINGS: &[Setting] = &[
    DESTINATION_ARN.setting,
    ROLE_ARN.setting,
    FILTER_PATTERN.setting,
    RETENTION_DAYS.setting,
    LOG_FORMAT.setting,
    network::ALLOW_INSECURE.setting,
    program::RUST_LOG.setting,
];

const FORMATS: &[&str] = &["JSON", "Text"];

const DESTINATION_ARN: TypedSetting<String> = Setting::new("TAILWATER_MACRO_DESTINATION_ARN", Kind::Arn)
    .required()
    .doc("Destination of subscriptions: a function, a Kinesis stream or a Firehose; the only setting that has to be set.")
    .accepts(&["arn:aws:lambda:eu-west-1:123456789012:function:tailwater"])
    .rejects(&[("arn:aws:lambda", ValueError::BadArn)])
    .parsed_by(value::arn);

const ROLE_ARN: TypedSetting<String> = Setting::new("TAILWATER_MACRO_ROLE_ARN", Kind::Arn)
    .doc("Role that CloudWatch Logs assumes to write to a stream; not needed for a function.")
    .accepts(&["arn:aws:iam::123456789012:role/logs-to-kinesis"])
    .rejects(&[("role", ValueError::BadArn)])
    .parsed_by(value::arn);

const FILTER_PATTERN: TypedSetting<String> = Setting::new("TAILWATER_MACRO_FILTER_PATTERN", Kind::Text)
    .doc("Filter pattern of CloudWatch Logs for the events to forward; without it all events, which metrics need.")
    .accepts(&["?ERROR ?REPORT"])
    .rejects(&[("a\tb", ValueError::ControlCharacter)])
    .parsed_by(value::text);

const RETENTION_DAYS: TypedSetting<u64> = Setting::new("TAILWATER_MACRO_RETENTION_DAYS", Kind::Retention)
    .default("30")
    .doc("Retention of the log groups that are added, in days.")
    .accepts(&["1", "365"])
    .rejects(&[("31", ValueError::BadRetention)])
    .parsed_by(value::retention);

const LOG_FORMAT: TypedSetting<String> = Setting::new("TAILWATER_MACRO_LOG_FORMAT", Kind::Word(FORMATS))
    .default("JSON")
    .doc("Log format of functions whose template does not choose one.")
    .accepts(FORMATS)
    .rejects(&[("json", ValueError::UnknownWord)])
    .parsed_by(|text| value::one_of(text, FORMATS));

/// Reads the settings of the CloudFormation macro.
///
/// # Errors
/// Returns all problems at once.
pub fn read_macro(source: &dyn Source) -> Result<Config, Errors> {
    Reader::read(source, assemble)
}

fn assemble(reader: &mut Reader<'_>) -> Option<Config> {
    network::plain_http(reader);
    let destination_arn = reader.value(&DESTINATION_ARN);
    let role_arn = reader.optional(&ROLE_ARN);
    let filter_pattern = reader.optional(&FILTER_PATTERN).unwrap_or_default();
    let retention_days = reader.value(&RETENTION_DAYS);
    let log_format = reader.value(&LOG_FORMAT);
    let log_filter = program::log_filter(reader);
    Some(Config {
        destination_arn: destination_arn?,
        role_arn,
        filter_pattern,
        retention_days: retention_days?,
        log_format: log_format?,
        log_filter: log_filter?,
    })
}
