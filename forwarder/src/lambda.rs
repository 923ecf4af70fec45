//! The only place that knows Lambda's runtime: events in, answers out.

use std::{
    io::{self, Write as _},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use lambda_runtime::{Context, Diagnostic, LambdaEvent, service_fn};
use serde_json::value::RawValue;
use tailwater_parser::UnixMillis;
use tokio::sync::Mutex;

use crate::{
    forward::{Call, Forwarded, Forwarder, Undone},
    outcome::{Outcome, Returned},
    telemetry::emf::{Emf, Invocation},
};

/// Answers events until the sandbox ends, and writes a line about each.
///
/// # Errors
/// The Runtime API cannot be reached.
pub async fn serve(forwarder: Forwarder, lines: Emf) -> Result<(), lambda_runtime::Error> {
    let forwarder = Arc::new(Mutex::new(forwarder));
    let lines = &lines;
    let answer = |event: LambdaEvent<Box<RawValue>>| {
        let forwarder = Arc::clone(&forwarder);
        async move {
            let mut forwarder = forwarder.lock().await;
            answer(&mut forwarder, lines, event.payload, &event.context).await
        }
    };
    lambda_runtime::run(service_fn(answer)).await
}

/// Why an invocation failed, as Lambda is told. It says numbers and shapes, never content.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Undone(#[from] Undone),
    #[error(transparent)]
    Returned(Returned),
}

async fn answer(
    forwarder: &mut Forwarder,
    lines: &Emf,
    payload: Box<RawValue>,
    context: &Context,
) -> Result<Box<RawValue>, Failed> {
    let call = Call {
        request_id: &context.request_id,
        deadline: UnixMillis(i64::try_from(context.deadline).unwrap_or(i64::MAX)),
        now: now(),
    };
    let event = Box::<str>::from(payload).into_string().into_bytes();
    let forwarded = forwarder.forward(event, &call).await.inspect_err(|error| {
        tracing::error!(request_id = call.request_id, %error, "not forwarded");
    })?;
    write_line(lines, &call, &forwarded);
    match forwarded.outcome {
        Outcome::Answer(json) => Ok(RawValue::from_string(json).expect("an answer is made by a serializer")),
        Outcome::Error(returned) => Err(Failed::Returned(returned)),
    }
}

/// The invocation's metrics and its ledger, where CloudWatch looks for them.
fn write_line(lines: &Emf, call: &Call<'_>, forwarded: &Forwarded) {
    let accounts: Vec<_> = forwarded.sinks.iter().map(|(name, account)| (*name, account)).collect();
    let line = lines.lines(&Invocation { request_id: call.request_id, time: now(), accounts: &accounts });
    // A log that takes nothing is no reason to deliver everything again.
    let _ = io::stdout().lock().write_all(line.as_bytes());
}

impl From<Failed> for Diagnostic {
    fn from(failed: Failed) -> Self {
        let error_type = match &failed {
            Failed::Undone(Undone::Unknown(_)) => "Tailwater.UnknownEvent",
            Failed::Undone(Undone::Imbalance(_)) => "Tailwater.Imbalance",
            Failed::Returned(_) => "Tailwater.NotDelivered",
        };
        Self { error_type: error_type.to_owned(), error_message: failed.to_string() }
    }
}

fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
