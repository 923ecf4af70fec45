//! What a scenario needs around the function: backends, S3, a parking place, settings; and the moment all is well again.

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    mishap::Mishaps,
    plan::{Parking, Plan, Redrive, Sink},
};
use crate::{
    backend::{
        Backend, Got, Script,
        datadog::{Ages, Datadog},
        otlp::Otlp,
        s3::{S3, etag},
    },
    binary,
    lambda::{Lambda, Victim},
    parked::{Parked, Shelf},
    process::Program,
    producer::{Number, number_of},
    redeliver::Invoke as _,
    sample::REGION,
};

const KEY: &str = "0123456789abcdef0123456789abcdef";
const BUCKET: &str = "logs";

/// Everything around the function.
pub(super) struct Stage {
    plan: Plan,
    backends: BTreeMap<Sink, Backend>,
    s3: S3,
    s3_server: Backend,
    folder: TempDir,
    kills: Arc<AtomicU64>,
}

impl Stage {
    pub(super) fn new(plan: &Plan) -> Self {
        let start = |(sink, _): &(Sink, Mishaps)| {
            let backend = match sink {
                Sink::Otlp => Backend::start(Otlp, Script::default()),
                Sink::Datadog => {
                    let protocol = Datadog { key: KEY.to_owned(), ages: Ages::Checked };
                    Backend::start(protocol, Script::default())
                }
                Sink::Ndjson => return None,
            };
            Some((*sink, backend))
        };
        let s3 = S3::new(3);
        let stage = Self {
            backends: plan.sinks.iter().filter_map(start).collect(),
            s3_server: Backend::start(s3.clone(), Script::default()),
            s3,
            folder: tempfile::tempdir().expect("a temporary folder can be made"),
            kills: Arc::default(),
            plan: plan.clone(),
        };
        if plan.parking == Parking::BlockedFolder {
            fs::write(stage.parking_folder(), "in the way").expect("there is room");
        }
        stage
    }

    /// The function, with its settings.
    pub(super) fn function(&self) -> Lambda {
        let program = Program::new(binary::bootstrap());
        let program = self.settings().iter().fold(program, |program, (name, value)| program.env(name, value));
        Lambda::new(program, self.plan.timeout)
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        let names: Vec<_> = self.plan.sinks.iter().map(|(sink, _)| sink.name()).collect();
        let mut settings = vec![
            ("TAILWATER_SINKS", names.join(",")),
            ("TAILWATER_REGION", REGION.to_owned()),
            ("TAILWATER_ARCH", "arm64".to_owned()),
            ("TAILWATER_TIMEOUT", "400ms".to_owned()),
            ("TAILWATER_DEADLINE_RESERVE", "500ms".to_owned()),
            ("TAILWATER_NDJSON", self.ndjson().display().to_string()),
            ("DD_API_KEY", KEY.to_owned()),
            ("AWS_ENDPOINT_URL", self.s3_server.url()),
        ];
        for (sink, backend) in &self.backends {
            let name = match sink {
                Sink::Otlp => "OTEL_EXPORTER_OTLP_ENDPOINT",
                Sink::Datadog => "DD_URL",
                Sink::Ndjson => continue,
            };
            settings.push((name, backend.url()));
        }
        let parking = self.parking();
        settings.extend(parking.map(|parking| ("TAILWATER_PARKING", parking)));
        settings
    }

    /// Where parked objects are, as settings and the command line have it.
    fn parking(&self) -> Option<String> {
        match self.plan.parking {
            Parking::None => None,
            Parking::Folder | Parking::BlockedFolder => {
                Some(format!("file:{}", self.parking_folder().display()))
            }
            Parking::S3 => Some(format!("s3://{BUCKET}/tailwater")),
        }
    }

    fn parking_folder(&self) -> PathBuf {
        self.folder.path().join("parking")
    }

    fn ndjson(&self) -> PathBuf {
        self.folder.path().join("records.ndjson")
    }

    /// From now on everything goes wrong that shall.
    pub(super) fn let_fail(&self, victim: &Victim) {
        for (sink, mishaps) in &self.plan.sinks {
            if let Some(backend) = self.backends.get(sink) {
                backend.play(mishaps.script(victim, &self.kills));
            }
        }
        self.s3_server.play(self.plan.s3.script(victim, &self.kills));
    }

    /// From now on all is well.
    pub(super) fn heal(&self) {
        self.backends.values().chain([&self.s3_server]).for_each(|backend| backend.play(Script::default()));
        if self.plan.parking == Parking::BlockedFolder {
            fs::remove_file(self.parking_folder()).expect("it was put there");
        }
    }

