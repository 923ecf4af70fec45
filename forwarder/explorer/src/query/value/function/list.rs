//! Functions of JSON, lists and maps.

use std::sync::Arc;

use super::{
    super::{compare::equal, json},
    Arguments, Function, Value, length_value, text_value, truth_value,
};

pub(super) fn call<'v>(function: Function, arguments: &Arguments<'_, 'v>) -> Option<Value<'v>> {
    Some(match function {
        Function::JsonParse => match arguments.value(0) {
            Value::Text(text) => json::parse(text),
            value => value.clone(),
        },
        Function::JsonStringify => {
            let value = arguments.value(0);
            text_value(value.is_present().then(|| json::write(value)))
        }
        Function::JsonArraySize => length_value(list(arguments.value(0)).map(|list| list.len())),
        Function::JsonArrayContains => {
            let wanted = arguments.value(1);
            let list = list(arguments.value(0)).filter(|_| !wanted.is_absent());
            truth_value(list.map(|list| list.iter().any(|item| equal(item, wanted))))
        }
        Function::Split => split(arguments).map_or(Value::Missing, Value::List),
        _ => return None,
    })
}

/// Returns the list that a value is, or that its JSON text holds.
fn list(value: &Value<'_>) -> Option<Arc<[Value<'static>]>> {
    match value {
        Value::List(list) => Some(Arc::clone(list)),
        Value::Text(text) => match json::parse(text) {
            Value::List(list) => Some(list),
            _ => None,
        },
        _ => None,
    }
}

/// Splits a text at each separator. An empty separator makes one part.
fn split(arguments: &Arguments<'_, '_>) -> Option<Arc<[Value<'static>]>> {
    let (text, separator) = (arguments.text(0)?, arguments.text(1)?);
    let part = |part: &str| Value::text(part.to_owned());
    Some(if separator.is_empty() {
        Arc::new([part(&text)])
    } else {
        text.split(&*separator).map(part).collect()
    })
}
