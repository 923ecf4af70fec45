//! The only place that knows Lambda's runtime: events in, answers out.

use std::{
    fmt,
    io::{self, Write as _},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use lambda_runtime::{Context, Diagnostic, LambdaEvent, service_fn};
use serde_json::{Value, value::RawValue};
use tailwater_parser::UnixMillis;
use tokio::{sync::Mutex, time::Instant};

use crate::{
    deliver::budget::{Budget, Terms},
    forward::{Call, Forwarded, Forwarder, Undone},
    outcome::{Outcome, Returned},
    telemetry::emf::{Emf, Invocation},
};

/// Answers events until the sandbox ends, and writes a line about each.
///
/// # Errors
/// The Runtime API cannot be reached.
pub async fn serve(forwarder: Forwarder, lines: Emf) -> Result<(), lambda_runtime::Error> {
    let shared = Arc::new((Mutex::new(forwarder), lines));
    let answer = move |event: LambdaEvent<Box<RawValue>>| {
        let shared = Arc::clone(&shared);
        async move {
            let (forwarder, lines) = &*shared;
            answer(&mut *forwarder.lock().await, lines, event.payload, &event.context).await
        }
    };
    // A task is woken by a flag; what the runtime itself waits for, by the operating system, each time something comes.
    tokio::spawn(lambda_runtime::run(service_fn(answer))).await?
}

/// An invocation of one of the small functions.
#[derive(Clone, Debug)]
pub struct Run {
    /// AWS's id of it.
    pub request_id: String,
    /// When it has to end.
    pub until: Instant,
}

/// Answers events of one of the small functions, one after the other, until the sandbox ends.
///
/// # Errors
/// The Runtime API cannot be reached.
pub async fn serve_each<E: fmt::Display>(
    answer: impl AsyncFn(Value, Run) -> Result<Value, E>,
) -> Result<(), lambda_runtime::Error> {
    let answer = &answer;
    let one = |event: LambdaEvent<Value>| async move {
        let run = Run { request_id: event.context.request_id.clone(), until: end(&event.context) };
        let answered = answer(event.payload, run).await;
        answered.map_err(|error| Diagnostic {
            error_type: "Tailwater.Failed".to_owned(),
            error_message: error.to_string(),
        })
    };
    lambda_runtime::run(service_fn(one)).await
}

/// Shortly before the deadline.
fn end(context: &Context) -> Instant {
    const USUAL: Duration = Duration::from_secs(60);
    const FOR_THE_ANSWER: Duration = Duration::from_secs(2);
    let terms = Terms { timeout: USUAL, reserve: FOR_THE_ANSWER, longest_try: USUAL };
    Instant::now() + Budget::begin(now(), deadline(context), &terms).left(Duration::ZERO).all()
}

fn deadline(context: &Context) -> UnixMillis {
    UnixMillis(i64::try_from(context.deadline).unwrap_or(i64::MAX))
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
    let call = Call { request_id: &context.request_id, deadline: deadline(context), now: now() };
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
            Failed::Undone(Undone::Redrive(_)) => "Tailwater.Redrive",
            Failed::Returned(_) => "Tailwater.NotDelivered",
        };
        Self { error_type: error_type.to_owned(), error_message: failed.to_string() }
    }
}

fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
