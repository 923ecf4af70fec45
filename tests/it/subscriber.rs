//! The subscriber function with CloudWatch Logs of moto, and with a stand-in that throttles.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tests::{
    binary,
    http::{Response, Server},
    lambda::Lambda,
    process::Program,
    sample::REGION,
    server::{Moto, Operation},
};

fn logs(moto: &Moto, target: &'static str, input: &Value) -> Value {
    moto.call(Operation { service: "logs", target }, input)
}

fn group(moto: &Moto, name: &str, more: &Value) {
    let mut input = more.clone();
    input["logGroupName"] = json!(name);
    logs(moto, "Logs_20140328.CreateLogGroup", &input);
}

/// Creates a stream and returns its ARN.
fn stream(moto: &Moto, name: &str) -> String {
    let input = json!({"StreamName": name, "ShardCount": 1});
    moto.call(Operation { service: "kinesis", target: "Kinesis_20131202.CreateStream" }, &input);
    format!("arn:aws:kinesis:{REGION}:123456789012:stream/{name}")
}

fn put(moto: &Moto, group: &str, name: &str, to: &str) {
    let input = json!({"logGroupName": group, "filterName": name, "filterPattern": "", "destinationArn": to, "roleArn": ROLE});
    logs(moto, "Logs_20140328.PutSubscriptionFilter", &input);
}

/// Returns the subscription filters of a log group: name and destination.
fn filters(moto: &Moto, group: &str) -> BTreeMap<String, String> {
    let answer = logs(moto, "Logs_20140328.DescribeSubscriptionFilters", &json!({"logGroupName": group}));
    let filters = answer["subscriptionFilters"].as_array().expect("filters are an array").iter();
    let text = |value: &Value| value.as_str().expect("the value is a string").to_owned();
    filters.map(|filter| (text(&filter["filterName"]), text(&filter["destinationArn"]))).collect()
}

const ROLE: &str = "arn:aws:iam::123456789012:role/writer";

fn program(endpoint: &str, destination: &str) -> Program {
    Program::new(binary::subscriber())
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("TAILWATER_SUBSCRIBE_DESTINATION_ARN", destination)
        .env("TAILWATER_SUBSCRIBE_ROLE_ARN", ROLE)
}

/// Invokes the function once in a new process and returns its report.
fn report(program: Program, request_id: &str, event: &Value) -> Value {
    let mut lambda = Lambda::new(program, Duration::from_secs(120));
    let run = lambda.invoke_once(request_id, event.to_string().as_bytes());
    let history = lambda.finish();
    assert_eq!(history.violations, [""; 0]);
    let answer = run.answer.response().unwrap_or_else(|| panic!("{:?} {history:?}", run.answer));
    serde_json::from_slice(answer).expect("a report is JSON")
}

fn all() -> Value {
    json!({"tailwater": {"subscribe": {}}})
}

/// Returns the counts of a report that are not zero.
fn numbers(report: &Value) -> BTreeMap<&str, u64> {
    let number = |value: &Value| value.as_u64().or_else(|| value["count"].as_u64());
    let members = report.as_object().expect("a report is an object").iter();
    members.filter_map(|(name, value)| Some((name.as_str(), number(value).filter(|n| *n > 0)?))).collect()
}

#[test]
fn all_log_groups_are_subscribed_except_excluded_ones() {
    let Some(moto) = Moto::start_if_installed() else { return };
    let (ours, others, third) = (stream(&moto, "ours"), stream(&moto, "others"), stream(&moto, "third"));
    // Names as two different organizations choose them.
    for n in 0..150 {
        group(&moto, &format!("/aws/lambda/shop-prod-{n}"), &json!({}));
        group(&moto, &format!("/aws/lambda/billing_Service{n}-V2"), &json!({}));
    }
    let special =
        ["tailwater", "secret-keys", "taken", "moved", "by-hand"].map(|name| format!("/aws/lambda/{name}"));
    special.iter().for_each(|name| group(&moto, name, &json!({})));
    group(&moto, "/ecs/not-a-function", &json!({}));
    let [_, _, taken, moved, by_hand] = &special;
    put(&moto, taken, "a", &others);
    put(&moto, taken, "b", &third);
    put(&moto, moved, "tailwater", &others);
    put(&moto, by_hand, "terraform", &ours);
    let program = program(&moto.url(), &ours).env("TAILWATER_SUBSCRIBE_EXCLUDE", "/aws/lambda/secret-*");

    let dry = report(program.clone().env("TAILWATER_SUBSCRIBE_DRY_RUN", "true"), "r0", &all());
    let expected =
        BTreeMap::from([("found", 305), ("subscribed", 300), ("taken", 1), ("unchanged", 1), ("updated", 1)]);
    assert_eq!(numbers(&dry), expected);
    assert_eq!(dry["skipped"], json!({"delivery_path": 1, "excluded": 1}));
    assert!(filters(&moto, "/aws/lambda/shop-prod-0").is_empty(), "a dry run changes no subscription");

    let first = report(program.clone(), "r1", &all());
    assert_eq!(numbers(&first), expected);
    assert_eq!(first["taken"]["names"], json!([taken]));
    let own = BTreeMap::from([("tailwater".to_owned(), ours.clone())]);
    for subscribed in ["/aws/lambda/shop-prod-149", "/aws/lambda/billing_Service0-V2", moved] {
        assert_eq!(filters(&moto, subscribed), own, "{subscribed}");
    }
    for left_alone in ["/aws/lambda/tailwater", "/aws/lambda/secret-keys", "/ecs/not-a-function"] {
        assert!(filters(&moto, left_alone).is_empty(), "{left_alone}");
    }
    assert_eq!(filters(&moto, by_hand).keys().collect::<Vec<_>>(), ["terraform"]);

    let second = report(program, "r2", &all());
    assert_eq!(numbers(&second), BTreeMap::from([("found", 305), ("taken", 1), ("unchanged", 302)]));
}

