//! JSON texts and values: `jsonParse`, `jsonStringify`, and access to lists and maps.

use std::{fmt, sync::Arc};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{Map, Number, Value};

/// Parses a JSON text. `null` and a text that is no JSON are missing.
pub fn parse(text: &str) -> Value<'static> {
    serde_json::from_str(text).unwrap_or_default()
}

/// Writes a value as JSON. A missing value inside a list or map is `null`.
pub fn write(value: &Value<'_>) -> String {
    let mut json = String::new();
    write_to(value, &mut json);
    json
}

fn write_to(value: &Value<'_>, json: &mut String) {
    match value {
        Value::Missing => json.push_str("null"),
        Value::Boolean(truth) => json.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => json.push_str(&number.to_string()),
        Value::Time(millis) => write_text(&super::time::print(*millis), json),
        Value::Text(text) => write_text(text, json),
        Value::List(list) => {
            json.push('[');
            for (at, item) in list.iter().enumerate() {
                json.push_str(if at == 0 { "" } else { "," });
                write_to(item, json);
            }
            json.push(']');
        }
        Value::Map(map) => {
            json.push('{');
            for (at, (key, value)) in map.entries.iter().enumerate() {
                json.push_str(if at == 0 { "" } else { "," });
                write_text(key, json);
                json.push(':');
                write_to(value, json);
            }
            json.push('}');
        }
    }
}

fn write_text(text: &str, json: &mut String) {
    // A text can always be written.
    json.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// Returns an element of a list. A negative index counts from the end.
pub fn element<'a>(list: &Value<'_>, index: i64) -> Value<'a> {
    let Value::List(list) = list else { return Value::Missing };
    let distance = usize::try_from(index.unsigned_abs()).ok();
    let at =
        if index < 0 { distance.and_then(|distance| list.len().checked_sub(distance)) } else { distance };
    at.and_then(|at| list.get(at)).cloned().unwrap_or_default()
}

/// Returns the value of a key of a map, or the element of a list if the key is an index.
pub fn member<'a>(value: &Value<'_>, key: &str) -> Value<'a> {
    match value {
        Value::Map(map) => map.find(key).cloned().unwrap_or_default(),
        Value::List(_) => key.parse().map_or(Value::Missing, |index| element(value, index)),
        _ => Value::Missing,
    }
}

impl<'de> Deserialize<'de> for Value<'static> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value<'static>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Value::Missing)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(Value::Boolean(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Value::integer(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        let exact = i64::try_from(number).ok().map(Number::Integer);
        Ok(exact.or_else(|| Number::from_text(&number.to_string())).map_or(Value::Missing, Value::Number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Value::float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Value::text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Value::text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list: Vec<Value<'static>> = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut map = Map::default();
        while let Some(member) = members.next_entry()? {
            map.entries.push(member);
        }
        Ok(Value::Map(Arc::new(map)))
    }
}
