//! The API's description in OpenAPI 3.1, made from the table of questions and the schemas beside this file.

use serde_json::{Map, Value, json};

use super::{ENDPOINTS, Endpoint, Handler};

/// Schemas of all answers, by name.
const SCHEMAS: &str = include_str!("schemas.json");

/// The description.
pub(in crate::serve) fn document() -> Value {
    let mut paths: Map<String, Value> =
        ENDPOINTS.iter().map(|route| (route.path.to_owned(), json!({ "get": question(route) }))).collect();
    paths.insert("/api/v1/deliveries".to_owned(), json!({ "post": deliveries() }));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Tailwater",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What `tailwater serve` knows of the store. Times are milliseconds of the epoch, money US \
                dollars; what a log does not tell is null.",
        },
        "paths": paths,
        "components": { "schemas": serde_json::from_str::<Value>(SCHEMAS).unwrap_or_default() },
    })
}

fn question(route: &Endpoint) -> Value {
    let parameters = route.parameters.iter().map(|parameter| {
        json!({
            "name": parameter.name,
            "in": "query",
            "required": false,
            "description": parameter.description,
            "schema": { "type": parameter.kind },
        })
    });
    let kind = match route.handler {
        Handler::Cached(_) | Handler::Document(_) | Handler::OpenApi => "application/json",
        Handler::Export => "application/x-ndjson",
        Handler::Changes => "text/event-stream",
    };
    json!({
        "summary": route.summary,
        "parameters": parameters.collect::<Vec<_>>(),
        "responses": responses("The answer.", kind, route.schema),
    })
}

fn deliveries() -> Value {
    json!({
        "summary": "Keeps the log events of a Lambda event: CloudWatch Logs, Kinesis, SQS, SNS or Firehose",
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": { "type": "object" } } },
        },
        "responses": responses("What became of each log event; everything is in the file.", "application/json", "Kept"),
    })
}

fn responses(what: &str, kind: &str, schema: &str) -> Value {
    let schema = json!({ "$ref": format!("#/components/schemas/{schema}") });
    let problem = json!({ "$ref": "#/components/schemas/Problem" });
    json!({
        "200": { "description": what, "content": { kind: { "schema": schema } } },
        "default": {
            "description": "Why there is none.",
            "content": { "application/problem+json": { "schema": problem } },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_has_a_schema_and_every_schema_an_answer() {
        let document = document();
        let schemas = document["components"]["schemas"].as_object().expect("schemas.json is JSON");
        let text = document.to_string();
        let mut used: Vec<_> =
            schemas.keys().filter(|name| text.contains(&format!("schemas/{name}\""))).collect();
        used.dedup();
        assert_eq!(used.len(), schemas.len(), "a schema is not used: {schemas:?}");
        for reference in text.split("#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(schemas.contains_key(name), "no schema {name}");
        }
    }
}
