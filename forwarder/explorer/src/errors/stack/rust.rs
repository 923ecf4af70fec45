//! Rust: `thread 'main' panicked at src/cart.rs:12:5:`, the message in the next line, and in a backtrace
//! `  4: shop::cart::total` above `at ./src/cart.rs:12:5`.

use super::{RawFrame, place};

/// Reads the file and the message of a panic from its first line and the line after it. Up to Rust 1.72 the message was
/// in the first line, in quotation marks.
pub(super) fn panic<'a>(first: &'a str, next: &'a str) -> Option<(&'a str, &'a str)> {
    let rest = first.trim().strip_prefix("thread '")?;
    let (_, at) = rest.split_once("' panicked at ").or_else(|| {
        // Since Rust 1.91 the id of the thread is in between.
        let (_, rest) = rest.split_once("' (")?;
        rest.split_once(") panicked at ")
    })?;
    if let Some((message, at)) = at.strip_prefix('\'').and_then(|quoted| quoted.rsplit_once("', ")) {
        return Some((place(at)?.0, message));
    }
    Some((place(at.strip_suffix(':')?)?.0, next.trim()))
}

pub(super) fn frame<'a>(line: &'a str, next: &'a str) -> Option<RawFrame<'a>> {
    let (number, name) = line.trim_start().split_once(": ")?;
    number.parse::<u32>().ok()?;
    let (path, line, column) = next.trim().strip_prefix("at ").and_then(place).unwrap_or_default();
    let is_name = name.contains("::") || !path.is_empty();
    is_name.then(|| RawFrame { function: function(name.trim()), path, line, column })
}

/// Path without the hash of the build, and with the function in which a closure is written.
fn function(name: &str) -> String {
    // Backtraces of some versions have an address in between.
    let name = match name.split_once(" - ") {
        Some((address, name)) if address.starts_with("0x") => name,
        Some(_) | None => name,
    };
    let hash = name
        .rsplit_once("::h")
        .filter(|(_, hash)| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let name = hash.map_or(name, |(name, _)| name);
    name.replace("::{{closure}}", "").replace("::{closure#0}", "")
}

pub(super) fn is_own(frame: &RawFrame<'_>) -> bool {
    const FOREIGN: [&str; 5] = ["core", "std", "alloc", "tokio", "lambda_runtime"];
    let name = frame.function.trim_start_matches(['<', '&']);
    let first = name.split("::").next().unwrap_or(name);
    let is_library = frame.path.contains("/rustc/") || frame.path.contains(".cargo/registry");
    name.contains("::") && !FOREIGN.contains(&first) && !is_library
}

/// True for a line that only a panic of Rust has behind its first two lines.
#[must_use]
pub(crate) fn is_part(line: &str) -> bool {
    let trimmed = line.trim();
    let is_number = |number: &str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    trimmed == "stack backtrace:"
        || trimmed.starts_with("note: run with `RUST_BACKTRACE")
        || trimmed.starts_with("note: Some details are omitted")
        || (line.starts_with(' ') && trimmed.split_once(": ").is_some_and(|(number, _)| is_number(number)))
        || (line.starts_with(' ') && trimmed.starts_with("at ") && place(trimmed).is_some())
}
