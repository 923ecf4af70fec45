//! Tests of the catalog: accepted forms of its text, lookups of functions, and errors.

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
fn list_functions_output_is_read() {
    check(&format!(r#"{{"Functions": [{CHECKOUT}], "NextMarker": "more"}}"#));
}

#[test]
fn get_function_configuration_output_is_read() {
    check(CHECKOUT);
}

#[test]
fn array_of_functions_is_read() {
    check(&format!("[{CHECKOUT}]"));
}

#[test]
fn concatenated_pages_are_read() {
    check(&format!(r#"{{"Functions": []}}{{"Functions": [{CHECKOUT}]}}"#));
}

#[test]
fn get_function_output_has_tags() {
    let text = format!(r#"{{"Configuration": {CHECKOUT}, "Code": {{}}, "Tags": {{"team": "payments"}}}}"#);
    check(&text);
    let catalog = Catalog::parse(&text).unwrap();
    assert_eq!(catalog.find(None, None, "checkout").unwrap().tags["team"], "payments");
}

#[test]
fn all_members_in_use_are_read() {
    let catalog = Catalog::parse(CHECKOUT).unwrap();
    let expected = FunctionConfiguration {
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
fn latest_version_takes_precedence() {
    let old = CHECKOUT.replace("$LATEST", "41").replace("arm64", "x86_64");
    check(&format!("{CHECKOUT}{old}"));
    check(&format!("{old}{CHECKOUT}"));
}

#[test]
fn ambiguous_name_is_found_only_with_its_region() {
    let other = CHECKOUT.replace("eu-west-1", "us-east-1").replace("arm64", "x86_64");
    let text = format!("{CHECKOUT}{other}");
    check(&text);
    let catalog = Catalog::parse(&text).unwrap();
    assert_eq!(catalog.find(None, None, "checkout"), None);
    assert_eq!(catalog.find(None, Some("us-east-1"), "checkout").unwrap().cpu, Some(Cpu::X86_64));
    assert_eq!(catalog.find(Some("999999999999"), Some("us-east-1"), "checkout"), None);
    assert_eq!(catalog.find(None, None, "refund"), None);
}

fn check_error(text: &str, expected: &str) {
    assert_eq!(Catalog::parse(text).unwrap_err().to_string(), expected);
}

#[test]
fn empty_file_is_an_error() {
    check_error(" \n", "no JSON found; expected the output of `aws lambda list-functions`");
}

#[test]
fn text_that_is_not_json_is_an_error() {
    check_error("{\"Functions\": [\n}", "invalid JSON: expected value at line 2 column 1");
}

#[test]
fn json_without_functions_is_an_error() {
    let expected = "document 2 has neither \"Functions\" nor \"FunctionName\"; \
                    expected the output of `aws lambda list-functions`";
    check_error(&format!("{CHECKOUT}{{\"Buckets\": []}}"), expected);
    check_error(&format!("{CHECKOUT}7"), expected);
}

#[test]
fn error_names_the_function_with_an_unexpected_type() {
    check_error(
        &CHECKOUT.replace("256", "\"256\""),
        "function checkout in document 1: invalid type: string \"256\", expected u32",
    );
}
