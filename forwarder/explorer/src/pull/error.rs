//! Error of a pull.

use tailwater_forwarder::{aws, http::ClientError};
use thiserror::Error;

use super::operation::Operation;
use crate::credentials::CredentialsError;

/// Reason why something could not be pulled. The texts of AWS name roles, actions and resources, and hold no secret.
#[derive(Debug, Error)]
pub enum PullError {
    /// There are no credentials.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The HTTP client cannot be created.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A right is missing.
    #[error("the right {} is missing: {message}", operation.action())]
    Denied {
        /// Operation that was denied.
        operation: Operation,
        /// Text of AWS.
        message: String,
    },
    /// A request has failed, also when it was repeated.
    #[error("{} failed: {error}", operation.action())]
    Failed {
        /// Operation.
        operation: Operation,
        /// Error of the last attempt.
        error: aws::Error,
    },
    /// An answer does not have the form of the operation's answers.
    #[error("the answer of {} cannot be read", .0.action())]
    InvalidAnswer(Operation),
    /// The rows of a query are no events.
    #[error(
        "the query returns rows without @timestamp and @message, such as those of stats; only events can be stored: \
         pull them with fields and filter, then ask `tailwater query` for the rest"
    )]
    NotEvents,
    /// A query returns more rows for one second than AWS gives.
    #[error("the query returns {0} rows or more for one second, of which AWS gives no more; add a filter")]
    TooManyRows(usize),
    /// A query has ended with this status.
    #[error("logs:StartQuery: the query has ended with the status {0}")]
    Query(String),
    /// The run should stop.
    #[error("interrupted")]
    Interrupted,
}

impl PullError {
    /// Wraps the error of an operation.
    pub(super) fn of(operation: Operation, error: aws::Error) -> Self {
        // Credentials that are invalid or have expired are no missing right.
        if !error.concerns_credentials()
            && let aws::Error::Denied { message, .. } = error
        {
            return Self::Denied { operation, message };
        }
        Self::Failed { operation, error }
    }
}
