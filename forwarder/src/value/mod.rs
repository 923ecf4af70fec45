//! Checked values of settings and of events: parsers of sizes, durations, lists and pairs, and the types of URLs,
//! regions, buckets, queues, secrets and headers.
//!
//! Whatever becomes part of a host or path of a request has a type here, whose constructor checks it. This module does not depend on the names of settings, their defaults, or the places where they are set.

mod account_id;
mod arn;
mod bucket;
mod edits;
mod function_ref;
mod link_local;
mod log_groups;
mod partition;
mod queue_url;
mod region;
mod secret;
mod url;

use std::{num::NonZeroU16, path::PathBuf, time::Duration};

use tailwater_parser::ByteSize;

pub use self::{
    account_id::AccountId,
    arn::{arn, region_of_arn},
    bucket::{BucketName, BucketPattern, ObjectKey},
    edits::edits,
    function_ref::FunctionRef,
    link_local::{is_link_local, is_metadata_host},
    log_groups::LogGroupPattern,
    partition::Partition,
    queue_url::QueueUrl,
    region::Region,
    secret::{Header, Headers, Secret, SecretRef},
    url::{PlainHttp, Scheme, Url},
};

/// Reason why a value is invalid. Its text is worded to follow the value in a message. It never contains the value,
/// which may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the definition")]
pub enum ValueError {
    #[error("is not a string, integer, boolean, or array of these without commas")]
    NotFlat,
    #[error("is not a whole number")]
    NotANumber,
    #[error("has no unit")]
    NoUnit,
    #[error("has an unknown unit")]
    UnknownUnit,
    #[error("is zero")]
    Zero,
    #[error("is too large")]
    TooLarge,
    #[error("is not an allowed word")]
    UnknownWord,
    #[error("contains a duplicate")]
    Duplicate,
    #[error("is set twice")]
    SetTwice,
    #[error("has an empty item")]
    EmptyItem,
    #[error("has an item without a colon, or without a key before it")]
    NoColon,
    #[error("has an item without an equals sign, or without a key before it")]
    NoEquals,
    #[error("has a percent sign that is not followed by two hexadecimal digits of UTF-8")]
    BadPercent,
    #[error("has a control character")]
    ControlCharacter,
    #[error("is not UTF-8")]
    NotUtf8,
    #[error("is not a valid header, or is one that Tailwater sets itself")]
    BadHeader,
    #[error("is not an ARN")]
    BadArn,
    #[error("is not a retention that CloudWatch Logs supports")]
    BadRetention,
    #[error("is not the code of a region")]
    BadRegion,
    #[error("has a part that is neither a level nor module=level")]
    BadFilter,
    #[error("does not start with http:// or https://")]
    NoScheme,
    #[error("contains a user name or a password")]
    Credentials,
    #[error("contains a query or a fragment")]
    Query,
    #[error("has an invalid host")]
    BadHost,
    #[error("has an invalid port")]
    BadPort,
    #[error("has a character in its path that must be percent-encoded")]
    BadPath,
    #[error("is a link-local or metadata address, which can expose credentials")]
    LinkLocal,
    #[error("uses plain HTTP to another machine (TAILWATER_ALLOW_INSECURE=true allows it)")]
    NoTls,
    #[error("is not a parking location")]
    UnknownLocation,
    #[error("has no valid bucket name")]
    BadBucket,
    #[error("is not the key of an object that can be requested")]
    BadKey,
    #[error("is not the id of an account")]
    BadAccount,
    #[error("has no account and queue in its path")]
    BadQueue,
    #[error("is not the ARN of a secret")]
    BadSecretArn,
    #[error("is not the name of a parameter")]
    BadParameter,
    #[error("has characters that no key has")]
    BadSecret,
}

/// Key and value of a tag or of a resource attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Key; never empty.
    pub key: String,
    /// Value without surrounding spaces; may be empty.
    pub value: String,
}

/// Parses a size with a unit, such as `256MiB`, `5MB` or `100B`; not zero.
pub fn size(text: &str) -> Result<ByteSize, ValueError> {
    const UNITS: &[(&str, u64)] = &[
        ("B", 1),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
    ];
    quantity(text, UNITS).map(ByteSize)
}

/// Parses a duration with a unit, such as `1500ms`, `30s` or `5m`; not zero.
pub fn duration(text: &str) -> Result<Duration, ValueError> {
    const UNITS: &[(&str, u64)] = &[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];
    quantity(text, UNITS).map(Duration::from_millis)
}

/// Parses a number of milliseconds, such as `10000`; not zero.
pub fn milliseconds(text: &str) -> Result<Duration, ValueError> {
    nonzero(number(text)?).map(Duration::from_millis)
}

/// Parses a number from 1 to 64.
pub fn count(text: &str) -> Result<NonZeroU16, ValueError> {
    const MAX: u64 = 64;
    let n = nonzero(number(text)?)?;
    let n = u16::try_from(n.min(MAX + 1)).ok().filter(|n| u64::from(*n) <= MAX);
    n.and_then(NonZeroU16::new).ok_or(ValueError::TooLarge)
}

