//! Log lines of Datadog's Lambda libraries that are no logs: metrics `{"m":NAME,"v":VALUE,"e":TIME,"t":TAGS}`, and traces.

use serde_json::Value;
use tailwater_parser::UnixMillis;

/// Longest line that is read as a metric. The libraries' lines have some hundred bytes.
const MAX_LENGTH: usize = 16 * 1024;

/// Metric in a log line of Datadog's Lambda library.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricLine {
    /// Name.
    pub name: String,
    /// Value.
    pub value: f64,
    /// Time of the point.
    pub time: UnixMillis,
    /// Tags as in the line, mostly `key:value`.
    pub tags: Vec<String>,
}

impl MetricLine {
    /// Reads a line; `None` if it is not a metric. The first member has to be one of the four, so that other JSON lines
    /// take no time.
    #[must_use]
    pub fn read(message: &str) -> Option<Self> {
        let first = message.strip_prefix('{')?.trim_ascii_start().as_bytes();
        let [b'"', b'm' | b'v' | b'e' | b't', b'"', ..] = first else { return None };
        if message.len() > MAX_LENGTH {
            return None;
        }
        let line: Value = serde_json::from_str(message).ok()?;
        let seconds = line.get("e")?.as_i64()?;
        let tags = line.get("t")?.as_array()?.iter().filter_map(|tag| tag.as_str().map(str::to_owned));
        Some(Self {
            name: line.get("m")?.as_str()?.to_owned(),
            value: line.get("v")?.as_f64()?,
            time: UnixMillis(seconds.saturating_mul(1_000)),
            tags: tags.collect(),
        })
    }
}

/// True for a line with traces, which Datadog's forwarder sends to the intake of traces.
#[must_use]
pub fn has_traces(message: &str) -> bool {
    message.starts_with("{\"traces\":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metric_is_read_in_any_order_of_members() {
        let expected = MetricLine {
            name: "shop.parcels".to_owned(),
            value: 12.5,
            time: UnixMillis(1_772_618_400_000),
            tags: vec!["stage:beta".to_owned(), "bare".to_owned()],
        };
        for line in [
            r#"{"m":"shop.parcels","v":12.5,"e":1772618400,"t":["stage:beta","bare"]}"#,
            "{ \"e\": 1772618400, \"m\": \"shop.parcels\", \"t\": [\"stage:beta\", \"bare\"], \"v\": 12.5}\n",
        ] {
            assert_eq!(MetricLine::read(line), Some(expected.clone()), "{line}");
        }
    }

    #[test]
    fn other_lines_are_no_metrics() {
        for line in [
            "plain",
            "{}",
            r#"{"m":"a","v":1,"e":1772618400}"#,
            r#"{"m":"a","v":"1","e":1772618400,"t":[]}"#,
            r#"{"m":"a","v":1,"e":"now","t":[]}"#,
            r#"{"m":1,"v":1,"e":1772618400,"t":[]}"#,
            r#"{"m":"a","v":1,"e":1772618400,"t":"x"}"#,
            r#"{"msg":"a","m":"a","v":1,"e":1772618400,"t":[]}"#,
            r#"{"m":"a","v":1,"e":1772618400,"t":[]} and more"#,
        ] {
            assert_eq!(MetricLine::read(line), None, "{line}");
        }
    }

    #[test]
    fn lines_of_traces_are_recognised() {
        assert!(has_traces(r#"{"traces":[[{"trace_id":"1"}]]}"#));
        assert!(!has_traces(r#"{"trace":1}"#));
    }
}
