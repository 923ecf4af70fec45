//! Run of the subscriber: lists log groups, checks each, and subscribes those that need a change.

use std::{collections::BTreeMap, future::Future, time::Duration};

use serde_json::Value;
use tokio::time::{Instant, sleep, timeout_at};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::{Change, Report, Request, Rules, UnknownRequest, report::GroupResult};
use crate::{
    aws::{
        Error,
        logs::{LogGroup, Logs, SubscriptionFilter},
    },
    http::Backoff,
    own_function::OwnFunction,
    subscriber::{ChangeMode, Config},
};

/// Pauses between the attempts of a throttled call.
const BACKOFF: Backoff =
    Backoff::new(Duration::from_millis(200), Duration::from_secs(10)).expect("200 ms are less than 10 s");

/// Number of consecutive log groups with errors that ends a run: then the cause is not a single log group, but for
/// example a missing permission.
const MAX_FAILURES_IN_A_ROW: u32 = 10;

/// Client and rules for subscribing log groups.
#[derive(Clone, Debug)]
pub struct Subscriber {
    logs: Logs,
    rules: Rules,
    wanted: SubscriptionFilter,
    changes: ChangeMode,
}

/// Error of a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The event is none that the subscriber handles.
    #[error(transparent)]
    Unknown(#[from] UnknownRequest),
    /// The log groups could not be listed.
    #[error("failed to list log groups: {0}")]
    List(Error),
    /// Some log groups could not be subscribed. All others that needed it were subscribed.
    #[error("failed to subscribe {failed} log groups; last error: {error}")]
    Failed {
        /// Number of log groups that could not be subscribed.
        failed: u64,
        /// Error of the last log group that could not be subscribed.
        error: Error,
    },
}

impl Subscriber {
    /// Creates a subscriber of a configuration; `own` is the Lambda function that it runs in. It sends nothing yet.
    #[must_use]
    pub fn new(logs: Logs, config: &Config, own: &OwnFunction) -> Self {
        let wanted = SubscriptionFilter {
            name: config.filter_name.clone(),
            pattern: config.filter_pattern.clone(),
            destination_arn: config.destination_arn.clone(),
            role_arn: config.role_arn.clone(),
        };
        Self { logs, rules: Rules::new(config, own), wanted, changes: config.changes }
    }

    /// Handles an event until `deadline`. The order of the log groups differs from invocation to invocation, so that
    /// every log group is checked sooner or later, even if one invocation does not have enough time for all.
    ///
    /// # Errors
    /// Returns an error if the event is invalid, and in the cases of [`Subscriber::run`].
    pub async fn handle(
        &self,
        event: &Value,
        request_id: &str,
        deadline: Instant,
    ) -> Result<Report, RunError> {
        let request = Request::read(event)?;
        self.run(&request, xxh3_64(request_id.as_bytes()), deadline).await
    }

    /// Checks and subscribes the requested log groups until `deadline`, in an order that `seed` determines.
    ///
    /// # Errors
    /// Returns an error if the log groups could not be listed, or if some could not be subscribed. The others are.
    pub async fn run(&self, request: &Request, seed: u64, deadline: Instant) -> Result<Report, RunError> {
        let mut report = Report { dry_run: self.changes == ChangeMode::DryRun, ..Report::default() };
        let mut failure = None;
        let found = timeout_at(deadline, self.find(request)).await;
        let mut groups = found.unwrap_or_else(|_elapsed| Ok(Vec::new())).map_err(RunError::List)?;
        groups.sort_by_key(|group| xxh3_64_with_seed(group.name.as_bytes(), seed));
        report.found = u64::try_from(groups.len()).unwrap_or(u64::MAX);
        // Log groups that are not checked at the deadline are `remaining` in the report.
        let _ = timeout_at(deadline, self.subscribe_all(&groups, &mut report, &mut failure)).await;
        report.finish();
        log_report(&report);
        match failure {
            Some(error) => Err(RunError::Failed { failed: report.failed.count, error }),
            None => Ok(report),
        }
    }

