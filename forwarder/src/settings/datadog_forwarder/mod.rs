//! Settings of the Datadog Forwarder 5.4.11, Datadog's Lambda function in Python that Tailwater replaces.

mod names;
mod rules;
mod sink;
mod storage;

pub use self::names::{DATADOG_NAMES, DatadogName, DatadogNote, Treatment};
pub(super) use self::{rules::*, sink::*, storage::*};
