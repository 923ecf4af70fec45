//! Library of the Tailwater forwarder: delivers AWS Lambda's CloudWatch logs, and the metrics derived from them, to
//! observability backends.
//!
//! In the order data moves: [`source`] finds deliveries in a Lambda event, [`pipeline`] parses each log event and derives
//! invocations, [`sink`] describes backends, [`batch`] encodes and compresses request bodies, [`send`] sends them with
//! retries and [`parking`] stores what could not be delivered. [`rules`] filter, redact, sample and change events.
//! [`forward`] runs all of that for one event, [`tracker`] records what each sink is still owed, and [`lambda`] connects
//! it to Lambda's runtime. [`assemble`] builds a [`forward::Forwarder`] from [`settings`]. [`subscriber`] and
//! [`cloudformation`] are two small functions beside it.

pub mod assemble;
pub mod aws;
pub mod batch;
pub mod cloudformation;
pub mod exit;
pub mod forward;
pub mod http;
pub mod lambda;
pub mod ledger;
pub mod outcome;
pub mod own_function;
pub mod parking;
pub mod pipeline;
pub mod rule_source;
pub mod rules;
pub mod send;
pub mod settings;
pub mod sink;
pub mod source;
pub mod subscriber;
pub mod telemetry;
pub mod tracker;
pub mod value;
