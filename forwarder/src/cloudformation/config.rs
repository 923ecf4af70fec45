//! Configuration of the CloudFormation macro.

use crate::telemetry::log;

/// All settings of the macro: what it adds to templates that do not say it themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// What log groups are subscribed to.
    pub destination_arn: String,
    /// With what CloudWatch Logs writes to a stream; a function needs no role.
    pub role_arn: Option<String>,
    /// Which events are forwarded.
    pub filter_pattern: String,
    /// How long the log groups that are added keep their events.
    pub retention_days: u64,
    /// How functions log.
    pub log_format: String,
    /// How much is said of it.
    pub log_filter: log::Filter,
}
