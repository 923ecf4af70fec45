//! Node.js: `at f (/var/task/index.js:3:9)` or `at /var/task/index.js:3:9`.

use super::{RawFrame, place};

pub(super) fn frame<'a>(line: &'a str, _next: &'a str) -> Option<RawFrame<'a>> {
    let rest = line.trim().strip_prefix("at ")?;
    let (function, within) = match rest.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (")) {
        Some((function, within)) => (function, within),
        None => ("", rest),
    };
    let (path, line, column) = place(within)?;
    let is_path = !path.is_empty() && !path.contains(char::is_whitespace);
    (is_path && (column > 0 || !function.is_empty())).then(|| RawFrame {
        function: name(function),
        path: path.strip_prefix("file://").unwrap_or(path),
        line,
        column,
    })
}

/// Name without `async`, `new` and the alias in brackets.
fn name(function: &str) -> String {
    let function = function.trim_start_matches("async ").trim_start_matches("new ");
    let name = function.split_once(" [as ").map_or(function, |(name, _)| name);
    if name.is_empty() { "<anonymous>".to_owned() } else { name.to_owned() }
}

pub(super) fn is_own(frame: &RawFrame<'_>) -> bool {
    const FOREIGN: [&str; 4] = ["node:", "/var/runtime/", "/opt/", "internal/"];
    let path = frame.path;
    !FOREIGN.iter().any(|begin| path.starts_with(begin)) && !path.contains("node_modules")
}
