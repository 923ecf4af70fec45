//! The explorer: reads Lambda logs from local files into an embedded store and shows them on the terminal and on a local page.
//!
//! [`files`] reads log events from local files in many formats, [`store`] keeps them in one SQLite file, [`view`] computes
//! metrics, cost and findings, [`query`] answers queries, [`export`] writes the store as Parquet or NDJSON, [`serve`] is the
//! HTTP server of the page, [`pull`] reads an account's logs with the [`credentials`] of the user, and [`cli`] is the command line. Parsing, pipeline, sinks and delivery come from
//! `tailwater_forwarder`.

pub mod cli;
pub mod credentials;
mod errors;
pub mod export;
pub mod files;
pub mod line_scan;
mod number;
pub mod pattern;
pub mod pull;
pub mod query;
pub mod requests;
pub mod serve;
pub mod store;
mod stored_index;
mod stored_request;
pub mod view;
