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
    /// What log groups are subscribed to.
    pub destination_arn: String,
    /// With what CloudWatch Logs writes to a stream; a function needs no role.
    pub role_arn: Option<String>,
    /// What subscriptions are called. One of this name is ours.
    pub filter_name: String,
    /// Which events are forwarded.
    pub filter_pattern: String,
    /// Log groups to subscribe.
    pub include: Vec<LogGroupPattern>,
    /// Of those, the ones to leave out.
    pub exclude: Vec<LogGroupPattern>,
    /// What a log group has to carry.
    pub tags: Vec<Tag>,
    /// What is done with changes.
    pub changes: Changes,
    /// How the world outside is reached.
    pub network: Network,
    /// As whom and where AWS's services are used.
    pub aws: AwsConfig,
    /// How much is said of it.
    pub log_filter: log::Filter,
}

/// What is done with changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changes {
    /// They are made.
    Made,
    /// They are told, and nothing is made.
    Shown,
}
