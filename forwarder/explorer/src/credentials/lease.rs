//! Credentials with the time at which they expire.

use serde::Deserialize;
use tailwater_forwarder::{aws::Credentials, value::Secret};
use tailwater_parser::{UnixMillis, timestamp};

/// Credentials and the time until which they are valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Credentials.
    pub credentials: Credentials,
    /// Time at which they expire; `None` if they do not, or if it is not known.
    pub expires: Option<UnixMillis>,
}

/// Time before the expiry at which credentials are renewed.
const RENEW_BEFORE_MS: i64 = 5 * 60 * 1000;

impl Lease {
    /// Creates credentials that do not expire.
    pub(super) fn permanent(credentials: Credentials) -> Self {
        Self { credentials, expires: None }
    }

    /// Creates temporary credentials. `expires` is a time in RFC 3339.
    pub(super) fn temporary(id: &str, key: &str, token: Option<&str>, expires: Option<&str>) -> Self {
        let credentials = Credentials {
            access_key_id: Secret::new(id),
            secret_access_key: Secret::new(key),
            session_token: token.map(Secret::new),
        };
        Self { credentials, expires: expires.and_then(timestamp::read_all) }
    }

    /// True if the credentials have to be renewed at `now`.
    #[must_use]
    pub fn is_due(&self, now: UnixMillis) -> bool {
        self.expires.is_some_and(|expires| now.0 >= expires.0.saturating_sub(RENEW_BEFORE_MS))
    }
}

/// Answer of a process, a container or an EC2 instance.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    access_key_id: String,
    secret_access_key: String,
    #[serde(alias = "SessionToken")]
    token: Option<String>,
    expiration: Option<String>,
}

/// Parses the JSON that processes, containers and EC2 instances answer with.
pub(super) fn parse(json: &[u8]) -> Option<Lease> {
    let answer: Answer = serde_json::from_slice(json).ok()?;
    let is_complete = !answer.access_key_id.is_empty() && !answer.secret_access_key.is_empty();
    let (token, expires) = (answer.token.as_deref(), answer.expiration.as_deref());
    is_complete.then(|| Lease::temporary(&answer.access_key_id, &answer.secret_access_key, token, expires))
}
