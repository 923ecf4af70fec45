//! Real servers: query results equal the numbers of `tailwater replay` for the same logs.

mod duckdb;
mod loki;
mod moto;
mod prometheus;
mod versitygw;

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use benches::{Corpus, Mix, Plan, Size, list_functions};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{
    binary::root,
    encoding::{base64, gzip},
    lambda::Lambda,
    replay::{Finished, Replay},
};

/// Returns the folder of the demo: one day of logs.
fn demo() -> PathBuf {
    root().join("tests/demo")
}

/// Generated logs as deliveries of a subscription.
struct Deliveries {
    events: Vec<Vec<u8>>,
    /// Folder of the same deliveries as files, and of the list of functions.
    folder: TempDir,
}

impl Deliveries {
    fn new(seed: u64, events: u64) -> Self {
        let plan = Plan { seed, size: Size::Events(events), per_delivery: 500, mix: Mix::Typical };
        let mut corpus = Corpus::new(&plan);
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        let (mut events, inputs) = (Vec::new(), folder.path().join("deliveries"));
        std::fs::create_dir(&inputs).expect("the file can be written");
        for (index, delivery) in corpus.by_ref().enumerate() {
            let event = json!({"awslogs": {"data": base64(&gzip(delivery.document().as_ref()))}}).to_string();
            std::fs::write(inputs.join(format!("{index:04}.json")), &event).expect("the file can be written");
            events.push(event.into_bytes());
        }
        let functions = list_functions(corpus.functions());
        std::fs::write(folder.path().join("functions.json"), functions).expect("the file can be written");
        Self { events, folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("deliveries")
    }

    /// Invokes the function with each delivery and checks that it responds.
    fn invoke(&self, lambda: &mut Lambda) {
        for (index, event) in self.events.iter().enumerate() {
            let run = lambda.invoke_once(&format!("{index:08x}-0000-4000-8000-000000000000"), event);
            assert!(run.answer.response().is_some(), "delivery {index}: {:?}", run.answer);
        }
    }
}

/// Returns the records that `replay --to stdout` prints.
fn records(input: PathBuf) -> Vec<Value> {
    replay(input, &[]).arg("--to").arg("stdout").run().code(0).records()
}

/// Creates a replay with the architecture and region to assume where the logs do not name them.
fn replay(input: PathBuf, settings: &[(&str, String)]) -> Replay {
    let replay = Replay::new().args(["--region", "eu-west-1", "--arch", "x86_64"]).arg(input);
    settings.iter().fold(replay, |replay, (name, value)| replay.env(name, value))
}

/// Counts records by the value of a string member.
fn counted(records: &[Value], name: &str) -> BTreeMap<String, u64> {
    records.iter().fold(BTreeMap::new(), |mut counts, record| {
        *counts.entry(record[name].as_str().unwrap_or("unknown_service").to_owned()).or_default() += 1;
        counts
    })
}

fn of_kind(records: Vec<Value>, kind: &str) -> Vec<Value> {
    records.into_iter().filter(|record| record["kind"] == kind).collect()
}

/// Checks that a command succeeded and returns its summary.
fn summary(finished: &Finished) -> Value {
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    finished.json()
}

/// Timeout of functions; debug builds are slow on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(60);
