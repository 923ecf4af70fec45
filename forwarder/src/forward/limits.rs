//! Limits of the forwarder's resource use.

use std::{num::NonZeroU16, time::Duration};

use tailwater_parser::ByteSize;

/// Limits of the forwarder's resource use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Maximum decompressed size of one delivery.
    pub inflated: ByteSize,
    /// Maximum duration of one HTTP request to a sink.
    pub timeout: Duration,
    /// Time at the end of an invocation that is kept for parking.
    pub deadline_reserve: Duration,
    /// Maximum number of concurrent requests to one sink.
    pub concurrency: NonZeroU16,
    /// Duration assumed for an invocation whose deadline is not plausible.
    pub fallback_timeout: Duration,
    /// Compression level of request bodies, from 1 to 9.
    pub compression_level: u8,
}

impl Limits {
    /// Maximum time for storing or reading one parked object: three times the limit for one request. A redrive from the
    /// command line has more time, but must not spend all of it on a parking store that hangs.
    pub(super) fn max_parking_time(&self) -> Duration {
        self.timeout.saturating_mul(3)
    }
}
