//! What Datadog calls a metric.

use super::limits::NAME_CHARS;

/// How the names of the metrics that Datadog's Lambda extension and forwarder send begin.
const ENHANCED: &str = "aws.lambda.enhanced.";

/// Datadog's name of a metric of invocations. Where its extension has one it is that one; `cold_starts` and
/// `cold_start_cost` are ours.
pub(super) fn enhanced(name: &str) -> String {
    let theirs = match name {
        "restore_duration" => "snapstart_restore_duration",
        "memory_size" => "memorysize",
        other => other,
    };
    format!("{ENHANCED}{theirs}")
}

/// A name that a function gave its metric, as Datadog keeps it: ASCII letters, digits, `_` and `.`, all else an
/// underscore; a letter first; 200 characters at most. `None` when nothing is left.
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
    fn what_names_do_not_have_is_an_underscore() {
        check("Größe (MB)", Some("Gr__e__MB_"));
        check("9 lives", Some("lives"));
        check("日本", None);
        check(&"x".repeat(300), Some("x".repeat(200).as_str()));
    }
}
