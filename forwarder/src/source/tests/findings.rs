//! Security Hub events: each finding is a log event.

use serde_json::{Value, json};

use super::*;

/// Events of a delivery: id, time and text.
#[derive(Default)]
struct Events(Vec<(Option<String>, Option<i64>, String)>);

impl tailwater_parser::Receive for Events {
    fn batch(&mut self, _: &tailwater_parser::Origin) {}

    fn event(&mut self, event: &tailwater_parser::Event<'_>) {
        let time = event.time.map(|time| time.0);
        self.0.push((event.id.map(str::to_owned), time, event.message.to_owned()));
    }
}

fn events(event: &str) -> Vec<(Option<String>, Option<i64>, String)> {
    let mut event = event.as_bytes().to_vec();
    let parsed = read_event(&mut event).unwrap();
    let [delivery] = parsed.deliveries.as_slice() else { panic!("{parsed:?}") };
    let mut events = Events::default();
    let mut reader = DeliveryReader::new(tailwater_parser::ByteSize::mib(1), Default::default());
    reader.read(delivery, &mut events).unwrap();
    events.0
}

fn imported(findings: &str) -> String {
    format!(
        r#"{{"version":"0", "id":"e1","detail-type":"Security Hub Findings - Imported","source":"aws.securityhub",
        "account":"1","time":"1970-01-01T00:00:09Z","region":"eu-west-1","resources":["arn:x"],"detail":{{"note":1.50,"findings":{findings}}}}}"#
    )
}

/// Checks the member `detail` of each event.
fn check_details(findings: &Value, expected: &[Value]) {
    let details: Vec<_> = events(&imported(&findings.to_string()))
        .into_iter()
        .map(|(_, _, text)| serde_json::from_str::<Value>(&text).unwrap()["detail"]["finding"].clone())
        .collect();
    assert_eq!(details, expected, "{findings}");
}

#[test]
fn each_finding_is_an_event_with_its_own_id_and_time() {
    let findings = r#"[{"Id":"f-1","UpdatedAt":"1970-01-01T00:00:02.000Z","CreatedAt":"1970-01-01T00:00:01Z"},
        {"Id":"f-2","CreatedAt":"1970-01-01T00:00:03Z"},{"Id":"f-3"}]"#;
    let found = events(&imported(findings));
    let keys: Vec<_> = found.iter().map(|(id, time, _)| (id.as_deref().unwrap(), time.unwrap())).collect();
    assert_eq!(keys, [("e1/0", 2000), ("e1/1", 3000), ("e1/2", 9000)]);
    // All other text stays as AWS wrote it.
    let start = r#"{"version":"0","id":"e1","detail-type":"Security Hub Findings - Imported","source":"aws.securityhub","account":"1","time":"1970-01-01T00:00:09Z","region":"eu-west-1","resources":["arn:x"],"detail":{"note":1.50,"finding":{"Id":"f-3"}}}"#;
    assert_eq!(found[2].2, start);
    assert_eq!(events(&in_sqs(&imported(findings))), found);
}

#[test]
fn resources_of_a_finding_are_by_type() {
    check_details(
        &json!([
            {"Id": "f-1", "Resources": [{"Type": "AwsS3Bucket", "Id": "b", "Region": "x"}, {"Id": "i", "Type": "AwsEc2Instance"}]},
            {"Id": "f-2", "Resources": []},
        ]),
        &[
            json!({"Id": "f-1", "resources": {"AwsS3Bucket": {"Id": "b", "Region": "x"}, "AwsEc2Instance": {"Id": "i"}}}),
            json!({"Id": "f-2", "resources": {}}),
        ],
    );
}

#[test]
fn no_resource_is_lost() {
    check_details(
        &json!([{"Resources": [{"Type": "A", "Id": 1}, {"Type": "A", "Id": 2}, {"Id": 3}, {"Type": "A"}, {"Type": 5}, 6]}]),
        &[json!({"resources": {"A": [{"Id": 1}, {"Id": 2}, {}], "Other": [{"Id": 3}, {}, 6]}})],
    );
    // In the newer form (OCSF) the resources of a finding have another shape.
    let ocsf = json!({"finding_info": {"uid": "u"}, "resources": [{"type": "A", "uid": "x"}]});
    check_details(&json!([ocsf]), &[ocsf]);
}

#[test]
fn event_without_a_list_of_findings_is_one_event() {
    for findings in ["[]", "5", "{}", "[1]"] {
        let event = imported(findings);
        assert_eq!(events(&event), [(Some("e1".to_owned()), Some(9000), event.clone())]);
    }
    let of_others = imported(r#"[{"Id":"f-1"}]"#).replace("aws.securityhub", "aws.inspector2");
    assert_eq!(events(&of_others).len(), 1);
}
