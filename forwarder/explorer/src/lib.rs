//! The explorer: reads Lambda logs from local files into an embedded store and shows them on the terminal and on a local page.
//!
//! [`files`] reads log events from local files in many formats, [`store`] keeps them in one SQLite file, [`view`] computes
//! metrics, cost and findings, [`query`] answers queries, [`export`] writes the store as Parquet or NDJSON, [`serve`] is the
//! HTTP server of the page, and [`cli`] is the command line. Parsing, pipeline, sinks and delivery come from
//! `tailwater_forwarder`.

pub mod cli;
mod errors;
pub mod export;
pub mod files;
pub mod line_scan;
pub mod pattern;
pub mod query;
pub mod serve;
pub mod store;
mod stored_index;
pub mod view;
