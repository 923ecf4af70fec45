//! Clients of AWS services, which use the HTTP client of this program: S3, SQS, Secrets Manager, SSM, CloudWatch Logs,
//! and any other by [`AwsClient::once`].
//!
//! They replace the AWS SDK, which would make the program three times as large and slow down its start. A client is
//! created when a setting requires it and it is first used.

mod client;
mod config;
mod endpoint;
mod error;
mod invoke;
pub mod logs;
mod parameters;
mod retry;
pub mod s3;
pub mod secret_cache;
mod secrets;
mod sign;
pub mod sqs;

#[cfg(test)]
mod tests;

pub use self::{
    client::{AwsClient, Call, LazyAwsClient},
    config::{AwsConfig, Credentials},
    endpoint::service_url,
    error::{Error, Service, element},
    invoke::invoke,
    parameters::parameter,
    s3::S3,
    secret_cache::SecretCache,
    sqs::Sqs,
};
