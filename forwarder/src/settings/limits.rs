//! Settings that limit memory, time and concurrency.

use std::{num::NonZeroU16, time::Duration};

use tailwater_parser::ByteSize;

use super::{
    kind::Kind,
    reader::Reader,
    setting::{Setting, TypedSetting},
};
use crate::{
    forward::Limits,
    value::{self, ValueError},
};

pub(super) const INFLATED: TypedSetting<ByteSize> = Setting::new("TAILWATER_INFLATED_LIMIT", Kind::Size)
    .default("256MiB")
    .doc("Maximum decompressed size of one delivery; the rest is cut off and counted as damaged.")
    .accepts(&["5MB", "1 GiB"])
    .rejects(&[("256", ValueError::NoUnit), ("1TiB", ValueError::UnknownUnit), ("0MiB", ValueError::Zero)])
    .parsed_by(value::size);

pub(super) const TIMEOUT: TypedSetting<Duration> = Setting::new("TAILWATER_TIMEOUT", Kind::Duration)
    .default("10s")
    .doc("Timeout of one request attempt; never more than half of the time left in the invocation.")
    .accepts(&["1500ms", "5m"])
    .rejects(&[("30", ValueError::NoUnit), ("0s", ValueError::Zero)])
    .parsed_by(value::duration);

pub(super) const DEADLINE_RESERVE: TypedSetting<Duration> =
    Setting::new("TAILWATER_DEADLINE_RESERVE", Kind::Duration)
        .default("1500ms")
        .doc("Time at the end of an invocation that is reserved for parking.")
        .accepts(&["2s"])
        .rejects(&[("2sec", ValueError::UnknownUnit)])
        .parsed_by(value::duration);

pub(super) const CONCURRENCY: TypedSetting<NonZeroU16> = Setting::new("TAILWATER_CONCURRENCY", Kind::Count)
    .default("4")
    .doc("Maximum number of concurrent requests to one sink.")
    .accepts(&["1", "64"])
    .rejects(&[("0", ValueError::Zero), ("65", ValueError::TooLarge), ("four", ValueError::NotANumber)])
    .parsed_by(value::count);

pub(super) const INVOCATION_TIMEOUT: TypedSetting<Duration> =
    Setting::new("TAILWATER_INVOCATION_TIMEOUT", Kind::Duration)
        .default("30s")
        .doc("Timeout of the function, used when the deadline of an invocation is not plausible: emulators send a constant.")
        .accepts(&["15m"])
        .rejects(&[("15min", ValueError::UnknownUnit)])
        .parsed_by(value::duration);

pub(super) const COMPRESSION_LEVEL: TypedSetting<u8> =
    Setting::new("TAILWATER_COMPRESSION_LEVEL", Kind::Word(value::LEVELS))
        .default("1")
        .doc("Compression level of request bodies; most of the forwarder's CPU time depends on it.")
        .accepts(value::LEVELS)
        .rejects(&[("0", ValueError::UnknownWord), ("10", ValueError::UnknownWord)])
        .parsed_by(value::level);

/// Reads all settings that limit memory, time and concurrency.
pub(super) fn limits(reader: &mut Reader<'_>) -> Option<Limits> {
    let inflated = reader.value(&INFLATED);
    let timeout = reader.value(&TIMEOUT);
    let deadline_reserve = reader.value(&DEADLINE_RESERVE);
    let concurrency = reader.value(&CONCURRENCY);
    let fallback_timeout = reader.value(&INVOCATION_TIMEOUT);
    let compression_level = reader.value(&COMPRESSION_LEVEL);
    Some(Limits {
        inflated: inflated?,
        timeout: timeout?,
        deadline_reserve: deadline_reserve?,
        concurrency: concurrency?,
        fallback_timeout: fallback_timeout?,
        compression_level: compression_level?,
    })
}
