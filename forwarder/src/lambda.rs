//! Connection to the Lambda runtime: takes events, returns answers. No other module uses the crate `lambda_runtime`.

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
    forward::{ForwardError, Forwarded, Forwarder, InvocationContext},
    outcome::{Outcome, Returned},
    send::budget::{Budget, BudgetTerms},
    telemetry::emf::{Emf, Invocation},
};

/// Forwards Lambda events until the execution environment ends. Writes the program's own metrics after each event.
///
/// # Errors
/// Returns an error if the Runtime API cannot be reached.
pub async fn serve(forwarder: Forwarder, lines: Emf) -> Result<(), lambda_runtime::Error> {
    let shared = Arc::new((Mutex::new(forwarder), lines));
    let answer = move |event: LambdaEvent<Box<RawValue>>| {
        let shared = Arc::clone(&shared);
        async move {
            let (forwarder, lines) = &*shared;
            answer(&mut *forwarder.lock().await, lines, event.payload, &event.context).await
        }
    };
    // In a task of its own, which is woken by a flag: the outermost future is woken through the operating system.
    tokio::spawn(lambda_runtime::run(service_fn(answer))).await?
}

/// Invocation of one of the small Lambda functions `subscriber` and `macro`.
#[derive(Clone, Debug)]
pub struct SmallInvocation {
    /// Request id from Lambda.
    pub request_id: String,
    /// Time at which the invocation has to end.
    pub until: Instant,
}

/// Answers events of the Lambda functions `subscriber` or `macro`, one after the other, until the execution environment
/// ends.
///
/// # Errors
/// Returns an error if the Runtime API cannot be reached.
pub async fn serve_each<E: fmt::Display>(
    answer: impl AsyncFn(Value, SmallInvocation) -> Result<Value, E>,
) -> Result<(), lambda_runtime::Error> {
    let answer = &answer;
    let one = |event: LambdaEvent<Value>| async move {
        let invocation =
            SmallInvocation { request_id: event.context.request_id.clone(), until: end(&event.context) };
        let answered = answer(event.payload, invocation).await;
        answered.map_err(|error| Diagnostic {
            error_type: "Tailwater.Failed".to_owned(),
            error_message: error.to_string(),
        })
    };
    lambda_runtime::run(service_fn(one)).await
}

/// Returns the time at which the invocation has to end, shortly before its deadline.
fn end(context: &Context) -> Instant {
    const USUAL: Duration = Duration::from_secs(60);
    const FOR_THE_ANSWER: Duration = Duration::from_secs(2);
    let terms = BudgetTerms { timeout: USUAL, reserve: FOR_THE_ANSWER, max_request_time: USUAL };
    Instant::now() + Budget::new(now(), deadline(context), &terms).left(Duration::ZERO).all()
}

fn deadline(context: &Context) -> UnixMillis {
    UnixMillis(i64::try_from(context.deadline).unwrap_or(i64::MAX))
}

/// Error that Lambda reports for an invocation. It contains numbers and shapes of events, never their content.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    ForwardError(#[from] ForwardError),
    #[error(transparent)]
    Returned(Returned),
}

async fn answer(
    forwarder: &mut Forwarder,
    lines: &Emf,
    payload: Box<RawValue>,
    context: &Context,
) -> Result<Box<RawValue>, Failed> {
    let invocation =
        InvocationContext { request_id: &context.request_id, deadline: deadline(context), now: now() };
    let event = Box::<str>::from(payload).into_string().into_bytes();
    let forwarded = forwarder.forward(event, &invocation).await.inspect_err(|error| {
        tracing::error!(request_id = invocation.request_id, %error, "the event is not forwarded");
    })?;
    write_line(lines, &invocation, &forwarded);
    match forwarded.outcome {
        Outcome::Answer(json) => Ok(RawValue::from_string(json).expect("a serializer made the answer")),
        Outcome::Error(returned) => Err(Failed::Returned(returned)),
    }
}

/// Writes the metrics and the ledgers of an invocation to standard output, in embedded metric format.
fn write_line(lines: &Emf, invocation: &InvocationContext<'_>, forwarded: &Forwarded) {
    let accounts: Vec<_> = forwarded.sinks.iter().map(|(name, account)| (*name, account)).collect();
    let line =
        lines.lines(&Invocation { request_id: invocation.request_id, time: now(), accounts: &accounts });
    // A failed write must not fail the invocation: AWS would send everything again.
    let _ = io::stdout().lock().write_all(line.as_bytes());
}

impl From<Failed> for Diagnostic {
    fn from(failed: Failed) -> Self {
        let error_type = match &failed {
            Failed::ForwardError(ForwardError::Unknown(_)) => "Tailwater.UnknownEvent",
            Failed::ForwardError(ForwardError::Imbalance(_)) => "Tailwater.Imbalance",
            Failed::ForwardError(ForwardError::Rules(_)) => "Tailwater.Rules",
            Failed::ForwardError(ForwardError::Redrive(_)) => "Tailwater.Redrive",
            Failed::Returned(_) => "Tailwater.NotDelivered",
        };
        Self { error_type: error_type.to_owned(), error_message: failed.to_string() }
    }
}

fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