/// Compression levels, from fastest to smallest.
pub const LEVELS: &[&str] = &["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// Parses one of [`LEVELS`].
pub fn level(text: &str) -> Result<u8, ValueError> {
    one_of(text, LEVELS)?.parse().map_err(|_| ValueError::UnknownWord)
}

fn quantity(text: &str, units: &[(&str, u64)]) -> Result<u64, ValueError> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(digits).ok_or(ValueError::NotANumber)?;
    let n = number(digits)?;
    let unit = unit.trim_start();
    if unit.is_empty() {
        return Err(ValueError::NoUnit);
    }
    let (_, factor) =
        units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).ok_or(ValueError::UnknownUnit)?;
    nonzero(n.checked_mul(*factor).ok_or(ValueError::TooLarge)?)
}

fn number(digits: &str) -> Result<u64, ValueError> {
    if digits.is_empty() || digits.contains(|c: char| !c.is_ascii_digit()) {
        return Err(ValueError::NotANumber);
    }
    digits.parse().map_err(|_| ValueError::TooLarge)
}

fn nonzero(n: u64) -> Result<u64, ValueError> {
    if n == 0 { Err(ValueError::Zero) } else { Ok(n) }
}

/// Accepts any path.
pub fn path(text: &str) -> Result<PathBuf, ValueError> {
    Ok(text.into())
}

/// Accepts any text.
pub fn text(text: &str) -> Result<String, ValueError> {
    Ok(text.to_owned())
}

/// Parses `true` or `false`.
pub fn switch(text: &str) -> Result<bool, ValueError> {
    text.parse().map_err(|_| ValueError::UnknownWord)
}

/// Parses one of `words`. Each word has a value, which is returned.
pub fn word<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, ValueError> {
    words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or(ValueError::UnknownWord)
}

/// Accepts one of `words`.
pub fn one_of(text: &str, words: &[&str]) -> Result<String, ValueError> {
    if words.contains(&text) { Ok(text.to_owned()) } else { Err(ValueError::UnknownWord) }
}

/// Parses one or more of `words`, separated by commas, and returns their values in this order. No word may occur twice.
pub fn words<T: Copy + PartialEq>(text: &str, words: &[(&str, T)]) -> Result<Vec<T>, ValueError> {
    let mut chosen = Vec::new();
    for item in list(text)? {
        let value = word(&item, words)?;
        if chosen.contains(&value) {
            return Err(ValueError::Duplicate);
        }
        chosen.push(value);
    }
    Ok(chosen)
}

/// Splits a list at its commas and trims each text. No text may be empty.
pub fn list(text: &str) -> Result<Vec<String>, ValueError> {
    text.split(',')
        .map(|item| Some(item.trim().to_owned()).filter(|item| !item.is_empty()))
        .collect::<Option<_>>()
        .ok_or(ValueError::EmptyItem)
}

/// Parses `key:value` pairs separated by commas. A value may contain colons, and a key may occur several times, as
/// backends allow it.
pub fn tags(text: &str) -> Result<Vec<Tag>, ValueError> {
    let tag = |item: String| pair(&item, ':').ok_or(ValueError::NoColon);
    list(text)?.into_iter().map(tag).collect()
}

/// Parses percent-encoded `key=value` pairs separated by commas. OpenTelemetry's specification takes this format
/// from W3C Baggage. No key may occur twice.
pub fn attributes(text: &str) -> Result<Vec<Tag>, ValueError> {
    let mut attributes: Vec<Tag> = Vec::new();
    for item in list(text)? {
        let encoded = pair(&item, '=').ok_or(ValueError::NoEquals)?;
        let attribute = Tag { key: percent_decoded(&encoded.key)?, value: percent_decoded(&encoded.value)? };
        if attributes.iter().any(|other| other.key == attribute.key) {
            return Err(ValueError::Duplicate);
        }
        attributes.push(attribute);
    }
    Ok(attributes)
}

fn pair(item: &str, separator: char) -> Option<Tag> {
    let (key, value) = item.split_once(separator)?;
    let tag = Tag { key: key.trim().to_owned(), value: value.trim().to_owned() };
    Some(tag).filter(|tag| !tag.key.is_empty())
}

/// Decodes percent-encoded UTF-8. The result must not contain control characters: an encoded line break would become
/// one.
fn percent_decoded(text: &str) -> Result<String, ValueError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut pieces = text.split('%');
    bytes.extend_from_slice(pieces.next().unwrap_or_default().as_bytes());
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2).ok_or(ValueError::BadPercent)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(ValueError::BadPercent);
        }
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| ValueError::BadPercent)?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    let decoded = String::from_utf8(bytes).map_err(|_| ValueError::BadPercent)?;
    if decoded.contains(char::is_control) { Err(ValueError::ControlCharacter) } else { Ok(decoded) }
}

/// Accepts the name of an AWS region, such as `eu-west-1`.
pub fn region(text: &str) -> Result<String, ValueError> {
    Region::read(text).map(|region| region.to_string())
}

/// Accepts what can be the name of a sink: up to 32 lowercase letters, digits and `-`.
pub fn sink_name(text: &str) -> Result<String, ValueError> {
    let is_allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let is_name = (1..=32).contains(&text.len()) && text.bytes().all(is_allowed);
    if is_name { Ok(text.to_owned()) } else { Err(ValueError::UnknownWord) }
}

/// Numbers of days that CloudWatch Logs supports as retention of a log group.
pub const RETENTION_DAYS: [u64; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// Parses one of [`RETENTION_DAYS`].
pub fn retention(text: &str) -> Result<u64, ValueError> {
    let days = number(text)?;
    if RETENTION_DAYS.contains(&days) { Ok(days) } else { Err(ValueError::BadRetention) }
}
