//! Prometheus server: receives metrics over OTLP and returns them with `PromQL`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Server, ServerSpec, query::target};

/// Running Prometheus.
pub struct Prometheus(Server);

/// Value with labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Value.
    pub value: f64,
}

impl Prometheus {
    /// Starts the server; `None` if it is not installed.
    #[must_use]
    pub fn start_if_installed() -> Option<Self> {
        Server::start_if_installed(ServerSpec { name: "prometheus", ready: "/-/ready" }).map(Self)
    }

    /// Value for `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`.
    #[must_use]
    pub fn metrics_endpoint(&self) -> String {
        format!("{}/api/v1/otlp/v1/metrics", self.0.url())
    }

    /// Evaluates an expression at one time, in seconds since 1970.
    ///
    /// # Panics
    /// Panics if Prometheus rejects it, or its response is not as documented.
    #[must_use]
    pub fn query(&self, expression: &str, at: i64) -> Vec<Sample> {
        let parameters = [("query", expression), ("time", &at.to_string())];
        let response = self.0.get(&target("/api/v1/query", &parameters)).expect("Prometheus answers");
        let text = String::from_utf8_lossy(&response.body);
        assert_eq!(response.status, 200, "{expression}: {text}");
        let answer: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"));
        answer["data"]["result"].as_array().into_iter().flatten().map(sample).collect()
    }

    /// Evaluates an expression and returns the values by one label.
    ///
    /// # Panics
    /// Panics if Prometheus rejects it, or its response is not as documented.
    #[must_use]
    pub fn by(&self, label: &str, expression: &str, at: i64) -> BTreeMap<String, f64> {
        let samples = self.query(expression, at).into_iter();
        samples.map(|sample| (sample.labels.get(label).cloned().unwrap_or_default(), sample.value)).collect()
    }
}

fn sample(result: &Value) -> Sample {
    let labels = result["metric"].as_object().into_iter().flatten();
    let labels =
        labels.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect();
    let value = result["value"][1].as_str().and_then(|value| value.parse().ok());
    Sample { labels, value: value.unwrap_or_else(|| panic!("no number in {result}")) }
}
