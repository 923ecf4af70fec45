//! Ruby: `/var/task/app.rb:5:in 'total'`; up to version 3.3 the name has a grave accent before it.

use super::RawFrame;

pub(super) fn frame<'a>(line: &'a str, _next: &'a str) -> Option<RawFrame<'a>> {
    let rest = line.trim();
    let rest = rest.strip_prefix("from ").unwrap_or(rest);
    let (place, function) = rest.split_once(":in ")?;
    let (path, number) = place.rsplit_once(':')?;
    let line = number.parse().ok()?;
    let quoted = function.strip_prefix(['\'', '`'])?;
    let (name, _) = quoted.split_once('\'')?;
    (!path.is_empty()).then(|| RawFrame { function: method(name), path, line, column: 0 })
}

/// Method in which a block is written.
fn method(name: &str) -> String {
    let name = if name.starts_with("block ") { name.rsplit(" in ").next().unwrap_or(name) } else { name };
    name.to_owned()
}

pub(super) fn is_own(frame: &RawFrame<'_>) -> bool {
    const FOREIGN: [&str; 3] = ["/var/runtime/", "/var/lang/", "<internal:"];
    let path = frame.path;
    !FOREIGN.iter().any(|begin| path.starts_with(begin)) && !path.contains("gems/")
}
