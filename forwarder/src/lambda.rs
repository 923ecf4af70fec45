//! The only place that knows Lambda's runtime: events in, answers out.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use lambda_runtime::{Context, Diagnostic, LambdaEvent, service_fn};
use serde_json::value::RawValue;
use tailwater_parser::UnixMillis;
use tokio::sync::Mutex;

use crate::{
    forward::{Call, Forwarder, Undone},
    outcome::{Outcome, Returned},
};

/// Answers events until the sandbox ends.
///
/// # Errors
/// The Runtime API cannot be reached.
pub async fn serve(forwarder: Forwarder) -> Result<(), lambda_runtime::Error> {
    let forwarder = Arc::new(Mutex::new(forwarder));
    let answer = |event: LambdaEvent<Box<RawValue>>| {
        let forwarder = Arc::clone(&forwarder);
        async move {
            let mut forwarder = forwarder.lock().await;
            answer(&mut forwarder, event.payload, &event.context).await
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
    payload: Box<RawValue>,
    context: &Context,
) -> Result<Box<RawValue>, Failed> {
    let call = Call {
        request_id: &context.request_id,
        deadline: UnixMillis(i64::try_from(context.deadline).unwrap_or(i64::MAX)),
        now: now(),
    };
    let event = Box::<str>::from(payload).into_string().into_bytes();
    let forwarded = forwarder.forward(event, &call).await?;
    match forwarded.outcome {
        Outcome::Answer(json) => Ok(RawValue::from_string(json).expect("an answer is made by a serializer")),
        Outcome::Error(returned) => Err(Failed::Returned(returned)),
    }
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
