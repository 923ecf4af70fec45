//! Java, and other languages of its virtual machine: `at com.shop.Cart.total(Cart.java:12)`, without `at` in JSON.

use super::RawFrame;

pub(super) fn frame<'a>(line: &'a str, _next: &'a str) -> Option<RawFrame<'a>> {
    let rest = line.trim();
    let rest = rest.strip_prefix("at ").unwrap_or(rest);
    // Packaging data may follow: `~[cart.jar:1.0]`.
    let (name, rest) = rest.split_once('(')?;
    let (within, _) = rest.split_once(')')?;
    let (path, line) = match within.rsplit_once(':') {
        Some((path, line)) if is_source(path) => (path, line.parse().ok()?),
        Some(_) => return None,
        None if is_source(within) => (within, 0),
        None => match within {
            "Native Method" | "Unknown Source" | "<generated>" => ("", 0),
            _ => return None,
        },
    };
    let is_name = name.contains('.') && !name.contains(char::is_whitespace);
    is_name.then(|| RawFrame { function: function(name), path, line, column: 0 })
}

fn is_source(file: &str) -> bool {
    let extension = file.rsplit_once('.').map(|(_, extension)| extension);
    matches!(extension, Some("java" | "kt" | "scala" | "groovy" | "clj"))
}

/// Name without the module, without what tools add to a class, and with the function in which a lambda is written.
fn function(name: &str) -> String {
    let (class, method) = name.rsplit_once('.').unwrap_or(("", name));
    let class = class.split_once("$$").map_or(class, |(class, _)| class);
    let class = class.rsplit('/').next().unwrap_or(class);
    let lambda = method.strip_prefix("lambda$").and_then(|rest| rest.rsplit_once('$'));
    format!("{class}.{}", lambda.map_or(method, |(method, _)| method))
}

pub(super) fn is_own(frame: &RawFrame<'_>) -> bool {
    const FOREIGN: [&str; 13] = [
        "java.",
        "javax.",
        "jdk.",
        "sun.",
        "com.sun.",
        "com.amazonaws.",
        "software.amazon.",
        "lambdainternal.",
        "org.springframework.",
        "kotlin.",
        "scala.",
        "reactor.",
        "io.netty.",
    ];
    !FOREIGN.iter().any(|begin| frame.function.starts_with(begin))
}
