//! `tailwater pull`: reads an account's Lambda logs into the store.

mod metrics;
mod work;

use std::{
    collections::BTreeMap,
    fs::OpenOptions,
    io,
    path::Path,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use tailwater_forwarder::{pipeline::RuleConfig, settings::Settings};
use tailwater_parser::UnixMillis;

use self::work::{Pulled, Work};
use super::{
    args::{PullArgs, range_until_now},
    assumptions::{self, AssumptionFlags},
    aws_accounts,
    clock::now,
    consent,
    exit::{Exit, invalid_settings},
    interrupt::{Interrupt, POLL_INTERVAL},
    progress::Progress,
    replay::reconcile,
    rules, stderr, stdout,
    stored_view::{self, StoredView, SummaryForm},
    table::Rows,
};
use crate::{
    pull::{Account, Api, Covered, Discovery, Estimate, Group, PullError, Scope, Selection, Surroundings},
    pull::{discover, merge_functions, policy},
    store::{Assumption, PullKind, Store},
    view::{
        Catalog,
        format::{dollars, plural},
    },
};

/// Time between two rounds of `--follow`.
const ROUND: Duration = Duration::from_secs(5);
/// Time before the last round that is read again by `--follow`, in milliseconds: events may arrive late.
const LATE_MS: i64 = 120_000;

/// Runs the command.
pub(super) fn run(args: &PullArgs, interrupt: &Interrupt) -> anyhow::Result<Exit> {
    if args.policy {
        return print_policy(args);
    }
    let range = match range_until_now(args.since, args.until, now()) {
        Ok(range) => range,
        Err(problem) => {
            stderr::log(problem);
            return Ok(Exit::WrongUsage);
        }
    };
    let settings = match aws_accounts::settings(&args.account) {
        Ok(settings) => settings,
        Err(errors) => return Ok(invalid_settings(&errors)),
    };
    let began = Instant::now();
    let should_stop = || interrupt.is_requested();
    let around = Surroundings { now, began, should_stop: &should_stop };
    let accounts = aws_accounts::accounts(&args.account, &settings)?;
    let Some(found) = discover_all(&accounts, &selection(args), &settings, around, interrupt)? else {
        return Ok(interrupted());
    };
    report(&found.problems);
    if found.groups.is_empty() {
        stderr::log(no_groups_note(args));
        return Ok(Exit::Failure);
    }
    let estimate = Estimate::of(&found.groups, range.0, range.1);
    stderr::log(format_args!("{} of {}: {estimate}", regions(&accounts), accounts_note(&found.groups)));
    if args.query.is_some() {
        stderr::log(format_args!(
            "Logs Insights scans these bytes for about {}, and once more where a query has over 10,000 rows",
            dollars(estimate.query())
        ));
    }
    let measured = if args.metrics { metrics::measured_functions(&found) } else { Vec::new() };
    if args.metrics
        && let Some(exit) = consent::ask_for_metrics(metrics::count(&measured), args.yes || args.dry_run)?
    {
        return Ok(exit);
    }
    if args.dry_run {
        found.groups.iter().try_for_each(print_group)?;
        return Ok(if found.problems.is_empty() { Exit::Success } else { Exit::Failure });
    }
    if let Some(exit) = ask_before_reading(args, estimate)? {
        return Ok(exit);
    }
    let rules = match load_rules(args)? {
        Ok(rules) => rules,
        Err(unusable) => return Ok(unusable.report()),
    };
    let run = Run { args, settings: &settings, accounts: &accounts, around, interrupt, range };
    run.pull(&found, &measured, rules.as_ref())
}

/// Asks if much is read, or if reading has a price. Returns how the command ends if the user does not agree.
fn ask_before_reading(args: &PullArgs, estimate: Estimate) -> io::Result<Option<Exit>> {
    if args.yes {
        Ok(None)
    } else if args.query.is_some() {
        consent::ask("run the query for that price?", "give --yes to run the query for that price")
    } else if estimate.needs_consent() {
        let remedy = "give --yes to read that much, or a shorter --since, or fewer log groups";
        consent::ask("read that much?", remedy)
    } else {
        Ok(None)
    }
}

/// Logs the errors of lists and metrics, and how to find the rights that are missing.
fn report(problems: &[PullError]) {
    problems.iter().for_each(stderr::log);
    if problems.iter().any(|problem| matches!(problem, PullError::Denied { .. })) {
        stderr::log("`tailwater pull --policy` prints the rights that are needed");
    }
}

fn print_policy(args: &PullArgs) -> anyhow::Result<Exit> {
    let groups: Vec<_> = args.groups.iter().map(|pattern| pattern.as_str().to_owned()).collect();
    let policy = policy(Scope {
        groups: &groups,
        roles: &args.account.role,
        metrics: args.metrics,
        query: args.query.is_some(),
    });
    for line in serde_json::to_string_pretty(&policy)?.lines() {
        stdout::write_line(line)?;
    }
    Ok(Exit::Success)
}

fn load_rules(args: &PullArgs) -> anyhow::Result<Result<Option<RuleConfig>, rules::UnusableRules>> {
    let names = rules::destination_names(&[rules::STORE]);
    let flags = || rules::with_file(aws_accounts::config_flag(&args.account), args.rules.as_deref());
    let rules = rules::load(flags, &names)?;
    Ok(rules.map(|rules| rules.map(|rules| RuleConfig::new(rules, vec![0]))))
}

fn selection(args: &PullArgs) -> Selection {
    let tags = args.tag.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect();
    Selection { patterns: args.groups.clone(), tags }
}

/// Lists the log groups and functions of all accounts; `None` if the run was interrupted. An account that cannot be listed
/// is a problem in the result.
fn discover_all(
    accounts: &[Account],
    selection: &Selection,
    settings: &Settings,
    around: Surroundings<'_>,
    interrupt: &Interrupt,
) -> anyhow::Result<Option<Discovery>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let api = Api::new(&settings.network, around)?;
    let mut all = Discovery::default();
    for (index, account) in accounts.iter().enumerate() {
        let listing = interrupt.unless_overdue(discover(&api, account, index, selection));
        match runtime.block_on(listing) {
            Some(Ok(found)) => {
                all.groups.extend(found.groups);
                all.functions.extend(found.functions);
                all.problems.extend(found.problems);
            }
            None | Some(Err(PullError::Interrupted)) => return Ok(None),
            // Without credentials for the only account nothing can be done; of several, the others are read.
            Some(Err(error)) if accounts.len() == 1 => return Err(error.into()),
            Some(Err(error)) => {
                stderr::log(format_args!("{} is left out", account.name));
                all.problems.push(error);
            }
        }
    }
    // An account may be named twice, by its own credentials and by a role.
    all.groups.sort_by_key(|group| (group.key(), group.account_index));
    all.groups.dedup_by_key(|group| group.key());
    Ok(Some(all))
}

