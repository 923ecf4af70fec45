mod actions;
mod decisions;
mod joining;
mod redaction;

use std::sync::Arc;

use tailwater_parser::line;

use super::*;

/// Sinks of the tests.
const SINKS: &[&str] = &["otlp", "datadog", "s3"];

fn rules(text: &str) -> Arc<Rules> {
    let options = ParseOptions { sinks: SINKS, redact_key: Some("secret"), datadog: None };
    let rules = Rules::parse(text, &options);
    Arc::new(rules.unwrap_or_else(|problems| panic!("{text}: {problems:?}")))
}

fn origin(log_group: &str) -> Origin {
    let mut origin = Origin::default();
    (origin.account, origin.region) = ("1".to_owned(), "eu-west-1".to_owned());
    origin.set_names(log_group, "2026/11/29/[$LATEST]4426346c2cdf4c54a74d3bd2b929fc44");
    origin
}

/// Rules, the selection for a log group, and the evaluator of a worker.
struct Fixture {
    rules: Arc<Rules>,
    selected: Selected,
    evaluator: Evaluator,
    matches: Matches,
}

impl Fixture {
    fn new(text: &str, log_group: &str) -> Self {
        let rules = rules(text);
        let selected = rules.select(&origin(log_group));
        let evaluator = Evaluator::new(Arc::clone(&rules));
        Self { rules, selected, evaluator, matches: Matches::new() }
    }

    fn evaluate(&mut self, message: &str) {
        let line = line::parse(message);
        let subject = Subject { line: &line, level: line.level(), message };
        self.evaluator.evaluate(&self.selected, &subject, &mut self.matches);
    }

    fn decision(&mut self, message: &str, sink: &str) -> Decision {
        self.evaluate(message);
        let idx = SINKS.iter().position(|known| *known == sink).unwrap();
        self.rules.decision(&self.matches, Sinks::one(idx))
    }

    fn edited(&mut self, message: &str) -> Option<String> {
        self.evaluate(message);
        let mut out = String::new();
        self.evaluator.edit(&self.matches, Sinks::ALL, message, &mut out).then_some(out)
    }
}
