//! Tailwater: AWS Lambda's logs as logs, metrics, cold starts and cost.
//!
//! The modules stand in the order data moves: [`source`] finds deliveries in what comes in, [`pipeline`] reads each
//! event and hands it to its targets, [`sink`] describes backends, [`body`] gathers what one request carries, [`deliver`]
//! sends it or decides what else becomes of it, over [`http`] and with what is used of [`aws`]; [`forward`] does all that
//! for one event, and [`lambda`] is where events come from. [`outcome`] is what Lambda is told, [`ledger`] accounts for
//! everything, [`telemetry`] reports it. Two small functions beside it are [`subscriber`] and [`cloudformation`].

pub mod aws;
pub mod body;
pub mod cloudformation;
pub mod deliver;
pub mod forward;
pub mod http;
pub mod lambda;
pub mod ledger;
pub mod outcome;
pub mod pipeline;
pub mod settings;
pub mod sink;
pub mod source;
pub mod subscriber;
pub mod telemetry;
