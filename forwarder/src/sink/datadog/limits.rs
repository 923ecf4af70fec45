//! Limits and headers of Datadog's intakes (HTTP endpoints).
//!
//! Unless a comment names another source, the source is the API documentation in `datadog-api-client-rust` (August
//! 2026).

use std::time::Duration;

/// Maximum size of a body of logs in bytes before compression: "maximum content size per payload (uncompressed): 5MB".
pub const LOGS_BODY: usize = 5_000_000;

/// Maximum number of logs in a body: "maximum array size if sending multiple logs in an array: 1000 entries".
pub const LOGS_ITEMS: usize = 1_000;

/// Maximum size of one log in bytes: "maximum size for a single log: 1MB". Datadog accepts a longer log but
/// **truncates** it, so a longer one is never sent: its message is split into several logs.
pub const MAX_ITEM: usize = 1_000_000;

/// Maximum age of a log: "a timestamp that is up to 18 hours in the past".
pub const LOG_AGE: Duration = Duration::from_hours(18);

/// Maximum size of a body of distribution points in bytes before compression. The endpoint documents no limit; the
/// series endpoint of the same version accepts 3.2 MB compressed, which a body of this size never exceeds.
pub const POINTS_BODY: usize = 3_200_000;

/// Maximum age of a point: "not more than one hour in the past".
pub const POINT_AGE: Duration = Duration::from_hours(1);

/// Maximum distance of a point's time in the future: "not more than 10 minutes in the future". It is used for logs
/// too, for which the API documents no such limit.
pub const AHEAD: Duration = Duration::from_mins(10);

/// Maximum length of a tag and of a metric's name in characters (Datadog's guide to naming metrics and tags).
pub const NAME_CHARS: usize = 200;

/// Name of the header that holds the API key.
pub const KEY_HEADER: &str = "DD-API-KEY";

/// Name of the header with the kinds of resources whose tags Datadog adds to logs.
pub const STORAGE_TAG_HEADER: &str = "dd-storage-tag";

/// `Content-Type` of all bodies.
pub const CONTENT_TYPE: &str = "application/json";

/// Name of the header with the seconds until a retry may succeed, for responses that have no `Retry-After`.
pub const RETRY_HEADER: &str = "x-ratelimit-reset";
