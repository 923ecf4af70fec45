//! Functions that get each event of the forwarder, too: they are invoked asynchronously while the event is delivered.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{task::JoinSet, time::timeout};

use crate::{
    aws::{self, LazyAwsClient},
    value::FunctionRef,
};

/// Additional functions, with the client that invokes them.
#[derive(Debug)]
pub struct TargetFunctions {
    functions: Vec<FunctionRef>,
    aws: Arc<LazyAwsClient>,
}

/// Invocations that were begun.
#[derive(Debug, Default)]
pub(super) struct Invocations {
    /// Each returns true if Lambda accepted it.
    tasks: JoinSet<bool>,
}

impl TargetFunctions {
    /// Creates the list of these functions, which may be empty.
    #[must_use]
    pub fn new(functions: Vec<FunctionRef>, aws: LazyAwsClient) -> Self {
        Self { functions, aws: Arc::new(aws) }
    }

    /// Begins to invoke all functions with `event`. Each invocation ends within this time.
    pub(super) fn invoke(&self, event: &[u8], within: Duration) -> Invocations {
        let mut invocations = Invocations::default();
        if self.functions.is_empty() {
            return invocations;
        }
        let event = Bytes::copy_from_slice(event);
        for function in &self.functions {
            let (aws, function, event) = (Arc::clone(&self.aws), function.clone(), event.clone());
            invocations.tasks.spawn(async move {
                let failure = match timeout(within, invoke(&aws, &function, event, within)).await {
                    Ok(Ok(())) => return true,
                    Ok(Err(error)) => error.to_string(),
                    Err(_) => "no response in time".to_owned(),
                };
                tracing::warn!(%function, error = failure, "an additional function is not invoked");
                false
            });
        }
        invocations
    }
}

async fn invoke(
    aws: &LazyAwsClient,
    function: &FunctionRef,
    event: Bytes,
    within: Duration,
) -> Result<(), aws::Error> {
    aws::invoke(&aws.get()?.within(within), function, event).await
}

impl Invocations {
    /// Waits for the end of all invocations. Returns the number of those that failed.
    pub(super) async fn failed(mut self) -> u64 {
        let mut failed = 0;
        while let Some(accepted) = self.tasks.join_next().await {
            failed += u64::from(!accepted.unwrap_or(false));
        }
        failed
    }
}
