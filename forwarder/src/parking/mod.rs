//! The parked object: a delivery as it came, and what it still owes to one sink.
//!
//! One line of JSON, then the delivery's bytes to the end: `tail -n +2 | zcat` reads it, `sha256sum` checks it. The line
//! ends with a hash of itself, so that a flipped bit in what is owed is noticed, too.

mod digest;
mod folder;
mod header;
mod key;
mod listing;
mod location;
mod message;
mod store;
mod writer;

#[cfg(test)]
mod tests;

pub use self::{
    folder::{Folder, Put},
    header::{Header, S3Object},
    key::{INPUT, ObjectName, ParkedKind},
    listing::Listing,
    location::{BucketPath, Location},
    store::{Cursor, Page, ParkedRef, ParkingError, ParkingStore},
    writer::{ParkingWriter, Written},
};

use self::{
    digest::{Digest, hex},
    header::Wire,
};

/// A parked object, ready to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// All of it.
    pub bytes: Vec<u8>,
    /// Names its content: what has the same hash is the same.
    pub hash: String,
}

/// A parked object, read and found sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Parked<'b> {
    /// What is owed, and why.
    pub header: Header,
    /// The delivery as it came; empty where the header says where it lies.
    pub delivery: &'b [u8],
}

/// Why bytes are no parked object that can be delivered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParkedError {
    /// Something else.
    #[error("not a parked delivery")]
    NotParked,
    /// A later Tailwater wrote it, and an earlier one would misread it.
    #[error("parked in format {found}, this version reads {known}.x: use a newer Tailwater")]
    Newer {
        /// Its format.
        found: String,
        /// The one this version reads.
        known: u32,
    },
    /// Its first line was changed.
    #[error("the header of the parked delivery is damaged")]
    DamagedHeader,
    /// What follows was changed or cut.
    #[error("the parked delivery is damaged: its content has another hash")]
    DamagedContent,
}

/// What stands before the header's own hash, the last member of the line.
const CHECK: &str = ",\"check\":\"";

/// Hexadecimal digits of that hash: 64 bits tell objects apart.
const CHECK_LEN: usize = 16;

/// A delivery and what it owes, as one object.
#[must_use]
pub fn encode(header: &Header, delivery: &[u8]) -> Encoded {
    let mut bytes = Wire::of(header, &hex(&Digest::of(delivery))).to_json();
    // The closing brace makes room for one more member.
    bytes.pop();
    let hash = check(&bytes);
    bytes.reserve(delivery.len() + CHECK.len() + CHECK_LEN + 3);
    bytes.extend_from_slice(CHECK.as_bytes());
    bytes.extend_from_slice(hash.as_bytes());
    bytes.extend_from_slice(b"\"}\n");
    bytes.extend_from_slice(delivery);
    Encoded { bytes, hash }
}

/// Reads a parked object; members that this version does not know are no matter.
///
/// # Errors
/// It is none, of a format that this version does not know, or damaged.
pub fn decode(bytes: &[u8]) -> Result<Parked<'_>, ParkedError> {
    let end = memchr::memchr(b'\n', bytes).ok_or(ParkedError::NotParked)?;
    let (line, rest) = bytes.split_at_checked(end).ok_or(ParkedError::NotParked)?;
    let delivery = rest.strip_prefix(b"\n").unwrap_or_default();
    header::recognise(line)?;
    is_sound(line).then_some(()).ok_or(ParkedError::DamagedHeader)?;
    let (header, hash) = Wire::from_json(line).ok_or(ParkedError::DamagedHeader)?;
    if hash != hex(&Digest::of(delivery)) {
        return Err(ParkedError::DamagedContent);
    }
    Ok(Parked { header, delivery })
}

/// Whether a line says the hash of what stands before it.
fn is_sound(line: &[u8]) -> bool {
    let checked = line.strip_suffix(b"\"}").and_then(|line| line.split_last_chunk::<CHECK_LEN>());
    checked.is_some_and(|(before, said)| {
        before.strip_suffix(CHECK.as_bytes()).is_some_and(|before| check(before).as_bytes() == said)
    })
}

fn check(before: &[u8]) -> String {
    let mut hash = hex(&Digest::of(before));
    hash.truncate(CHECK_LEN);
    hash
}

/// AWS client for tests that must not use one: it has no credentials.
#[cfg(test)]
fn no_aws() -> crate::aws::LazyAwsClient {
    let client = crate::http::Client::new(&crate::http::Network::default()).expect("the defaults are valid");
    crate::aws::LazyAwsClient::new(client, crate::aws::AwsConfig::default(), std::time::Duration::ZERO)
}
