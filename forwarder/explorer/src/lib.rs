//! The explorer: Lambda logs from local files in an embedded store, on the terminal and on a local web page.
//!
//! [`files`] finds log events in the forms people keep them in, [`store`] keeps them in one SQLite file, [`view`] computes
//! the serverless view, [`serve`] is the page's server, and [`cli`] is the command line over all of it. Parsing,
//! pipeline, sinks and delivery come from `tailwater_forwarder`.

pub mod cli;
pub mod files;
pub mod serve;
pub mod store;
pub mod view;
