//! Configuration of the CloudFormation macro.

use crate::telemetry::log;

/// All settings of the macro: defaults of the options that a template does not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// ARN of the function or stream that log groups are subscribed to.
    pub destination_arn: String,
    /// Role that CloudWatch Logs assumes to write to a stream; a function needs none.
    pub role_arn: Option<String>,
    /// Pattern of the events to forward; empty for all events.
    pub filter_pattern: String,
    /// Retention of added log groups in days.
    pub retention_days: u64,
    /// Log format of functions: `JSON` or `Text`.
    pub log_format: String,
    /// Level filter of the macro's own log.
    pub log_filter: log::Filter,
}
