//! Loki server: receives logs over OTLP and returns them with `LogQL`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Server, ServerSpec, query::target};

/// Running Loki.
pub struct Loki(Server);

/// Stored log line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// Labels of the stream and structured metadata, with dots replaced by underscores.
    pub labels: BTreeMap<String, String>,
    /// Nanoseconds since 1970.
    pub time_ns: i64,
    /// Body of the record.
    pub text: String,
}

/// Maximum number of lines per query.
const PAGE: usize = 5_000;

impl Loki {
    /// Starts the server; `None` if it is not installed.
    #[must_use]
    pub fn start_if_installed() -> Option<Self> {
        Server::start_if_installed(ServerSpec { name: "loki", ready: "/ready" }).map(Self)
    }

    /// Value for `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT`.
    #[must_use]
    pub fn logs_endpoint(&self) -> String {
        format!("{}/otlp/v1/logs", self.0.url())
    }

    /// Makes Loki write the lines in its memory to disk, because queries for old times read only the disk.
    ///
    /// # Panics
    /// Panics if it does not succeed.
    pub fn flush(&self) {
        let response = self.0.request("POST", "/flush", &[], "").expect("Loki answers");
        assert_eq!(response.status, 204, "{}", String::from_utf8_lossy(&response.body));
    }

    /// Returns all lines of the matching streams in a range of time, in nanoseconds since 1970.
    ///
    /// # Panics
    /// Panics if Loki's response is not as documented.
    #[must_use]
    pub fn lines(&self, selector: &str, from_ns: i64, until_ns: i64) -> Vec<Line> {
        let (mut from, mut all) = (from_ns, Vec::new());
        loop {
            let page = self.page(selector, from, until_ns);
            let Some(last) = page.iter().map(|line| line.time_ns).max().filter(|_| page.len() == PAGE) else {
                all.extend(page);
                return all;
            };
            // The last timestamp of a full page may have further lines, so the next page starts there.
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

    /// Returns the value of a metric query at one time, by label values.
    ///
    /// # Panics
    /// Panics if Loki's response is not as documented.
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

/// Returns the values of the labels, sorted by name and joined with spaces.
fn labels_in_order(metric: &Value) -> String {
    let values = metric.as_object().into_iter().flatten().map(|(_, value)| value.as_str().unwrap_or("?"));
    values.collect::<Vec<_>>().join(" ")
}
