//! `tailwater pull` against a stand-in for an AWS account: complete, once each, whatever AWS or a kill does.

mod accounts;
mod faults;
mod metrics;
mod query;
mod stored;
mod verify;

use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use tests::{
    account::{Account, Behaviour, LoggedEvent, Shape},
    replay::Replay,
};

use self::stored::stored_events;

/// 2026-03-04 10:00 UTC.
const NOON: i64 = 1_772_618_400_000;
const HOUR: i64 = 3_600_000;

/// Two functions with twelve events a stream.
const SMALL: Shape =
    Shape { groups: 2, streams: 3, invocations: 4, since_ms: NOON - 20 * HOUR, until_ms: NOON };
/// 200 log groups with 2,000 streams and 20,000 events.
const LARGE: Shape = Shape { groups: 200, streams: 10, invocations: 2, ..SMALL };

/// Folder with the store, and an empty home folder.
struct Scratch(TempDir);

impl Scratch {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder can be created"))
    }

    fn store(&self) -> PathBuf {
        self.0.path().join("logs.db")
    }

    /// Prepares `tailwater pull --json` of the time in which the stand-in has events. No file of the machine is read.
    fn pull(&self, account: &Account) -> Replay {
        self.pull_as(account)
            .env("AWS_ACCESS_KEY_ID", "AKIDTEST")
            .env("AWS_SECRET_ACCESS_KEY", "secret-of-user")
    }

    /// Prepares the same without credentials.
    fn pull_as(&self, account: &Account) -> Replay {
        self.pull_since(account, "2026-03-03T10:00:00Z")
    }

    /// Prepares the same from another time on.
    fn pull_since(&self, account: &Account, since: &str) -> Replay {
        Replay::subcommand("pull")
            .args(["--json", "--since", since, "--until", "2026-03-04T10:00:00Z", "--store"])
            .arg(self.store())
            .env("HOME", self.0.path().display().to_string())
            .env("AWS_ENDPOINT_URL", account.url())
            .env("AWS_REGION", "eu-west-1")
    }

    /// Asserts that the store holds every event of the account exactly once.
    #[track_caller]
    fn check_complete(&self, account: &Account) {
        self.check(account.events().to_vec());
    }

    #[track_caller]
    fn check(&self, mut expected: Vec<LoggedEvent>) {
        expected.iter_mut().for_each(|event| event.id.clear());
        expected.sort();
        let stored = stored_events(&self.store());
        assert_eq!(stored.len(), expected.len());
        let difference = stored.iter().zip(&expected).find(|(stored, expected)| stored != expected);
        assert_eq!(difference, None);
    }
}

#[test]
fn account_is_pulled_completely() {
    let (account, scratch) = (Account::start(SMALL, Behaviour::default()), Scratch::new());
    let summary = scratch.pull(&account).run().code(0).json();
    scratch.check_complete(&account);
    assert_eq!(summary["ledger"]["received"], 120);
    assert_eq!(summary["ledger"]["delivered"], 120);
    assert_eq!(summary["ledger"]["duplicates"], 0);
    assert_eq!(summary["totals"]["invocations"], 24);
    let function = &summary["functions"][0];
    assert_eq!(function["function"], "function-0000");
    assert_eq!(function["account"], "123456789012");
    assert_eq!(function["region"], "eu-west-1");
    assert_eq!(function["arch"], "arm64");
    assert_eq!(function["invocations"], 12);
}

#[test]
fn second_pull_reads_only_the_last_minutes_and_stores_nothing_again() {
    let (account, scratch) = (Account::start(SMALL, Behaviour::default()), Scratch::new());
    scratch.pull(&account).run().code(0);
    let summary = scratch.pull(&account).run().code(0).json();
    let received = summary["ledger"]["received"].as_u64().expect("a number");
    assert!(received < 20, "{received}");
    assert_eq!(summary["ledger"]["duplicates"], received);
    assert_eq!(summary["totals"]["invocations"], 24);
    scratch.check_complete(&account);
}

