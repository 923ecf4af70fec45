//! Choice of the log lines whose metrics in the embedded metric format (EMF) are sent as metrics.

use tailwater_parser::Origin;

/// Log lines whose metrics in the embedded metric format (EMF) are sent as metrics. CloudWatch Logs itself makes metrics
/// of all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmfScope {
    /// Lines of Lambda functions, and lines of Lambda Insights, which name a function. Lines whose origin is unknown are
    /// included.
    #[default]
    Lambda,
    /// Lines of all log groups, also those of Container Insights.
    All,
    /// No lines.
    None,
}

impl EmfScope {
    /// All values, by the words of the setting.
    pub const WORDS: &[(&str, Self)] = &[("lambda", Self::Lambda), ("all", Self::All), ("none", Self::None)];

    /// The words of the setting.
    pub const NAMES: &[&str] = &["lambda", "all", "none"];

    /// True if the metrics that lines of `origin` declare are sent.
    #[must_use]
    pub fn includes(self, origin: &Origin) -> bool {
        match self {
            Self::Lambda => !origin.is_other_service(),
            Self::All => true,
            Self::None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(log_group: &str, function_in_a_line: &str, expected: [bool; 3]) {
        let mut origin = Origin::default();
        origin.set_names(log_group, "");
        if !function_in_a_line.is_empty() {
            origin.learn_function(function_in_a_line);
        }
        let scopes = [EmfScope::Lambda, EmfScope::All, EmfScope::None];
        assert_eq!(scopes.map(|scope| scope.includes(&origin)), expected, "{log_group}");
    }

    #[test]
    fn scope_of_lambda_includes_functions_and_lambda_insights() {
        check("/aws/lambda/checkout", "", [true, true, false]);
        check("/aws/lambda-insights", "resize-image", [true, true, false]);
        check("", "", [true, true, false]);
        check("/aws/containerinsights/shop/performance", "", [false, true, false]);
        check("/aws/ecs/containerinsights/shop/performance", "", [false, true, false]);
        check("/metrics/kafka", "", [false, true, false]);
    }
}
