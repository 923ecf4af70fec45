//! Configuration of the CloudFormation macro.

use crate::telemetry::log;

/// Values of all settings of the macro: defaults of the options that a template does not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// ARN of the function or stream that log groups are subscribed to.
    pub destination_arn: String,
    /// Role that CloudWatch Logs assumes to write to a stream; `None` if the destination is a function.
    pub role_arn: Option<String>,
    /// Pattern of the events to forward; empty for all events.
    pub filter_pattern: String,
    /// Retention in days of the log groups that the macro adds.
    pub retention_days: u64,
    /// Log format that the macro sets for functions: `JSON` or `Text`.
    pub log_format: String,
    /// Level filter of the macro's own log.
    pub log_filter: log::Filter,
}