fn no_groups_note(args: &PullArgs) -> String {
    if args.groups.is_empty() {
        return "no log group of a Lambda function was found; is it the right --region and --profile?"
            .to_owned();
    }
    let patterns: Vec<_> = args.groups.iter().map(|pattern| pattern.as_str()).collect();
    let patterns = patterns.join(", ");
    format!("no log group matches {patterns}; those of functions are named /aws/lambda/FUNCTION")
}

fn regions(accounts: &[Account]) -> String {
    let mut names: Vec<_> = accounts.iter().map(|account| account.region.to_string()).collect();
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}

fn accounts_note(groups: &[Group]) -> String {
    let mut ids: Vec<_> = groups.iter().map(|group| group.account.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    match ids.as_slice() {
        [id] => format!("account {id}"),
        ids => plural(u64::try_from(ids.len()).unwrap_or(u64::MAX), "account"),
    }
}

fn print_group(group: &Group) -> io::Result<()> {
    stdout::write_line(format_args!(
        "{} {} {} {} bytes",
        group.account, group.region, group.name, group.stored_bytes
    ))
}

fn interrupted() -> Exit {
    stderr::log("interrupted; run the command again to complete the store");
    Exit::Interrupted
}

/// A run that reads events.
struct Run<'r> {
    args: &'r PullArgs,
    settings: &'r Settings,
    accounts: &'r [Account],
    around: Surroundings<'r>,
    interrupt: &'r Interrupt,
    range: (UnixMillis, UnixMillis),
}

