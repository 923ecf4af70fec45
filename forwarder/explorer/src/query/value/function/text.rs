//! Functions of texts. Positions and lengths count characters.

use std::borrow::Cow;

use regex::Captures;

use super::{Arguments, Function, MAX_TEXT, Value, length_value, text_value, truth_value};

pub(super) fn call<'v>(function: Function, arguments: &mut Arguments<'_, 'v>) -> Option<Value<'v>> {
    Some(match function {
        Function::IsEmpty => Value::Boolean(match arguments.value(0) {
            Value::Text(text) => text.is_empty(),
            value => !value.is_present(),
        }),
        Function::IsBlank => Value::Boolean(match arguments.value(0) {
            Value::Text(text) => text.trim().is_empty(),
            value => !value.is_present(),
        }),
        Function::Concat => {
            let mut joined = String::new();
            for at in 0..arguments.len() {
                if joined.len() <= MAX_TEXT
                    && let Some(text) = arguments.text(at)
                {
                    joined += &text;
                }
            }
            Value::text(joined)
        }
        Function::Ltrim => trim(arguments, Sides { start: true, end: false }),
        Function::Rtrim => trim(arguments, Sides { start: false, end: true }),
        Function::Trim => trim(arguments, Sides { start: true, end: true }),
        Function::Strlen => length_value(arguments.text(0).map(|text| text.chars().count())),
        Function::MessageSize => length_value(arguments.text(0).map(|text| text.len())),
        Function::ToUpper => text_value(arguments.text(0).map(|text| text.to_uppercase())),
        Function::ToLower => text_value(arguments.text(0).map(|text| text.to_lowercase())),
        Function::Substr => text_value(substr(arguments)),
        Function::Replace => text_value(replace(arguments)),
        Function::RegexReplace => text_value(regex_replace(arguments)),
        Function::StrContains => truth_value(contains(arguments)),
        Function::StartsWith => truth_value(both(arguments, |text, part| text.starts_with(part))),
        Function::EndsWith => truth_value(both(arguments, |text, part| text.ends_with(part))),
        _ => return None,
    })
}

/// Computes a truth value of the first two texts.
fn both(arguments: &Arguments<'_, '_>, of: fn(&str, &str) -> bool) -> Option<bool> {
    Some(of(&arguments.text(0)?, &arguments.text(1)?))
}

fn contains(arguments: &Arguments<'_, '_>) -> Option<bool> {
    if arguments.value(2).is_true() {
        return both(arguments, |text, part| text.to_lowercase().contains(&part.to_lowercase()));
    }
    both(arguments, |text, part| text.contains(part))
}

/// Sides of a text that are trimmed.
#[derive(Clone, Copy)]
struct Sides {
    start: bool,
    end: bool,
}

impl Sides {
    /// Returns the part of a text without characters at these sides that satisfy a condition.
    fn trim(self, text: &str, is_trimmed: impl Fn(char) -> bool) -> &str {
        let text = if self.start { text.trim_start_matches(&is_trimmed) } else { text };
        if self.end { text.trim_end_matches(&is_trimmed) } else { text }
    }
}

/// Trims white space, or the characters of the second argument.
fn trim<'v>(arguments: &mut Arguments<'_, 'v>, sides: Sides) -> Value<'v> {
    let set = match arguments.len() {
        0 | 1 => None,
        _ => match arguments.take_text(1) {
            Some(set) => Some(set),
            None => return Value::Missing,
        },
    };
    let is_trimmed = |c: char| set.as_ref().map_or_else(|| c.is_whitespace(), |set| set.contains(c));
    text_value(arguments.take_text(0).map(|text| match text {
        Cow::Borrowed(text) => Cow::Borrowed(sides.trim(text, is_trimmed)),
        Cow::Owned(text) => Cow::Owned(sides.trim(&text, is_trimmed).to_owned()),
    }))
}

/// Takes characters from a position. A negative position is the start.
fn substr<'v>(arguments: &mut Arguments<'_, 'v>) -> Option<Cow<'v, str>> {
    let from = arguments.integer(1)?;
    let length = if arguments.len() > 2 { Some(arguments.integer(2)?) } else { None };
    let text = arguments.take_text(0)?;
    let offset_of = |text: &str, characters: i64| {
        let characters = usize::try_from(characters.max(0)).unwrap_or(usize::MAX);
        text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at)
    };
    let part = |text: &str| {
        let start = offset_of(text, from);
        let rest = text.get(start..).unwrap_or_default();
        start..start + length.map_or(rest.len(), |length| offset_of(rest, length))
    };
    Some(match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(part(text)).unwrap_or_default()),
        Cow::Owned(text) => Cow::Owned(text.get(part(&text)).unwrap_or_default().to_owned()),
    })
}

fn replace(arguments: &Arguments<'_, '_>) -> Option<String> {
    let (text, from, to) = (arguments.text(0)?, arguments.text(1)?, arguments.text(2)?);
    if from.is_empty() {
        return Some(text.into_owned());
    }
    let mut replaced = String::new();
    for (index, part) in text.split(&*from).enumerate() {
        if replaced.len() > MAX_TEXT {
            break;
        }
        if index > 0 {
            replaced += &to;
        }
        replaced += part;
    }
    Some(replaced)
}

fn regex_replace(arguments: &Arguments<'_, '_>) -> Option<String> {
    let (text, replacement) = (arguments.text(0)?, arguments.text(2)?);
    let (mut replaced, mut end) = (String::new(), 0);
    for captures in arguments.regex(1)?.captures_iter(&text) {
        let Some(whole) = captures.get(0).filter(|_| replaced.len() <= MAX_TEXT) else { break };
        replaced += text.get(end..whole.start()).unwrap_or_default();
        expand(&replacement, &captures, &mut replaced);
        end = whole.end();
    }
    replaced += text.get(end..).unwrap_or_default();
    Some(replaced)
}

/// Appends a replacement with its groups: `$1` or `\1` with one digit. `$$` and `\\` are the character itself.
fn expand(replacement: &str, captures: &Captures<'_>, replaced: &mut String) {
    let mut chars = replacement.chars().peekable();
    while replaced.len() <= MAX_TEXT
        && let Some(c) = chars.next()
    {
        let next = chars.peek().copied().filter(|_| matches!(c, '$' | '\\'));
        match next.map(|next| (next, next.to_digit(10))) {
            Some((_, Some(group))) => {
                let group = usize::try_from(group).ok().and_then(|group| captures.get(group));
                replaced.push_str(group.map_or("", |group| group.as_str()));
                chars.next();
            }
            Some((next, None)) if next == c => {
                replaced.push(c);
                chars.next();
            }
            Some((_, None)) | None => replaced.push(c),
        }
    }
}
