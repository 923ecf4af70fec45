//! Titles of error lines: the error text without times, request ids and numbers, so that repeated errors have the
//! same title.

use serde_json::Value;

/// Maximum length of a title in bytes; a longer one is truncated.
const MAX_LENGTH: usize = 240;
/// Maximum length in bytes of a message that is parsed as JSON, to bound the time spent on one message.
const MAX_JSON_LENGTH: usize = 256 * 1024;

/// Title of an empty message. Titles are stored, so a change of this text would split existing groups.
const NO_TEXT: &str = "an error without words";

/// Computes the title of a message: error type and error text if the message is JSON, else its first line without
/// leading time, level and request id. Every number and id is replaced by `*`.
pub(super) fn of(message: &str) -> String {
    let text = json_part(message).and_then(|json| error_text(&json));
    let text = text.unwrap_or_else(|| first_line(strip_prefix(message)).to_owned());
    let mut title = replace_numbers(first_line(&text));
    if title.is_empty() {
        title.push_str(NO_TEXT);
    }
    if title.len() > MAX_LENGTH {
        let end = (0..=MAX_LENGTH).rev().find(|end| title.is_char_boundary(*end)).unwrap_or(0);
        title.truncate(end);
        title.push('…');
    }
    title
}

/// Parses the JSON object that the message consists of, or that it ends with after a tab.
fn json_part(message: &str) -> Option<Value> {
    let begin = message.find('{').filter(|_| message.len() <= MAX_JSON_LENGTH)?;
    let is_all = message.get(..begin)?.trim_start().is_empty();
    let is_after_tab = message.get(..begin)?.ends_with('\t');
    (is_all || is_after_tab).then_some(())?;
    serde_json::from_str(message.get(begin..)?).ok()
}

/// Names of JSON members that hold the error type, as used by Lambda, Powertools and common loggers.
const TYPES: [&str; 6] = ["errorType", "exception_name", "error_type", "exceptionType", "type", "name"];
/// Names of JSON members that hold the error text.
const TEXTS: [&str; 7] =
    ["errorMessage", "exception_message", "error_message", "message", "msg", "exception", "error"];

/// Extracts error type and text from a JSON object, such as `TypeError: Cannot read …`. Either may be missing.
fn error_text(json: &Value) -> Option<String> {
    let object = json.as_object()?;
    // Some loggers nest the error as an object.
    let nested =
        ["error", "err", "exception", "message"].iter().find_map(|name| object.get(*name)?.as_object());
    let text_of = |names: &[&str]| {
        let within = |object: &serde_json::Map<String, Value>| {
            names.iter().find_map(|name| object.get(*name)?.as_str().map(str::to_owned))
        };
        nested.and_then(within).or_else(|| within(object))
    };
    let is_error =
        object.contains_key("errorType") || object.contains_key("exception_name") || nested.is_some();
    let kind = if is_error { text_of(&TYPES) } else { None };
    let text = text_of(&TEXTS).map(|text| strip_prefix(&text).to_owned());
    match (kind, text) {
        (Some(kind), Some(text)) if text.starts_with(&kind) => Some(text),
        (Some(kind), Some(text)) => Some(format!("{kind}: {text}")),
        (kind, text) => kind.or(text),
    }
}

fn first_line(text: &str) -> &str {
    text.trim_start().lines().next().unwrap_or_default().trim_end()
}

/// Strips what loggers write before the text: times, levels and request ids, in brackets or separated by tabs.
fn strip_prefix(message: &str) -> &str {
    let mut rest = message.trim_start();
    loop {
        let end = rest.find(['\t', ' ', '\n']).unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if after.trim_start().is_empty() || !is_prefix(word) {
            return rest;
        }
        rest = after.trim_start();
    }
}

/// True for a level, a time, a request id, or the label `RequestId:`.
fn is_prefix(word: &str) -> bool {
    const LEVELS: [&str; 8] = ["ERROR", "FATAL", "CRITICAL", "SEVERE", "error", "fatal", "fail", "crit"];
    let bare = word.trim_matches(['[', ']', ':', '|']);
    LEVELS.contains(&bare) || bare == "RequestId" || is_time(bare) || is_id(bare)
}

