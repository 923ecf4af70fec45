//! The CloudFormation macro: the real function transforms templates, and the results are valid.

use std::{
    io::{self, Write as _},
    process::Command,
    time::Duration,
};

use serde_json::{Value, json};
use tests::{binary, lambda::Lambda, process::Program, runtime_api::Answer, source::read};

const DESTINATION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:tailwater";

fn program() -> Program {
    Program::new(binary::macro_binary()).env("TAILWATER_MACRO_DESTINATION_ARN", DESTINATION)
}

/// Returns the answer of the function to one event.
fn invoke(program: Program, event: &Value) -> Answer {
    let mut lambda = Lambda::new(program, Duration::from_secs(10));
    let run = lambda.invoke_once("r1", event.to_string().as_bytes());
    let history = lambda.finish();
    assert_eq!(history.violations, [""; 0]);
    run.answer
}

/// Transforms a template of `tests/templates`; returns it and the result.
fn transform(name: &str) -> (Value, Value) {
    let template: Value =
        serde_json::from_str(&read(&format!("tests/templates/{name}.json"))).expect("the template is JSON");
    let event = json!({
        "region": "eu-west-1", "accountId": "123456789012", "transformId": "123456789012::Tailwater",
        "requestId": "a1", "params": {}, "templateParameterValues": {}, "fragment": template,
    });
    let answer = invoke(program(), &event);
    let answer: Value = serde_json::from_slice(answer.response().expect("the function responds"))
        .expect("the response is JSON");
    assert_eq!((&answer["requestId"], &answer["status"]), (&json!("a1"), &json!("success")));
    (template, answer["fragment"].clone())
}

/// Returns the ids of resources that only the second template has.
fn added(before: &Value, after: &Value) -> Vec<String> {
    let after = after["Resources"].as_object().expect("a template has resources");
    after.keys().filter(|id| before["Resources"].get(id.as_str()).is_none()).cloned().collect()
}

/// Checks a template with AWS's linter, if it is installed.
fn check_valid(template: &Value) {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let path = folder.path().join("template.json");
    std::fs::write(&path, template.to_string()).expect("the file can be written");
    match Command::new("cfn-lint").arg("--regions").arg("eu-west-1").arg("--").arg(&path).output() {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(
                output.status.success(),
                "{text}{}\n{template:#}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Err(error) => {
            let _ = writeln!(
                io::stderr(),
                "SKIPPED: cfn-lint is not installed, so a template was not checked: {error}"
            );
        }
    }
}

#[test]
fn functions_without_logging_configuration_get_log_group_and_subscription() {
    let (before, after) = transform("plain");
    assert_eq!(
        added(&before, &after),
        ["OrdersLogs", "OrdersSubscription", "ReportsLogs", "ReportsSubscription"]
    );
    assert_eq!(after["Resources"]["ReportsSubscription"]["Condition"], "IsProduction");
    assert_eq!(after["Resources"]["OrdersLogs"]["Properties"]["RetentionInDays"], 30);
    assert_eq!(after["Resources"]["Quiet"], before["Resources"]["Quiet"]);
    check_valid(&before);
    check_valid(&after);
}

#[test]
fn log_groups_of_the_template_are_subscribed_unchanged() {
    let (before, after) = transform("groups");
    assert_eq!(added(&before, &after), ["CheckoutSubscription", "FirstSubscription", "PaymentSubscription"]);
    let subscription = &after["Resources"]["PaymentSubscription"]["Properties"];
    assert_eq!(subscription["LogGroupName"], json!({"Ref": "PaymentGroup"}));
    assert_eq!(subscription["DestinationArn"], json!({"Fn::ImportValue": "tailwater-stream"}));
    assert_eq!(subscription["RoleArn"], json!({"Fn::ImportValue": "tailwater-writer"}));
    assert_eq!(after["Resources"]["CheckoutGroup"], before["Resources"]["CheckoutGroup"]);
    check_valid(&after);
}

#[test]
fn sam_template_stays_a_sam_template() {
    let (before, after) = transform("sam");
    assert_eq!(
        added(&before, &after),
        ["HelloLogs", "HelloSubscription", "ResizeLogs", "ResizeSubscription"]
    );
    assert_eq!(after["Resources"]["Hello"]["Properties"]["LoggingConfig"]["LogFormat"], "JSON");
    assert_eq!(after["Resources"]["Resize"]["Properties"]["LoggingConfig"]["LogFormat"], "Text");
    assert_eq!(after["Resources"]["Table"], before["Resources"]["Table"]);
    check_valid(&after);
}

#[test]
fn errors_are_reported_in_the_response() {
    let event = json!({"requestId": "a1", "fragment": {"Metadata": {"Tailwater": {"RetentionDays": 31}}}});
    let answer = invoke(program(), &event);
    let answer: Value = serde_json::from_slice(answer.response().expect("the function responds"))
        .expect("the response is JSON");
    assert_eq!(answer["status"], "failure");
    assert!(answer["errorMessage"].as_str().is_some_and(|text| text.contains("RetentionDays")), "{answer}");
    let Answer::Error { body, .. } = invoke(program(), &json!({"fragment": "c4n4ry"})) else {
        panic!("an invalid event is not an error");
    };
    let body = String::from_utf8_lossy(&body);
    assert!(body.contains("Tailwater.Failed") && !body.contains("c4n4ry"), "{body}");
}

#[test]
fn function_does_not_start_without_required_settings() {
    let mut lambda = Lambda::new(Program::new(binary::macro_binary()), Duration::from_secs(10));
    let answer = lambda.invoke_once("r1", b"{}").answer;
    assert!(matches!(answer, Answer::InitFailed(_) | Answer::ProcessExited), "{answer:?}");
    let history = lambda.finish();
    let printed = String::from_utf8_lossy(&history.output.stderr).into_owned();
    assert!(printed.contains("TAILWATER_MACRO_DESTINATION_ARN is not set"), "{printed}");
}
