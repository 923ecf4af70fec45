//! Tests of the Datadog sink: request bodies are checked by the rules of Datadog's API, parsed and compared.

mod intake;
mod labels;
mod logs;
mod metrics;

use std::sync::Arc;

use tailwater_parser::{
    Level, Origin, Record, UnixMillis,
    decode::{Part, Utf8},
    line,
    record::EventId,
};

use super::Labels;

/// Current time in these tests.
const NOW: UnixMillis = UnixMillis(1_763_725_200_000);

const HOUR: i64 = 3_600_000;
const MINUTE: i64 = 60_000;

/// Origin of a function with account and region.
fn checkout() -> Origin {
    checkout_in("eu-west-1")
}

fn checkout_in(region: &str) -> Origin {
    const STREAM: &str = "2026/11/21/[$LATEST]4426346c2cdf4c54a74d3bd2b929fc44";
    origin("012345678901", region, "/aws/lambda/CheckOut", STREAM)
}

fn origin(account: &str, region: &str, log_group: &str, log_stream: &str) -> Origin {
    let mut origin = Origin::default();
    account.clone_into(&mut origin.account);
    region.clone_into(&mut origin.region);
    origin.set_names(log_group, log_stream);
    origin
}

fn labels() -> Arc<Labels> {
    Arc::new(Labels::default().with_tags("env:prod,team:Core Shop"))
}

/// Builds a record of `message`, logged at [`NOW`].
fn record<'a>(origin: &'a Origin, message: &'a str) -> Record<'a> {
    Record {
        origin,
        event_id: EventId::CloudWatch("38812345"),
        time: NOW,
        message,
        line: line::parse(message),
        level: Some(Level::Warn),
        request_id: Some("6234bffe-149a-b642-81ff-2e8e376d8aff"),
        trace_id: None,
        invocation_segment: None,
        trace_context: None,
        tenant: None,
        part: Part::Whole,
        utf8: Utf8::Valid,
        additions: None,
    }
}
