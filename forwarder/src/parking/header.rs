//! Header of a parked object, its first line: the events that a sink must still get, the reason, and the origin of the
//! delivery.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tailwater_parser::UnixMillis;

use super::digest::{Digest, hex};
use crate::batch::RangeSet;

/// Value of the JSON member `tailwater`, by which the header is recognised.
const MARK: &str = "parked";

/// Major version of the format; all of its minor versions can be read.
const MAJOR: u32 = 1;
const VERSION: &str = "1.0";

/// Error for bytes that are not a parked object, or a parked object that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParkedError {
    /// The bytes are not a parked object.
    #[error("not a parked delivery")]
    NotParked,
    /// A newer version of Tailwater wrote the parked object, in a format that this version would misread.
    #[error("parked in format {found}, this version reads {known}.x: use a newer Tailwater")]
    Newer {
        /// Version of the format of the parked object.
        found: String,
        /// Major version of the format that this program reads.
        known: u32,
    },
    /// The header was changed after it was written.
    #[error("the header of the parked delivery is damaged")]
    DamagedHeader,
    /// The delivery behind the header was changed or truncated.
    #[error("the parked delivery is damaged: its content has another hash")]
    DamagedContent,
    /// The object is stored under a key that does not belong to it.
    #[error(
        "its key does not belong to its content: it was renamed or copied; store it under its own key, or delete it"
    )]
    WrongKey,
}

/// Header of a parked object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Header {
    /// Name, as in the settings, of the sink that must still get the events.
    pub sink: String,
    /// Reason for parking: name of a `ParkReason` or `Rejection`. Newer versions may write other names.
    pub reason: String,
    /// Description of the error: the damage, or the URL with what the backend or the connection said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Byte offset of the damage in the decompressed delivery, if the delivery is damaged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Number of attempts to send the events: requests before they were first parked, plus one for each redrive after
    /// which some of them were left.
    pub attempts: u32,
    /// AWS account that owns the log group, for people who search parked objects.
    pub account: String,
    /// Region of the invocation that parked the delivery.
    pub region: String,
    /// Log group of the first events of the delivery.
    pub group: String,
    /// Log stream of the first events of the delivery.
    pub stream: String,
    /// Name of the delivery, mostly an id that AWS gave to it. The ids of events without an id of their own are made of
    /// it.
    pub delivery_id: String,
    /// Time at which AWS accepted the delivery. Events without a time of their own get it.
    #[serde(with = "optional_millis", skip_serializing_if = "Option::is_none")]
    pub delivery_time_ms: Option<UnixMillis>,
    /// Events that the sink must still get: their numbers in the delivery, as pairs `[first, last + 1]`.
    #[serde(with = "pairs")]
    pub owed: RangeSet,
    /// True if the sink must still get the metrics of the delivery. They are derived again from all of its events.
    pub owes_metrics: bool,
    /// True if the sink must still get the spans of the delivery. They are derived again, with the same ids.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub owes_spans: bool,
    /// Account, region and AWS resources that the Lambda event named. The log events get them again when they are
    /// redriven.
    #[serde(skip_serializing_if = "Source::is_unknown")]
    pub source: Source,
    /// Hash of the rules with which the delivery was redacted. Behind the header is then a redacted copy of the delivery,
    /// not the delivery as AWS sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redacted: Option<String>,
    /// Size in bytes of an input that was left out, because it cannot be read and so cannot be redacted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out_bytes: Option<u64>,
    /// SHA-256 hash of the input that was left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out_sha256: Option<String>,
    /// S3 object that is the delivery, if the bytes are not behind the header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<S3Object>,
    /// Time at which the delivery was parked.
    #[serde(with = "millis")]
    pub time_ms: UnixMillis,
}

/// Account, region and AWS resources through which a delivery arrived. An empty string means that the Lambda event did
/// not name it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Source {
    /// Id of the account of the log events.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub account: String,
    /// Region of the log events.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub region: String,
    /// Name of the S3 bucket.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub bucket: String,
    /// Key of the S3 object, not escaped.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// ARN of the SNS topic.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub topic_arn: String,
    /// Subject of the SNS notification.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// ARN of the SQS queue.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub queue_arn: String,
    /// ARN of the Kinesis data stream.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stream_arn: String,
    /// ARN of the Firehose stream.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub delivery_stream_arn: String,
    /// Source of the EventBridge event.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub event_source: String,
    /// Detail type of the EventBridge event.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail_type: String,
}

