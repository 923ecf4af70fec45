//! OpenAPI 3.1 description of the API, built from `ROUTES` and `schemas.json`.
//!
//! `page/openapi.json` is a copy of this description. The TypeScript types of the web page are generated from
//! that copy. A test compares the copy with the description.

use serde_json::{Map, Value, json};

use super::{ENDPOINTS, Endpoint, Handler};

/// JSON schemas of all responses, by name.
const SCHEMAS: &str = include_str!("schemas.json");

/// Builds the OpenAPI document.
pub(in crate::serve) fn document() -> Value {
    let mut paths: Map<String, Value> = ENDPOINTS
        .iter()
        .map(|route| (route.path.to_owned(), json!({ "get": read_operation(route) })))
        .collect();
    paths.insert("/api/v1/deliveries".to_owned(), json!({ "post": deliver_operation() }));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Tailwater",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Read access to the store of `tailwater serve`. Times are milliseconds since the Unix epoch, \
                costs are US dollars. Values that the logs do not have are null.",
        },
        "paths": paths,
        "components": { "schemas": serde_json::from_str::<Value>(SCHEMAS).unwrap_or_default() },
    })
}

fn read_operation(route: &Endpoint) -> Value {
    let parameters = route.parameters.iter().copied().flatten().map(|parameter| {
        json!({
            "name": parameter.name,
            "in": "query",
            "required": false,
            "description": parameter.description,
            "schema": { "type": parameter.kind },
        })
    });
    let media_type = match route.handler {
        Handler::Cached(_)
        | Handler::Document(_)
        | Handler::DocumentOrQuery(..)
        | Handler::Query(_)
        | Handler::OpenApi => "application/json",
        Handler::Export => "application/x-ndjson",
        Handler::Changes => "text/event-stream",
    };
    json!({
        "summary": route.summary,
        "parameters": parameters.collect::<Vec<_>>(),
        "responses": responses("Success.", media_type, route.schema),
    })
}

fn deliver_operation() -> Value {
    json!({
        "summary": "Stores the log events of a Lambda event: CloudWatch Logs, Kinesis, SQS, SNS or Firehose",
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": { "type": "object" } } },
        },
        "responses": responses("Number of log events by outcome; accepted events are on disk.", "application/json", "DeliveryResult"),
    })
}

fn responses(description: &str, media_type: &str, schema: &str) -> Value {
    let schema = json!({ "$ref": format!("#/components/schemas/{schema}") });
    let problem = json!({ "$ref": "#/components/schemas/Problem" });
    json!({
        "200": { "description": description, "content": { media_type: { "schema": schema } } },
        "default": {
            "description": "Error.",
            "content": { "application/problem+json": { "schema": problem } },
        },
    })
}

#[cfg(test)]
mod tests {
    use std::{env, fs};

    use super::*;

    #[test]
    fn every_reference_has_a_schema_and_every_schema_is_referenced() {
        let document = document();
        let schemas = document["components"]["schemas"].as_object().expect("schemas.json is JSON");
        let text = document.to_string();
        for name in schemas.keys() {
            assert!(text.contains(&format!("schemas/{name}\"")), "schema {name} is not used");
        }
        for reference in text.split("#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(schemas.contains_key(name), "no schema {name}");
        }
    }

    #[test]
    fn copy_of_the_description_in_the_page_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/page/openapi.json");
        let current = format!("{:#}\n", document());
        if env::var_os("UPDATE_OPENAPI").is_some() {
            fs::write(path, &current).unwrap();
        }
        assert!(
            fs::read_to_string(path).unwrap() == current,
            "{path} is out of date; run `UPDATE_OPENAPI=1 cargo test copy_of_the_description` and `npm run types` in page/"
        );
    }
}
