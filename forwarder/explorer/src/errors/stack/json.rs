//! Errors in JSON: the object that a runtime writes, and the records of logging libraries.

use serde_json::{Map, Value};

use super::{Frame, LoggedError, error_type, file_name, shortened, text};

/// Names of members that hold the type of an error.
const TYPES: [&str; 7] =
    ["errorType", "exception_name", "error_type", "exceptionType", "name", "type", "Type"];
/// Names of members that hold the message of an error.
const MESSAGES: [&str; 8] =
    ["errorMessage", "exception_message", "error_message", "message", "Message", "msg", "error", "err"];
/// Names of members that hold the stack.
const STACKS: [&str; 6] = ["stackTrace", "stack", "stack_trace", "StackTrace", "exception", "trace"];
/// Names of members that hold an error as an object.
const NESTED: [&str; 6] = ["error", "err", "exception", "Exception", "message", "fields"];
/// Number of causes that are followed.
const MAX_CAUSES: usize = 16;

/// Reads the JSON object that a message is, or that it ends with; `None` if there is none.
pub(super) fn read(message: &str) -> Option<LoggedError> {
    let begin = message.find('{')?;
    let before = message.get(..begin)?;
    let is_alone = before.trim().is_empty() || before.ends_with(['\t', '\n']);
    // Words of a runtime before the object: `Error raised from handler method {…}`.
    if !is_alone && !before.starts_with(['E', 'C', 'I']) {
        return None;
    }
    let value: Value = serde_json::from_str(message.get(begin..)?).ok()?;
    Some(of_object(value.as_object()?))
}

fn of_object(object: &Map<String, Value>) -> LoggedError {
    let nested = NESTED.iter().find_map(|name| object.get(*name)?.as_object());
    let has_type = ["errorType", "exception_name", "error_type", "exceptionType"]
        .iter()
        .any(|name| object.contains_key(*name));
    match nested {
        Some(nested) if !has_type => {
            let inner = of_object(nested);
            let message = if inner.message.is_empty() { first_text(object, &MESSAGES) } else { None };
            LoggedError { message: message.map_or(inner.message, first_line), ..inner }
        }
        Some(_) | None => of_error(object, has_type || has_stack(object)),
    }
}

/// Reads an object with the members of an error. Without a type or a stack, it is a record with a message.
fn of_error(object: &Map<String, Value>, is_error: bool) -> LoggedError {
    let mut root = object;
    for _ in 0..MAX_CAUSES {
        let cause = ["cause", "Cause", "innerException", "InnerException"]
            .iter()
            .find_map(|name| root.get(*name)?.as_object());
        match cause {
            Some(cause) => root = cause,
            None => break,
        }
    }
    let own = frames(object);
    let at_root = if std::ptr::eq(root, object) { own.clone() } else { frames(root) };
    let named = |object| first_text(object, &TYPES).filter(|_| is_error).map(error_type);
    let outer = named(object).or_else(|| own.outer.clone());
    let text = first_text(object, &MESSAGES).map_or_else(|| own.message.clone(), first_line);
    let message = match (&outer, text.split_once(": ")) {
        // A runtime repeats the type in the message.
        (Some(outer), Some((name, rest))) if name == outer => rest.to_owned(),
        (Some(_) | None, _) => text,
    };
    let root_name = if !std::ptr::eq(root, object) {
        named(root)
    } else if at_root.root == at_root.outer {
        None
    } else {
        at_root.root
    };
    LoggedError {
        root: root_name.or_else(|| outer.clone()),
        outer,
        message,
        frames: at_root.frames,
        has_stack: own.has_stack || at_root.has_stack,
        file: None,
    }
}

/// Stack in the members of an object.
#[derive(Clone, Debug, Default)]
struct StackMembers {
    outer: Option<String>,
    root: Option<String>,
    message: String,
    frames: Vec<Frame>,
    has_stack: bool,
}

fn has_stack(object: &Map<String, Value>) -> bool {
    frames(object).has_stack
}

fn frames(object: &Map<String, Value>) -> StackMembers {
    let Some(stack) = STACKS.iter().find_map(|name| object.get(*name).filter(|value| !value.is_object()))
    else {
        return StackMembers::default();
    };
    if let Some(frames) = go_frames(stack) {
        return StackMembers { frames, has_stack: true, ..StackMembers::default() };
    }
    let lines = match stack {
        Value::String(text) => text.clone(),
        Value::Array(lines) => {
            let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
            lines.join("\n")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return StackMembers::default(),
    };
    // A list has only frames, a text begins with the message.
    let is_text = stack.is_string() || !lines.trim_start().starts_with("File \"");
    let read = if is_text { text::read(&lines) } else { text::read_stack(&lines) };
    let message = if read.has_stack { read.message } else { String::new() };
    StackMembers {
        outer: read.outer,
        root: read.root,
        message,
        frames: read.frames,
        has_stack: read.has_stack,
    }
}

/// Frames of Go's runtime: objects with `path`, `line` and `label`.
fn go_frames(stack: &Value) -> Option<Vec<Frame>> {
    const FOREIGN: [&str; 5] = ["runtime/", "reflect/", "net/", "github.com/aws/", "/usr/local/go/"];
    const FOREIGN_LABELS: [&str; 3] = ["runtime.", "reflect.", "gopanic"];
    let objects: Vec<_> = stack.as_array()?.iter().filter_map(Value::as_object).collect();
    let mut frames = Vec::new();
    for object in &objects {
        let text = |name| object.get(name).and_then(Value::as_str).unwrap_or_default();
        let (path, label) = (text("path"), text("label"));
        let is_foreign = FOREIGN.iter().any(|begin| path.starts_with(begin))
            || FOREIGN_LABELS.iter().any(|begin| label.starts_with(begin));
        let frame = Frame { function: shortened(label), file: shortened(file_name(path)) };
        if !is_foreign && !label.is_empty() && frames.len() < super::MAX_FRAMES && !frames.contains(&frame) {
            frames.push(frame);
        }
    }
    (!objects.is_empty()).then_some(frames)
}

fn first_text<'a>(object: &'a Map<String, Value>, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| object.get(*name)?.as_str()).filter(|text| !text.is_empty())
}

fn first_line(text: &str) -> String {
    text.trim().lines().next().unwrap_or_default().trim_end().to_owned()
}
