use insta::assert_snapshot;

use super::says;

/// A line with this `_aws` and a few members to name.
fn line(declaration: &str) -> String {
    says(&format!(
        r#"{{"_aws":{declaration},"fn":"orders","az":"a","esc":"a\"b","n":3,"list":[1,2.5],"text":"x"}}"#
    ))
}

/// A line with one directive of these dimensions and metrics.
fn directive(dimensions: &str, metrics: &str) -> String {
    let directive = format!(r#"{{"Namespace":"shop","Dimensions":{dimensions},"Metrics":{metrics}}}"#);
    line(&format!(r#"{{"Timestamp":1,"CloudWatchMetrics":[{directive}]}}"#))
}

#[test]
fn a_metric_is_a_number_or_a_list_of_numbers() {
    assert_snapshot!(directive(r#"[["fn"]]"#, r#"[{"Name":"n","Unit":"Count"}]"#), @"emf | shop n=[3.0] Count {fn=orders}");
    assert_snapshot!(directive(r#"[["fn"]]"#, r#"[{"Name":"list"}]"#), @"emf | shop list=[1.0, 2.5] {fn=orders}");
    assert_snapshot!(directive(r#"[["fn"]]"#, r#"[{"Name":"n"},{"Name":"list","Unit":"Bytes/Second","StorageResolution":1}]"#), @"emf | shop n=[3.0] {fn=orders} | shop list=[1.0, 2.5] Bytes/Second {fn=orders}");
    assert_snapshot!(directive(r#"[["fn"]]"#, r#"[{"Name":"text"},{"Name":"absent"},{"Name":"_aws"}]"#), @"emf");
}

#[test]
fn each_set_of_dimensions_is_a_metric_of_its_own() {
    assert_snapshot!(directive(r#"[["fn"],["fn","az"]]"#, r#"[{"Name":"n"}]"#), @"emf | shop n=[3.0] {fn=orders} | shop n=[3.0] {fn=orders,az=a}");
    assert_snapshot!(directive("[[]]", r#"[{"Name":"n"}]"#), @"emf | shop n=[3.0] {}");
    assert_snapshot!(directive(r#"[["esc"]]"#, r#"[{"Name":"n"}]"#), @r#"emf | shop n=[3.0] {esc=a\"b}"#);
    assert_snapshot!(directive(r#"[["absent"],["fn"]]"#, r#"[{"Name":"n"}]"#), @"emf | shop n=[3.0] {fn=orders}");
    assert_snapshot!(directive(r#"[["n"]]"#, r#"[{"Name":"n"}]"#), @"emf");
}

#[test]
fn a_line_may_have_several_directives() {
    assert_snapshot!(line(r#"{"CloudWatchMetrics":[{"Namespace":"x","Dimensions":[[]],"Metrics":[{"Name":"n"}]},{"Namespace":"y","Dimensions":[["az"]],"Metrics":[{"Name":"n"}]}],"Timestamp":1}"#), @"emf | x n=[3.0] {} | y n=[3.0] {az=a}");
}

#[test]
fn a_malformed_declaration_leaves_an_ordinary_line() {
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
fn the_line_says_what_else_it_says() {
    assert_snapshot!(says(r#"{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"x","Dimensions":[[]],"Metrics":[{"Name":"n"}]}]},"n":1,"level":"INFO","function_request_id":"a"}"#), @"emf level=INFO id=a | x n=[1.0] {}");
    assert_snapshot!(says(r#"{"message":"{\"_aws\":{\"Timestamp\":1,\"CloudWatchMetrics\":[]}}"}"#), @"json");
}

#[test]
fn a_line_cannot_declare_more_than_it_could_mean() {
    let sets = format!("[{}]", vec!["[]"; 3_001].join(","));
    assert_snapshot!(directive(&sets, r#"[{"Name":"n"}]"#), @"json");
    let metrics = format!("[{}]", vec![r#"{"Name":"n"}"#; 101].join(","));
    assert_snapshot!(directive("[[]]", &metrics), @"json");
    let keys = format!("[[{}]]", vec![r#""fn""#; 31].join(","));
    assert_snapshot!(directive(&keys, r#"[{"Name":"n"}]"#), @"json");
    let values = vec!["1"; 101].join(",");
    assert_snapshot!(says(&format!(r#"{{"_aws":{{"Timestamp":1,"CloudWatchMetrics":[{{"Namespace":"x","Dimensions":[[]],"Metrics":[{{"Name":"n"}}]}}]}},"n":[{values}]}}"#)), @"emf");
}