impl Run<'_> {
    fn pull(
        &self,
        found: &Discovery,
        measured: &[metrics::MeasuredFunctions],
        rules: Option<&RuleConfig>,
    ) -> anyhow::Result<Exit> {
        create_private(&self.args.store)
            .with_context(|| format!("cannot create the store {}", self.args.store.display()))?;
        let store = Store::open(&self.args.store)?;
        keep_functions(&store, found)?;
        let groups = u64::try_from(found.groups.len()).unwrap_or(u64::MAX);
        let progress = Progress::groups(groups)?;
        let mut work = Work {
            accounts: self.accounts,
            network: &self.settings.network,
            around: self.around,
            interrupt: self.interrupt,
            range: self.range,
            covered: Mutex::new(covered(&store)?),
            rules,
            query: self.args.query.as_deref(),
            progress: &progress,
        };
        assumptions::keep_correlation_fields(&store)?;
        let writer = store.writer()?;
        let has_metrics = measured.is_empty() || self.pull_metrics(measured, &store, &writer.handle())?;
        let has_problems = !found.problems.is_empty() || !has_metrics;
        let jobs = self.args.jobs.get();
        let mut pulled = work.run(found.groups.clone(), jobs, &|| writer.handle())?;
        while self.args.follow && self.wait() {
            work.range = (UnixMillis(work.range.1.0.saturating_sub(LATE_MS)), now());
            pulled.merge(&work.run(found.groups.clone(), jobs, &|| writer.handle())?);
        }
        let written = writer.finish()?;
        reconcile(&written, &mut pulled.stored)?;
        pulled.ledger.note_duplicates(written.duplicates);
        self.summarize(&store, &pulled, &progress)?;
        pulled.ledger.check()?;
        // An interrupt is the normal end of `--follow`.
        Ok(if self.interrupt.is_requested() && !self.args.follow {
            interrupted()
        } else if has_problems || pulled.failed_groups > 0 || pulled.ledger.rejected().events > 0 {
            Exit::Failure
        } else {
            Exit::Success
        })
    }

    /// Waits until the next round is due. Returns false if the run should stop.
    fn wait(&self) -> bool {
        let due = Instant::now() + ROUND;
        while Instant::now() < due && !self.interrupt.is_requested() {
            thread::park_timeout(POLL_INTERVAL);
        }
        !self.interrupt.is_requested()
    }

    fn summarize(&self, store: &Store, pulled: &Pulled, progress: &Progress) -> anyhow::Result<()> {
        let flags = AssumptionFlags { region: None, arch: None, functions: None, log_price: None };
        let catalog = flags.catalog_for_reading(store)?;
        let dimensions = assumptions::dimensions(&[], Some(store))?;
        let view = StoredView {
            path: &self.args.store,
            jobs: self.args.jobs.get(),
            is_json: self.args.json,
            interrupt: Some(self.interrupt).filter(|_| !self.args.follow),
            progress,
        };
        let is_json = self.args.json;
        let collected =
            view.collect(store, &|| stored_view::line_collector(is_json, &dimensions, &catalog))?;
        progress.finish();
        let (summary, _) = collected.summary(&catalog, &pulled.ledger, &dimensions);
        let form = if is_json { SummaryForm::Json } else { SummaryForm::TableOnStdout };
        stored_view::print_summary(summary, form, &Rows::default(), progress.elapsed())?;
        stderr::log(calls_note(self.accounts));
        Ok(())
    }
}

/// Says how many requests were sent and throttled.
fn calls_note(accounts: &[Account]) -> String {
    let sum = |of: fn(&Account) -> u64| accounts.iter().map(of).sum::<u64>();
    format!("{}, {} of them throttled", plural(sum(Account::calls), "request"), sum(Account::throttled))
}

/// Creates the file of the store, if it is missing, so that only its owner can read it.
fn create_private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Keeps the configurations of functions in the store, for this summary and later ones.
fn keep_functions(store: &Store, found: &Discovery) -> anyhow::Result<()> {
    if found.functions.is_empty() {
        return Ok(());
    }
    let kept = store.assumption(Assumption::Functions)?;
    let merged = merge_functions(kept.as_deref(), &found.functions);
    match Catalog::parse(&merged) {
        Ok(_) => store.keep_assumption(Assumption::Functions, &merged)?,
        Err(error) => stderr::log(format_args!("the configurations of functions are not kept: {error}")),
    }
    Ok(())
}

/// Reads how far earlier pulls have read each log group.
fn covered(store: &Store) -> anyhow::Result<BTreeMap<String, Covered>> {
    let kept = store.pulls(PullKind::Covered)?.into_iter();
    Ok(kept.filter_map(|(key, value)| Some((key, Covered::parse(&value)?))).collect())
}
