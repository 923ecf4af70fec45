use insta::assert_snapshot;

use super::summary;

/// Summary of a line with this `_aws` and some members to refer to.
fn line(declaration: &str) -> String {
    summary(&format!(
        r#"{{"_aws":{declaration},"fn":"orders","az":"a","esc":"a\"b","n":3,"list":[1,2.5],"text":"x"}}"#
    ))
}

/// Summary of a line with one directive of these dimensions and metrics.
fn directive(dimensions: &str, metrics: &str) -> String {
    let directive = format!(r#"{{"Namespace":"shop","Dimensions":{dimensions},"Metrics":{metrics}}}"#);
    line(&format!(r#"{{"Timestamp":1,"CloudWatchMetrics":[{directive}]}}"#))
}

#[test]
fn metric_values_are_a_number_or_a_list_of_numbers() {
    assert_snapshot!(directive(r#"[["fn"]]"#, r#"[{"Name":"n","Unit":"Count"}]"#), @"emf | shop n=[3.0] Count {fn=orders}");
    assert_snapshot!(directive(r#"[["fn"]]"#, r#"[{"Name":"list"}]"#), @"emf | shop list=[1.0, 2.5] {fn=orders}");
    assert_snapshot!(directive(r#"[["fn"]]"#, r#"[{"Name":"n"},{"Name":"list","Unit":"Bytes/Second","StorageResolution":1}]"#), @"emf | shop n=[3.0] {fn=orders} | shop list=[1.0, 2.5] Bytes/Second {fn=orders}");
    assert_snapshot!(directive(r#"[["fn"]]"#, r#"[{"Name":"text"},{"Name":"absent"},{"Name":"_aws"}]"#), @"emf");
}

#[test]
fn each_dimension_set_yields_a_metric() {
    assert_snapshot!(directive(r#"[["fn"],["fn","az"]]"#, r#"[{"Name":"n"}]"#), @"emf | shop n=[3.0] {fn=orders} | shop n=[3.0] {fn=orders,az=a}");
    assert_snapshot!(directive("[[]]", r#"[{"Name":"n"}]"#), @"emf | shop n=[3.0] {}");
    assert_snapshot!(directive(r#"[["esc"]]"#, r#"[{"Name":"n"}]"#), @r#"emf | shop n=[3.0] {esc=a\"b}"#);
    assert_snapshot!(directive(r#"[["absent"],["fn"]]"#, r#"[{"Name":"n"}]"#), @"emf | shop n=[3.0] {fn=orders}");
    assert_snapshot!(directive(r#"[["n"]]"#, r#"[{"Name":"n"}]"#), @"emf");
}

#[test]
fn all_directives_of_a_line_are_read() {
    assert_snapshot!(line(r#"{"CloudWatchMetrics":[{"Namespace":"x","Dimensions":[[]],"Metrics":[{"Name":"n"}]},{"Namespace":"y","Dimensions":[["az"]],"Metrics":[{"Name":"n"}]}],"Timestamp":1}"#), @"emf | x n=[3.0] {} | y n=[3.0] {az=a}");
}

#[test]
fn malformed_declaration_is_an_ordinary_json_line() {
    assert_snapshot!(line("null"), @"json");
    assert_snapshot!(line("{}"), @"json");
    assert_snapshot!(line(r#"{"CloudWatchMetrics":[]}"#), @"json");
    assert_snapshot!(line(r#"{"Timestamp":"now","CloudWatchMetrics":[]}"#), @"json");
    assert_snapshot!(line(r#"{"Timestamp":1,"CloudWatchMetrics":{}}"#), @"json");
    assert_snapshot!(line(r#"{"Timestamp":1,"CloudWatchMetrics":[7]}"#), @"json");
    assert_snapshot!(line(r#"{"Timestamp":1,"CloudWatchMetrics":[{"Dimensions":[[]],"Metrics":[{"Name":"n"}]}]}"#), @"json");
    assert_snapshot!(directive("7", r#"[{"Name":"n"}]"#), @"json");
    assert_snapshot!(directive("[7]", r#"[{"Name":"n"}]"#), @"json");
    assert_snapshot!(directive("[[7]]", r#"[{"Name":"n"}]"#), @"json");
    assert_snapshot!(directive("[[]]", r#"[{"Unit":"Count"}]"#), @"json");
    assert_snapshot!(directive("[[]]", r#"{"Name":"n"}"#), @"json");
}

#[test]
fn emf_line_keeps_level_and_ids() {
    assert_snapshot!(summary(r#"{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"x","Dimensions":[[]],"Metrics":[{"Name":"n"}]}]},"n":1,"level":"INFO","function_request_id":"a"}"#), @"emf level=INFO id=a | x n=[1.0] {}");
    assert_snapshot!(summary(r#"{"message":"{\"_aws\":{\"Timestamp\":1,\"CloudWatchMetrics\":[]}}"}"#), @"json");
}

#[test]
fn declarations_above_the_limits_are_ignored() {
    let sets = format!("[{}]", vec!["[]"; 3_001].join(","));
    assert_snapshot!(directive(&sets, r#"[{"Name":"n"}]"#), @"json");
    let metrics = format!("[{}]", vec![r#"{"Name":"n"}"#; 101].join(","));
    assert_snapshot!(directive("[[]]", &metrics), @"json");
    let keys = format!("[[{}]]", vec![r#""fn""#; 31].join(","));
    assert_snapshot!(directive(&keys, r#"[{"Name":"n"}]"#), @"json");
    let values = vec!["1"; 101].join(",");
    assert_snapshot!(summary(&format!(r#"{{"_aws":{{"Timestamp":1,"CloudWatchMetrics":[{{"Namespace":"x","Dimensions":[[]],"Metrics":[{{"Name":"n"}}]}}]}},"n":[{values}]}}"#)), @"emf");
}
