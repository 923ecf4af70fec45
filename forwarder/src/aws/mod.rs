//! The few of AWS's services that are needed, over the one HTTP client: S3, SQS, Secrets Manager, SSM and CloudWatch Logs.
//!
//! The SDK would make the program three times as large and slow to start. Nothing here is made, and nothing is looked up,
//! before a setting needs it.

mod access;
mod error;
pub mod logs;
mod parameters;
mod retry;
pub mod s3;
mod secrets;
mod sign;
pub mod sqs;
pub mod vault;

#[cfg(test)]
mod tests;

pub use self::{
    access::Access,
    error::{Error, Service},
    s3::S3,
    sqs::Sqs,
    vault::Vault,
};
