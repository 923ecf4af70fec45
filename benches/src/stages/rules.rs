//! Stages with rules: the pipeline to OTLP as without them, and what the rules add.

use std::sync::Arc;

use tailwater_forwarder::{
    pipeline::RuleConfig,
    rules::{ParseOptions, Rules},
};

use super::{PreparedStage, forward, input::StageInput};

/// Ten rules as users write them: some match many events, some none.
const TYPICAL: &str = r#"
[[rule]]
when.message = '(?i)GET /health'
drop = {}
[[rule]]
when.function = "*-canary"
keep = {}
[[rule]]
when.level = ["DEBUG", "TRACE"]
drop = {}
[[rule]]
redact = { detect = ["email"], keys = ["password"] }
[[rule]]
when.log_group = "/aws/lambda/{service}"
set = { service = "{service}", tags = ["team:shop"] }
[[rule]]
when.log_group = "/ecs/*"
join = { starts = '^\d{4}-\d{2}-\d{2}' }
[[rule]]
when.fields = { "event" = "order_placed" }
metric = { name = "shop.orders", kind = "count" }
[[rule]]
when.fields = { "http.status" = ">= 500" }
set = { tags = ["failed"] }
[[rule]]
when.log_group = "/aws/vpc/*"
drop = {}
[[rule]]
when.message = 'ELB-HealthChecker'
drop = {}
"#;

const ALL_DETECTORS: &str = r#"
[[rule]]
redact = { detect = ["email", "ipv4", "ipv6", "card", "aws_key", "bearer", "jwt", "private_key"] }
"#;

const SAMPLE: &str = "
[[rule]]
sample = { one_in = 20 }
";

pub(super) fn typical(input: &StageInput) -> PreparedStage<'_> {
    forward::pipeline_with_rules(input, &config(TYPICAL))
}

pub(super) fn all_detectors(input: &StageInput) -> PreparedStage<'_> {
    forward::pipeline_with_rules(input, &config(ALL_DETECTORS))
}

pub(super) fn sample(input: &StageInput) -> PreparedStage<'_> {
    forward::pipeline_with_rules(input, &config(SAMPLE))
}

fn config(rules: &str) -> RuleConfig {
    let options = ParseOptions { sinks: &["otlp"], redact_key: None, datadog: None };
    RuleConfig::new(Arc::new(Rules::parse(rules, &options).expect("the rules are valid")), vec![0])
}
