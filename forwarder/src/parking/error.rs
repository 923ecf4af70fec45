//! Errors of the parking store, classified by what they concern: one object, or the store as a whole.

use std::io;

use thiserror::Error;

use crate::{
    aws::{self, sqs::MESSAGE_LIMIT},
    value::ValueError,
};

/// Error of the parking store.
#[derive(Debug, Error)]
pub enum ParkingError {
    /// The folder cannot be read or written.
    #[error("the folder: {0}")]
    Folder(#[from] io::Error),
    /// A request to AWS failed.
    #[error(transparent)]
    Aws(#[from] aws::Error),
    /// The parked object is too large for a message, and no bucket is configured for such objects.
    #[error(
        "{size} bytes exceed the message limit of {MESSAGE_LIMIT} bytes: set a bucket for large objects with \
         TAILWATER_PARKING=sqs:QUEUE_URL,s3://BUCKET/PREFIX"
    )]
    TooLarge {
        /// Size in bytes of the message that would hold the parked object.
        size: usize,
    },
    /// The object has more bytes than are read into memory.
    #[error("it exceeds the limit of {limit} bytes for a parked object: inspect it, and delete or move it")]
    OverLimit {
        /// Maximum number of bytes of an object that is read.
        limit: usize,
    },
    /// The parking store did not finish the operation in time.
    #[error("the parking location did not answer in time")]
    TimedOut,
    /// A message that this program sent was changed since.
    #[error("the message that holds a parked object is damaged")]
    Damaged,
    /// A message refers to an S3 object that this program did not park with the message.
    #[error(
        "the message refers to s3://{bucket}/{path}, which is not the object of its key in the bucket of \
         TAILWATER_PARKING: correct the setting, or delete the message"
    )]
    Foreign {
        /// Bucket that the message names.
        bucket: String,
        /// Key that the message names.
        path: String,
    },
    /// The key cannot be part of a URL.
    #[error("the key of the parked object {0}")]
    InvalidKey(ValueError),
}

/// Extent of an error: decides whether a redrive goes on with the next object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorScope {
    /// The error concerns one object, and will occur again until a person changes something.
    Object,
    /// The error may be over at the next attempt, and may concern one object or all.
    Temporary,
    /// The error concerns all objects: no credentials, no bucket, no queue.
    Store,
}

impl ParkingError {
    /// Returns what the error concerns.
    #[must_use]
    pub fn scope(&self) -> ErrorScope {
        match self {
            Self::Folder(_)
            | Self::TooLarge { .. }
            | Self::OverLimit { .. }
            | Self::Damaged
            | Self::InvalidKey(_)
            | Self::Foreign { .. } => ErrorScope::Object,
            Self::TimedOut => ErrorScope::Temporary,
            Self::Aws(error) => aws_scope(error),
        }
    }
}

fn aws_scope(error: &aws::Error) -> ErrorScope {
    match error {
        aws::Error::NoCredentials(_)
        | aws::Error::NoRegion(_)
        | aws::Error::OtherPartition { .. }
        | aws::Error::BadEndpoint(..) => ErrorScope::Store,
        aws::Error::Throttled { .. } | aws::Error::Unreachable { .. } => ErrorScope::Temporary,
        denied if denied.concerns_credentials() => ErrorScope::Store,
        aws::Error::NotFound { code, .. } if code != "NoSuchKey" && code != "NoSuchVersion" => {
            ErrorScope::Store
        }
        aws::Error::Other { status: 500.., .. } => ErrorScope::Temporary,
        aws::Error::Denied { .. }
        | aws::Error::NotFound { .. }
        | aws::Error::InvalidResponse(_)
        | aws::Error::TooLarge { .. }
        | aws::Error::Other { .. } => ErrorScope::Object,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Service::S3;

    fn check(error: aws::Error, expected: ErrorScope) {
        let text = error.to_string();
        assert_eq!(ParkingError::from(error).scope(), expected, "{text}");
    }

    fn denied(code: &str) -> aws::Error {
        aws::Error::Denied { service: S3, code: code.to_owned(), message: String::new() }
    }

    fn other(status: u16, code: &str) -> aws::Error {
        aws::Error::Other { service: S3, status, code: code.to_owned(), message: String::new() }
    }

    fn missing(code: &str) -> aws::Error {
        aws::Error::NotFound { service: S3, code: code.to_owned(), message: String::new() }
    }

    #[test]
    fn denied_archived_and_encrypted_objects_concern_one_object() {
        for code in ["AccessDenied", "InvalidObjectState", "KmsAccessDenied", "AllAccessDisabled"] {
            check(denied(code), ErrorScope::Object);
        }
        for code in ["KMS.DisabledException", "KMS.NotFoundException", "KMS.KMSInvalidStateException"] {
            check(other(400, code), ErrorScope::Object);
        }
        check(aws::Error::TooLarge { service: S3, limit: 1 }, ErrorScope::Object);
        check(missing("NoSuchKey"), ErrorScope::Object);
    }

    #[test]
    fn wrong_credentials_and_missing_buckets_concern_the_store() {
        for code in ["ExpiredToken", "InvalidAccessKeyId", "SignatureDoesNotMatch"] {
            check(denied(code), ErrorScope::Store);
        }
        check(missing("NoSuchBucket"), ErrorScope::Store);
        check(missing("QueueDoesNotExist"), ErrorScope::Store);
        check(aws::Error::NoCredentials(String::new()), ErrorScope::Store);
    }

    #[test]
    fn throttling_and_failures_of_the_server_are_temporary() {
        check(aws::Error::Throttled { service: S3, code: "SlowDown".to_owned() }, ErrorScope::Temporary);
        check(other(500, "InternalError"), ErrorScope::Temporary);
        assert_eq!(ParkingError::TimedOut.scope(), ErrorScope::Temporary);
    }
}
