//! Python: `File "/var/task/app.py", line 7, in handler`, innermost last.

use super::RawFrame;

pub(super) fn frame<'a>(line: &'a str, _next: &'a str) -> Option<RawFrame<'a>> {
    let rest = line.trim_start().strip_prefix("File \"")?;
    let (path, rest) = rest.split_once("\", line ")?;
    let (number, function) = rest.split_once(", in ").unwrap_or((rest, ""));
    let line = number.trim_end_matches(',').trim().parse().ok()?;
    Some(RawFrame { function: function.trim().to_owned(), path, line, column: 0 })
}

pub(super) fn is_own(frame: &RawFrame<'_>) -> bool {
    const FOREIGN: [&str; 4] = ["/var/runtime/", "/var/lang/", "/opt/", "<"];
    let path = frame.path;
    !FOREIGN.iter().any(|begin| path.starts_with(begin)) && !path.contains("site-packages")
}
