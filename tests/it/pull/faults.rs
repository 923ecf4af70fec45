//! Throttling, empty pages, expired credentials, missing rights and kills.

use std::{
    env, fs,
    time::{Duration, Instant},
};

use tests::{
    account::{Account, Behaviour, Shape},
    delay::pause,
};

use super::{LARGE, SMALL, Scratch};

/// Pages of 30 of a group's 100 events, each after an empty one.
fn small_pages() -> Behaviour {
    Behaviour { page: 30, has_empty_pages: true, ..Behaviour::default() }
}

#[test]
fn large_account_is_complete_although_requests_are_throttled() {
    let behaviour = Behaviour { rate: Some(200), ..small_pages() };
    let (account, scratch) = (Account::start(LARGE, behaviour), Scratch::new());
    let finished = scratch.pull(&account).arg("--yes").run().code(0);
    let summary = finished.json();
    scratch.check_complete(&account);
    assert_eq!(summary["ledger"]["received"], 20_000);
    assert_eq!(summary["ledger"]["duplicates"], 0);
    assert_eq!(summary["totals"]["invocations"], 4_000);
    // Four pages and four empty ones of each of 200 groups.
    let answered = account.calls("FilterLogEvents") - account.throttled();
    assert_eq!(answered, 1_600);
    let note = format!("{} of them throttled", account.throttled());
    assert!(finished.stderr.contains(&note), "{}: {}", note, finished.stderr);
    assert!(account.throttled() < 400, "{}", account.throttled());
}

#[test]
fn credentials_that_expire_are_renewed_in_the_middle() {
    let behaviour = Behaviour { key_lifetime: Some(4), ..small_pages() };
    let (account, scratch) = (Account::start(SMALL, behaviour), Scratch::new());
    let home = scratch.0.path();
    // Prints another access key each time.
    let script = "n=$(cat \"$0.n\" 2>/dev/null || echo 0); n=$((n+1)); echo $n > \"$0.n\"\n\
                  printf '{\"Version\":1,\"AccessKeyId\":\"AKID%d\",\"SecretAccessKey\":\"s\"}' $n\n";
    fs::write(home.join("process.sh"), script).expect("writable");
    let config = format!("[default]\ncredential_process = sh {}/process.sh\n", home.display());
    fs::create_dir_all(home.join(".aws")).expect("writable");
    fs::write(home.join(".aws/config"), config).expect("writable");
    let summary = scratch.pull_as(&account).run().code(0).json();
    scratch.check_complete(&account);
    assert_eq!(summary["ledger"]["duplicates"], 0);
    assert!(account.keys().len() >= 3, "{:?}", account.keys());
}

#[test]
fn fixed_credentials_that_expire_end_the_pull_with_a_message() {
    let behaviour = Behaviour { key_lifetime: Some(7), ..small_pages() };
    let (account, scratch) = (Account::start(SMALL, behaviour), Scratch::new());
    let finished = scratch.pull(&account).run().code(1);
    assert!(
        finished.stderr.contains("security token included in the request is expired"),
        "{}",
        finished.stderr
    );
}

#[test]
fn missing_right_is_named_and_the_rest_is_read() {
    let behaviour = Behaviour { denied: vec!["ListFunctions", "GetResources"], ..Behaviour::default() };
    let (account, scratch) = (Account::start(SMALL, behaviour), Scratch::new());
    let finished = scratch.pull(&account).run().code(1);
    for action in ["lambda:ListFunctions", "tag:GetResources"] {
        assert!(finished.stderr.contains(&format!("the right {action} is missing")), "{}", finished.stderr);
    }
    scratch.check_complete(&account);
}

#[test]
fn named_group_is_read_without_the_right_to_list_groups() {
    let behaviour = Behaviour { denied: vec!["DescribeLogGroups"], ..Behaviour::default() };
    let (account, scratch) = (Account::start(SMALL, behaviour), Scratch::new());
    let finished = scratch.pull(&account).arg("/aws/lambda/function-0001").run().code(1);
    assert!(finished.stderr.contains("the right logs:DescribeLogGroups is missing"), "{}", finished.stderr);
    let own = account.events().iter().filter(|event| event.group.ends_with("0001"));
    scratch.check(own.cloned().collect());
}

#[test]
fn pull_without_credentials_names_the_ways() {
    let (account, scratch) = (Account::start(SMALL, Behaviour::default()), Scratch::new());
    let finished = scratch.pull_as(&account).run().code(1);
    assert!(finished.stderr.contains("no AWS credentials found"), "{}", finished.stderr);
    assert_eq!(account.calls("DescribeLogGroups"), 0);
}

#[test]
fn killed_pull_is_completed_by_the_next_one() {
    let (account, scratch) = (Account::start(LARGE, small_pages()), Scratch::new());
    for n in 1..=10 {
        let before = account.calls("FilterLogEvents");
        let running = scratch.pull(&account).arg("--yes").start();
        while account.calls("FilterLogEvents") < before + 17 * n {
            pause(Duration::from_millis(1));
        }
        running.signal("KILL");
        assert_eq!(running.wait().code, None, "it was killed, and had not ended before");
    }
    let summary = scratch.pull(&account).arg("--yes").run().code(0).json();
    scratch.check_complete(&account);
    assert_eq!(summary["totals"]["invocations"], 4_000);
    assert_eq!(summary["totals"]["errors"], 0);
}

#[test]
fn interrupted_pull_ends_at_once_and_can_be_repeated() {
    let behaviour = Behaviour { rate: Some(20), ..small_pages() };
    let (account, scratch) = (Account::start(LARGE, behaviour), Scratch::new());
    let running = scratch.pull(&account).arg("--yes").start();
    while account.calls("FilterLogEvents") < 10 {
        pause(Duration::from_millis(5));
    }
    let (finished, _) = running.end_by("INT", Duration::from_millis(2_500));
    let finished = finished.code(130);
    assert!(finished.stderr.contains("run the command again"), "{}", finished.stderr);
}

#[test]
fn memory_does_not_grow_with_the_number_of_events() {
    let events = env::var("TEST_PULL_EVENTS").map_or(100_000, |text| text.parse().expect("a number"));
    let shape = Shape { groups: 4, streams: 25, invocations: events / 500, ..SMALL };
    let (account, scratch) = (Account::start(shape, Behaviour::default()), Scratch::new());
    let began = Instant::now();
    let finished = scratch.pull(&account).arg("--yes").memory_mib(150).run().code(0);
    println!("{events} events in {:?}, {} requests", began.elapsed(), account.calls("FilterLogEvents"));
    assert_eq!(finished.json()["ledger"]["delivered"], events);
}
