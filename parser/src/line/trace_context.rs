//! Trace context: the ids of a trace and a span in a log line, in the forms of W3C, Datadog and X-Ray.

use crate::json::{self, Kind, Value};

/// Ids of the trace and span during which a line was logged, in OpenTelemetry's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// Trace id; never all zeros. A 64-bit id of Datadog is in the last eight bytes.
    pub trace_id: [u8; 16],
    /// Span id; never all zeros.
    pub span_id: Option<[u8; 8]>,
    /// W3C trace flags: 1 if the trace is sampled.
    pub flags: Option<u8>,
}

impl TraceContext {
    /// Parses an X-Ray trace id, `1-5d8bba5a-dc2932496a65bab91d2d42d4`; `None` for any other text, and for all zeros.
    ///
    /// ```
    /// use tailwater_parser::line::TraceContext;
    /// let context = TraceContext::of_xray("1-5d8bba5a-dc2932496a65bab91d2d42d4").unwrap();
    /// assert_eq!(u128::from_be_bytes(context.trace_id), 0x5d8b_ba5a_dc29_3249_6a65_bab9_1d2d_42d4);
    /// ```
    #[must_use]
    pub fn of_xray(trace_id: &str) -> Option<Self> {
        let trace_id = nonzero(xray(trace_id))?.to_be_bytes();
        Some(Self { trace_id, span_id: None, flags: None })
    }
}

/// Ids found in the members of a line so far. 0 means that none was found, because an id of all zeros is invalid. The
/// first valid id is kept.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FoundIds {
    trace_id: u128,
    span_id: u64,
    flags: Option<u8>,
    datadog_trace_id: u128,
    datadog_span_id: u64,
    /// First half of Datadog's trace id, if only the second half is in the other member.
    datadog_high: u64,
}

impl FoundIds {
    /// Finds ids in the brackets before a message: `[dd.trace_id=7310 dd.span_id=5520] message`.
    pub(super) fn before_message(message: &str) -> Self {
        let mut found = Self::default();
        let inside = message.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let pairs = inside.map_or("", |(inside, _)| inside).split([' ', ',', ';', '\t']);
        for (name, text) in pairs.filter_map(|pair| pair.split_once('=')) {
            let kind = Kind::String { escaped: false };
            found.take_named(name, Value { kind, raw: text.trim_matches('"') });
        }
        found
    }

    /// Takes a trace id of 32 hexadecimal digits, or X-Ray's tracing header.
    pub(super) fn take_trace_id(&mut self, value: Value<'_>) {
        let Some(text) = value.plain() else { return };
        if text.starts_with("Root=") {
            self.take_tracing_header(text);
        } else {
            keep(&mut self.trace_id, hex128(text));
        }
    }

    /// Takes a span id of 16 hexadecimal digits.
    pub(super) fn take_span_id(&mut self, value: Value<'_>) {
        keep(&mut self.span_id, value.plain().map_or(0, hex64));
    }

    /// Takes trace flags: two hexadecimal digits, a number, or a sampling decision (`true`, `"True"`).
    pub(super) fn take_flags(&mut self, value: Value<'_>) {
        let flags = match value.kind {
            Kind::String { escaped: false } => read_flags(value.raw),
            Kind::Number => value.raw.parse().ok(),
            Kind::True => Some(1),
            Kind::False => Some(0),
            Kind::String { escaped: true } | Kind::Object | Kind::Array | Kind::Null => None,
        };
        self.flags = self.flags.or(flags);
    }

    /// Takes a W3C `traceparent`, `00-<trace id>-<span id>-<flags>`, unless another trace id was found.
    pub(super) fn take_traceparent(&mut self, value: Value<'_>) {
        let mut parts = value.plain().unwrap_or_default().split('-').skip(1);
        let mut part = || parts.next().unwrap_or_default();
        let (trace_id, span_id, flags) = (hex128(part()), hex64(part()), read_flags(part()));
        if self.trace_id == 0 && trace_id != 0 && span_id != 0 {
            (self.trace_id, self.span_id, self.flags) = (trace_id, span_id, flags.or(self.flags));
        }
    }

    /// Takes Datadog's trace id: a decimal number of 64 bits, or 32 hexadecimal digits.
    pub(super) fn take_datadog_trace_id(&mut self, value: Value<'_>) {
        let text = scalar(value);
        let id = if text.len() == 32 { hex128(text) } else { text.parse::<u64>().map_or(0, u128::from) };
        keep(&mut self.datadog_trace_id, id);
    }

