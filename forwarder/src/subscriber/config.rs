//! Configuration of the subscriber.

use crate::{
    aws::AwsConfig,
    http::Network,
    telemetry::log,
    value::{LogGroupPattern, Tag},
};

/// All settings of the subscriber.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// ARN of the function or stream that log groups are subscribed to.
    pub destination_arn: String,
    /// Role that CloudWatch Logs assumes to write to a stream; a function needs none.
    pub role_arn: Option<String>,
    /// Name of our subscription filters. A filter with this name is replaced.
    pub filter_name: String,
    /// Pattern of the events to forward; empty for all events.
    pub filter_pattern: String,
    /// Log groups to subscribe.
    pub include: Vec<LogGroupPattern>,
    /// Log groups to leave out, even if they are in [`Self::include`].
    pub exclude: Vec<LogGroupPattern>,
    /// Tags that a log group must have, all of them.
    pub tags: Vec<Tag>,
    /// Mode of the run: changes are made, or only logged.
    pub changes: Changes,
    /// Network settings of the HTTP client.
    pub network: Network,
    /// Credentials, region and endpoint for AWS.
    pub aws: AwsConfig,
    /// Level filter of the subscriber's own log.
    pub log_filter: log::Filter,
}

/// Treatment of the changes that are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changes {
    /// They are made.
    Made,
    /// They are only logged (dry run).
    Shown,
}