/// True for times and dates, such as `2026-03-04T10:00:00.000Z`, `2026/03/04` or `10:00:00`.
fn is_time(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    digits >= 6 && word.bytes().all(|byte| byte.is_ascii_digit() || b"-/:.,TZ+".contains(&byte))
}

/// True for a UUID or another hexadecimal number of at least 16 digits.
fn is_id(word: &str) -> bool {
    word.len() >= 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Replaces every number and id by `*`, removes control characters and ANSI colour codes. Numbers joined by one of
/// `.:-,`, as in `3.00` or a UUID, become a single `*`.
fn replace_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(after) = strip_colour(rest) {
        rest = after;
    }
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let end =
            if is_word(first) { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if is_number(word) {
            let joined = out.trim_end_matches(['.', ':', '-', ',']).len();
            if out.get(..joined).is_some_and(|before| before.ends_with('*')) {
                out.truncate(joined);
            } else {
                out.push('*');
            }
        } else if !first.is_control() {
            out.push_str(word);
        }
        rest = after;
        while let Some(after) = strip_colour(rest) {
            rest = after;
        }
    }
    out
}

/// Strips a leading ANSI colour code, such as `ESC [ 31 m`. Returns `None` if the text does not start with one.
fn strip_colour(text: &str) -> Option<&str> {
    let code = text.strip_prefix("\u{1b}[")?;
    code.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').strip_prefix('m')
}

/// True for a number, with or without a unit, and for an id. Names with few digits, such as `S3` or `sha256`, are
/// neither.
fn is_number(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let starts_with_digit = word.starts_with(|c: char| c.is_ascii_digit());
    let is_hex = word.len() >= 8 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits > 0 && (starts_with_digit || is_hex || (word.len() > 3 && digits * 2 > word.len()))
        || (is_hex && word.len() >= 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, expected: &str) {
        assert_eq!(of(message), expected, "{message}");
    }

    #[test]
    fn json_error_is_titled_by_its_type_and_text() {
        let error = r#"{"errorType":"TypeError","errorMessage":"Cannot read properties of undefined (reading 'id')"}"#;
        let title = "TypeError: Cannot read properties of undefined (reading 'id')";
        check(error, title);
        check(
            &format!(
                "2026-03-04T10:00:00.000Z\t8f507cfc-1b1e-4c1b-9d36-b0a5e1d2c9aa\tERROR\tInvoke Error \t{error}"
            ),
            title,
        );
        check(
            r#"{"level":"ERROR","message":{"errorType":"KeyError","errorMessage":"'a'"}}"#,
            "KeyError: 'a'",
        );
        check(r#"{"level":"ERROR","message":"payment 17 failed","order":5}"#, "payment * failed");
        check(
            r#"{"level":"ERROR","exception_name":"ValueError","message":"bad","exception":"x"}"#,
            "ValueError: bad",
        );
    }

    #[test]
    fn leading_times_levels_and_ids_are_stripped() {
        let id = "8f507cfc-1b1e-4c1b-9d36-b0a5e1d2c9aa";
        check(
            &format!("2026-03-04T10:00:00.000Z {id} Task timed out after 3.00 seconds"),
            "Task timed out after * seconds",
        );
        check(
            &format!("RequestId: {id} Error: Runtime exited with error: signal: killed"),
            "Error: Runtime exited with error: signal: killed",
        );
        check(
            &format!("[ERROR]\t2026-03-04T10:00:00.000Z\t{id}\tamount must be positive, got -12.50"),
            "amount must be positive, got -*",
        );
        check(
            "[ERROR] KeyError: 'customer_id'\nTraceback (most recent call last):",
            "KeyError: 'customer_id'",
        );
    }

    #[test]
    fn numbers_and_ids_become_stars() {
        check(
            "order c-9921 of user 7f3a9c0d1e2b4f56 at 10.0.0.7:443 failed",
            "order c-* of user * at * failed",
        );
        check("S3 bucket sha256 v41 took 120ms", "S3 bucket sha256 v41 took *");
    }

    #[test]
    fn title_is_never_empty_and_never_long() {
        check("", NO_TEXT);
        check("ERROR", "ERROR");
        check("{\"errorType\":", "{\"errorType\":");
        assert!(of(&"ö".repeat(500)).len() < 250);
        check("\u{1b}[31mred\u{1b}[0m and \u{1b}[1;4mbold", "red and bold");
    }
}
