//! The lists of invocations and error groups of the API have as many items as the numbers that `replay --json` tells.

use std::collections::BTreeSet;

use serde_json::Value;
use tests::{binary::root, page_server::PageServer, replay::Replay, server::query::target};

/// A server with the store of the demo, and the summary of its replay.
struct Demo {
    _folder: tempfile::TempDir,
    page: PageServer,
    summary: Value,
}

fn demo() -> Demo {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let store = folder.path().join("tailwater.db");
    let run = Replay::into_store(root().join("tests/demo"), &store).run().code(0);
    let summary = run.json();
    Demo { page: PageServer::start(&store, &[]), _folder: folder, summary }
}

impl Demo {
    /// Number of invocations in a list, which is also counted page by page.
    fn count(&self, query: &str) -> u64 {
        let (mut keys, mut after, mut total) = (BTreeSet::new(), String::new(), None);
        loop {
            let page = self.page.json(&format!("/api/v1/invocations?limit=500&{query}{after}"));
            let rows = page["invocations"].as_array().expect("a list");
            for row in rows {
                assert!(keys.insert(row["key"].to_string()), "{query}: {row} is listed twice");
            }
            assert_eq!(*total.get_or_insert_with(|| page["total"].clone()), page["total"], "{query}");
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        let counted = u64::try_from(keys.len()).expect("few");
        assert_eq!(total.and_then(|total| total.as_u64()), Some(counted), "{query}");
        counted
    }
}

fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_else(|| panic!("no number {name} in {value}"))
}

#[test]
fn lists_have_as_many_invocations_as_the_numbers_of_the_summary() {
    let demo = demo();
    let totals = &demo.summary["totals"];
    let filters = [
        ("", "invocations"),
        ("outcome=failed", "errors"),
        ("outcome=timeout", "timeouts"),
        ("outcome=out_of_memory", "out_of_memory"),
        ("start=cold", "cold_starts"),
        ("start=restored", "restores"),
    ];
    for (filter, name) in filters {
        assert_eq!(demo.count(filter), number(totals, name), "{name}");
    }
    for function in demo.summary["functions"].as_array().expect("functions") {
        let name = function["function"].as_str().expect("a name");
        for (filter, member) in filters {
            assert_eq!(
                demo.count(&format!("function={name}&{filter}")),
                number(function, member),
                "{name}: {member}"
            );
        }
        for version in function["by_version"].as_array().into_iter().flatten() {
            let of_version =
                format!("function={name}&version={}", version["version"].as_str().expect("a name"));
            assert_eq!(demo.count(&of_version), number(version, "invocations"), "{of_version}");
            let failed = demo.count(&format!("{of_version}&outcome=failed"));
            assert_eq!(failed, number(version, "errors"), "{of_version}");
        }
    }
}

#[test]
fn error_groups_add_up_to_the_failures_and_list_their_invocations() {
    let demo = demo();
    let errors = demo.page.json("/api/v1/errors?limit=500");
    let failures = number(&demo.summary["totals"], "errors");
    assert_eq!(number(&errors, "failed_invocations"), failures);
    let groups = errors["errors"].as_array().expect("groups");
    let mut sum = 0;
    for group in groups {
        let id = group["id"].as_str().expect("an id");
        let function = group["function"].as_str().expect("a name");
        let members = demo.count(&format!("function={function}&error_group={id}"));
        assert_eq!(members, number(group, "failed_invocations"), "{group}");
        let over_time: u64 =
            group["over_time"].as_array().into_iter().flatten().filter_map(Value::as_u64).sum();
        if members > 0 {
            assert_eq!(over_time, members, "{group}");
            let latest = group["latest"].as_str().expect("a key");
            let one = demo.page.json(&format!("/api/v1/invocation?key={latest}"));
            assert_eq!(one["invocation"]["error_group"]["id"], group["id"]);
        }
        for version in group["versions"].as_array().into_iter().flatten() {
            let name = version["version"].as_str().expect("a name");
            if !name.is_empty() {
                let query = format!("function={function}&error_group={id}&version={name}");
                assert_eq!(demo.count(&query), number(version, "failed_invocations"), "{query}");
            }
        }
        sum += members;
    }
    assert_eq!(sum, failures);
    let told = demo.summary["insight"]["errors"]["groups"].as_array().expect("groups").len();
    assert_eq!((groups.len(), number(&errors, "total")), (told, u64::try_from(told).expect("few")));
}

#[test]
fn range_of_a_chart_lists_the_invocations_of_its_buckets() {
    let demo = demo();
    let series = demo.page.json("/api/v1/series?buckets=20");
    let (from, step) =
        (series["from_ms"].as_i64().expect("a time"), series["step_ms"].as_i64().expect("a length"));
    let numbers = |name: &str| -> Vec<u64> {
        series[name]
            .as_array()
            .expect("a list")
            .iter()
            .map(|count| count.as_u64().expect("a count"))
            .collect()
    };
    for (bucket, (invocations, errors)) in
        (0i64..).zip(numbers("invocations").into_iter().zip(numbers("errors")))
    {
        let (since, until) = (from + bucket * step, from + (bucket + 1) * step);
        let range = format!("since={since}&until={until}");
        assert_eq!(demo.count(&range), invocations, "{range}");
        assert_eq!(demo.count(&format!("{range}&outcome=failed")), errors, "{range}");
        let groups = demo.page.json(&format!("/api/v1/errors?{range}"));
        assert_eq!(number(&groups, "failed_invocations"), errors, "{range}");
    }
}

#[test]
fn value_of_a_field_lists_the_invocations_that_logged_it() {
    let demo = demo();
    let query =
        "filter @level = 'ERROR' and @function = 'checkout-api' | stats count_distinct(@invocation.id) as n";
    let answer = demo.page.json(&target("/api/v1/query", &[("q", query)]));
    let expected = answer["rows"][0][0].as_u64().expect("a count");
    assert!(expected > 0);
    assert_eq!(demo.count("function=checkout-api&field=@level:ERROR"), expected);
    assert_eq!(demo.count("function=checkout-api&field=@level:nothing"), 0);
}

#[test]
fn hostile_parameters_are_refused() {
    let demo = demo();
    for query in [
        "after=latest.x.1.1",
        "after=slowest.1.1.1",
        "error_group=zz",
        "slower_than=-1",
        "field=novalue",
        "start=lukewarm",
        "order=random",
        "limit=501",
        "colour=red",
    ] {
        let response = demo.page.request("GET", &format!("/api/v1/invocations?{query}"), &[], "");
        assert_eq!(response.status, 400, "{query}");
    }
    let hostile = "\" | limit 1 '%_\u{0}";
    let field = target("", &[("field", &format!("@message:{hostile}"))]);
    assert_eq!(demo.count(field.trim_start_matches('?')), 0);
    let found = demo.page.json(&target("/api/v1/find", &[("text", hostile)]));
    assert_eq!(found["invocations"].as_array().map(Vec::len), Some(0));
}
