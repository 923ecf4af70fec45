//! Tailwater: AWS Lambda's logs as logs, metrics, cold starts and cost.
//!
//! The modules stand in the order data moves: [`source`] finds deliveries in what comes in, [`pipeline`] reads each
//! event and hands it to its targets, [`sink`] encodes for backends, [`deliver`] decides what becomes of each body,
//! [`outcome`] is what Lambda is told, [`ledger`] accounts for everything; with the feature `cli` the store keeps it, the
//! view summarises it, the command line and the page show it.

pub mod deliver;
pub mod ledger;
pub mod outcome;
pub mod pipeline;
pub mod settings;
pub mod sink;
pub mod source;

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod keep;
#[cfg(feature = "cli")]
pub mod serve;
#[cfg(feature = "cli")]
pub mod store;
#[cfg(feature = "cli")]
pub mod view;
