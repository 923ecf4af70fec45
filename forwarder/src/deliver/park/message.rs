//! A parked object as a message of a queue: itself where it fits, else where it lies.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};

/// A message of ours. Queues take text only, so what is binary is written in base64.
#[derive(Serialize, Deserialize)]
#[serde(tag = "tailwater", rename_all = "kebab-case")]
pub(super) enum Message {
    /// The object itself.
    ParkedObject {
        /// Its key, as it would have in a bucket.
        key: String,
        /// In base64.
        object: String,
    },
    /// An object that is too large for a message.
    ParkedElsewhere {
        /// Its key, as we call it.
        key: String,
        /// The bucket that it lies in.
        bucket: String,
        /// Its key in that bucket.
        path: String,
    },
}

impl Message {
    pub(super) fn holding(key: &str, object: &[u8]) -> Self {
        Self::ParkedObject { key: key.to_owned(), object: BASE64_STANDARD.encode(object) }
    }

    /// `None` for a message that somebody else sent.
    pub(super) fn read(body: &str) -> Option<Self> {
        serde_json::from_str(body).ok()
    }

    pub(super) fn to_body(&self) -> String {
        serde_json::to_string(self).expect("texts under names of ours")
    }

    pub(super) fn key(&self) -> &str {
        match self {
            Self::ParkedObject { key, .. } | Self::ParkedElsewhere { key, .. } => key,
        }
    }
}

/// The bytes of an object in base64; `None` when it is none.
pub(super) fn decoded(object: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(object).ok()
}
