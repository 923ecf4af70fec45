//! Configurations and tags of functions, as the store keeps them: the form of `aws lambda list-functions`, without the
//! environment variables of functions, which may hold secrets.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// Members of a function's configuration that are kept.
const KEPT: [&str; 9] = [
    "FunctionName",
    "FunctionArn",
    "Version",
    "Architectures",
    "Timeout",
    "MemorySize",
    "EphemeralStorage",
    "Runtime",
    "LoggingConfig",
];

/// Returns the members of a configuration that are kept, with the function's tags.
pub(super) fn kept(function: &Value, tags: Option<&BTreeMap<String, String>>) -> Value {
    let member = |name: &str| function.get(name).map(|value| (name.to_owned(), value.clone()));
    let mut members: Map<_, _> = KEPT.iter().filter_map(|name| member(name)).collect();
    if let Some(tags) = tags {
        members.insert("Tags".to_owned(), json!(tags));
    }
    Value::Object(members)
}

/// Merges configurations into the document that the store keeps, by the ARNs of the functions: those of `new` replace
/// earlier ones, and those of other accounts and regions stay.
#[must_use]
pub fn merge_functions(kept: Option<&str>, new: &[Value]) -> String {
    let mut by_arn = BTreeMap::new();
    let mut documents = Vec::new();
    let earlier = serde_json::Deserializer::from_str(kept.unwrap_or_default()).into_iter::<Value>();
    earlier.filter_map(Result::ok).for_each(|document| collect(document, &mut documents));
    for function in documents.into_iter().chain(new.iter().cloned()) {
        let name = |member: &str| function.get(member).and_then(Value::as_str).map(str::to_owned);
        if let Some(key) = name("FunctionArn").or_else(|| name("FunctionName")) {
            by_arn.insert(key, function);
        }
    }
    json!({"Functions": by_arn.into_values().collect::<Vec<_>>()}).to_string()
}

/// Returns the names of the functions in the document that the store keeps.
#[must_use]
pub fn function_names(kept: &str) -> BTreeSet<String> {
    let mut functions = Vec::new();
    let documents = serde_json::Deserializer::from_str(kept).into_iter::<Value>();
    documents.filter_map(Result::ok).for_each(|document| collect(document, &mut functions));
    let name = |function: &Value| function.get("FunctionName")?.as_str().map(str::to_owned);
    functions.iter().filter_map(name).collect()
}

/// Collects the configurations of a document in any form that `--functions` takes.
fn collect(document: Value, found: &mut Vec<Value>) {
    match document {
        Value::Array(items) => items.into_iter().for_each(|item| collect(item, found)),
        Value::Object(mut members) => {
            if let Some(Value::Array(functions)) = members.remove("Functions") {
                found.extend(functions);
            } else if let Some(Value::Object(mut configuration)) = members.remove("Configuration") {
                if let Some(tags) = members.remove("Tags") {
                    configuration.insert("Tags".to_owned(), tags);
                }
                found.push(Value::Object(configuration));
            } else {
                found.push(Value::Object(members));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Catalog;

    #[test]
    fn environment_variables_are_not_kept() {
        let function = json!({
            "FunctionName": "f", "FunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:f", "Timeout": 9,
            "Environment": {"Variables": {"TOKEN": "secret"}},
        });
        let kept = kept(&function, Some(&BTreeMap::from([("team".to_owned(), "pay".to_owned())])));
        let text = merge_functions(None, &[kept]);
        assert!(!text.contains("secret") && text.contains(r#""Tags":{"team":"pay"}"#), "{text}");
        let catalog = Catalog::parse(&text).unwrap();
        let found = catalog.find(Some("123456789012"), Some("eu-west-1"), "f").unwrap();
        assert_eq!((found.timeout.unwrap().as_secs(), found.tags["team"].as_str()), (9, "pay"));
    }

    #[test]
    fn later_configuration_replaces_the_earlier_one_of_the_same_function() {
        let one = |account: &str, timeout: u32| json!({"FunctionArn": account, "FunctionName": "f", "Timeout": timeout});
        let earlier =
            format!("{}{}", json!({"Functions": [one("a", 1)]}), json!({"Configuration": one("b", 2)}));
        let merged = merge_functions(Some(&earlier), &[one("a", 3)]);
        assert_eq!(function_names(&merged), BTreeSet::from(["f".to_owned()]));
        assert_eq!(merged, json!({"Functions": [one("a", 3), one("b", 2)]}).to_string());
    }
}
