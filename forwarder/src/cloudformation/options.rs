//! Options of the macro. The settings define defaults, which a template can override.

use serde_json::{Map, Value};

use super::config::Config;
use crate::value::RETENTION_DAYS;

/// Values that the macro puts into a template. Each may be an intrinsic function, such as `{"Ref": …}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// ARN of the function or stream that log groups are subscribed to.
    pub destination_arn: Value,
    /// Role that CloudWatch Logs assumes to write to a stream; `None` if the destination is a function.
    pub role_arn: Option<Value>,
    /// Pattern of the events to forward; empty for all events.
    pub filter_pattern: Value,
    /// Retention in days of the log groups that the macro adds.
    pub retention_days: Value,
    /// Log format that the macro sets for functions: `JSON` or `Text`.
    pub log_format: Value,
}

/// Error in the options of a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOption {
    /// The value of an option is not allowed.
    #[error("invalid {name}: expected {expected}")]
    Value {
        /// Name of the option.
        name: &'static str,
        /// Description of the allowed values.
        expected: &'static str,
    },
    /// The template has an option with an unknown name.
    #[error(
        "unknown option {0}: expected DestinationArn, RoleArn, FilterPattern, RetentionDays or LogFormat"
    )]
    Unknown(String),
    /// Neither the template nor the settings name a destination.
    #[error("DestinationArn is missing: set it in the template or in the settings of the macro")]
    NoDestination,
}

const NAMES: [&str; 5] = ["DestinationArn", "RoleArn", "FilterPattern", "RetentionDays", "LogFormat"];

impl Options {
    /// Returns the options that the settings of the macro define for all templates.
    #[must_use]
    pub fn from_config(config: &Config) -> Self {
        Self {
            destination_arn: config.destination_arn.as_str().into(),
            role_arn: config.role_arn.as_deref().map(Value::from),
            filter_pattern: config.filter_pattern.as_str().into(),
            retention_days: config.retention_days.into(),
            log_format: config.log_format.as_str().into(),
        }
    }

    /// Returns the options for a template. The value of an option is the first that is set of: parameter of the
    /// macro call, member of `Metadata: {Tailwater: …}`, parameter of the template (`TailwaterDestinationArn` and so
    /// on), `self`. (A `Transform` section cannot pass parameters to a macro.)
    pub(super) fn for_template(
        &self,
        call: &Map<String, Value>,
        template: &Value,
        parameters: &Map<String, Value>,
    ) -> Result<Self, InvalidOption> {
        let metadata = template.get("Metadata").and_then(|metadata| metadata.get("Tailwater")?.as_object());
        let mut names = call.keys().chain(metadata.into_iter().flat_map(Map::keys));
        if let Some(unknown) = names.find(|name| !NAMES.contains(&name.as_str())) {
            return Err(InvalidOption::Unknown(unknown.chars().take(64).collect()));
        }
        let own = |name: &'static str| {
            let explicit = call.get(name).or_else(|| metadata?.get(name));
            explicit.or_else(|| parameters.get(&format!("Tailwater{name}"))).cloned()
        };
        let options = Self {
            destination_arn: own("DestinationArn").unwrap_or_else(|| self.destination_arn.clone()),
            role_arn: own("RoleArn").or_else(|| self.role_arn.clone()).filter(|role| !is_empty(role)),
            filter_pattern: own("FilterPattern").unwrap_or_else(|| self.filter_pattern.clone()),
            retention_days: own("RetentionDays").unwrap_or_else(|| self.retention_days.clone()),
            log_format: own("LogFormat").unwrap_or_else(|| self.log_format.clone()),
        };
        options.check()
    }

    /// Checks options whose values are literal. The results of intrinsic functions are not known before deployment.
    fn check(self) -> Result<Self, InvalidOption> {
        if is_empty(&self.destination_arn) {
            return Err(InvalidOption::NoDestination);
        }
        let days = self.retention_days.as_u64().or_else(|| self.retention_days.as_str()?.parse().ok());
        let is_known = days.is_some_and(|days| RETENTION_DAYS.contains(&days));
        if !is_known && !self.retention_days.is_object() {
            let expected = "a number of days that CloudWatch Logs supports: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365 …";
            return Err(InvalidOption::Value { name: "RetentionDays", expected });
        }
        if !matches!(self.log_format.as_str(), Some("JSON" | "Text")) {
            return Err(InvalidOption::Value { name: "LogFormat", expected: "JSON or Text" });
        }
        Ok(self)
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}
