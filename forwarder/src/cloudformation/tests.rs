use serde_json::json;

use super::*;

fn defaults() -> Options {
    Options {
        destination_arn: json!("arn:aws:lambda:eu-west-1:123456789012:function:tailwater"),
        role_arn: None,
        filter_pattern: json!(""),
        retention_days: json!(30),
        log_format: json!("JSON"),
    }
}

/// Returns the template after the transformation.
fn transformed(template: &Value) -> Value {
    let request = json!({
        "region": "eu-west-1", "accountId": "123456789012", "transformId": "123456789012::Tailwater",
        "requestId": "r1", "params": {}, "templateParameterValues": {}, "fragment": template,
    });
    let mut response = transform(request, &defaults()).unwrap();
    assert_eq!((&response["requestId"], &response["status"]), (&json!("r1"), &json!("success")));
    response["fragment"].take()
}

/// Returns the logical ids of the resources that the transformation adds.
fn added(resources: &Value) -> Vec<String> {
    let after = transformed(&json!({"Resources": resources}));
    let after = after["Resources"].as_object().unwrap();
    after.keys().filter(|id| resources.get(id.as_str()).is_none()).cloned().collect()
}

#[test]
fn function_gets_a_log_group_and_a_subscription_filter() {
    for kind in ["AWS::Lambda::Function", "AWS::Serverless::Function"] {
        let function = json!({"Type": kind, "Condition": "IsProduction", "Properties": {"Handler": "a.b"}});
        assert_eq!(
            transformed(&json!({"Resources": {"Orders": function}, "Outputs": {}})),
            json!({
                "Resources": {
                    "Orders": {"Type": kind, "Condition": "IsProduction", "Properties": {
                        "Handler": "a.b", "LoggingConfig": {"LogGroup": {"Ref": "OrdersLogs"}, "LogFormat": "JSON"},
                    }},
                    "OrdersLogs": {
                        "Type": "AWS::Logs::LogGroup", "Condition": "IsProduction",
                        "DeletionPolicy": "Delete", "UpdateReplacePolicy": "Retain",
                        "Properties": {
                            "LogGroupName": {"Fn::Sub": "/aws/lambda/${AWS::StackName}/Orders"},
                            "RetentionInDays": 30,
                        },
                    },
                    "OrdersSubscription": {
                        "Type": "AWS::Logs::SubscriptionFilter", "Condition": "IsProduction",
                        "Properties": {
                            "FilterName": "tailwater", "LogGroupName": {"Ref": "OrdersLogs"}, "FilterPattern": "",
                            "DestinationArn": "arn:aws:lambda:eu-west-1:123456789012:function:tailwater",
                        },
                    },
                },
                "Outputs": {},
            })
        );
    }
}

#[test]
fn transformation_is_idempotent() {
    let once = transformed(&json!({"Resources": {"Orders": {"Type": "AWS::Serverless::Function"}}}));
    assert_eq!(transformed(&once), once);
}

#[test]
fn existing_log_group_is_subscribed() {
    let function =
        |name: &Value| json!({"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": name}});
    let group = |name: &Value| json!({"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}});
    for (name, group_name) in [
        (json!("orders"), json!("/aws/lambda/orders")),
        (json!("orders"), json!({"Fn::Sub": "/aws/lambda/${Orders}"})),
        (
            json!({"Fn::Sub": "${Stage}-orders"}),
            json!({"Fn::Join": ["", ["/aws/lambda/", {"Ref": "Stage"}, "-orders"]]}),
        ),
        (json!({"Ref": "Name"}), json!({"Fn::Sub": ["/aws/lambda/${N}", {"N": {"Ref": "Name"}}]})),
    ] {
        let resources = json!({"Orders": function(&name), "Mine": group(&group_name)});
        assert_eq!(added(&resources), ["OrdersSubscription"], "{name} {group_name}");
        let after = transformed(&json!({"Resources": resources}));
        assert_eq!(
            after["Resources"]["OrdersSubscription"]["Properties"]["LogGroupName"],
            json!({"Ref": "Mine"})
        );
        assert_eq!(after["Resources"]["Mine"], group(&group_name), "the log group is not changed");
        let logging = &after["Resources"]["Orders"]["Properties"]["LoggingConfig"];
        assert_eq!(logging, &json!({"LogFormat": "JSON"}), "a LogGroup would be a circular dependency");
    }
    let other = json!({"Orders": function(&json!("orders")), "Mine": group(&json!("/aws/lambda/other"))});
    assert_eq!(added(&other), ["OrdersLogs", "OrdersSubscription"]);
}

#[test]
fn configured_log_group_is_subscribed_once() {
    let function = |group: &Value, format: &str| json!({"Type": "AWS::Serverless::Function", "Properties": {"LoggingConfig": {"LogGroup": group, "LogFormat": format}}});
    let shared = json!({
        "A": function(&json!("/shared"), "Text"), "B": function(&json!("/shared"), "JSON"),
        "C": function(&json!({"Ref": "Own"}), "JSON"), "Own": {"Type": "AWS::Logs::LogGroup"},
    });
    assert_eq!(added(&shared), ["ASubscription", "CSubscription"], "the shared group has one filter");
    let after = transformed(&json!({"Resources": shared}));
    assert_eq!(after["Resources"]["A"], shared["A"]);
    assert_eq!(after["Resources"]["ASubscription"]["Properties"]["LogGroupName"], "/shared");
    let maybe = json!({"Fn::If": ["HasGroup", "/shared", {"Ref": "AWS::NoValue"}]});
    assert_eq!(added(&json!({"A": function(&maybe, "JSON")})), [""; 0]);
}

#[test]
fn sam_globals_apply_to_all_functions() {
    let template = json!({
        "Globals": {"Function": {"LoggingConfig": {"LogGroup": "/shared", "LogFormat": "Text"}}},
        "Resources": {"A": {"Type": "AWS::Serverless::Function"}, "B": {"Type": "AWS::Serverless::Function"}},
    });
    let after = transformed(&template);
    assert_eq!(after["Resources"]["A"], template["Resources"]["A"]);
    assert_eq!(after["Resources"].as_object().unwrap().len(), 3);
}

#[test]
fn other_filters_count_towards_the_quota() {
    let filter = |name: &str, destination: &str| {
        json!({"Type": "AWS::Logs::SubscriptionFilter", "Properties": {
            "FilterName": name, "DestinationArn": destination, "LogGroupName": {"Fn::Sub": "/aws/lambda/${Orders}"}, "FilterPattern": ""}})
    };
    let with = |filters: &[Value]| {
        let mut resources = json!({
            "Orders": {"Type": "AWS::Lambda::Function"},
            "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": {"Fn::Sub": "/aws/lambda/${Orders}"}}},
        });
        for (index, filter) in filters.iter().enumerate() {
            resources[format!("Filter{index}")] = filter.clone();
        }
        added(&resources).len()
    };
    assert_eq!(with(&[filter("a", "arn:1")]), 1);
    assert_eq!(with(&[filter("a", "arn:1"), filter("b", "arn:2")]), 0, "the quota is used up");
    assert_eq!(with(&[filter("a", "arn:aws:lambda:eu-west-1:123456789012:function:tailwater")]), 0);
    assert_eq!(with(&[filter("tailwater", "arn:1")]), 0);
}

