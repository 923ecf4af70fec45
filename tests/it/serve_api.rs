//! Responses of the API have exactly the members that its OpenAPI description names, with the described types.

use std::{cell::RefCell, collections::BTreeSet};

use serde_json::{Map, Value, json};
use tests::{binary::root, forms, page_server::PageServer, replay::Replay, sample::events};

/// JSON schemas of the description.
struct Schemas {
    by_name: Map<String, Value>,
    /// Names of the schemas that a value was compared with.
    used: RefCell<BTreeSet<String>>,
}

impl Schemas {
    /// Panics if a value does not match a schema; `path` names the value in the message.
    fn check(&self, schema: &Value, value: &Value, path: &str) {
        if let Err(error) = self.compare(schema, value, path) {
            panic!("{error}");
        }
    }

    fn compare(&self, schema: &Value, value: &Value, path: &str) -> Result<(), String> {
        let mismatch = || Err(format!("{path}: {value} does not match {schema}"));
        for (keyword, argument) in schema.as_object().expect("a schema is an object") {
            match keyword.as_str() {
                "$ref" => self.compare_with_named(argument, value, path)?,
                "anyOf" if list(argument).iter().all(|one| self.compare(one, value, path).is_err()) => {
                    return mismatch();
                }
                "const" if argument != value => return mismatch(),
                "enum" if !list(argument).contains(value) => return mismatch(),
                "type" if !has_type(argument, value) => return mismatch(),
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.compare(argument, item, &format!("{path}[{index}]"))?;
                    }
                }
                "required" => {
                    let missing = list(argument)
                        .iter()
                        .find(|name| name.as_str().is_some_and(|name| value.get(name).is_none()));
                    if let Some(name) = missing {
                        return Err(format!("{path}: {name} is missing"));
                    }
                }
                "properties" => {
                    for (name, member) in value.as_object().into_iter().flatten() {
                        let schema =
                            argument.get(name).ok_or_else(|| format!("{path}: {name:?} is not described"))?;
                        self.compare(schema, member, &format!("{path}.{name}"))?;
                    }
                }
                "anyOf" | "const" | "enum" | "type" | "description" => {}
                unknown => panic!("{path}: schema keyword {unknown} is not checked"),
            }
        }
        Ok(())
    }

    fn compare_with_named(&self, reference: &Value, value: &Value, path: &str) -> Result<(), String> {
        let name = reference.as_str().and_then(|text| text.strip_prefix("#/components/schemas/"));
        let name = name.expect("references name a schema of the description");
        self.used.borrow_mut().insert(name.to_owned());
        self.compare(&self.by_name[name], value, path)
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("an array")
}

fn has_type(types: &Value, value: &Value) -> bool {
    let has = |name: &Value| match name.as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        Some("null") => value.is_null(),
        _ => panic!("unknown type {name}"),
    };
    types.as_array().map_or_else(|| has(types), |types| types.iter().any(has))
}

fn schema_of<'a>(operation: &'a Value, status: &str, media_type: &str) -> &'a Value {
    &operation["responses"][status]["content"][media_type]["schema"]
}

/// Compares the response of each endpoint that is read by GET, server-sent events excepted.
fn check_reads(
    page: &PageServer,
    description: &Value,
    schemas: &Schemas,
    query_of: impl Fn(&str) -> Option<String>,
) {
    for (path, operations) in description["paths"].as_object().expect("paths") {
        let (get, Some(query)) = (&operations["get"], query_of(path)) else { continue };
        if get.is_null() || path == "/api/v1/events" {
            continue;
        }
        let response = page.request("GET", &format!("{path}{query}"), &[], "");
        assert_eq!(response.status, 200, "{path}");
        let text = String::from_utf8(response.body).expect("responses are text");
        if get["responses"]["200"]["content"].get("application/x-ndjson").is_some() {
            assert!(text.lines().count() > 0 || page_is_empty(page), "{path} has no records");
            for line in text.lines() {
                let record = serde_json::from_str(line).expect("each line is JSON");
                schemas.check(schema_of(get, "200", "application/x-ndjson"), &record, path);
            }
        } else {
            let document = serde_json::from_str(&text).expect("responses are JSON");
            schemas.check(schema_of(get, "200", "application/json"), &document, path);
        }
    }
}

fn page_is_empty(page: &PageServer) -> bool {
    page.json("/api/v1/status")["events"] == 0
}

