//! Error of creating the HTTP client.

use std::{io, path::PathBuf};

use thiserror::Error;

/// Error of [`Client::new`](super::Client::new).
#[derive(Debug, Error)]
pub enum ClientError {
    /// The file of certificate authorities cannot be read.
    #[error("{}: {error}", path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Error of the file system.
        error: io::Error,
    },
    /// The file of certificate authorities has no certificate, or an invalid one.
    #[error("{}: not a PEM file of certificates", path.display())]
    Certificates {
        /// Path of the file.
        path: PathBuf,
    },
    /// The URL of the proxy is invalid. It is not shown, because it may contain a password.
    #[error("invalid proxy URL")]
    Proxy,
    /// The TLS library or the HTTP library rejects our configuration.
    #[error("failed to set up the HTTP client: {0}")]
    Setup(&'static str),
}
