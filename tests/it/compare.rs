//! `replay --fail-on` and `tailwater compare` on the demo, whose version 41 of `checkout-api` is worse than version 40.

use std::fs;

use serde_json::Value;
use tests::{binary::root, replay::Replay};

fn demo() -> Replay {
    Replay::measure(root().join("tests/demo"))
}

#[test]
fn worse_version_ends_with_3_and_both_numbers() {
    let met = demo().args(["--fail-on", "new-errors, error-rate>3%,p95>+20%"]).run().code(3);
    for expected in [
        "--fail-on new-errors is met: ",
        "TypeError: Cannot read properties of undefined",
        "--fail-on error-rate>3% is met: checkout-api version 41: error-rate ",
        ", the limit is 3.00 %",
        "--fail-on p95>+20% is met: checkout-api version 41: p95 ",
        " in the version before (version 40)",
        "--fail-on p95>+20% cannot be decided: ",
    ] {
        assert!(met.stderr.contains(expected), "{expected}\n{}", met.stderr);
    }
    assert!(met.json()["functions"].is_array());
    let fine = demo().args(["--fail-on", "error-rate>99%,max>900s,cost>+100000%"]).run().code(0);
    assert!(!fine.stderr.contains("is met"), "{}", fine.stderr);
}

#[test]
fn wrong_conditions_are_wrong_usage() {
    let wrong = demo().args(["--fail-on", "new-errors,p96>1s"]).run().code(2);
    assert!(
        wrong.stderr.contains("column 12: unknown metric \"p96\"; known are new-errors,"),
        "{}",
        wrong.stderr
    );
    assert_eq!(wrong.stdout, "");
    let _ = demo().args(["--baseline", "x.json"]).run().code(2);
}

#[test]
fn earlier_output_is_a_baseline() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("baseline.json");
    let earlier = demo().run().code(0);
    let with = |conditions: &str| demo().args(["--fail-on", conditions, "--baseline"]).arg(&file).run();
    let missing = with("new-errors").code(1);
    assert!(missing.stderr.contains("cannot read the baseline"), "{}", missing.stderr);
    fs::write(&file, r#"{"Functions":[]}"#).expect("the file can be written");
    let foreign = with("new-errors").code(1);
    assert!(
        foreign.stderr.contains("expected the output of `tailwater replay --json`"),
        "{}",
        foreign.stderr
    );
    fs::write(&file, &earlier.stdout).expect("the file can be written");
    let same = with("new-errors,errors>+0%,p95>+0%,cost>+0%").code(0);
    assert!(!same.stderr.contains("--fail-on"), "{}", same.stderr);

    let mut document = earlier.json();
    let groups = document["insight"]["errors"]["groups"].as_array_mut().expect("a list");
    groups.retain(|group| group["type"] != "TypeError");
    fs::write(&file, document.to_string()).expect("the file can be written");
    let new = with("new-errors").code(3);
    assert!(new.stderr.contains("checkout-api: TypeError"), "{}", new.stderr);
}

#[test]
fn comparison_has_the_numbers_of_both_parts() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let store = folder.path().join("x.db");
    let all = Replay::into_store(root().join("tests/demo"), &store).run().code(0).json();
    let compare =
        |flags: &[&str]| Replay::subcommand("compare").args(flags.iter()).arg("--store").arg(&store).run();
    let versions = compare(&["--versions", "checkout-api:40,41", "--json"]).code(0).json();
    let row = |document: &Value| {
        let rows = document["functions"].as_array().expect("a list").clone();
        rows.into_iter().find(|row| row["function"] == "checkout-api").expect("the function is there")
    };
    let by_version = row(&all)["by_version"].clone();
    for (side, version) in [("a", "40"), ("b", "41")] {
        let expected = by_version.as_array().expect("a list").iter().find(|row| row["version"] == version);
        let expected = expected.expect("the version is there");
        for member in ["invocations", "errors"] {
            assert_eq!(row(&versions)[side][member], expected[member], "{side} {member}");
        }
    }
    let new = versions["new_errors"].as_array().expect("a list");
    assert!(
        new.iter().any(|error| error["title"].as_str().is_some_and(|title| title.starts_with("TypeError")))
    );

    let end = all["range"]["to_ms"].as_i64().expect("a time") - 3_600_000;
    let middle = timestamp(end);
    let ranges =
        compare(&["--a", &format!("..{middle}"), "--b", &format!("{middle}.."), "--json"]).code(0).json();
    for member in ["invocations", "errors", "timeouts"] {
        let part = |side: &str| ranges["total"][side][member].as_u64().expect("a number");
        assert_eq!(Some(part("a") + part("b")), all["totals"][member].as_u64(), "{member}");
    }
    let text = compare(&["--versions", "checkout-api:40,checkout-api:41"]).code(0).stdout;
    assert!(text.starts_with("checkout-api:40  →  checkout-api:41\n"), "{text}");
    let _ = compare(&["--versions", "checkout-api"]).code(2);
    let _ = compare(&["--a", "..", "--versions", "f:1,f:2"]).code(2);
    let _ = compare(&["--versions", "nothing:1,nothing:2"]).code(1);
}

/// Time in March 2026 as text; 2026-03-04 is day 20,516 since 1970.
fn timestamp(ms: i64) -> String {
    let of_day = ms.rem_euclid(86_400_000) / 1_000;
    let day = ms.div_euclid(86_400_000) - 20_516;
    format!("2026-03-{:02}T{:02}:{:02}:{:02}Z", day + 4, of_day / 3_600, of_day / 60 % 60, of_day % 60)
}