impl Header {
    /// Records the size and the hash of an input that is not kept.
    pub fn leave_out(&mut self, input: &[u8]) {
        self.left_out_bytes = Some(u64::try_from(input.len()).unwrap_or(u64::MAX));
        self.left_out_sha256 = Some(hex(&Digest::of(input)));
    }
}

impl Source {
    /// True if the Lambda event named nothing, or if an older version of Tailwater wrote the header.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

/// Reference to an S3 object that is a delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct S3Object {
    /// Name of the bucket.
    pub bucket: String,
    /// Region of the bucket, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Key, not escaped.
    pub key: String,
    /// Version id or ETag of the S3 object, to detect that it was overwritten; empty if neither is known.
    pub version: String,
    /// True if `version` is an ETag.
    #[serde(default)]
    pub is_etag: bool,
}

/// Header as it is written: preceded by the mark and the version of the format, and followed by the hash of the
/// delivery.
#[derive(Serialize, Deserialize)]
pub(super) struct WireHeader {
    tailwater: String,
    version: String,
    #[serde(flatten)]
    header: Header,
    sha256: String,
}

impl WireHeader {
    pub(super) fn new(header: &Header, sha256: &str) -> Self {
        Self {
            tailwater: MARK.to_owned(),
            version: VERSION.to_owned(),
            header: header.clone(),
            sha256: sha256.to_owned(),
        }
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a struct of strings, numbers and lists can be serialized")
    }

    /// Returns the header, and the hash of the delivery.
    pub(super) fn from_json(line: &[u8]) -> Option<(Header, String)> {
        let wire: Self = serde_json::from_slice(line).ok()?;
        Some((wire.header, wire.sha256))
    }
}

/// Members that the header has in every version of the format.
#[derive(Deserialize)]
struct FormatVersion {
    tailwater: String,
    version: String,
}

/// Checks that a line is the header of a parked object, in a version of the format that can be read.
pub(super) fn check_version(line: &[u8]) -> Result<(), ParkedError> {
    let FormatVersion { tailwater, version } =
        serde_json::from_slice(line).map_err(|_| ParkedError::NotParked)?;
    if tailwater != MARK {
        return Err(ParkedError::NotParked);
    }
    let major = version.split_once('.').and_then(|(major, _)| major.parse::<u32>().ok());
    if major == Some(MAJOR) { Ok(()) } else { Err(ParkedError::Newer { found: version, known: MAJOR }) }
}

mod pairs {
    //! Serialization of a range set as a list of pairs.

    use serde::de::Error;

    use super::{Deserialize, Deserializer, RangeSet, Serializer};

    pub(super) fn serialize<S: Serializer>(set: &RangeSet, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(set.iter().map(|range| [range.start, range.end]))
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<RangeSet, D::Error> {
        let pairs = Vec::<[u32; 2]>::deserialize(from)?;
        pairs.into_iter().try_fold(RangeSet::default(), |mut set, [start, end]| {
            if start >= end {
                return Err(D::Error::custom("empty range of events"));
            }
            set.insert(start..end);
            Ok(set)
        })
    }
}

mod millis {
    //! Serialization of a time as a number.

    use super::{Deserialize, Deserializer, Serializer, UnixMillis};

    pub(super) fn serialize<S: Serializer>(time: &UnixMillis, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(time.0)
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<UnixMillis, D::Error> {
        i64::deserialize(from).map(UnixMillis)
    }
}

mod optional_millis {
    //! Serialization of an optional time as a number.

    use super::{Deserialize, Deserializer, Serialize, Serializer, UnixMillis};

    pub(super) fn serialize<S: Serializer>(time: &Option<UnixMillis>, to: S) -> Result<S::Ok, S::Error> {
        time.map(|time| time.0).serialize(to)
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Option<UnixMillis>, D::Error> {
        Ok(Option::<i64>::deserialize(from)?.map(UnixMillis))
    }
}
