//! Parking: deliveries whose events cannot be sent now are stored as parked objects, in a folder, a bucket or a queue,
//! until a redrive sends them.

mod digest;
mod folder;
mod header;
mod key;
mod listing;
mod location;
mod message;
mod object;
mod store;
mod writer;

pub use self::{
    folder::{Folder, Put},
    header::{Header, ParkedError, S3Object, Source},
    key::{INPUT, ObjectName, ParkedKind},
    listing::Listing,
    location::{BucketPath, Location},
    object::{Encoded, Parked, decode, encode},
    store::{Cursor, Page, ParkedRef, ParkingError, ParkingStore},
    writer::{ParkingWriter, Slot, Written},
};

/// AWS client for tests that must not use one: it has no credentials.
#[cfg(test)]
fn no_aws() -> crate::aws::LazyAwsClient {
    let client = crate::http::Client::new(&crate::http::Network::default()).expect("the defaults are valid");
    crate::aws::LazyAwsClient::new(client, crate::aws::AwsConfig::default(), std::time::Duration::ZERO)
}
