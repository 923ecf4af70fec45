//! What an error line says, without what differs from one time to the next.

use serde_json::Value;

/// Longer titles are cut.
const LONGEST: usize = 240;
/// Longer messages are not searched for JSON: the title would be the same, and reading them takes long.
const LONGEST_JSON: usize = 256 * 1024;

/// The title of a message: type and text of the error where it is JSON, else its first line, behind time, level and
/// ids; every number and id is a `*`.
pub(super) fn of(message: &str) -> String {
    let said = json_part(message).and_then(|json| said_in(&json));
    let said = said.unwrap_or_else(|| first_line(behind_prefix(message)).to_owned());
    let mut title = without_numbers(first_line(&said));
    if title.is_empty() {
        title.push_str("an error without words");
    }
    if title.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|end| title.is_char_boundary(*end)).unwrap_or(0);
        title.truncate(end);
        title.push('…');
    }
    title
}

/// The JSON object that the message is, or ends in.
fn json_part(message: &str) -> Option<Value> {
    let begin = message.find('{').filter(|_| message.len() <= LONGEST_JSON)?;
    let is_all = message.get(..begin)?.trim_start().is_empty();
    let is_behind_tab = message.get(..begin)?.ends_with('\t');
    (is_all || is_behind_tab).then_some(())?;
    serde_json::from_str(message.get(begin..)?).ok()
}

/// Members that hold an error's type, in the words of Lambda, Powertools and common loggers.
const TYPES: [&str; 6] = ["errorType", "exception_name", "error_type", "exceptionType", "type", "name"];
/// Members that hold what went wrong.
const TEXTS: [&str; 7] =
    ["errorMessage", "exception_message", "error_message", "message", "msg", "exception", "error"];

/// `TypeError: Cannot read …`, as far as the object tells.
fn said_in(json: &Value) -> Option<String> {
    let object = json.as_object()?;
    // The error may be an object of its own, in `error`, `err` or where the message is expected.
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
    let text = text_of(&TEXTS).map(|text| behind_prefix(&text).to_owned());
    match (kind, text) {
        (Some(kind), Some(text)) if text.starts_with(&kind) => Some(text),
        (Some(kind), Some(text)) => Some(format!("{kind}: {text}")),
        (kind, text) => kind.or(text),
    }
}

fn first_line(text: &str) -> &str {
    text.trim_start().lines().next().unwrap_or_default().trim_end()
}

/// The text behind what loggers write before it: times, levels, request ids, in brackets or between tabs.
fn behind_prefix(message: &str) -> &str {
    let mut rest = message.trim_start();
    loop {
        let end = rest.find(['\t', ' ', '\n']).unwrap_or(rest.len());
        let (word, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if behind.trim_start().is_empty() || !is_prefix(word) {
            return rest;
        }
        rest = behind.trim_start();
    }
}

fn is_prefix(word: &str) -> bool {
    const LEVELS: [&str; 8] = ["ERROR", "FATAL", "CRITICAL", "SEVERE", "error", "fatal", "fail", "crit"];
    let bare = word.trim_matches(['[', ']', ':', '|']);
    LEVELS.contains(&bare) || bare == "RequestId" || is_time(bare) || is_id(bare)
}

/// `2026-03-04T10:00:00.000Z`, `2026/03/04`, `10:00:00`.
fn is_time(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    digits >= 6 && word.bytes().all(|byte| byte.is_ascii_digit() || b"-/:.,TZ+".contains(&byte))
}

/// A UUID, or another long hexadecimal number.
fn is_id(word: &str) -> bool {
    word.len() >= 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// The text with every number and id replaced by `*`; what joins two of them, as in `3.00` or a UUID, goes with them.
fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(behind) = colour(rest) {
        rest = behind;
    }
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let end =
            if is_word(first) { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (word, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
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
        rest = behind;
        while let Some(behind) = colour(rest) {
            rest = behind;
        }
    }
    out
}

/// What follows the code of a colour, `ESC [ 31 m`, that a text begins with.
fn colour(text: &str) -> Option<&str> {
    let code = text.strip_prefix("\u{1b}[")?;
    code.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').strip_prefix('m')
}

/// Whether a word is a number, perhaps with its unit, or an id: what names hold of digits is little (`S3`, `sha256`).
fn is_number(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let begins = word.starts_with(|c: char| c.is_ascii_digit());
    let is_hex = word.len() >= 8 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits > 0 && (begins || is_hex || (word.len() > 3 && digits * 2 > word.len()))
        || (is_hex && word.len() >= 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, expected: &str) {
        assert_eq!(of(message), expected, "{message}");
    }

    #[test]
    fn the_type_and_text_of_an_error_are_its_title() {
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
    fn times_levels_and_ids_before_the_text_are_no_part_of_it() {
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
    fn what_differs_each_time_is_a_star() {
        check(
            "order c-9921 of user 7f3a9c0d1e2b4f56 at 10.0.0.7:443 failed",
            "order c-* of user * at * failed",
        );
        check("S3 bucket sha256 v41 took 120ms", "S3 bucket sha256 v41 took *");
    }

    #[test]
    fn any_message_has_a_title() {
        check("", "an error without words");
        check("ERROR", "ERROR");
        check("{\"errorType\":", "{\"errorType\":");
        assert!(of(&"ö".repeat(500)).len() < 250);
        check("\u{1b}[31mred\u{1b}[0m and \u{1b}[1;4mbold", "red and bold");
    }
}
