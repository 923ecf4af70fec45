//! Ledgers that `bootstrap` prints, one line per invocation: for each sink, the number of events by
//! disposition (delivered, parked and so on). Metrics have no ledger, but their lost points are counted.

use serde_json::Value;

/// Ledger of one sink for one invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    sink: String,
    received: u64,
    dispositions: [u64; DISPOSITIONS.len()],
}

const DISPOSITIONS: [&str; 5] = ["delivered", "filtered", "sampled", "parked", "rejected"];

impl Ledger {
    /// Returns all ledgers in the output of a process, which has one JSON document per line.
    #[must_use]
    pub fn all(output: &str) -> Vec<Self> {
        let documents = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        documents.flat_map(|document| Self::of_line(&document)).collect()
    }

    fn of_line(document: &Value) -> Vec<Self> {
        let sinks = document["ledger"].as_object().into_iter().flatten();
        sinks.filter_map(|(sink, account)| Self::read(sink, account)).collect()
    }

    fn read(sink: &str, account: &Value) -> Option<Self> {
        let count = |name: &str| account.get(name).map_or(Some(0), Value::as_u64);
        let mut dispositions = [0; DISPOSITIONS.len()];
        for (disposition, name) in dispositions.iter_mut().zip(DISPOSITIONS) {
            *disposition = count(name)?;
        }
        Some(Self { sink: sink.to_owned(), received: account.get("received")?.as_u64()?, dispositions })
    }

    /// Describes the difference, if the counts of all dispositions do not sum up to `received`.
    #[must_use]
    pub fn imbalance(&self) -> Option<String> {
        let sum: u64 = self.dispositions.iter().sum();
        (sum != self.received).then(|| format!("unbalanced ledger: {self:?}"))
    }

    /// Returns the number of events with this disposition, such as `delivered`.
    ///
    /// # Panics
    /// Panics if there is no such disposition.
    #[must_use]
    pub fn count(&self, disposition: &str) -> u64 {
        let index =
            DISPOSITIONS.iter().position(|own| *own == disposition).expect("a disposition of the ledger");
        self.dispositions[index]
    }

    /// Name of the sink.
    #[must_use]
    pub fn sink(&self) -> &str {
        &self.sink
    }

    /// Number of events that the sink was to receive.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }
}

/// Returns the number of `items` (`points` or `spans`) of a sink that are counted as lost in the output of a process.
pub(super) fn lost(output: &str, sink: &str, items: &str) -> u64 {
    let metric = format!("tailwater_lost_{items}");
    let documents = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let own = documents.filter(|document| document["sink"] == sink);
    own.filter_map(|document| document[metric.as_str()].as_u64()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_points_of_a_sink_are_summed_up() {
        let output = "{\"sink\":\"otlp\",\"tailwater_lost_points\":3}\n{\"sink\":\"datadog\",\"tailwater_lost_points\":9}\nno JSON\n\
                      {\"sink\":\"otlp\",\"tailwater_lost_points\":4}\n{\"sink\":\"otlp\"}\n{\"sink\":\"otlp\",\"points\":5}";
        assert_eq!(lost(output, "otlp", "points"), 7);
        assert_eq!(lost(output, "ndjson", "points"), 0);
    }

    fn check(line: &str, balanced: &[bool]) {
        let found: Vec<_> = Ledger::all(line).iter().map(|ledger| ledger.imbalance().is_none()).collect();
        assert_eq!(found, balanced);
    }

    #[test]
    fn event_without_disposition_is_an_imbalance() {
        check(r#"{"ledger":{"otlp":{"received":3,"delivered":1,"parked":2}}}"#, &[true]);
        check(r#"{"ledger":{"otlp":{"received":3,"delivered":1,"parked":1}}}"#, &[false]);
        check("no JSON\n{\"level\":\"INFO\"}", &[]);
    }
}
