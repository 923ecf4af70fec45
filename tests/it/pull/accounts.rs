//! Roles and regions.

use tests::account::{Account, Behaviour};

use super::{SMALL, Scratch};

#[test]
fn group_that_two_roles_see_is_read_once() {
    // Both regions are the same stand-in, which says that its groups are in one account.
    let (account, scratch) = (Account::start(SMALL, Behaviour::default()), Scratch::new());
    let summary =
        scratch.pull(&account).args(["--region", "eu-west-1", "--region", "eu-west-1"]).run().code(0).json();
    assert_eq!(summary["ledger"]["received"], 120);
    assert_eq!(account.calls("FilterLogEvents"), 2);
}

#[test]
fn regions_of_two_partitions_are_refused() {
    let (account, scratch) = (Account::start(SMALL, Behaviour::default()), Scratch::new());
    let finished =
        scratch.pull(&account).args(["--region", "eu-west-1", "--region", "cn-north-1"]).run().code(1);
    assert!(finished.stderr.contains("different AWS partitions"), "{}", finished.stderr);
}

#[test]
fn role_that_cannot_be_assumed_is_an_error() {
    let (account, scratch) = (Account::start(SMALL, Behaviour::default()), Scratch::new());
    let finished = scratch.pull(&account).args(["--role", "arn:aws:iam::1:role/r"]).run().code(1);
    assert!(
        finished.stderr.contains("STS failed with status 400: UnknownOperationException"),
        "{}",
        finished.stderr
    );
}