    /// Takes Datadog's span id, a decimal number.
    pub(super) fn take_datadog_span_id(&mut self, value: Value<'_>) {
        keep(&mut self.datadog_span_id, scalar(value).parse().unwrap_or(0));
    }

    /// Takes the first half of Datadog's trace id of 128 bits.
    pub(super) fn take_datadog_high(&mut self, value: Value<'_>) {
        keep(&mut self.datadog_high, value.plain().map_or(0, hex64));
    }

    /// Takes the ids in Datadog's object `dd`.
    pub(super) fn take_datadog(&mut self, object: Value<'_>) {
        each_member(object, |name, value| match name {
            "trace_id" => self.take_datadog_trace_id(value),
            "span_id" => self.take_datadog_span_id(value),
            _ => self.take_named(name, value),
        });
    }

    /// Takes the trace id in ECS's object `trace`, or the ids in an object that holds a whole context.
    pub(super) fn take_trace(&mut self, object: Value<'_>) {
        each_member(object, |name, value| match name {
            "id" => self.take_trace_id(value),
            _ => self.take_named(name, value),
        });
    }

    /// Takes the span id in ECS's object `span`.
    pub(super) fn take_span(&mut self, object: Value<'_>) {
        each_member(object, |name, value| {
            if name == "id" {
                self.take_span_id(value);
            }
        });
    }

    /// Takes the ids in an object with the context of a thread, as Java's logging libraries write it (`mdc`).
    pub(super) fn take_context(&mut self, object: Value<'_>) {
        each_member(object, |name, value| self.take_named(name, value));
    }

    fn take_named(&mut self, name: &str, value: Value<'_>) {
        match name {
            "trace_id" | "traceId" | "TraceId" | "trace.id" | "dt.trace_id" => self.take_trace_id(value),
            "span_id" | "spanId" | "SpanId" | "span.id" | "dt.span_id" => self.take_span_id(value),
            "trace_flags" | "traceFlags" | "TraceFlags" | "trace_sampled" | "dt.trace_sampled" => {
                self.take_flags(value);
            }
            "traceparent" => self.take_traceparent(value),
            "dd.trace_id" => self.take_datadog_trace_id(value),
            "dd.span_id" => self.take_datadog_span_id(value),
            "_dd.p.tid" => self.take_datadog_high(value),
            _ => {}
        }
    }

    /// Takes the ids in X-Ray's tracing header, `Root=1-…;Parent=…;Sampled=1`.
    fn take_tracing_header(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let end = memchr::memchr(b';', rest.as_bytes()).unwrap_or(rest.len());
            let (part, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            rest = after.trim_start_matches([';', ' ']);
            if let Some(root) = part.strip_prefix("Root=") {
                keep(&mut self.trace_id, xray(root));
            } else if let Some(parent) = part.strip_prefix("Parent=") {
                keep(&mut self.span_id, hex64(parent));
            } else if let Some(sampled) = part.strip_prefix("Sampled=") {
                self.flags = self.flags.or_else(|| read_flags(sampled));
            }
        }
    }

    /// True if no id was found, as in most lines.
    pub(super) fn is_empty(&self) -> bool {
        self.trace_id == 0 && self.span_id == 0 && self.datadog_trace_id == 0
    }

    /// Takes the ids of `other` where `self` has none.
    pub(super) fn fill_missing(&mut self, other: Self) {
        keep(&mut self.trace_id, other.trace_id);
        keep(&mut self.span_id, other.span_id);
        keep(&mut self.datadog_trace_id, other.datadog_trace_id);
        keep(&mut self.datadog_span_id, other.datadog_span_id);
        keep(&mut self.datadog_high, other.datadog_high);
        self.flags = self.flags.or(other.flags);
    }

    /// Returns the context; `None` without a valid trace id. A span id without a trace id belongs to `xray_id`, the
    /// X-Ray trace id in the line.
    pub(super) fn context(&self, xray_id: Option<&str>) -> Option<TraceContext> {
        let (trace_id, span_id) = if self.trace_id != 0 {
            (self.trace_id, self.span_id)
        } else if self.datadog_trace_id != 0 {
            let is_half = u64::try_from(self.datadog_trace_id).is_ok();
            let high = if is_half { u128::from(self.datadog_high) << 64 } else { 0 };
            (self.datadog_trace_id | high, self.datadog_span_id)
        } else if self.span_id != 0 {
            (xray(xray_id?), self.span_id)
        } else {
            return None;
        };
        Some(TraceContext {
            trace_id: nonzero(trace_id)?.to_be_bytes(),
            span_id: (span_id != 0).then(|| span_id.to_be_bytes()),
            flags: self.flags,
        })
    }
}

