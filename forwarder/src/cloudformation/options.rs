//! What the macro adds, where the template does not say it itself.

use serde_json::{Map, Value};

use crate::{cloudformation::Config, value::RETENTION_DAYS};

/// What is added. Each is a value of CloudFormation's, which may be one that is computed (`{"Ref": …}`).
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// What the log groups are subscribed to.
    pub destination_arn: Value,
    /// The role with which CloudWatch Logs writes to a stream; a function needs none.
    pub role_arn: Option<Value>,
    /// Which events are forwarded; an empty pattern is all.
    pub filter_pattern: Value,
    /// How long the log groups that are added keep their events.
    pub retention_days: Value,
    /// `JSON` or `Text`.
    pub log_format: Value,
}

/// An option of a template is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongOption {
    /// Its value is not among those that it can be.
    #[error("{name} is not {expected}")]
    Value {
        /// Its name.
        name: &'static str,
        /// What it can be.
        expected: &'static str,
    },
    /// There is no such option.
    #[error(
        "there is no option {0}: there are DestinationArn, RoleArn, FilterPattern, RetentionDays and LogFormat"
    )]
    Unknown(String),
    /// Nothing says where logs go.
    #[error("DestinationArn is missing")]
    NoDestination,
}

const NAMES: [&str; 5] = ["DestinationArn", "RoleArn", "FilterPattern", "RetentionDays", "LogFormat"];

impl Options {
    /// As set for all templates.
    #[must_use]
    pub fn of(settings: &Config) -> Self {
        Self {
            destination_arn: settings.destination_arn.as_str().into(),
            role_arn: settings.role_arn.as_deref().map(Value::from),
            filter_pattern: settings.filter_pattern.as_str().into(),
            retention_days: settings.retention_days.into(),
            log_format: settings.log_format.as_str().into(),
        }
    }

    /// These, but for what a template has of its own: in the call of the macro, else in `Metadata: {Tailwater: …}`, else
    /// as parameters of the template called `TailwaterDestinationArn` and so on. CloudFormation hands the parameters of
    /// a `Transform` section to nobody.
    pub(super) fn for_template(
        &self,
        call: &Map<String, Value>,
        template: &Value,
        parameters: &Map<String, Value>,
    ) -> Result<Self, WrongOption> {
        let metadata = template.get("Metadata").and_then(|metadata| metadata.get("Tailwater")?.as_object());
        let named = call.keys().chain(metadata.into_iter().flat_map(Map::keys));
        if let Some(unknown) = named.into_iter().find(|name| !NAMES.contains(&name.as_str())) {
            return Err(WrongOption::Unknown(unknown.chars().take(64).collect()));
        }
        let own = |name: &'static str| {
            let of_call = call.get(name).or_else(|| metadata?.get(name));
            of_call.or_else(|| parameters.get(&format!("Tailwater{name}"))).cloned()
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

    /// What is computed is not known before the stack is deployed, and is not checked.
    fn check(self) -> Result<Self, WrongOption> {
        if is_empty(&self.destination_arn) {
            return Err(WrongOption::NoDestination);
        }
        let days = self.retention_days.as_u64().or_else(|| self.retention_days.as_str()?.parse().ok());
        let is_known = days.is_some_and(|days| RETENTION_DAYS.contains(&days));
        if !is_known && !self.retention_days.is_object() {
            let expected = "a number of days that CloudWatch Logs takes: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365 …";
            return Err(WrongOption::Value { name: "RetentionDays", expected });
        }
        if !matches!(self.log_format.as_str(), Some("JSON" | "Text")) {
            return Err(WrongOption::Value { name: "LogFormat", expected: "JSON or Text" });
        }
        Ok(self)
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}