#[test]
fn forwarded_copy_is_the_same_event() {
    let (account, scratch) = (Account::start(SMALL, Behaviour::default()), Scratch::new());
    scratch.pull(&account).run().code(0);
    let delivery = stored::subscription(account.events());
    let file = scratch.0.path().join("delivery.json");
    fs::write(&file, delivery).expect("the file can be written");
    let summary = Replay::into_store(&file, scratch.store()).run().code(0).json();
    assert_eq!(summary["ledger"]["received"], 120);
    assert_eq!(summary["ledger"]["duplicates"], 120);
    assert_eq!(summary["totals"]["invocations"], 24);
}

#[test]
fn store_is_private_and_holds_no_secret() {
    use std::os::unix::fs::PermissionsExt as _;
    let (account, scratch) = (Account::start(SMALL, Behaviour::default()), Scratch::new());
    let finished = scratch.pull(&account).run().code(0);
    let mode = fs::metadata(scratch.store()).expect("the store exists").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let everything = [fs::read(scratch.store()).expect("readable"), finished.stderr.into_bytes()].concat();
    for secret in [tests::account::FUNCTION_SECRET, "secret-of-user", "AKIDTEST"] {
        assert!(!contains(&everything, secret), "{secret}");
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

#[test]
fn globs_and_tags_choose_log_groups() {
    let shape = Shape { groups: 8, ..SMALL };
    let account = Account::start(shape, Behaviour::default());
    let functions = |arguments: &[&str]| {
        let scratch = Scratch::new();
        let summary = scratch.pull(&account).args(arguments).run().code(0).json();
        let functions = summary["functions"].as_array().expect("a list").clone();
        let mut names: Vec<_> = functions
            .iter()
            .map(|function| {
                function["function"].as_str().expect("a name").trim_start_matches("function-").to_owned()
            })
            .collect();
        names.sort();
        names.join(" ")
    };
    assert_eq!(functions(&["/aws/lambda/*-000[1-3]", "/aws/lambda/function-0007"]), "0001 0002 0003 0007");
    assert_eq!(functions(&["--tag", "team=pay"]), "0000 0004");
}

#[test]
fn dry_run_says_what_would_be_read_and_reads_no_events() {
    let (account, scratch) = (Account::start(SMALL, Behaviour::default()), Scratch::new());
    let finished = scratch.pull(&account).arg("--dry-run").run().code(0);
    let expected = "tailwater: eu-west-1 of account 123456789012: 2 log groups with 1.9 MiB stored, about";
    assert!(finished.stderr.starts_with(expected), "{}", finished.stderr);
    assert!(finished.stderr.contains("FilterLogEvents is free"), "{}", finished.stderr);
    assert_eq!(finished.stdout.lines().count(), 2);
    assert_eq!(account.calls("FilterLogEvents"), 0);
    assert!(!Path::new(&scratch.store()).exists());
}

#[test]
fn policy_names_exactly_the_operations_that_are_called() {
    let policy = Replay::subcommand("pull").args(["--policy", "/aws/lambda/a*"]).run().code(0).json();
    let statements = policy["Statement"].as_array().expect("a list");
    let actions: Vec<_> = statements.iter().map(|statement| statement["Action"].to_string()).collect();
    let lists = r#"["logs:DescribeLogGroups","lambda:ListFunctions","tag:GetResources"]"#;
    assert_eq!(actions, [lists, r#""logs:FilterLogEvents""#]);
    assert_eq!(statements[1]["Resource"][0], "arn:*:logs:*:*:log-group:/aws/lambda/a*:*");
}

#[test]
fn rules_apply_while_pulling() {
    let (account, scratch) = (Account::start(SMALL, Behaviour::default()), Scratch::new());
    let rules = scratch.0.path().join("rules.toml");
    fs::write(&rules, "[[rule]]\nwhen.level = 'INFO'\ndrop = {}\n").expect("writable");
    let summary = scratch.pull(&account).arg("--rules").arg(&rules).run().code(0).json();
    assert_eq!(summary["ledger"]["received"], 120);
    assert_eq!(summary["ledger"]["filtered"], 96);
    // The lines of the platform have the level INFO, too.
    let kept = account.events().iter().filter(|event| event.message.contains("\tWARN\t"));
    scratch.check(kept.cloned().collect());
}
