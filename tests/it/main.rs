//! End-to-end tests, one binary: each module drives the real program on one subject.

mod cli;
mod replay_damage;
mod replay_forms;
mod replay_truth;
mod store;
mod tidy;
