//! Loki: logs that came over OTLP, read back with `LogQL`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Server, ServerSpec, query::target};

/// A running Loki.
pub struct Loki(Server);

/// One log line that it holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// Labels of its stream and what it carries besides (structured metadata), dots as underscores.
    pub labels: BTreeMap<String, String>,
    /// Nanoseconds since 1970.
    pub time_ns: i64,
    /// The body of the record.
    pub text: String,
}

/// Most lines that one query returns.
const PAGE: usize = 5_000;

impl Loki {
    /// Starts one; `None` where it is not installed.
    #[must_use]
    pub fn start_if_installed() -> Option<Self> {
        Server::start_if_installed(ServerSpec { name: "loki", ready: "/ready" }).map(Self)
    }

    /// What `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT` has to say.
    #[must_use]
    pub fn logs_endpoint(&self) -> String {
        format!("{}/otlp/v1/logs", self.0.url())
    }

    /// Has it write what it holds in memory, where queries for times long past do not look.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn flush(&self) {
        let response = self.0.request("POST", "/flush", &[], "").expect("Loki answers");
        assert_eq!(response.status, 204, "{}", String::from_utf8_lossy(&response.body));
    }

    /// Every line of the streams that match, from one time to another, in nanoseconds since 1970.
    ///
    /// # Panics
    /// When Loki does not answer as its documentation says.
    #[must_use]
    pub fn lines(&self, selector: &str, from_ns: i64, until_ns: i64) -> Vec<Line> {
        let (mut from, mut all) = (from_ns, Vec::new());
        loop {
            let page = self.page(selector, from, until_ns);
            let Some(last) = page.iter().map(|line| line.time_ns).max().filter(|_| page.len() == PAGE) else {
                all.extend(page);
                return all;
            };
            // The last moment of a full page may have more lines: it is read again, whole.
            assert!(last > from, "more than {PAGE} lines at {last}");
            all.extend(page.into_iter().filter(|line| line.time_ns < last));
            from = last;
        }
    }

    fn page(&self, selector: &str, from_ns: i64, until_ns: i64) -> Vec<Line> {
        let (from, until, limit) = (from_ns.to_string(), until_ns.to_string(), PAGE.to_string());
        let parameters = [
            ("query", selector),
            ("start", &from),
            ("end", &until),
            ("limit", &limit),
            ("direction", "forward"),
        ];
        let answer = self.get_json("/loki/api/v1/query_range", &parameters);
        answer["data"]["result"].as_array().into_iter().flatten().flat_map(lines_of).collect()
    }

    /// The value of a metric query for each set of labels, at one time.
    ///
    /// # Panics
    /// When Loki does not answer as its documentation says.
    #[must_use]
    pub fn counts(&self, query: &str, at_ns: i64) -> BTreeMap<String, u64> {
        let answer = self.get_json("/loki/api/v1/query", &[("query", query), ("time", &at_ns.to_string())]);
        let sample = |sample: &Value| {
            let value = sample["value"][1].as_str().and_then(|value| value.parse().ok());
            (labels_in_order(&sample["metric"]), value.unwrap_or_else(|| panic!("no number in {sample}")))
        };
        answer["data"]["result"].as_array().into_iter().flatten().map(sample).collect()
    }

    fn get_json(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let response = self.0.get(&target(path, parameters)).expect("Loki answers");
        let text = String::from_utf8_lossy(&response.body);
        assert_eq!(response.status, 200, "{path} {parameters:?}: {text}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"))
    }
}

fn lines_of(stream: &Value) -> impl Iterator<Item = Line> + '_ {
    let labels: BTreeMap<_, _> = stream["stream"].as_object().into_iter().flatten().map(text_pair).collect();
    stream["values"].as_array().into_iter().flatten().map(move |value| Line {
        labels: labels.clone(),
        time_ns: value[0].as_str().and_then(|time| time.parse().ok()).unwrap_or_default(),
        text: value[1].as_str().unwrap_or_default().to_owned(),
    })
}

fn text_pair((name, value): (&String, &Value)) -> (String, String) {
    (name.clone(), value.as_str().unwrap_or_default().to_owned())
}

/// The labels' values, in the order of their names, with spaces between.
fn labels_in_order(metric: &Value) -> String {
    let values = metric.as_object().into_iter().flatten().map(|(_, value)| value.as_str().unwrap_or("?"));
    values.collect::<Vec<_>>().join(" ")
}
