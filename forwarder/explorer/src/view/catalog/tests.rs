//! The forms a catalog comes in, what is found in it, and what is refused.

use super::*;

const CHECKOUT: &str = r#"{"FunctionName": "checkout", "Version": "$LATEST", "Runtime": "nodejs22.x", "Timeout": 3,
    "FunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:checkout", "MemorySize": 256, "CodeSize": 4711,
    "EphemeralStorage": {"Size": 1024}, "Architectures": ["arm64"]}"#;

fn check(text: &str) {
    let catalog = Catalog::parse(text).unwrap();
    let found = catalog.find(Some("111122223333"), Some("eu-west-1"), "checkout").unwrap();
    assert_eq!(
        (found.cpu, found.memory, found.version.as_str()),
        (Some(Cpu::Arm64), Some(MemoryMib(256)), "$LATEST")
    );
}

#[test]
fn the_output_of_list_functions_is_read() {
    check(&format!(r#"{{"Functions": [{CHECKOUT}], "NextMarker": "more"}}"#));
}

#[test]
fn the_output_of_get_function_configuration_is_read() {
    check(CHECKOUT);
}

#[test]
fn an_array_is_read() {
    check(&format!("[{CHECKOUT}]"));
}

#[test]
fn pages_one_after_the_other_are_read() {
    check(&format!(r#"{{"Functions": []}}{{"Functions": [{CHECKOUT}]}}"#));
}

#[test]
fn the_output_of_get_function_has_tags() {
    let text = format!(r#"{{"Configuration": {CHECKOUT}, "Code": {{}}, "Tags": {{"team": "payments"}}}}"#);
    check(&text);
    let catalog = Catalog::parse(&text).unwrap();
    assert_eq!(catalog.find(None, None, "checkout").unwrap().tags["team"], "payments");
}

#[test]
fn all_that_is_of_use_is_kept() {
    let catalog = Catalog::parse(CHECKOUT).unwrap();
    let expected = Deployed {
        arn: "arn:aws:lambda:eu-west-1:111122223333:function:checkout".to_owned(),
        version: "$LATEST".to_owned(),
        cpu: Some(Cpu::Arm64),
        timeout: Some(Duration::from_secs(3)),
        memory: Some(MemoryMib(256)),
        ephemeral_storage: Some(MemoryMib(1024)),
        runtime: Some("nodejs22.x".to_owned()),
        tags: BTreeMap::new(),
    };
    assert_eq!(catalog.find(None, None, "checkout"), Some(&expected));
}

#[test]
fn the_edited_version_stands_for_all() {
    let old = CHECKOUT.replace("$LATEST", "41").replace("arm64", "x86_64");
    check(&format!("{CHECKOUT}{old}"));
    check(&format!("{old}{CHECKOUT}"));
}

#[test]
fn a_name_used_twice_is_told_apart_or_unknown() {
    let other = CHECKOUT.replace("eu-west-1", "us-east-1").replace("arm64", "x86_64");
    let text = format!("{CHECKOUT}{other}");
    check(&text);
    let catalog = Catalog::parse(&text).unwrap();
    assert_eq!(catalog.find(None, None, "checkout"), None);
    assert_eq!(catalog.find(None, Some("us-east-1"), "checkout").unwrap().cpu, Some(Cpu::X86_64));
    assert_eq!(catalog.find(Some("999999999999"), Some("us-east-1"), "checkout"), None);
    assert_eq!(catalog.find(None, None, "refund"), None);
}

fn check_refused(text: &str, expected: &str) {
    assert_eq!(Catalog::parse(text).unwrap_err().to_string(), expected);
}

#[test]
fn an_empty_file_is_refused() {
    check_refused(" \n", "no JSON in it; expected the output of `aws lambda list-functions`");
}

#[test]
fn what_is_no_json_is_refused() {
    check_refused("{\"Functions\": [\n}", "not JSON: expected value at line 2 column 1");
}

#[test]
fn other_json_is_refused() {
    let expected = "document 2 has neither \"Functions\" nor \"FunctionName\"; \
                    expected the output of `aws lambda list-functions`";
    check_refused(&format!("{CHECKOUT}{{\"Buckets\": []}}"), expected);
    check_refused(&format!("{CHECKOUT}7"), expected);
}

#[test]
fn a_function_that_is_not_as_aws_writes_it_is_named() {
    check_refused(
        &CHECKOUT.replace("256", "\"256\""),
        "function checkout in document 1: invalid type: string \"256\", expected u32",
    );
}
