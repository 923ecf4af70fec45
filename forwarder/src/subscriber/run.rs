//! A run: finds log groups, looks at each, and changes what has to be.

use std::{collections::BTreeMap, future::Future, time::Duration};

use serde_json::Value;
use tokio::time::{Instant, sleep, timeout_at};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::{Change, Report, Request, Rules, UnknownRequest, report::Fate};
use crate::{
    aws::{
        Error,
        logs::{Filter, LogGroup, Logs},
    },
    own_function::OwnFunction,
    subscriber::{Changes, Config},
};

/// The pause when CloudWatch Logs asks to slow down; doubled as long as it does.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// So many log groups in a row that AWS refuses to have changed: the reason is no log group's, and is not going away.
const HOPELESS: u32 = 10;

/// Subscribes log groups.
#[derive(Clone, Debug)]
pub struct Subscriber {
    logs: Logs,
    rules: Rules,
    wanted: Filter,
    changes: Changes,
}

/// Why a run did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// It was asked for something else.
    #[error(transparent)]
    Unknown(#[from] UnknownRequest),
    /// There is no list of log groups.
    #[error("failed to list log groups: {0}")]
    List(Error),
    /// Some could not be subscribed; the rest was.
    #[error("failed to subscribe {failed} log groups, the last because {error}")]
    Failed {
        /// How many.
        failed: u64,
        /// Why the last of them was not.
        error: Error,
    },
}

impl Subscriber {
    /// A subscriber as set, which is this function. Nothing is sent.
    #[must_use]
    pub fn new(logs: Logs, settings: &Config, own: &OwnFunction) -> Self {
        let wanted = Filter {
            name: settings.filter_name.clone(),
            pattern: settings.filter_pattern.clone(),
            destination_arn: settings.destination_arn.clone(),
            role_arn: settings.role_arn.clone(),
        };
        Self { logs, rules: Rules::new(settings, own), wanted, changes: settings.changes }
    }

    /// Does what an event asks, as far as it can be done until then. Each invocation begins with other log groups, so
    /// that all are looked at in the end, however many there are.
    ///
    /// # Errors
    /// As [`Subscriber::run`]; and when it asks for something else.
    pub async fn answer(&self, event: &Value, request_id: &str, until: Instant) -> Result<Report, RunError> {
        let request = Request::read(event)?;
        self.run(&request, xxh3_64(request_id.as_bytes()), until).await
    }

    /// Does what is asked, as far as it can be done until then, in an order that `seed` decides.
    ///
    /// # Errors
    /// Nothing could be done, or some log groups could not be subscribed. All others were.
    pub async fn run(&self, request: &Request, seed: u64, until: Instant) -> Result<Report, RunError> {
        let mut report = Report { dry_run: self.changes == Changes::Shown, ..Report::default() };
        let mut failure = None;
        let found = timeout_at(until, self.find(request)).await;
        let mut groups = found.unwrap_or_else(|_elapsed| Ok(Vec::new())).map_err(RunError::List)?;
        groups.sort_by_key(|group| xxh3_64_with_seed(group.name.as_bytes(), seed));
        report.found = u64::try_from(groups.len()).unwrap_or(u64::MAX);
        // What was not looked at when the time is up is told in the report, and is looked at next time.
        let _ = timeout_at(until, self.subscribe_all(&groups, &mut report, &mut failure)).await;
        report.close();
        tell(&report);
        match failure {
            Some(error) => Err(RunError::Failed { failed: report.failed.count, error }),
            None => Ok(report),
        }
    }

    async fn find(&self, request: &Request) -> Result<Vec<LogGroup>, Error> {
        let beginnings = match request {
            Request::Nothing => return Ok(Vec::new()),
            // Its name decides, mostly: then nobody has to be asked.
            Request::One(name) if self.rules.skip_name(name).is_some() => return Ok(Vec::new()),
            Request::One(name) => vec![name.as_str()],
            Request::All => self.rules.beginnings(),
        };
        let mut groups = BTreeMap::new();
        for beginning in beginnings {
            let mut next = None;
            loop {
                let page = patiently(|| self.logs.groups(beginning, next.as_deref())).await?;
                groups.extend(page.groups.into_iter().map(|group| (group.name.clone(), group)));
                let Some(token) = page.next else { break };
                next = Some(token);
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
            let fate = match self.subscribe(group).await {
                Ok(fate) => fate,
                Err(Error::NotFound { .. }) => Fate::Gone,
                Err(error) => {
                    tracing::warn!(group = group.name, error = %error, "not subscribed");
                    *failure = Some(error);
                    Fate::Failed
                }
            };
            report.note(&group.name, fate);
            failed_in_a_row = if fate == Fate::Failed { failed_in_a_row + 1 } else { 0 };
            if failed_in_a_row == HOPELESS {
                return;
            }
        }
    }

    async fn subscribe(&self, group: &LogGroup) -> Result<Fate, Error> {
        if let Some(skip) = self.rules.skip(group) {
            return Ok(Fate::Skipped(skip));
        }
        if self.rules.need_tags() {
            let tags = patiently(|| self.logs.tags(&group.arn)).await?;
            if let Some(skip) = self.rules.skip_tags(&tags) {
                return Ok(Fate::Skipped(skip));
            }
        }
        let filters = patiently(|| self.logs.filters(&group.name)).await?;
        let fate = match Change::of(&filters, &self.wanted) {
            Change::None => return Ok(Fate::Unchanged),
            Change::Taken => return Ok(Fate::Taken),
            Change::Update => Fate::Updated,
            Change::Add => Fate::Subscribed,
        };
        if self.changes == Changes::Shown {
            tracing::info!(group = group.name, update = fate == Fate::Updated, "would be subscribed");
            return Ok(fate);
        }
        match patiently(|| self.logs.put_filter(&group.name, &self.wanted)).await {
            // Somebody took the last place since it was looked at.
            Err(Error::Throttled { code, .. }) if code == LIMIT => Ok(Fate::Taken),
            Err(error) => Err(error),
            Ok(()) => {
                tracing::info!(group = group.name, update = fate == Fate::Updated, "subscribed");
                Ok(fate)
            }
        }
    }
}

/// What CloudWatch Logs says when a log group has all the subscriptions that it can have.
const LIMIT: &str = "LimitExceededException";
/// What it says when two change one log group at once.
const ABORTED: &str = "OperationAbortedException";

/// Repeats a call as long as it is only too early for it. Whoever calls limits the time.
async fn patiently<T, F: Future<Output = Result<T, Error>>>(call: impl Fn() -> F) -> Result<T, Error> {
    let mut pause = FIRST_PAUSE;
    loop {
        match call().await {
            Err(Error::Throttled { code, .. }) if code != LIMIT => {}
            Err(Error::Other { code, .. }) if code == ABORTED => {}
            answer => return answer,
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn tell(report: &Report) {
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
        "looked at log groups"
    );
    if taken > 0 {
        tracing::warn!(names = report.taken.names.join(" "), taken, "others' subscriptions take all places");
    }
}