#[test]
fn destination_excluded_functions_and_other_resources_are_not_changed() {
    let own = json!({"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "tailwater"}});
    assert_eq!(added(&json!({"Forwarder": own})), [""; 0]);
    for switch in [json!(false), json!("False")] {
        let function = json!({"Type": "AWS::Lambda::Function", "Metadata": {"Tailwater": switch}});
        assert_eq!(added(&json!({"A": function})), [""; 0]);
    }
    let others = json!({"Topic": {"Type": "AWS::SNS::Topic"}, "Fn::ForEach::X": ["x", [], {}], "Odd": 5, "Odder": {"Type": []}});
    assert_eq!(transformed(&json!({"Resources": others})), json!({"Resources": others}));
}

#[test]
fn used_logical_ids_are_avoided() {
    let taken = json!({"A": {"Type": "AWS::Lambda::Function"}, "ALogs": {"Type": "AWS::SNS::Topic"}});
    assert_eq!(added(&taken), ["ALogs2", "ASubscription"]);
}

/// Returns the response for a template with options in the macro call, in its metadata and in its parameters.
fn with_options(params: &Value, metadata: &Value, values: &Value) -> Value {
    let request = json!({
        "requestId": "r1", "params": params, "templateParameterValues": values,
        "fragment": {"Metadata": {"Tailwater": metadata}, "Resources": {"A": {"Type": "AWS::Lambda::Function"}}},
    });
    transform(request, &defaults()).unwrap()
}

#[test]
fn options_of_a_template_override_the_defaults() {
    let metadata =
        json!({"DestinationArn": {"Fn::ImportValue": "stream"}, "RoleArn": "role", "LogFormat": "Text"});
    let values = json!({"TailwaterDestinationArn": "other", "TailwaterRetentionDays": "7", "Stage": "test"});
    let response = with_options(&json!({"FilterPattern": "ERROR"}), &metadata, &values);
    let resources = &response["fragment"]["Resources"];
    assert_eq!(
        resources["ASubscription"]["Properties"],
        json!({"FilterName": "tailwater", "LogGroupName": {"Ref": "ALogs"}, "FilterPattern": "ERROR", "RoleArn": "role",
            "DestinationArn": {"Fn::ImportValue": "stream"}})
    );
    assert_eq!(resources["ALogs"]["Properties"]["RetentionInDays"], "7");
    assert_eq!(resources["A"]["Properties"]["LoggingConfig"], json!({"LogGroup": {"Ref": "ALogs"}}));
}

#[test]
fn invalid_options_fail_the_deployment() {
    let failed = |metadata: &Value, expected: &str| {
        let response = with_options(&json!({}), metadata, &json!({}));
        assert_eq!(response["status"], "failure");
        assert_eq!(response.get("fragment"), None);
        assert!(response["errorMessage"].as_str().unwrap().contains(expected), "{response}");
    };
    failed(&json!({"RetentionDays": 31}), "invalid RetentionDays: expected a number of days");
    failed(&json!({"LogFormat": "json"}), "invalid LogFormat: expected JSON or Text");
    failed(&json!({"Retention": 30}), "unknown option Retention:");
    failed(&json!({"DestinationArn": ""}), "DestinationArn is missing");
}

#[test]
fn call_inside_a_template_transforms_its_siblings() {
    let request = json!({"requestId": "r1", "params": {"RetentionDays": 7}, "fragment": {"A": {"Type": "AWS::Lambda::Function"}}});
    let response = transform(request, &defaults()).unwrap();
    assert_eq!(response["fragment"]["ALogs"]["Properties"]["RetentionInDays"], 7);
}

#[test]
fn other_events_are_rejected() {
    for event in [json!({}), json!(null), json!({"requestId": 5, "fragment": {}})] {
        assert_eq!(transform(event, &defaults()), Err(InvalidRequest));
    }
}