fn describe(page: &PageServer) -> (Value, Schemas) {
    let description = page.json("/api/v1/openapi.json");
    let by_name = description["components"]["schemas"].as_object().expect("schemas").clone();
    (description, Schemas { by_name, used: RefCell::default() })
}

/// Query whose rows have values of several types.
const QUERY: &str = "?q=fields+@timestamp,@duration,jsonParse(@message)+as+json";

#[test]
fn responses_match_the_openapi_description() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let store = folder.path().join("tailwater.db");
    let _ = Replay::into_store(root().join("tests/demo"), &store).run().code(0);
    let page = PageServer::start(&store, &[]);
    let (description, schemas) = describe(&page);
    let failed = page.json("/api/v1/invocations?outcome=failed&limit=1");
    let key = failed["invocations"][0]["key"].as_str().expect("an invocation failed").to_owned();
    let request = failed["invocations"][0]["request_id"].as_str().expect("it has a request id").to_owned();
    let logs = page.json("/api/v1/logs?level=error&limit=1");
    let place = logs["events"][0]["place"].as_str().expect("there are errors").to_owned();
    check_reads(&page, &description, &schemas, |path| {
        Some(match path {
            "/api/v1/invocation" => format!("?key={key}"),
            "/api/v1/request" => format!("?id={request}"),
            "/api/v1/compare" => "?versions=checkout-api:40,41".to_owned(),
            "/api/v1/logs/around" => format!("?place={place}"),
            "/api/v1/logs/export" => "?function=checkout-api&level=error".to_owned(),
            "/api/v1/invocations" => "?outcome=failed".to_owned(),
            "/api/v1/find" => "?text=checkout".to_owned(),
            "/api/v1/map" => "?of=invoice-pdf".to_owned(),
            "/api/v1/query" => QUERY.to_owned(),
            _ => String::new(),
        })
    });

    let event = forms::event_line(&events());
    let kept = page.post_delivery(event, &[("content-type", "application/json")]);
    let kept = serde_json::from_slice(&kept.body).expect("responses are JSON");
    let deliver = &description["paths"]["/api/v1/deliveries"]["post"];
    schemas.check(schema_of(deliver, "200", "application/json"), &kept, "deliveries");

    let problem = page.request("GET", "/api/v1/summary?since=yesterday", &[], "");
    let problem = serde_json::from_slice(&problem.body).expect("problems are JSON");
    schemas.check(schema_of(deliver, "default", "application/problem+json"), &problem, "problem");

    let malformed = page.request("GET", "/api/v1/query?q=filtr+a", &[], "");
    let malformed = serde_json::from_slice(&malformed.body).expect("problems are JSON");
    schemas.check(schema_of(deliver, "default", "application/problem+json"), &malformed, "malformed query");

    let used = schemas.used.into_inner();
    let unused: Vec<_> = schemas.by_name.keys().filter(|name| !used.contains(*name)).collect();
    // The paths ask for no comparison and for no id; `requests` compares those of the API with the command line's.
    assert_eq!(unused, ["Change", "FoundId", "RequestIdUse"], "no response was compared with these schemas");
}

#[test]
fn responses_of_an_empty_store_match_the_openapi_description() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let page = PageServer::start(folder.path().join("tailwater.db"), &[]);
    let (description, schemas) = describe(&page);
    check_reads(&page, &description, &schemas, |path| {
        let needs_data = ["/api/v1/invocation", "/api/v1/request", "/api/v1/logs/around"].contains(&path);
        let query = match path {
            "/api/v1/query" => QUERY,
            "/api/v1/compare" => "?a=..&b=..",
            _ => "",
        };
        (!needs_data).then(|| query.to_owned())
    });
}

#[test]
fn members_that_are_missing_or_not_described_are_found() {
    let by_name = json!({ "Point": { "type": "object", "required": ["x"], "properties": { "x": { "type": ["number", "null"] } } } });
    let schemas = Schemas { by_name: by_name.as_object().unwrap().clone(), used: RefCell::default() };
    let compare =
        |value: Value| schemas.compare(&json!({ "$ref": "#/components/schemas/Point" }), &value, "point");
    assert!(compare(json!({ "x": 1 })).is_ok() && compare(json!({ "x": null })).is_ok());
    for wrong in [json!({}), json!({ "x": "1" }), json!({ "x": 1, "y": 1 })] {
        assert!(compare(wrong.clone()).is_err(), "{wrong}");
    }
}
