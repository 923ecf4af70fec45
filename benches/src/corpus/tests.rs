//! Tests of the reproducibility, size and expected totals of corpora.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

fn plan(mix: Mix) -> Plan {
    Plan { seed: 3, size: Size::Events(4000), per_delivery: 90, mix }
}

fn documents(plan: Plan) -> (Vec<Value>, Truth) {
    let mut corpus = Corpus::new(&plan);
    let documents =
        corpus.by_ref().map(|delivery| serde_json::from_str(&delivery.document()).unwrap()).collect();
    (documents, corpus.truth().clone())
}

#[test]
fn same_seed_gives_same_bytes_and_other_seed_other_bytes() {
    let text = |seed| {
        let corpus = Corpus::new(&Plan { seed, ..plan(Mix::EveryDialect) });
        corpus.map(|delivery| delivery.document()).collect::<String>()
    };
    assert_eq!(text(1), text(1));
    assert_ne!(text(1), text(2));
}

#[test]
fn every_event_is_delivered_once_with_a_unique_id() {
    for (mix, _) in Mix::ALL {
        let (documents, truth) = documents(plan(mix));
        let events: Vec<_> =
            documents.iter().flat_map(|document| document["logEvents"].as_array().unwrap()).collect();
        let ids: BTreeSet<_> = events.iter().map(|event| event["id"].as_str().unwrap()).collect();
        assert_eq!(events.len(), ids.len());
        assert_eq!(count(events.len()), truth.events());
        assert_eq!(count(documents.len()), truth.deliveries);
    }
}

#[test]
fn events_of_a_delivery_are_sorted_and_at_most_per_delivery() {
    for document in documents(plan(Mix::EveryDialect)).0 {
        let events = document["logEvents"].as_array().unwrap();
        assert!(events.len() <= 90);
        assert!(events.is_sorted_by_key(|event| (event["timestamp"].as_u64(), event["id"].as_str())));
    }
}

#[test]
fn every_dialect_corpus_has_every_kind_of_failure() {
    let (_, truth) = documents(Plan { size: Size::Events(40_000), ..plan(Mix::EveryDialect) });
    let totals = truth.totals();
    let parts = [totals.timeouts, totals.out_of_memory, totals.restores, totals.cold_starts];
    assert!(parts.iter().all(|part| *part > 10), "{totals:?}");
    assert!(totals.errors > totals.timeouts + totals.out_of_memory);
    assert!(totals.invocations > totals.errors);
}

#[test]
fn typical_corpus_has_about_thirty_lines_per_report() {
    let (_, truth) = documents(Plan { size: Size::Events(20_000), ..plan(Mix::Typical) });
    let per_run = truth.events() / truth.totals().invocations;
    assert!((26..=32).contains(&per_run), "{per_run}");
}

#[test]
fn size_in_bytes_is_reached() {
    let mut corpus = Corpus::new(&Plan { size: Size::Bytes(1_000_000), ..plan(Mix::Typical) });
    let bytes: usize =
        corpus.by_ref().flat_map(|delivery| delivery.events).map(|event| event.message.len()).sum();
    assert!((1_000_000..1_050_000).contains(&bytes), "{bytes}");
}

#[test]
fn truth_counts_the_readable_events_of_damaged_deliveries() {
    for damage in Damage::ALL {
        let mut corpus = Corpus::new(&plan(Mix::EveryDialect));
        let damaged = corpus.damaged_delivery(damage);
        assert!(damaged.readable < damaged.delivery.events.len());
        assert_eq!(count(damaged.readable), corpus.truth().events());
        assert_eq!(corpus.truth().damaged, 1);
        assert_eq!(damage == Damage::BadBase64, damaged.readable == 0);
    }
}

#[test]
fn totals_are_the_sums_over_functions() {
    for (mix, _) in Mix::ALL {
        let truth: Value = serde_json::from_str(&documents(plan(mix)).1.to_json()).unwrap();
        for key in ["events", "invocations", "cold_starts", "restores", "errors", "timeouts", "billed_ms"] {
            let functions = truth["functions"].as_array().unwrap();
            let sum: u64 = functions.iter().map(|function| function[key].as_u64().unwrap()).sum();
            assert_eq!(truth["totals"][key], sum, "{key}");
        }
    }
}

#[test]
fn stream_begins_with_the_start_of_its_environment() {
    let mut seen = BTreeSet::new();
    for delivery in Corpus::new(&Plan { size: Size::Events(30_000), ..plan(Mix::EveryDialect) }) {
        let first = &delivery.events[0].message;
        let is_new = seen.insert(delivery.stream.clone());
        let begins =
            first.contains("INIT_START") || first.contains("RESTORE_START") || first.contains("Start\"");
        // At level WARN there is no record of the environment's start.
        assert!(
            !is_new || begins || delivery.stream.contains("-7[") || delivery.group.ends_with("-7"),
            "{first}"
        );
    }
}
