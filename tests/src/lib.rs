//! Shared code of the end-to-end tests: builds and drives the real binaries, simulates AWS and backends, and makes
//! logs.
//!
//! It does not use the code under test: inputs are made from AWS's public documentation of its formats, and outputs
//! are read with `serde_json`.

#![expect(clippy::indexing_slicing, reason = "JSON that lacks a key fails the test, which is what it is for")]

pub mod account;
pub mod backend;
pub mod binary;
pub mod delay;
pub mod demo_store;
pub mod documented;
pub mod encoding;
pub mod forms;
pub mod function_builder;
pub mod http;
pub mod lambda;
pub mod oracle;
pub mod page_server;
pub mod parked;
pub mod process;
pub mod producer;
pub mod redeliver;
pub mod replay;
pub mod rng;
pub mod runtime_api;
pub mod sample;
pub mod scenario;
pub mod server;
pub mod slow_disk;
pub mod source;
