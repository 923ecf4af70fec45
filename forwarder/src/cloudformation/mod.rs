//! CloudFormation macro `Tailwater`: adds JSON logs, a log group with retention and a subscription filter to every
//! function of a template.
//!
//! The macro does no I/O: its response depends only on the request and its settings. Properties that a template sets
//! are kept.

mod config;
mod name;
mod options;
mod template;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::{
    config::Config,
    options::{InvalidOption, Options},
};

/// Request of CloudFormation to a macro. Its other members, such as account and region, are not used.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    request_id: String,
    /// The whole template, or, if `Fn::Transform` inside a template calls the macro, the siblings of that call.
    fragment: Value,
    /// Parameters of the macro call.
    #[serde(default)]
    params: Map<String, Value>,
    /// Values of the template's parameters.
    #[serde(default)]
    template_parameter_values: Map<String, Value>,
}

/// Response of a macro to CloudFormation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    request_id: String,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    fragment: Option<Value>,
    /// Reason of the failure. CloudFormation shows it to the user who deploys the template.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Success,
    Failure,
}

/// Error for an event that is not a request to a macro.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid event: expected a request of CloudFormation to a macro")]
pub struct InvalidRequest;

/// Transforms the template of a request and returns the response. `defaults` are used for options that a template
/// does not set. If an option is invalid, the response has the status `failure`.
///
/// # Errors
/// Returns an error if the event is not a request to a macro.
pub fn transform(event: Value, defaults: &Options) -> Result<Value, InvalidRequest> {
    let request: Request = serde_json::from_value(event).map_err(|_| InvalidRequest)?;
    let options =
        defaults.for_template(&request.params, &request.fragment, &request.template_parameter_values);
    let Request { request_id, mut fragment, .. } = request;
    let response = match options {
        Ok(options) => {
            template::subscribe(&mut fragment, &options);
            Response { request_id, status: Status::Success, fragment: Some(fragment), error_message: None }
        }
        Err(error) => {
            let error_message = Some(format!("Tailwater: {error}"));
            Response { request_id, status: Status::Failure, fragment: None, error_message }
        }
    };
    Ok(serde_json::to_value(&response).expect("a response of strings and JSON values is serializable"))
}