/// Sets an id, unless it was set before.
fn keep<T: Default + PartialEq>(known: &mut T, id: T) {
    if *known == T::default() {
        *known = id;
    }
}

fn nonzero(id: u128) -> Option<u128> {
    Some(id).filter(|id| *id != 0)
}

fn each_member<'a>(object: Value<'a>, each: impl FnMut(&'a str, Value<'a>)) {
    if object.kind == Kind::Object {
        // The object is valid JSON, because the whole line is.
        let _ = json::members(object.raw, each);
    }
}

/// Text of a number or of a string without escapes; empty for other values.
fn scalar(value: Value<'_>) -> &str {
    if value.kind == Kind::Number { value.raw } else { value.plain().unwrap_or_default() }
}

/// Parses trace flags: one or two hexadecimal digits, or a sampling decision.
fn read_flags(text: &str) -> Option<u8> {
    match text {
        "true" | "True" => Some(1),
        "false" | "False" => Some(0),
        _ if text.len() <= 2 => u8::from_str_radix(text, 16).ok(),
        _ => None,
    }
}

/// Parses X-Ray's trace id, `1-<8 digits>-<24 digits>`; 0 for any other text.
fn xray(text: &str) -> u128 {
    let parts = text.strip_prefix("1-").and_then(|rest| rest.split_once('-'));
    match parts {
        Some((seconds, random)) if seconds.len() == 8 && random.len() == 24 => {
            let (seconds, random) = (digits(seconds), digits(random));
            seconds.zip(random).map_or(0, |(seconds, random)| seconds << 96 | random)
        }
        Some(_) | None => 0,
    }
}

/// Parses 32 hexadecimal digits; 0 for any other text.
fn hex128(text: &str) -> u128 {
    if text.len() == 32 { digits(text).unwrap_or(0) } else { 0 }
}

/// Parses 16 hexadecimal digits; 0 for any other text.
fn hex64(text: &str) -> u64 {
    let id = if text.len() == 16 { digits(text).unwrap_or(0) } else { 0 };
    u64::try_from(id).unwrap_or(0)
}

/// Parses a span id of 16 hexadecimal digits; `None` for any other text, and for all zeros.
pub(super) fn span_id(text: &str) -> Option<[u8; 8]> {
    Some(hex64(text)).filter(|id| *id != 0).map(u64::to_be_bytes)
}

/// Parses at most 32 hexadecimal digits.
fn digits(text: &str) -> Option<u128> {
    let middle = text.len().saturating_sub(16);
    let (high, low) = text.split_at_checked(middle)?;
    Some(u128::from(half(high)?) << 64 | u128::from(half(low)?))
}

/// Parses at most 16 hexadecimal digits.
fn half(text: &str) -> Option<u64> {
    let mut id = 0;
    for byte in text.bytes() {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            _ => return None,
        };
        id = id << 4 | u64::from(digit);
    }
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_ray_id_is_sixteen_bytes() {
        let check = |text, expected: Option<u128>| {
            let read = TraceContext::of_xray(text).map(|context| u128::from_be_bytes(context.trace_id));
            assert_eq!(read, expected, "{text}");
        };
        check("1-5d8bba5a-dc2932496a65bab91d2d42d4", Some(0x5d8b_ba5a_dc29_3249_6a65_bab9_1d2d_42d4));
        check("1-5D8BBA5A-DC2932496A65BAB91D2D42D4", Some(0x5d8b_ba5a_dc29_3249_6a65_bab9_1d2d_42d4));
        check("1-00000000-000000000000000000000000", None);
        check("1-5d8bba5a-dc2932496a65bab91d2d42d", None);
        check("1-5d8bba5-adc2932496a65bab91d2d42d4", None);
        check("1-5d8bba5g-dc2932496a65bab91d2d42d4", None);
        check("Root=1-5d8bba5a-dc2932496a65bab91d2d42d4", None);
        check("", None);
    }
}
