//! What the end-to-end tests share: the real binary, logs made by hand in every form, and our own sources as text.
//!
//! Nothing here uses the code under test: what goes in is made from public facts about AWS's formats, what comes out
//! is read with `serde_json`.

#![expect(clippy::indexing_slicing, reason = "JSON that lacks a key fails the test, which is what it is for")]

pub mod backend;
pub mod binary;
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
pub mod source;