#[test]
fn new_log_group_is_subscribed() {
    let Some(moto) = Moto::start_if_installed() else { return };
    let ours = stream(&moto, "ours");
    for (name, team) in
        [("/aws/lambda/new", "shop"), ("/aws/lambda/new-too", "shop"), ("/aws/lambda/other", "ads")]
    {
        group(&moto, name, &json!({"tags": {"team": team}}));
    }
    let program = program(&moto.url(), &ours).env("TAILWATER_SUBSCRIBE_TAGS", "team:shop");
    let made = |name: &str| {
        json!({"source": "aws.logs", "detail-type": "AWS API Call via CloudTrail", "detail":
            {"eventName": "CreateLogGroup", "requestParameters": {"logGroupName": name}}})
    };
    let one = report(program.clone(), "r1", &made("/aws/lambda/new"));
    assert_eq!(numbers(&one), BTreeMap::from([("found", 1), ("subscribed", 1)]));
    assert!(filters(&moto, "/aws/lambda/new-too").is_empty(), "only the exact name is subscribed");
    let other = report(program.clone(), "r2", &made("/aws/lambda/other"));
    assert_eq!(other["skipped"], json!({"tags": 1}));
    let outside = report(program, "r3", &made("/ecs/other"));
    assert_eq!(numbers(&outside), BTreeMap::new());
}

/// Description of a log group; the first one has this class.
fn described(n: u32, class: &str) -> Value {
    let class = if n == 0 { class } else { "STANDARD" };
    json!({"logGroupName": format!("/aws/lambda/f{n}"), "arn": format!("arn:{n}:*"), "logGroupClass": class})
}

/// Starts a stand-in for CloudWatch Logs with five log groups. It throttles the first `throttled` calls about
/// subscription
/// filters.
fn slow_logs(throttled: u64, class: &'static str) -> (Server, Arc<AtomicU64>) {
    let calls = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&calls);
    let server = Server::start(move |mut connection| {
        while let Some(head) = connection.read_head()? {
            let action = head.header("x-amz-target").unwrap_or_default().to_owned();
            let _ = connection.read_request(head)?;
            let is_early = action.ends_with("SubscriptionFilters")
                && counted.fetch_add(1, Ordering::Relaxed) < throttled;
            let response = match action.as_str() {
                _ if is_early => {
                    Response::new(400, r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#)
                }
                "Logs_20140328.DescribeLogGroups" => {
                    let groups: Vec<_> = (0..5).map(|n| described(n, class)).collect();
                    Response::new(200, json!({"logGroups": groups}).to_string())
                }
                "Logs_20140328.DescribeSubscriptionFilters" => {
                    Response::new(200, r#"{"subscriptionFilters":[]}"#)
                }
                _ => Response::new(200, "{}"),
            };
            connection.send(&response)?;
        }
        Ok(())
    });
    (server, calls)
}

#[test]
fn throttled_calls_are_retried() {
    let (server, calls) = slow_logs(3, "INFREQUENT_ACCESS");
    let program =
        program(&format!("http://{}", server.address()), "arn:aws:lambda:eu-west-1:1:function:forwarder");
    let report = report(program, "r1", &all());
    assert_eq!(numbers(&report), BTreeMap::from([("found", 5), ("subscribed", 4)]));
    assert_eq!(report["skipped"], json!({"class": 1}));
    assert_eq!(calls.load(Ordering::Relaxed), 7);
}

#[test]
fn log_groups_remaining_at_the_deadline_are_counted() {
    let (server, _) = slow_logs(u64::MAX, "STANDARD");
    let program =
        program(&format!("http://{}", server.address()), "arn:aws:lambda:eu-west-1:1:function:forwarder");
    let mut lambda = Lambda::new(program, Duration::from_secs(4));
    let run = lambda.invoke_once("r1", all().to_string().as_bytes());
    let report: Value = serde_json::from_slice(run.answer.response().expect("the function responds"))
        .expect("the report is JSON");
    assert_eq!(numbers(&report), BTreeMap::from([("found", 5), ("remaining", 5)]));
    drop(lambda.finish());
}