    /// Lists the requested log groups; none if the event names a single log group that the rules skip by its name.
    async fn find(&self, request: &Request) -> Result<Vec<LogGroup>, Error> {
        let prefixes = match request {
            Request::Nothing => return Ok(Vec::new()),
            // No request to AWS is necessary if the name rules it out.
            Request::One(name) if self.rules.skip_by_name(name).is_some() => return Ok(Vec::new()),
            Request::One(name) => vec![name.as_str()],
            Request::All => self.rules.name_prefixes(),
        };
        let mut groups = BTreeMap::new();
        for prefix in prefixes {
            let mut next_token = None;
            loop {
                let page = with_retries(|| self.logs.log_groups(prefix, next_token.as_deref())).await?;
                groups.extend(page.groups.into_iter().map(|group| (group.name.clone(), group)));
                let Some(token) = page.next_token else { break };
                next_token = Some(token);
            }
        }
        if let Request::One(name) = request {
            groups.retain(|other, _| other == name);
        }
        Ok(groups.into_values().collect())
    }

    async fn subscribe_all(&self, groups: &[LogGroup], report: &mut Report, failure: &mut Option<Error>) {
        let mut failed_in_a_row = 0;
        for group in groups {
            let result = match self.subscribe(group).await {
                Ok(result) => result,
                Err(Error::NotFound { .. }) => GroupResult::Gone,
                Err(error) => {
                    tracing::warn!(group = group.name, error = %error, "failed to subscribe log group");
                    *failure = Some(error);
                    GroupResult::Failed
                }
            };
            report.add(&group.name, result);
            failed_in_a_row = if result == GroupResult::Failed { failed_in_a_row + 1 } else { 0 };
            if failed_in_a_row == MAX_FAILURES_IN_A_ROW {
                return;
            }
        }
    }

    /// Checks a log group, and adds or updates its subscription filter.
    async fn subscribe(&self, group: &LogGroup) -> Result<GroupResult, Error> {
        if let Some(reason) = self.rules.skip(group) {
            return Ok(GroupResult::Skipped(reason));
        }
        if self.rules.need_tags() {
            let tags = with_retries(|| self.logs.tags(&group.arn)).await?;
            if let Some(reason) = self.rules.skip_by_tags(&tags) {
                return Ok(GroupResult::Skipped(reason));
            }
        }
        let filters = with_retries(|| self.logs.subscription_filters(&group.name)).await?;
        let result = match Change::of(&filters, &self.wanted) {
            Change::None => return Ok(GroupResult::Unchanged),
            Change::Taken => return Ok(GroupResult::Taken),
            Change::Update => GroupResult::Updated,
            Change::Add => GroupResult::Subscribed,
        };
        let is_update = result == GroupResult::Updated;
        if self.changes == ChangeMode::DryRun {
            tracing::info!(group = group.name, update = is_update, "would subscribe log group");
            return Ok(result);
        }
        match with_retries(|| self.logs.put_subscription_filter(&group.name, &self.wanted)).await {
            // Another filter was added since the filters were listed.
            Err(Error::Throttled { code, .. }) if code == LIMIT_EXCEEDED => Ok(GroupResult::Taken),
            Err(error) => Err(error),
            Ok(()) => {
                tracing::info!(group = group.name, update = is_update, "subscribed log group");
                Ok(result)
            }
        }
    }
}

/// Error code of CloudWatch Logs if the quota of subscription filters is used up.
const LIMIT_EXCEEDED: &str = "LimitExceededException";
/// Error code of CloudWatch Logs if two requests change one log group at the same time.
const ABORTED: &str = "OperationAbortedException";

/// Repeats a call to CloudWatch Logs while it is throttled or conflicts with another call. The caller limits the time.
async fn with_retries<T, F: Future<Output = Result<T, Error>>>(call: impl Fn() -> F) -> Result<T, Error> {
    let mut attempts: u32 = 0;
    loop {
        match call().await {
            Err(Error::Throttled { code, .. }) if code != LIMIT_EXCEEDED => {}
            Err(Error::Other { code, .. }) if code == ABORTED => {}
            result => return result,
        }
        attempts = attempts.saturating_add(1);
        sleep(BACKOFF.longest_pause(attempts)).await;
    }
}

/// Logs the numbers of a report.
fn log_report(report: &Report) {
    let Report { found, subscribed, updated, unchanged, gone, remaining, dry_run, .. } = *report;
    let (taken, failed, skipped) =
        (report.taken.count, report.failed.count, report.skipped.values().sum::<u64>());
    tracing::info!(
        found,
        subscribed,
        updated,
        unchanged,
        skipped,
        taken,
        gone,
        failed,
        remaining,
        dry_run,
        "checked log groups"
    );
    if taken > 0 {
        tracing::warn!(
            names = report.taken.names.join(" "),
            taken,
            "log groups have no free subscription filter: other filters use up the quota"
        );
    }
}
