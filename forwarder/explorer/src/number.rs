//! Serializers of quantities as numbers of the JSON summary; unknown quantities become `null`.

use std::time::Duration;

use serde::{Serialize, Serializer};
use tailwater_parser::{MemoryMib, MibMillis, UnixMillis, Usd, derive::CostError, millis_f64, price::Cpu};

/// Serializes a duration as milliseconds with a fraction.
pub(crate) fn millis<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(millis_f64).serialize(serializer)
}

/// Serializes a duration as whole milliseconds, the unit in which AWS bills.
pub(crate) fn whole_millis<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)).serialize(serializer)
}

pub(crate) fn unix_millis<S: Serializer>(time: &UnixMillis, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(time.0)
}

pub(crate) fn dollars<S: Serializer>(money: &Option<Usd>, serializer: S) -> Result<S::Ok, S::Error> {
    money.map(Usd::dollars).serialize(serializer)
}

pub(crate) fn amount<S: Serializer>(money: &Usd, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(money.dollars())
}

pub(crate) fn gb_seconds<S: Serializer>(
    memory_time: &Option<MibMillis>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    memory_time.map(MibMillis::gb_seconds).serialize(serializer)
}

pub(crate) fn mib<S: Serializer>(memory: &Option<MemoryMib>, serializer: S) -> Result<S::Ok, S::Error> {
    memory.map(|memory| memory.0).serialize(serializer)
}

/// Serializes an architecture as `x86_64` or `arm64`.
pub(crate) fn cpu<S: Serializer>(cpu: &Cpu, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(cpu.name())
}

/// Serializes the reason for an unknown cost as a sentence.
pub(crate) fn reason<S: Serializer>(reason: &Option<CostError>, serializer: S) -> Result<S::Ok, S::Error> {
    reason.as_ref().map(ToString::to_string).serialize(serializer)
}
