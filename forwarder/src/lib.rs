//! Tailwater as a library.

#[cfg(feature = "cli")]
pub mod store;
