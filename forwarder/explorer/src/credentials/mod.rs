//! AWS credentials of the user's machine, found as AWS's own tools find them: environment, web identity, profiles (access
//! keys, roles, single sign-on, processes), container and, only when asked for, the EC2 instance.
//!
//! It replaces `aws-config`, which would compile three SDK clients. Credentials are kept in memory only: nothing is written,
//! not even a refreshed sign-in token.

mod chain;
mod container;
mod environment;
mod error;
mod lease;
mod process;
mod profile;
mod sso;
mod sts;
#[cfg(test)]
mod tests;

pub use self::{
    chain::{Chain, InstanceMetadata},
    environment::Environment,
    error::CredentialsError,
    lease::Lease,
    profile::{Profile, Profiles},
    sts::{Role, assume_role},
};
