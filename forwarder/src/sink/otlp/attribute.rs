//! Encoding of attributes (`KeyValue`) of resources, log records and data points.

use super::wire::{Field, Message, field_len};

/// Fields of `KeyValue`.
const KEY: Field = 1;
const VALUE: Field = 2;

/// Fields of `AnyValue`.
const STRING: Field = 1;
const BOOL: Field = 2;
const INTEGER: Field = 3;
const REAL: Field = 4;
const ARRAY: Field = 5;

/// Field of `ArrayValue`.
const ELEMENTS: Field = 1;

/// Value of an attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// String.
    Text(&'a str),
    /// Array of one string, for an attribute that the semantic conventions define as an array of strings.
    OnlyText(&'a str),
    /// Integer.
    Integer(i64),
    /// Number with a fraction.
    Real(f64),
    /// Truth value.
    Bool(bool),
}

impl Value<'_> {
    /// True if the value is an empty string, which means that it is unknown.
    pub(super) fn is_empty(self) -> bool {
        match self {
            Self::Text(text) | Self::OnlyText(text) => text.is_empty(),
            Self::Integer(_) | Self::Real(_) | Self::Bool(_) => false,
        }
    }
}

/// Appends an attribute. `field` is the number of the repeated field `attributes` in the message that `out` writes.
pub(super) fn write(out: &mut Message<'_>, field: Field, key: &str, value: Value<'_>) {
    match value {
        Value::Text(text) => write_text(out, field, key, text),
        Value::OnlyText(text) => out.nested(field, |pair| {
            pair.bytes(KEY, key.as_bytes());
            pair.nested(VALUE, |value| {
                value.nested(ARRAY, |array| array.nested(ELEMENTS, |one| one.bytes(STRING, text.as_bytes())));
            });
        }),
        Value::Integer(number) => {
            write_scalar(out, field, key, |it| it.varint(INTEGER, number.cast_unsigned()));
        }
        Value::Real(number) => write_scalar(out, field, key, |it| it.double(REAL, number)),
        Value::Bool(is_true) => write_scalar(out, field, key, |it| it.varint(BOOL, is_true.into())),
    }
}

/// Appends an attribute whose `AnyValue` `write` writes.
fn write_scalar(out: &mut Message<'_>, field: Field, key: &str, write: impl FnOnce(&mut Message<'_>)) {
    out.nested(field, |pair| {
        pair.bytes(KEY, key.as_bytes());
        pair.nested(VALUE, write);
    });
}

/// Appends an attribute with a string value. All lengths are computed in advance, which is faster than [`write`]:
/// each log record has several such attributes.
#[inline]
pub(super) fn write_text(out: &mut Message<'_>, field: Field, key: &str, text: &str) {
    let value = field_len(text.len());
    out.head(field, field_len(key.len()) + field_len(value));
    out.bytes(KEY, key.as_bytes());
    out.head(VALUE, value);
    out.bytes(STRING, text.as_bytes());
}

/// Appends an `AnyValue` with a string, such as a record's body.
#[inline]
pub(super) fn write_any_text(out: &mut Message<'_>, field: Field, text: &str) {
    out.head(field, field_len(text.len()));
    out.bytes(STRING, text.as_bytes());
}
