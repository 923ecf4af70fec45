//! What Datadog's intake takes, and how requests to it are marked.
//!
//! From the documentation generated with `datadog-api-client-rust` (August 2026), unless another source is named.

use std::time::Duration;

/// Bytes of a body of logs before compression: "maximum content size per payload (uncompressed): 5MB".
pub const LOGS_BODY: usize = 5_000_000;

/// Logs in a body: "maximum array size if sending multiple logs in an array: 1000 entries".
pub const LOGS_ITEMS: usize = 1_000;

/// Bytes of one log: "maximum size for a single log: 1MB". A longer one is accepted and **truncated**, so it must
/// never be sent: whoever owns the event splits it.
pub const MAX_ITEM: usize = 1_000_000;

/// How old a log may be: "a timestamp that is up to 18 hours in the past".
pub const LOG_AGE: Duration = Duration::from_hours(18);

/// Bytes of a body of distribution points before compression. The endpoint documents no size; the series endpoint of
/// the same version takes 3.2 MB compressed, which a body of this size never passes.
pub const POINTS_BODY: usize = 3_200_000;

/// How old a point may be: "not more than one hour in the past".
pub const POINT_AGE: Duration = Duration::from_hours(1);

/// How far ahead a point may be: "not more than 10 minutes in the future". Logs are held to the same: no clock is
/// exact, and the API says nothing.
pub const AHEAD: Duration = Duration::from_mins(10);

/// Characters of a tag, and of a metric's name (Datadog's guide to naming metrics and tags).
pub const NAME_CHARS: usize = 200;

/// The header that carries the API key.
pub const KEY_HEADER: &str = "DD-API-KEY";

/// `Content-Type` of all bodies.
pub const CONTENT_TYPE: &str = "application/json";

/// The header that says when to come again, in seconds, where there is no `Retry-After`.
pub const WAIT_HEADER: &str = "x-ratelimit-reset";
