//! The CloudFormation macro `Tailwater`: gives every function of a template JSON logs, retention and a subscription.
//!
//! Pure: a request in, an answer out. What a template says itself is left as it is.

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
    options::{Options, WrongOption},
};

/// What CloudFormation asks. Members besides these tell where the template is deployed, which is no matter.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    request_id: String,
    /// The template, or, where the macro is called inside of one by `Fn::Transform`, what stands beside the call.
    fragment: Value,
    /// Of the call.
    #[serde(default)]
    params: Map<String, Value>,
    /// What the template's own parameters are.
    #[serde(default)]
    template_parameter_values: Map<String, Value>,
}

/// What CloudFormation is told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    request_id: String,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    fragment: Option<Value>,
    /// Shown to whoever deploys the template.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Success,
    Failure,
}

/// The event is no request of CloudFormation's to a macro.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event that is no request of CloudFormation's to a macro")]
pub struct NoRequest;

/// Answers a request; `settings` are the options that a template does not have.
///
/// # Errors
/// It is no request, so that nobody could be answered.
pub fn answer(event: Value, settings: &Options) -> Result<Value, NoRequest> {
    let request: Request = serde_json::from_value(event).map_err(|_| NoRequest)?;
    let options =
        settings.for_template(&request.params, &request.fragment, &request.template_parameter_values);
    let Request { request_id, mut fragment, .. } = request;
    let answer = match options {
        Ok(options) => {
            template::subscribe(&mut fragment, &options);
            Answer { request_id, status: Status::Success, fragment: Some(fragment), error_message: None }
        }
        Err(wrong) => {
            let error_message = Some(format!("Tailwater: {wrong}"));
            Answer { request_id, status: Status::Failure, fragment: None, error_message }
        }
    };
    Ok(serde_json::to_value(&answer).expect("JSON that came as JSON"))
}
