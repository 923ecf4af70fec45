//! Parking: deliveries whose events cannot be sent now are stored as parked objects, in a folder, a bucket or a queue,
//! until a redrive sends them.

mod claim;
mod digest;
mod disk;
mod error;
mod folder;
mod header;
mod key;
mod listing;
mod location;
mod message;
mod object;
mod redacted;
mod store;
mod writer;

pub use self::{
    claim::{Claim, Hold, LEASE, RENEWAL, Takeover},
    error::{ErrorScope, ParkingError},
    folder::{Folder, Put},
    header::{Header, ParkedError, S3Object, Source},
    key::{INPUT, ObjectName, ParkedKind, is_made_by},
    listing::Listing,
    location::{BucketPath, Location},
    object::{Encoded, Parked, decode, decode_under, encode},
    redacted::{RedactedEvent, RedactedLine, RedactedReader, RedactedWriter},
    store::{Cursor, Page, ParkedRef, ParkingStore},
    writer::{ParkingWriter, Slot, Written},
};

/// AWS client for tests that must not use one: it has no credentials.
#[cfg(test)]
fn no_aws() -> crate::aws::LazyAwsClient {
    let client = crate::http::Client::new(&crate::http::Network::default()).expect("the defaults are valid");
    crate::aws::LazyAwsClient::new(client, crate::aws::AwsConfig::default(), std::time::Duration::ZERO)
}
