//! The first line of a parked object: what is owed to whom, why, and whence it came.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tailwater_parser::UnixMillis;

use super::ParkedError;
use crate::batch::RangeSet;

/// Says what the line is.
const MARK: &str = "parked";

/// A reader of this major version reads all of its minor ones.
const MAJOR: u32 = 1;
const VERSION: &str = "1.0";

/// What is owed, and why.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Header {
    /// The sink that still has to get it, by its name in the settings.
    pub sink: String,
    /// Why it did not, or was refused: a name of `ParkReason` or `Rejection`, or of a later version's.
    pub reason: String,
    /// What was wrong with what is rejected, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Where in the delivery, inflated, the damage begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Times it was tried, all bodies and invocations together.
    pub attempts: u32,
    /// Account that owns the log group, for people who look for it.
    pub account: String,
    /// Region of the invocation that parked it.
    pub region: String,
    /// Log group of its first batch.
    pub group: String,
    /// Log stream of its first batch.
    pub stream: String,
    /// What AWS called the delivery: ids of events that have none of their own are made of it.
    pub delivery_id: String,
    /// When AWS took it: the time of events that have none of their own.
    #[serde(with = "optional_millis", skip_serializing_if = "Option::is_none")]
    pub delivery_time_ms: Option<UnixMillis>,
    /// The events that are owed, by their number in the delivery, as `[first, behind the last]`.
    #[serde(with = "pairs")]
    pub owed: RangeSet,
    /// Whether the metrics of the delivery are owed: they are derived again from all of it.
    pub owes_metrics: bool,
    /// Where the delivery lies, when it is too large to be parked with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<S3Object>,
    /// When it was parked.
    #[serde(with = "millis")]
    pub time_ms: UnixMillis,
}

/// An S3 object that is a delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct S3Object {
    /// Its bucket.
    pub bucket: String,
    /// The bucket's region, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Its key, not escaped.
    pub key: String,
    /// Its version, or etag: what was overwritten since is something else. Empty when it is not known.
    pub version: String,
    /// Whether that is an etag.
    #[serde(default)]
    pub is_etag: bool,
}

/// A header as it is written: between what says what it is and what the rest hashes to.
#[derive(Serialize, Deserialize)]
pub(super) struct Wire {
    tailwater: String,
    version: String,
    #[serde(flatten)]
    header: Header,
    sha256: String,
}

impl Wire {
    pub(super) fn of(header: &Header, sha256: &str) -> Self {
        Self {
            tailwater: MARK.to_owned(),
            version: VERSION.to_owned(),
            header: header.clone(),
            sha256: sha256.to_owned(),
        }
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts, numbers and lists under names of ours")
    }

    /// The header, and the hash of what follows it.
    pub(super) fn from_json(line: &[u8]) -> Option<(Header, String)> {
        let wire: Self = serde_json::from_slice(line).ok()?;
        Some((wire.header, wire.sha256))
    }
}

/// What every version of the line has.
#[derive(Deserialize)]
struct Recognised {
    tailwater: String,
    version: String,
}

/// Whether a line is a header that this version can read.
pub(super) fn recognise(line: &[u8]) -> Result<(), ParkedError> {
    let seen: Recognised = serde_json::from_slice(line).map_err(|_| ParkedError::NotParked)?;
    if seen.tailwater != MARK {
        return Err(ParkedError::NotParked);
    }
    let major = seen.version.split_once('.').and_then(|(major, _)| major.parse::<u32>().ok());
    if major == Some(MAJOR) { Ok(()) } else { Err(ParkedError::Newer { found: seen.version, known: MAJOR }) }
}

mod pairs {
    //! A range set as a list of pairs.

    use serde::de::Error;

    use super::{Deserialize, Deserializer, RangeSet, Serializer};

    pub(super) fn serialize<S: Serializer>(set: &RangeSet, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(set.iter().map(|range| [range.start, range.end]))
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<RangeSet, D::Error> {
        let pairs = Vec::<[u32; 2]>::deserialize(from)?;
        pairs.into_iter().try_fold(RangeSet::default(), |mut set, [start, end]| {
            if start >= end {
                return Err(D::Error::custom("a range without events"));
            }
            set.insert(start..end);
            Ok(set)
        })
    }
}

mod millis {
    //! A time as a number.

    use super::{Deserialize, Deserializer, Serializer, UnixMillis};

    pub(super) fn serialize<S: Serializer>(time: &UnixMillis, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(time.0)
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<UnixMillis, D::Error> {
        i64::deserialize(from).map(UnixMillis)
    }
}

mod optional_millis {
    //! A time as a number, or nothing.

    use super::{Deserialize, Deserializer, Serialize, Serializer, UnixMillis};

    pub(super) fn serialize<S: Serializer>(time: &Option<UnixMillis>, to: S) -> Result<S::Ok, S::Error> {
        time.map(|time| time.0).serialize(to)
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Option<UnixMillis>, D::Error> {
        Ok(Option::<i64>::deserialize(from)?.map(UnixMillis))
    }
}
