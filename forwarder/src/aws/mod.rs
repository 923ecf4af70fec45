//! Clients of AWS services over our HTTP client: S3, SQS, Secrets Manager, SSM and CloudWatch Logs.
//!
//! They replace the AWS SDK, which would triple the size of the program and slow down its start. A client is created when
//! a setting first needs it.

mod client;
mod config;
mod error;
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
    client::{AwsClient, LazyAwsClient},
    config::{AwsConfig, Credentials},
    error::{Error, Service},
    s3::S3,
    secret_cache::SecretCache,
    sqs::Sqs,
};
