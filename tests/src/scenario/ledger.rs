//! The ledgers that `bootstrap` prints, one line an invocation.

use serde_json::Value;

/// One sink's account of one invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    sink: String,
    received: u64,
    endings: [u64; ENDINGS.len()],
}

const ENDINGS: [&str; 5] = ["delivered", "filtered", "sampled", "parked", "rejected"];

impl Ledger {
    /// Every ledger in what a process wrote, which is one JSON document a line.
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
        let mut endings = [0; ENDINGS.len()];
        for (ending, name) in endings.iter_mut().zip(ENDINGS) {
            *ending = count(name)?;
        }
        Some(Self { sink: sink.to_owned(), received: account.get("received")?.as_u64()?, endings })
    }

    /// What is wrong with it, if something is.
    #[must_use]
    pub fn imbalance(&self) -> Option<String> {
        let settled: u64 = self.endings.iter().sum();
        (settled != self.received).then(|| format!("a ledger does not balance: {self:?}"))
    }

    /// How many events ended like this.
    ///
    /// # Panics
    /// When there is no such ending.
    #[must_use]
    pub fn ended(&self, ending: &str) -> u64 {
        let place = ENDINGS.iter().position(|own| *own == ending).expect("an ending of the ledger's");
        self.endings[place]
    }

    /// Whose it is.
    #[must_use]
    pub fn sink(&self) -> &str {
        &self.sink
    }

    /// How many events it is about.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, balanced: &[bool]) {
        let found: Vec<_> = Ledger::all(line).iter().map(|ledger| ledger.imbalance().is_none()).collect();
        assert_eq!(found, balanced);
    }

    #[test]
    fn an_event_without_an_end_is_found() {
        check(r#"{"ledger":{"otlp":{"received":3,"delivered":1,"parked":2}}}"#, &[true]);
        check(r#"{"ledger":{"otlp":{"received":3,"delivered":1,"parked":1}}}"#, &[false]);
        check("no JSON\n{\"level\":\"INFO\"}", &[]);
    }
}
