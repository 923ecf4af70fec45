//! Go: a line with the function and its arguments, `main.total(0xc000012345)`, and a line with the file,
//! `\t/src/cart.go:12 +0x1d`.

use super::RawFrame;

pub(super) fn frame<'a>(line: &'a str, next: &'a str) -> Option<RawFrame<'a>> {
    let (path, line_number) = file(next)?;
    let (name, _) = line.trim().strip_suffix(')')?.rsplit_once('(')?;
    let name = name.split_once('[').map_or(name, |(name, _)| name);
    let is_name = !name.is_empty() && !name.contains(char::is_whitespace);
    is_name.then(|| RawFrame { function: name.to_owned(), path, line: line_number, column: 0 })
}

/// File and line in the second line of a frame.
fn file(line: &str) -> Option<(&str, u32)> {
    let place = line.strip_prefix('\t').or_else(|| line.strip_prefix("    "))?.trim_start();
    let place = place.split(" +0x").next()?.trim_end();
    let (path, number) = place.rsplit_once(':')?;
    let number = number.parse().ok()?;
    path.ends_with(".go").then_some((path, number))
}

pub(super) fn is_own(frame: &RawFrame<'_>) -> bool {
    const FOREIGN: [&str; 4] = ["runtime.", "reflect.", "net/", "github.com/aws/"];
    // Functions of the language itself, such as `panic`, have no package.
    frame.function.contains('.') && !FOREIGN.iter().any(|begin| frame.function.starts_with(begin))
}

/// True for a line that only a crash report of Go has behind its first line.
#[must_use]
pub(crate) fn is_part(line: &str) -> bool {
    let line = line.trim_end();
    let is_call = line.ends_with(')') && line.contains('(') && line.contains('.') && !line.contains(' ');
    file(line).is_some()
        || (line.starts_with("goroutine ") && line.ends_with(':'))
        || line.starts_with("[signal ")
        || line.starts_with("\tpanic: ")
        || line.starts_with("created by ")
        || line.starts_with("exit status ")
        || is_call
        || (line.ends_with("})") && line.contains("({") && !line.starts_with(char::is_whitespace))
}
