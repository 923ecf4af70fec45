//! End-to-end tests in one binary. Each module tests one subject with the real programs.

#![expect(clippy::indexing_slicing, reason = "JSON that lacks a key fails the test, which is what it is for")]

mod aws;
mod cli;
mod compare;
mod deliver;
mod demo;
mod documented_commands;
mod footprint;
mod harness;
mod infra;
mod properties;
mod pull;
mod query;
mod redrive;
mod replay_answers;
mod replay_damage;
mod replay_forms;
mod replay_insight;
mod replay_truth;
mod request_map;
mod requests;
mod rules;
mod scenarios;
mod serve;
mod serve_api;
mod serve_doors;
mod serve_query;
mod servers;
mod settings;
mod show;
mod signals;
mod slow_clients;
mod store;
mod store_faults;
mod store_upkeep;
mod subscriber;
mod terminal;
mod tidy;
mod transform;
