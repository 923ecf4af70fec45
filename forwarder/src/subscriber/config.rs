//! Configuration of the subscriber.

use crate::{
    aws::AwsConfig,
    http::Network,
    telemetry::log,
    value::{LogGroupPattern, Tag},
};

/// Values of all settings of the subscriber.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// ARN of the function or stream that log groups are subscribed to.
    pub destination_arn: String,
    /// Role that CloudWatch Logs assumes to write to a stream; `None` if the destination is a function.
    pub role_arn: Option<String>,
    /// Name of the subscriber's filters. An existing filter with this name is replaced.
    pub filter_name: String,
    /// Pattern of the events to forward; empty for all events.
    pub filter_pattern: String,
    /// Names or prefixes of the log groups to subscribe.
    pub include: Vec<LogGroupPattern>,
    /// Log groups to leave out, even if they are in [`Self::include`].
    pub exclude: Vec<LogGroupPattern>,
    /// Tags that a log group must have to be subscribed; all of them are required.
    pub tags: Vec<Tag>,
    /// Mode of the run: needed changes are made, or only logged.
    pub changes: ChangeMode,
    /// Network settings of the HTTP client.
    pub network: Network,
    /// Credentials, region and endpoint for AWS.
    pub aws: AwsConfig,
    /// Level filter of the subscriber's own log.
    pub log_filter: log::Filter,
}

/// Mode of a run of the subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeMode {
    /// Needed changes are made.
    Apply,
    /// Needed changes are only logged.
    DryRun,
}
