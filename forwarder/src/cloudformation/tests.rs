use serde_json::json;

use super::*;

fn settings() -> Options {
    Options {
        destination_arn: json!("arn:aws:lambda:eu-west-1:123456789012:function:tailwater"),
        role_arn: None,
        filter_pattern: json!(""),
        retention_days: json!(30),
        log_format: json!("JSON"),
    }
}

/// What becomes of a template.
fn transformed(template: &Value) -> Value {
    let request = json!({
        "region": "eu-west-1", "accountId": "123456789012", "transformId": "123456789012::Tailwater",
        "requestId": "r1", "params": {}, "templateParameterValues": {}, "fragment": template,
    });
    let answer = answer(request.to_string().as_bytes(), &settings()).unwrap();
    let mut answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((&answer["requestId"], &answer["status"]), (&json!("r1"), &json!("success")));
    answer["fragment"].take()
}

/// The resources that are there now and were not before, by their ids.
fn added(resources: &Value) -> Vec<String> {
    let after = transformed(&json!({"Resources": resources}));
    let after = after["Resources"].as_object().unwrap();
    after.keys().filter(|id| resources.get(id.as_str()).is_none()).cloned().collect()
}

#[test]
fn a_function_gets_a_log_group_and_a_subscription() {
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
fn doing_it_again_changes_nothing() {
    let once = transformed(&json!({"Resources": {"Orders": {"Type": "AWS::Serverless::Function"}}}));
    assert_eq!(transformed(&once), once);
}

#[test]
fn a_log_group_that_is_there_is_subscribed() {
    let function =
        |name: &Value| json!({"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": name}});
    let group = |name: &Value| json!({"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}});
    for (name, of_group) in [
        (json!("orders"), json!("/aws/lambda/orders")),
        (json!("orders"), json!({"Fn::Sub": "/aws/lambda/${Orders}"})),
        (
            json!({"Fn::Sub": "${Stage}-orders"}),
            json!({"Fn::Join": ["", ["/aws/lambda/", {"Ref": "Stage"}, "-orders"]]}),
        ),
        (json!({"Ref": "Name"}), json!({"Fn::Sub": ["/aws/lambda/${N}", {"N": {"Ref": "Name"}}]})),
    ] {
        let resources = json!({"Orders": function(&name), "Mine": group(&of_group)});
        assert_eq!(added(&resources), ["OrdersSubscription"], "{name} {of_group}");
        let after = transformed(&json!({"Resources": resources}));
        assert_eq!(
            after["Resources"]["OrdersSubscription"]["Properties"]["LogGroupName"],
            json!({"Ref": "Mine"})
        );
        assert_eq!(after["Resources"]["Mine"], group(&of_group), "it is left as it is");
        let logging = &after["Resources"]["Orders"]["Properties"]["LoggingConfig"];
        assert_eq!(logging, &json!({"LogFormat": "JSON"}), "it would depend on itself");
    }
    let other = json!({"Orders": function(&json!("orders")), "Mine": group(&json!("/aws/lambda/other"))});
    assert_eq!(added(&other), ["OrdersLogs", "OrdersSubscription"]);
}

#[test]
fn a_function_may_say_where_it_logs() {
    let function = |group: &Value, format: &str| json!({"Type": "AWS::Serverless::Function", "Properties": {"LoggingConfig": {"LogGroup": group, "LogFormat": format}}});
    let shared = json!({
        "A": function(&json!("/shared"), "Text"), "B": function(&json!("/shared"), "JSON"),
        "C": function(&json!({"Ref": "Own"}), "JSON"), "Own": {"Type": "AWS::Logs::LogGroup"},
    });
    assert_eq!(added(&shared), ["ASubscription", "CSubscription"], "one for the group of two");
    let after = transformed(&json!({"Resources": shared}));
    assert_eq!(after["Resources"]["A"], shared["A"]);
    assert_eq!(after["Resources"]["ASubscription"]["Properties"]["LogGroupName"], "/shared");
    let maybe = json!({"Fn::If": ["HasGroup", "/shared", {"Ref": "AWS::NoValue"}]});
    assert_eq!(added(&json!({"A": function(&maybe, "JSON")})), [""; 0]);
}

#[test]
fn globals_of_sam_count() {
    let template = json!({
        "Globals": {"Function": {"LoggingConfig": {"LogGroup": "/shared", "LogFormat": "Text"}}},
        "Resources": {"A": {"Type": "AWS::Serverless::Function"}, "B": {"Type": "AWS::Serverless::Function"}},
    });
    let after = transformed(&template);
    assert_eq!(after["Resources"]["A"], template["Resources"]["A"]);
    assert_eq!(after["Resources"].as_object().unwrap().len(), 3);
}

#[test]
fn others_subscriptions_stay_and_take_their_places() {
    let filter = |name: &str, to: &str| {
        json!({"Type": "AWS::Logs::SubscriptionFilter", "Properties": {
            "FilterName": name, "DestinationArn": to, "LogGroupName": {"Fn::Sub": "/aws/lambda/${Orders}"}, "FilterPattern": ""}})
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
    assert_eq!(with(&[filter("a", "arn:1"), filter("b", "arn:2")]), 0, "both places are taken");
    assert_eq!(with(&[filter("a", "arn:aws:lambda:eu-west-1:123456789012:function:tailwater")]), 0);
    assert_eq!(with(&[filter("tailwater", "arn:1")]), 0);
}

#[test]
fn what_is_not_to_be_subscribed_is_not() {
    let own = json!({"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "tailwater"}});
    assert_eq!(added(&json!({"Forwarder": own})), [""; 0]);
    for no in [json!(false), json!("False")] {
        let function = json!({"Type": "AWS::Lambda::Function", "Metadata": {"Tailwater": no}});
        assert_eq!(added(&json!({"A": function})), [""; 0]);
    }
    let others = json!({"Topic": {"Type": "AWS::SNS::Topic"}, "Fn::ForEach::X": ["x", [], {}], "Odd": 5, "Odder": {"Type": []}});
    assert_eq!(transformed(&json!({"Resources": others})), json!({"Resources": others}));
}

#[test]
fn names_that_are_taken_are_not_taken_again() {
    let taken = json!({"A": {"Type": "AWS::Lambda::Function"}, "ALogs": {"Type": "AWS::SNS::Topic"}});
    assert_eq!(added(&taken), ["ALogs2", "ASubscription"]);
}

/// The subscription's properties when a template has options of its own.
fn with_options(params: &Value, metadata: &Value, values: &Value) -> Value {
    let request = json!({
        "requestId": "r1", "params": params, "templateParameterValues": values,
        "fragment": {"Metadata": {"Tailwater": metadata}, "Resources": {"A": {"Type": "AWS::Lambda::Function"}}},
    });
    let answer = answer(request.to_string().as_bytes(), &settings()).unwrap();
    serde_json::from_str(&answer).unwrap()
}

#[test]
fn a_template_may_have_options_of_its_own() {
    let metadata =
        json!({"DestinationArn": {"Fn::ImportValue": "stream"}, "RoleArn": "role", "LogFormat": "Text"});
    let values = json!({"TailwaterDestinationArn": "other", "TailwaterRetentionDays": "7", "Stage": "test"});
    let answer = with_options(&json!({"FilterPattern": "ERROR"}), &metadata, &values);
    let resources = &answer["fragment"]["Resources"];
    assert_eq!(
        resources["ASubscription"]["Properties"],
        json!({"FilterName": "tailwater", "LogGroupName": {"Ref": "ALogs"}, "FilterPattern": "ERROR", "RoleArn": "role",
            "DestinationArn": {"Fn::ImportValue": "stream"}})
    );
    assert_eq!(resources["ALogs"]["Properties"]["RetentionInDays"], "7");
    assert_eq!(resources["A"]["Properties"]["LoggingConfig"], json!({"LogGroup": {"Ref": "ALogs"}}));
}

#[test]
fn wrong_options_fail_the_deployment() {
    let failed = |metadata: &Value, expected: &str| {
        let answer = with_options(&json!({}), metadata, &json!({}));
        assert_eq!(answer["status"], "failure");
        assert_eq!(answer.get("fragment"), None);
        assert!(answer["errorMessage"].as_str().unwrap().contains(expected), "{answer}");
    };
    failed(&json!({"RetentionDays": 31}), "RetentionDays is not");
    failed(&json!({"LogFormat": "json"}), "LogFormat is not JSON or Text");
    failed(&json!({"Retention": 30}), "no option Retention");
    failed(&json!({"DestinationArn": ""}), "DestinationArn is missing");
}

#[test]
fn a_call_inside_a_template_gets_its_siblings() {
    let request = json!({"requestId": "r1", "params": {"RetentionDays": 7}, "fragment": {"A": {"Type": "AWS::Lambda::Function"}}});
    let answer = answer(request.to_string().as_bytes(), &settings()).unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["fragment"]["ALogs"]["Properties"]["RetentionInDays"], 7);
}

#[test]
fn something_else_is_no_request() {
    let failed = |event: &str| answer(event.as_bytes(), &settings()).unwrap_err().to_string();
    assert_eq!(failed("{}"), "not a request to a macro: a member is missing or wrong at column 2");
    assert_eq!(failed("{"), "not a request to a macro: no JSON at column 1");
}
