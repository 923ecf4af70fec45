//! .NET: `at Shop.Cart.Total(Int32 id) in /src/Cart.cs:line 12`; the file may be missing.

use super::RawFrame;

pub(super) fn frame<'a>(line: &'a str, _next: &'a str) -> Option<RawFrame<'a>> {
    let rest = line.trim().strip_prefix("at ")?;
    let (name, rest) = rest.split_once('(')?;
    let (_, after) = rest.rsplit_once(')')?;
    let (path, number) =
        after.strip_prefix(" in ").and_then(|at| at.rsplit_once(":line ")).unwrap_or(("", "0"));
    let is_name = name.contains('.') && !name.contains(char::is_whitespace);
    let line = number.trim().parse().ok()?;
    is_name.then(|| RawFrame { function: function(name), path, line, column: 0 })
}

/// Name without type arguments, and with the method that the compiler has turned into a class: `Shop.Cart.<Total>d__4.MoveNext`
/// is `Shop.Cart.Total`.
fn function(name: &str) -> String {
    let name = name.split_once('[').map_or(name, |(name, _)| name);
    let generated =
        name.split_once(".<>c").map(|(class, rest)| (class, rest.split_once('<').map(|(_, rest)| rest)));
    let (class, method) = match generated {
        Some((class, Some(method))) => (class, method),
        Some((_, None)) => return without_arity(name),
        None => match name.split_once('<') {
            Some((class, method)) => (class.trim_end_matches('.'), method),
            None => return without_arity(name),
        },
    };
    let method = method.split_once('>').map_or(method, |(method, _)| method);
    without_arity(&format!("{class}.{method}"))
}

/// Removes the number of type parameters, as in ``Map`2``.
fn without_arity(name: &str) -> String {
    let mut parts = name.split('`');
    let mut out = parts.next().unwrap_or_default().to_owned();
    parts.for_each(|part| out.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit())));
    out
}

pub(super) fn is_own(frame: &RawFrame<'_>) -> bool {
    const FOREIGN: [&str; 3] = ["System.", "Microsoft.", "Amazon.Lambda."];
    !FOREIGN.iter().any(|begin| frame.function.starts_with(begin))
}
