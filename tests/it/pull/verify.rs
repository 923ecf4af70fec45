//! `tailwater verify` against the numbers of the stand-in.

use tests::{
    account::{Account, Behaviour},
    replay::Replay,
};

use super::{SMALL, Scratch};

fn verify(scratch: &Scratch, account: &Account) -> Replay {
    Replay::subcommand("verify")
        .args(["--since", "2026-03-03T10:00:00Z", "--until", "2026-03-04T10:00:00Z", "--store"])
        .arg(scratch.store())
        .env("HOME", scratch.0.path().display().to_string())
        .env("AWS_ENDPOINT_URL", account.url())
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "AKIDTEST")
        .env("AWS_SECRET_ACCESS_KEY", "secret-of-user")
}

#[test]
fn pulled_account_agrees_with_aws() {
    let (account, scratch) = (Account::start(SMALL, Behaviour::default()), Scratch::new());
    scratch.pull(&account).run().code(0);
    let finished = verify(&scratch, &account).run().code(0);
    assert!(finished.stderr.contains("reads 6 metrics of CloudWatch for $0.00006"), "{}", finished.stderr);
    let expected = "function-0000 in eu-west-1: 12 invocations, 0 errors, 150 ms, as AWS\n\
                    function-0001 in eu-west-1: 12 invocations, 0 errors, 150 ms, as AWS\n\
                    2 functions compared, 0 different\n";
    assert_eq!(finished.stdout, expected);
}

#[test]
fn log_group_that_was_not_read_is_explained() {
    let (account, scratch) = (Account::start(SMALL, Behaviour::default()), Scratch::new());
    scratch.pull(&account).arg("/aws/lambda/function-0000").run().code(0);
    let document = verify(&scratch, &account).arg("--json").run().code(1).json();
    assert_eq!(document["functions"][0]["difference"], "none");
    let missing = &document["functions"][1];
    assert_eq!(
        (&missing["function"], &missing["difference"]),
        (&"function-0001".into(), &"no_reports".into())
    );
    assert_eq!((&missing["logs"]["invocations"], &missing["aws"]["invocations"]), (&0.into(), &12.into()));
    assert_eq!(missing["aws"]["duration_ms"], 150.0);
}
