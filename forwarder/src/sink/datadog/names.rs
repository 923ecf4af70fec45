//! Names of metrics in Datadog.

use tailwater_parser::derive::Metric;

use super::limits::NAME_CHARS;

/// Prefix of the metrics that Datadog's Lambda extension and forwarder send.
const ENHANCED: &str = "aws.lambda.enhanced.";

/// Returns Datadog's name of a metric of invocations. It is the name that Datadog's Lambda extension uses; for
/// `cold_starts` and `cold_start_cost`, which the extension does not send, it is a name of the same form.
pub(super) fn enhanced(name: &str) -> String {
    let theirs = match name {
        "restore_duration" => "snapstart_restore_duration",
        "memory_size" => "memorysize",
        other => other,
    };
    format!("{ENHANCED}{theirs}")
}

/// Returns the value of a metric of invocations in Datadog's unit. Datadog documents the times of responses in
/// milliseconds, all other times in seconds.
pub(super) fn enhanced_value(metric: &Metric) -> f64 {
    match metric.name {
        // Lambda states times in microseconds at best, so nothing is lost by this rounding.
        "response_latency" => (metric.value * 1e6).round() / 1e3,
        _ => metric.value,
    }
}

/// Normalises the name of a declared metric as Datadog does: ASCII letters, digits, `_` and `.`, an underscore for
/// any other character; starts with a letter; at most 200 characters. `None` if nothing is left.
pub(super) fn custom(name: &str) -> Option<String> {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' };
    let from_letter = name.chars().skip_while(|c| !c.is_ascii_alphabetic());
    let name: String = from_letter.take(NAME_CHARS).map(allowed).collect();
    Some(name).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: Option<&str>) {
        assert_eq!(custom(name).as_deref(), expected);
    }

    #[test]
    fn custom_names_keep_their_case() {
        check("OrdersPlaced", Some("OrdersPlaced"));
        check("queue.depth_2", Some("queue.depth_2"));
    }

    #[test]
    fn other_characters_become_underscores() {
        check("Größe (MB)", Some("Gr__e__MB_"));
        check("9 lives", Some("lives"));
        check("日本", None);
        check(&"x".repeat(300), Some("x".repeat(200).as_str()));
    }
}
