//! `tailwater pull --metrics`: reads metrics of functions that AWS has measured into the store.

use std::collections::BTreeMap;

use tailwater_parser::UnixMillis;

use super::{Run, report};
use crate::{
    pull::{
        Account, Api, Discovery, Group, PullError, functions_of, hourly_values, whole_hours, whole_number,
    },
    store::{PullKind, PullRecord, Store, WriterHandle},
    view::{AWS_METRICS, AwsDay, AwsHour},
};

/// Functions of one account and region whose metrics are read.
#[derive(Clone, Debug)]
pub(super) struct MeasuredFunctions {
    /// Position of the credentials in the list of accounts.
    account_index: usize,
    account: String,
    region: String,
    functions: Vec<String>,
}

/// Returns the functions of all log groups, by account and region.
pub(super) fn measured_functions(found: &Discovery) -> Vec<MeasuredFunctions> {
    let mut groups: BTreeMap<(usize, &str, &str), Vec<&Group>> = BTreeMap::new();
    for group in &found.groups {
        groups.entry((group.account_index, &group.account, &group.region)).or_default().push(group);
    }
    let measured =
        |((account_index, account, region), groups): ((usize, &str, &str), Vec<&Group>)| MeasuredFunctions {
            account_index,
            account: account.to_owned(),
            region: region.to_owned(),
            functions: functions_of(&groups, &found.functions).into_iter().collect(),
        };
    groups.into_iter().map(measured).filter(|measured| !measured.functions.is_empty()).collect()
}

/// Returns the number of metrics to read.
pub(super) fn count(measured: &[MeasuredFunctions]) -> usize {
    measured.iter().map(|own| own.functions.len()).sum::<usize>().saturating_mul(AWS_METRICS.len())
}

impl Run<'_> {
    /// Reads the metrics of the whole hours of the range, and keeps them in the store. Returns false, after the reason was
    /// logged, if some could not be read; a run that should stop has not failed.
    pub(super) fn pull_metrics(
        &self,
        measured: &[MeasuredFunctions],
        store: &Store,
        writer: &WriterHandle,
    ) -> anyhow::Result<bool> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let api = Api::new(&self.settings.network, self.around)?;
        let mut days: BTreeMap<String, AwsDay> = BTreeMap::new();
        for (key, value) in store.pulls(PullKind::Metrics)? {
            days.extend(serde_json::from_str(&value).ok().map(|day| (key, day)));
        }
        let mut problems = Vec::new();
        for own in measured {
            let Some(account) = self.accounts.get(own.account_index) else { continue };
            let reading = self.interrupt.unless_overdue(read(&api, account, own, self.range));
            match runtime.block_on(reading) {
                Some(Ok(hours)) => keep(&hours, own, &mut days, writer)?,
                None | Some(Err(PullError::Interrupted)) => return Ok(true),
                Some(Err(error)) => problems.push(error),
            }
        }
        report(&problems);
        Ok(problems.is_empty())
    }
}

/// Values by start of the hour and function.
type Hours = BTreeMap<(UnixMillis, String), AwsHour>;

/// Reads the metrics of all functions of a own. An hour of a function without any value counts as measured.
async fn read(
    api: &Api<'_>,
    account: &Account,
    own: &MeasuredFunctions,
    range: (UnixMillis, UnixMillis),
) -> Result<Hours, PullError> {
    const HOUR_MS: usize = 3_600_000;
    let range = whole_hours(range.0, range.1);
    let mut hours = Hours::new();
    for hour in (range.0.0..range.1.0).step_by(HOUR_MS) {
        let empty = |function: &String| ((UnixMillis(hour), function.clone()), AwsHour::default());
        hours.extend(own.functions.iter().map(empty));
    }
    hourly_values(api, account, &own.functions, &AWS_METRICS, range, &mut |value| {
        let hour = hours.get_mut(&(value.hour, value.function.to_owned()));
        if let Some(kept) = hour.and_then(|hour| hour.get_mut(value.metric)) {
            *kept = Some(whole_number(value.value));
        }
    })
    .await?;
    Ok(hours)
}

/// Adds hours to the days that the store keeps, and writes those that have changed.
fn keep(
    hours: &Hours,
    own: &MeasuredFunctions,
    days: &mut BTreeMap<String, AwsDay>,
    writer: &WriterHandle,
) -> anyhow::Result<()> {
    let mut changed = BTreeMap::new();
    for ((hour, function), values) in hours {
        let key = AwsDay::key(&own.account, &own.region, *hour);
        let day = changed.entry(key).or_insert_with_key(|key| days.remove(key).unwrap_or_default());
        day.set(function, *hour, *values);
    }
    for (key, day) in changed {
        let value = serde_json::to_string(&day)?;
        writer.keep(PullRecord { kind: PullKind::Metrics, key, value })?;
    }
    Ok(())
}
