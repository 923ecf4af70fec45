//! Format of a parked object: one line of JSON, the header, followed by the delivery's bytes as AWS sent them.
//!
//! `tail -n +2 | zcat` shows a gzip delivery, and `sha256sum` checks it. The header ends with a hash of itself, so that
//! a flipped bit in the header is detected, too.

#[cfg(test)]
mod tests;

use super::{
    digest::{Digest, hex},
    header::{Header, ParkedError, WireHeader, check_version},
    key,
};

/// Parked object, ready to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// Header and delivery.
    pub bytes: Vec<u8>,
    /// Hash of the content, for the key: parked objects with the same hash are the same.
    pub hash: String,
}

/// Parked object that was decoded and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Parked<'b> {
    /// Header.
    pub header: Header,
    /// Delivery as AWS sent it; empty if the header names an S3 object that is the delivery.
    pub delivery: &'b [u8],
}

/// Start of the last member of the header, the hash of the header itself.
const CHECK: &str = ",\"check\":\"";

/// Number of hexadecimal digits of the header's hash: 64 bits are enough to detect damage.
const CHECK_LEN: usize = 16;

/// Encodes a header and a delivery as one parked object.
#[must_use]
pub fn encode(header: &Header, delivery: &[u8]) -> Encoded {
    let mut bytes = WireHeader::new(header, &hex(&Digest::of(delivery))).to_json();
    // One more member follows before the closing brace.
    bytes.pop();
    let hash = check(&bytes);
    bytes.reserve(delivery.len() + CHECK.len() + CHECK_LEN + 3);
    bytes.extend_from_slice(CHECK.as_bytes());
    bytes.extend_from_slice(hash.as_bytes());
    bytes.extend_from_slice(b"\"}\n");
    bytes.extend_from_slice(delivery);
    Encoded { bytes, hash }
}

/// Decodes a parked object. Ignores members of the header that this version does not know.
///
/// # Errors
/// Returns an error if the bytes are not a parked object, have a format that this version does not know, or are
/// damaged.
pub fn decode(bytes: &[u8]) -> Result<Parked<'_>, ParkedError> {
    let end = memchr::memchr(b'\n', bytes).ok_or(ParkedError::NotParked)?;
    let (line, rest) = bytes.split_at_checked(end).ok_or(ParkedError::NotParked)?;
    let delivery = rest.strip_prefix(b"\n").unwrap_or_default();
    check_version(line)?;
    is_intact(line).then_some(()).ok_or(ParkedError::DamagedHeader)?;
    let (header, hash) = WireHeader::from_json(line).ok_or(ParkedError::DamagedHeader)?;
    if hash != hex(&Digest::of(delivery)) {
        return Err(ParkedError::DamagedContent);
    }
    Ok(Parked { header, delivery })
}

/// Decodes a parked object that is stored under this key, and checks that the key belongs to it. A redrive deletes only such
/// objects, since it must not delete what this program did not make.
///
/// # Errors
/// Returns an error as [`decode`] does, or [`ParkedError::WrongKey`].
pub fn decode_under<'b>(key: &str, bytes: &'b [u8]) -> Result<Parked<'b>, ParkedError> {
    let parked = decode(bytes)?;
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let hash = line.strip_suffix(b"\"}").and_then(|line| line.split_last_chunk::<CHECK_LEN>());
    let hash = hash.and_then(|(_, hash)| str::from_utf8(hash).ok()).unwrap_or_default();
    let is_own = key::is_key_of(key, &parked.header.sink, parked.header.time_ms, hash);
    if is_own { Ok(parked) } else { Err(ParkedError::WrongKey) }
}

/// True if a header line ends with the hash of the text before the hash.
fn is_intact(line: &[u8]) -> bool {
    let checked = line.strip_suffix(b"\"}").and_then(|line| line.split_last_chunk::<CHECK_LEN>());
    checked.is_some_and(|(before, hash)| {
        before.strip_suffix(CHECK.as_bytes()).is_some_and(|before| check(before).as_bytes() == hash)
    })
}

/// Returns the hash of the text of a header line, as it is written behind that text.
fn check(before: &[u8]) -> String {
    let mut hash = hex(&Digest::of(before));
    hash.truncate(CHECK_LEN);
    hash
}
