//! `tailwater verify`: compares the invocations of the store with what AWS has measured.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use anyhow::ensure;
use serde::Serialize;
use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::{UnixMillis, derive::Invocation, millis_f64};

use super::{
    args::{VerifyArgs, range_until_now},
    aws_accounts,
    clock::now,
    consent,
    exit::{Exit, invalid_settings},
    interrupt::Interrupt,
    stderr, stdout,
};
use crate::{
    pull::{
        Account, Api, COMPARED, Difference, Measured, PullError, Surroundings, function_names, measured,
        whole_hours,
    },
    store::{Assumption, Store},
    view::format::{count, duration, plural},
};

/// Comparison of one function.
#[derive(Serialize)]
struct Compared {
    function: String,
    region: String,
    logs: Numbers,
    aws: Numbers,
    difference: Difference,
}

#[derive(Serialize)]
struct Numbers {
    invocations: u64,
    errors: u64,
    duration_ms: f64,
}

impl From<Measured> for Numbers {
    fn from(measured: Measured) -> Self {
        let Measured { invocations, errors, duration } = measured;
        Self { invocations, errors, duration_ms: millis_f64(duration) }
    }
}

/// Runs the command.
pub(super) fn run(args: &VerifyArgs, interrupt: &Interrupt) -> anyhow::Result<Exit> {
    let settings = match aws_accounts::settings(&args.account) {
        Ok(settings) => settings,
        Err(errors) => return Ok(invalid_settings(&errors)),
    };
    ensure!(
        args.account.role.len() < 2,
        "give one --role: the metrics of several accounts cannot be told apart"
    );
    let accounts = aws_accounts::accounts(&args.account, &settings)?;
    let range = match range_until_now(args.since, args.until, now()) {
        Ok((since, until)) => whole_hours(since, until),
        Err(problem) => {
            stderr::log(problem);
            return Ok(Exit::WrongUsage);
        }
    };
    let store = Store::open_read_only(&args.store)?;
    let functions = functions(&store)?;
    ensure!(!functions.is_empty(), "the store {} has no functions", args.store.display());
    let n = functions.len().saturating_mul(accounts.len());
    if let Some(exit) = consent::ask_for_metrics(n.saturating_mul(COMPARED.len()), args.yes)? {
        return Ok(exit);
    }
    let should_stop = || interrupt.is_requested();
    let around = Surroundings { now, began: Instant::now(), should_stop: &should_stop };
    let api = Api::new(&settings.network, around)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut compared = Vec::new();
    for account in &accounts {
        let reading = interrupt.unless_overdue(measured(&api, account, &functions, range));
        match runtime.block_on(reading) {
            Some(Ok(aws)) => compared.extend(compare(account, &of_logs(&store, account, range)?, &aws)),
            None | Some(Err(PullError::Interrupted)) => return Ok(Exit::Interrupted),
            Some(Err(error)) => return Err(error.into()),
        }
    }
    print(&compared, args.json)?;
    let is_same = compared.iter().all(|function| function.difference == Difference::None);
    Ok(if is_same { Exit::Success } else { Exit::Failure })
}

/// Names of the functions of which the store has events, or a configuration. The latter may have none because their log group
/// was not read.
fn functions(store: &Store) -> anyhow::Result<Vec<String>> {
    let kept = store.assumption(Assumption::Functions)?;
    let mut names = kept.as_deref().map(function_names).unwrap_or_default();
    names.extend(store.functions()?.into_iter().map(|function| function.name));
    Ok(names.into_iter().filter(|name| !name.is_empty()).collect())
}

/// Sums up the invocations of the store by function.
fn of_logs(
    store: &Store,
    account: &Account,
    (since, until): (UnixMillis, UnixMillis),
) -> anyhow::Result<BTreeMap<String, Measured>> {
    let mut sums: BTreeMap<String, Measured> = BTreeMap::new();
    let range = TimeRange { since: Some(since), until: Some(until) };
    store.for_each_invocation(range, |invocation: Invocation| {
        let region = &invocation.origin.region;
        if region.is_empty() || region == account.region.as_str() {
            let sum = sums.entry(invocation.origin.function().to_owned()).or_default();
            sum.invocations += 1;
            sum.errors += u64::from(invocation.outcome.is_failure());
            sum.duration += invocation.duration.unwrap_or_default();
        }
    })?;
    Ok(sums)
}

/// Compares each function that either side knows.
fn compare(
    account: &Account,
    logs: &BTreeMap<String, Measured>,
    aws: &BTreeMap<String, Measured>,
) -> Vec<Compared> {
    let names: BTreeSet<_> = logs.keys().chain(aws.keys()).collect();
    let compared = names.into_iter().map(|function| {
        let of = |side: &BTreeMap<String, Measured>| side.get(function).copied().unwrap_or_default();
        let (logs, aws) = (of(logs), of(aws));
        let difference = Difference::of(logs, aws);
        let (function, region) = (function.clone(), account.region.to_string());
        (logs, aws, Compared { function, region, logs: logs.into(), aws: aws.into(), difference })
    });
    let has_any = |measured: Measured| measured.invocations > 0 || measured.errors > 0;
    let used = compared.filter(|(logs, aws, _)| has_any(*logs) || has_any(*aws));
    used.map(|(_, _, compared)| compared).collect()
}

fn print(compared: &[Compared], is_json: bool) -> anyhow::Result<()> {
    if is_json {
        return Ok(stdout::write_json(&serde_json::json!({"functions": compared}))?);
    }
    let describe = |numbers: &Numbers| {
        let time = std::time::Duration::try_from_secs_f64(numbers.duration_ms / 1000.0).unwrap_or_default();
        let (invocations, errors) = (count(numbers.invocations), count(numbers.errors));
        format!("{invocations} invocations, {errors} errors, {}", duration(time))
    };
    for function in compared {
        let Compared { function: name, region, logs, aws, difference } = function;
        if *difference == Difference::None {
            stdout::write_line(format_args!("{name} in {region}: {}, as AWS", describe(logs)))?;
        } else {
            let (logs, aws, why) = (describe(logs), describe(aws), difference.explanation());
            stdout::write_line(format_args!("{name} in {region}: logs {logs}; AWS {aws}: {why}"))?;
        }
    }
    let different = compared.iter().filter(|function| function.difference != Difference::None).count();
    let different = u64::try_from(different).unwrap_or(u64::MAX);
    let all = u64::try_from(compared.len()).unwrap_or(u64::MAX);
    stdout::write_line(format_args!("{} compared, {} different", plural(all, "function"), count(different)))?;
    Ok(())
}
