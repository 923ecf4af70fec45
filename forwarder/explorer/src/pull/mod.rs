//! Reads an account's Lambda logs from CloudWatch Logs: finds log groups, plans what to read, and pages through
//! `FilterLogEvents`, which alone gives the ids of events.
//!
//! An [`Account`] is a role in a region, with its credentials and request rates. An [`Api`] sends requests in one thread.
//! [`discover`] finds log groups, [`pull_group`] reads one, in windows of time that are [covered](Covered) one after the other.

mod account;
mod api;
mod discover;
mod error;
mod estimate;
mod events;
mod functions;
mod insights;
mod limiter;
mod measured;
mod operation;
mod plan;
mod policy;
mod verify;

pub use self::{
    account::{Account, SharedCredentials},
    api::{Api, Surroundings},
    discover::{Discovery, Group, Selection, discover, functions_of},
    error::PullError,
    estimate::Estimate,
    events::{FilteredEvent, PageHandler, pull_group},
    functions::{function_names, merge_functions},
    insights::query_group,
    measured::{
        COMPARED, HourlyValue, Measured, Metric, hourly_values, measured, price_of_metrics, whole_hours,
        whole_number,
    },
    operation::Operation,
    plan::Covered,
    policy::{Scope, policy},
    verify::Difference,
};