    /// Puts an object into S3, and makes the notification of it.
    pub(super) fn put_object(&self, index: usize, body: &[u8]) -> Value {
        let key = format!("logs/dt=2026/{index} ü.gz");
        self.s3.put(&format!("{BUCKET}/{key}"), body);
        json!({"Records": [{
            "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": REGION, "eventName": "ObjectCreated:Put",
            "eventTime": "2026-03-04T10:00:00.000Z",
            "s3": {"bucket": {"name": BUCKET}, "object": {
                "key": format!("logs/dt%3D2026/{index}+%C3%BC.gz"), "size": body.len(),
                "eTag": etag(body).trim_matches('"'), "sequencer": "0055AED6DCD90281E5"}},
        }]})
    }

    /// Delivers what is parked until nothing is, or it does not get less.
    pub(super) fn redrive(&self, how: Redrive, function: &mut Lambda, complaints: &mut Vec<String>) {
        const ROUNDS: usize = 3;
        for round in 0..ROUNDS {
            if self.parked(Shelf::Parked) == 0 {
                return;
            }
            match how {
                Redrive::Command => complaints.extend(self.redrive_by_command()),
                Redrive::Schedule => {
                    let answer =
                        function.invoke(&format!("redrive-{round}"), br#"{"tailwater":{"redrive":{}}}"#);
                    if answer.response().is_none() {
                        complaints.push(format!("the scheduled redrive failed: {answer:?}"));
                    }
                }
            }
        }
    }

    fn redrive_by_command(&self) -> Option<String> {
        let parking = self.parking()?;
        let credentials =
            [("AWS_REGION", REGION), ("AWS_ACCESS_KEY_ID", "TEST"), ("AWS_SECRET_ACCESS_KEY", "SECRET")];
        let output = Command::new(binary::tailwater())
            .arg("redrive")
            .arg(parking)
            .env_clear()
            .envs(self.settings().into_iter().filter(|(name, _)| *name != "TAILWATER_PARKING"))
            .envs(credentials)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .output()
            .expect("the binary was built");
        let text = String::from_utf8_lossy(&output.stderr);
        (!output.status.success()).then(|| format!("tailwater redrive ended with {}: {text}", output.status))
    }

    /// How many objects are on a shelf.
    pub(super) fn parked(&self, shelf: Shelf) -> u64 {
        let count = self.shelves().iter().filter(|parked| parked.shelf() == shelf).count();
        u64::try_from(count).unwrap_or(u64::MAX)
    }

    /// Everything that is parked or rejected.
    pub(super) fn shelves(&self) -> Vec<Parked> {
        match self.plan.parking {
            Parking::None => Vec::new(),
            Parking::Folder | Parking::BlockedFolder => Parked::in_folder(&self.parking_folder()),
            Parking::S3 => Parked::in_bucket(&self.s3.objects(), &format!("{BUCKET}/tailwater/")),
        }
    }

    /// The delivery of a parked object: in it, or where it points to.
    pub(super) fn delivery(&self, parked: &Parked) -> Vec<u8> {
        let object = &parked.header["object"];
        match (object["bucket"].as_str(), object["key"].as_str()) {
            (Some(bucket), Some(key)) => {
                self.s3.objects().remove(&format!("{bucket}/{key}")).unwrap_or_default()
            }
            _ => parked.delivery.clone(),
        }
    }

    /// The log events that a sink has.
    pub(super) fn got(&self, sink: Sink) -> Vec<Got> {
        match self.backends.get(&sink) {
            Some(backend) => backend.logs(),
            None => self.records().iter().filter(|record| record["kind"] == "log").map(got).collect(),
        }
    }

    /// The events that a backend said it rejects, without saying which.
    pub(super) fn refused(&self, sink: Sink) -> Vec<Number> {
        let refused = self.backends.get(&sink).map(Backend::refused).unwrap_or_default();
        refused.iter().filter_map(number_of).collect()
    }

    /// How many invocations the metrics of a sink add up to.
    pub(super) fn invocations(&self, sink: Sink) -> f64 {
        let sum = |name| self.backends.get(&sink).and_then(|backend| backend.sums().get(name).copied());
        match sink {
            Sink::Otlp => sum("faas.invocations").unwrap_or(0.0),
            Sink::Datadog => sum("aws.lambda.enhanced.invocations").unwrap_or(0.0),
            Sink::Ndjson => {
                let records = self.records();
                let own = records
                    .iter()
                    .filter(|record| record["kind"] == "metric" && record["name"] == "invocations");
                own.filter_map(|record| record["value"].as_f64()).sum()
            }
        }
    }

    /// The lines of the file; one that a kill cut off is none, and begins no other.
    fn records(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.ndjson()).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Requests that a fault struck.
    pub(super) fn faults(&self) -> u64 {
        self.backends.values().chain([&self.s3_server]).map(Backend::faults).sum()
    }

    /// Processes that were killed.
    pub(super) fn kills(&self) -> u64 {
        self.kills.load(Ordering::Relaxed)
    }
}

fn got(record: &Value) -> Got {
    Got {
        id: record["event_id"].as_str().unwrap_or_default().to_owned(),
        part: record["part"].as_u64(),
        message: record["body"].as_str().unwrap_or_default().to_owned(),
    }
}
