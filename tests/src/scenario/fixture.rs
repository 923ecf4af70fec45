//! Environment of a scenario: backends, AWS, parking, settings, and the faults that are injected into them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    fault_counts::{Component, CountedEvent, FaultCounts, Phase},
    plan::{BucketClock, Disk, Parking, Plan, Refused, Reports, Sink, SourceObjects, Traces},
    planned_fault::{FaultContext, FaultPlan},
};
use crate::{
    backend::{
        Backend, FaultSchedule, ReceivedLog,
        aws::Aws,
        datadog::{AgeCheck, Datadog},
        otlp::Otlp,
        s3::{Refusal, S3, etag},
        sqs::Sqs,
    },
    binary,
    http::Head,
    lambda::{KillSwitch, Lambda},
    parked::{ParkedKind, ParkedObject, referenced_object},
    process::Program,
    producer::{EventNumber, number_of},
    sample::REGION,
    slow_disk,
};

const KEY: &str = "0123456789abcdef0123456789abcdef";
const BUCKET: &str = "logs";

/// Duration that is longer than any visibility timeout in these tests.
const LONG: Duration = Duration::from_secs(3600);

/// Environment of the function under test.
pub(super) struct Fixture {
    plan: Plan,
    backends: BTreeMap<Sink, Backend>,
    aws: Aws,
    aws_server: Backend,
    folder: TempDir,
    fault_counts: FaultCounts,
    /// S3 objects that are overwritten at present.
    overwritten: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl Fixture {
    pub(super) fn new(plan: &Plan) -> Self {
        let start = |(sink, _): &(Sink, FaultPlan)| {
            let backend = match sink {
                Sink::Otlp => Backend::start(Otlp, FaultSchedule::default()),
                Sink::Datadog => {
                    let protocol = Datadog { key: KEY.to_owned(), age_check: AgeCheck::Enforced };
                    Backend::start(protocol, FaultSchedule::default())
                }
                Sink::Ndjson => return None,
            };
            Some((*sink, backend))
        };
        let aws = Aws { s3: S3::new(3), sqs: Sqs::default() };
        let fixture = Self {
            backends: plan.sinks.iter().filter_map(start).collect(),
            aws_server: Backend::start(aws.clone(), FaultSchedule::default()),
            aws,
            folder: tempfile::tempdir().expect("a temporary folder can be created"),
            fault_counts: FaultCounts::default(),
            overwritten: Mutex::default(),
            plan: plan.clone(),
        };
        fixture.set_bucket_clock();
        if plan.parking == Parking::BlockedFolder {
            block_folder(&fixture.parking_folder());
        }
        fixture
    }

    /// Creates the function with the settings of this fixture and the given timeout.
    pub(super) fn function(&self, timeout: Duration) -> Lambda {
        let program = Program::new(binary::bootstrap());
        let program = self.settings().iter().fold(program, |program, (name, value)| program.env(name, value));
        Lambda::new(program, timeout)
    }

    /// Settings of the function and of the command line.
    pub(super) fn settings(&self) -> Vec<(&'static str, String)> {
        let names: Vec<_> = self.plan.sinks.iter().map(|(sink, _)| sink.name()).collect();
        let mut settings = vec![
            ("TAILWATER_SINKS", names.join(",")),
            ("TAILWATER_REGION", REGION.to_owned()),
            ("TAILWATER_ARCH", "arm64".to_owned()),
            ("TAILWATER_TIMEOUT", "400ms".to_owned()),
            ("TAILWATER_DEADLINE_RESERVE", "500ms".to_owned()),
            ("TAILWATER_NDJSON", self.ndjson().display().to_string()),
            ("DD_API_KEY", KEY.to_owned()),
            ("AWS_ENDPOINT_URL", self.aws_server.url()),
        ];
        for (sink, backend) in &self.backends {
            let name = match sink {
                Sink::Otlp => "OTEL_EXPORTER_OTLP_ENDPOINT",
                Sink::Datadog => {
                    settings.push(("DD_API_URL", backend.url()));
                    "DD_URL"
                }
                Sink::Ndjson => continue,
            };
            settings.push((name, backend.url()));
        }
        let parking = self.parking();
        settings.extend(parking.map(|parking| ("TAILWATER_PARKING", parking)));
        if self.plan.traces == Traces::Sent {
            settings.push(("TAILWATER_SIGNALS", "logs,metrics,traces".to_owned()));
        }
        if self.plan.reports == Reports::Read {
            settings.push(("TAILWATER_BATCH_ITEM_FAILURES", "true".to_owned()));
        }
        if let Disk::Slow { millis } = self.plan.disk {
            let slow = slow_disk::environment(Duration::from_millis(millis));
            settings.extend(slow.into_iter().flatten());
        }
        settings
    }

    /// Makes the clock of the bucket differ from that of the programs.
    fn set_bucket_clock(&self) {
        match self.plan.bucket_clock {
            BucketClock::Right => return,
            BucketClock::Ahead(seconds) => self.aws.s3.advance_clock(Duration::from_secs(seconds)),
            BucketClock::Behind(seconds) => self.aws.s3.set_clock_back(Duration::from_secs(seconds)),
        }
        if matches!(self.plan.parking, Parking::S3 | Parking::QueueAndBucket) {
            self.fault_counts.add(CountedEvent::ClockSkew, 1);
        }
    }

    /// Lets so much time pass in AWS that all claims and visibility timeouts are over.
    pub(super) fn let_claims_end(&self) {
        self.aws.sqs.advance_clock(LONG);
        self.aws.s3.advance_clock(LONG);
    }

    /// Location of parked objects, as in `TAILWATER_PARKING`.
    pub(super) fn parking(&self) -> Option<String> {
        match self.plan.parking {
            Parking::None => None,
            Parking::Folder | Parking::BlockedFolder => {
                Some(format!("file:{}", self.parking_folder().display()))
            }
            Parking::S3 => Some(format!("s3://{BUCKET}/tailwater")),
            Parking::Queue => Some(self.queue()),
            Parking::QueueAndBucket => Some(format!("{},s3://{BUCKET}/tailwater", self.queue())),
        }
    }

    fn queue(&self) -> String {
        format!("sqs:{}/123456789012/parking", self.aws_server.url())
    }

    fn parking_folder(&self) -> PathBuf {
        self.folder.path().join("parking")
    }

    fn ndjson(&self) -> PathBuf {
        self.folder.path().join("records.ndjson")
    }

    /// Injects the faults planned for the delivery phase.
    pub(super) fn inject_delivery_faults(&self, kill_switch: &KillSwitch) {
        let context = |component| self.context(Phase::Delivery, component, kill_switch);
        self.inject_backend_faults(&self.plan.sinks, &context(Component::Backend));
        let last = format!("/{}%20", self.plan.deliveries.len() - 1);
        let is_last = move |head: &Head| head.method() == "GET" && head.path().contains(&last);
        let source = self.plan.source_faults.schedule(&context(Component::Source)).only(is_last);
        let parking =
            self.plan.parking_faults.schedule(&context(Component::Parking)).only(|head| !is_delivery(head));
        self.aws_server.set_schedule(source.otherwise(parking));
    }

    /// Injects the faults planned for the redrive phase.
    pub(super) fn inject_redrive_faults(&self, phase: Phase, kill_switch: &KillSwitch) {
        let Some(redrive_faults) = &self.plan.redrive_faults else { return };
        self.refuse(redrive_faults.refused);
        if redrive_faults.sources == SourceObjects::Overwritten {
            self.overwrite_sources();
        }
        let context = |component| self.context(phase, component, kill_switch);
        self.inject_backend_faults(&redrive_faults.sinks, &context(Component::Backend));
        self.aws_server.set_schedule(
            redrive_faults.parking.schedule(&context(Component::Parking)).only(changes_something),
        );
    }

    /// Makes the bucket refuse some of the parked objects.
    fn refuse(&self, refused: Refused) {
        let Refused::Objects { digits, method, status, code } = refused else { return };
        let objects = self.aws.s3.objects().into_keys();
        let is_refused = |key: &String| key.contains("/parked/v1/") && key.ends_with(|c| digits.contains(c));
        for key in objects.filter(is_refused) {
            self.aws.s3.refuse(Refusal { method, key, status, code });
            self.fault_counts.add(CountedEvent::RefusedObject, 1);
        }
    }

    /// Overwrites the S3 objects that contain deliveries.
    fn overwrite_sources(&self) {
        let prefix = format!("{BUCKET}/logs/");
        let mut overwritten = self.overwritten.lock().unwrap_or_else(PoisonError::into_inner);
        for (path, body) in self.aws.s3.objects().into_iter().filter(|(path, _)| path.starts_with(&prefix)) {
            self.aws.s3.put(&path, "overwritten");
            overwritten.insert(path, body);
        }
        let refers = |parked: &ParkedObject| parked.header["object"]["key"].is_string();
        let struck = self.parked_objects().iter().filter(|parked| refers(parked)).count();
        self.fault_counts.add(CountedEvent::OverwrittenObject, widen(struck));
    }

    fn restore_sources(&self) {
        for (path, body) in
            std::mem::take(&mut *self.overwritten.lock().unwrap_or_else(PoisonError::into_inner))
        {
            self.aws.s3.put(&path, body);
        }
    }

    fn inject_backend_faults(&self, sinks: &[(Sink, FaultPlan)], context: &FaultContext) {
        for (sink, faults) in sinks {
            if let Some(backend) = self.backends.get(sink) {
                backend.set_schedule(faults.schedule(context));
            }
        }
    }

    fn context(&self, phase: Phase, component: Component, kill_switch: &KillSwitch) -> FaultContext {
        let folder = self.parking_folder();
        let block_folder = Arc::new(move || block_folder(&folder));
        FaultContext {
            kill_switch: kill_switch.clone(),
            fault_counts: self.fault_counts.clone(),
            phase,
            component,
            block_folder,
        }
    }

    /// Ends all faults and advances the queue's clock, so that all messages are visible.
    pub(super) fn clear_faults(&self) {
        self.backends
            .values()
            .chain([&self.aws_server])
            .for_each(|backend| backend.set_schedule(FaultSchedule::default()));
        unblock_folder(&self.parking_folder());
        self.aws.s3.accept_all();
        self.restore_sources();
        self.let_claims_end();
    }

    /// Counts parked messages and pointers.
    pub(super) fn count_parked(&self) {
        let messages = self.aws.sqs.messages();
        let pointers = messages.iter().filter(|message| referenced_object(&message.body).is_some()).count();
        self.fault_counts.add(CountedEvent::ParkedMessage, widen(messages.len() - pointers));
        self.fault_counts.add(CountedEvent::ParkedPointer, widen(pointers));
        if self.plan.disk != Disk::Fast {
            self.fault_counts.add(CountedEvent::SlowDisk, widen(self.parked_objects().len()));
        }
    }

    /// Counts the parked objects that a redrive wrote: their request ids start with `redrive`.
    pub(super) fn count_remainders(&self) {
        let rests = self.parked_objects().iter().filter(|parked| parked.key.contains("/redrive")).count();
        self.fault_counts.add(CountedEvent::RedriveRemainder, widen(rests));
    }

    /// Puts a delivery into the stand-in for S3, and returns the event notification that S3 sends about this object.
    pub(super) fn put_object(&self, index: usize, body: &[u8]) -> Value {
        let key = format!("logs/dt=2026/{index} ü.gz");
        self.aws.s3.put(&format!("{BUCKET}/{key}"), body);
        json!({"Records": [{
            "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": REGION, "eventName": "ObjectCreated:Put",
            "eventTime": "2026-03-04T10:00:00.000Z",
            "s3": {"bucket": {"name": BUCKET}, "object": {
                "key": format!("logs/dt%3D2026/{index}+%C3%BC.gz"), "size": body.len(),
                "eTag": etag(body).trim_matches('"'), "sequencer": "0055AED6DCD90281E5"}},
        }]})
    }

    /// Returns the number of parked objects of a kind.
    pub(super) fn n_parked(&self, kind: ParkedKind) -> u64 {
        let count = self.parked_objects().iter().filter(|parked| parked.kind() == kind).count();
        widen(count)
    }

    /// Returns all parked and rejected objects.
    pub(super) fn parked_objects(&self) -> Vec<ParkedObject> {
        match self.plan.parking {
            Parking::None => Vec::new(),
            Parking::Folder | Parking::BlockedFolder => ParkedObject::in_folder(&self.parking_folder()),
            Parking::S3 => ParkedObject::in_bucket(&self.aws.s3.objects(), &format!("{BUCKET}/tailwater/")),
            Parking::Queue | Parking::QueueAndBucket => {
                ParkedObject::in_queue(&self.aws.sqs.messages(), &self.aws.s3.objects())
            }
        }
    }

    /// Returns the delivery of a parked object, which is in the object itself or in the S3 object that it refers to.
    pub(super) fn delivery(&self, parked: &ParkedObject) -> Vec<u8> {
        let object = &parked.header["object"];
        match (object["bucket"].as_str(), object["key"].as_str()) {
            (Some(bucket), Some(key)) => {
                self.aws.s3.objects().remove(&format!("{bucket}/{key}")).unwrap_or_default()
            }
            _ => parked.delivery.clone(),
        }
    }

    /// Returns the log events that a sink received.
    pub(super) fn received(&self, sink: Sink) -> Vec<ReceivedLog> {
        match self.backends.get(&sink) {
            Some(backend) => backend.logs(),
            None => {
                self.records().iter().filter(|record| record["kind"] == "log").map(received_log).collect()
            }
        }
    }

    /// Returns the events that a backend rejected by partial success.
    pub(super) fn rejected(&self, sink: Sink) -> Vec<EventNumber> {
        let rejected = self.backends.get(&sink).map(Backend::rejected).unwrap_or_default();
        rejected.iter().filter_map(number_of).collect()
    }

    /// Returns the number of invocations that a sink's metrics sum up to.
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

    /// Returns the number of different spans that the OTLP sink has.
    pub(super) fn spans(&self) -> usize {
        self.backends.get(&Sink::Otlp).map_or(0, |backend| backend.spans().len())
    }

    /// Returns the complete lines of the file that the sink `ndjson` writes. A killed process may leave an incomplete
    /// line.
    fn records(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.ndjson()).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Returns the number of requests with a fault.
    pub(super) fn faults(&self) -> u64 {
        self.backends.values().chain([&self.aws_server]).map(Backend::faults).sum()
    }

    /// Counts of the faults that occurred.
    pub(super) fn fault_counts(&self) -> &FaultCounts {
        &self.fault_counts
    }

    /// Working directory for programs.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// True if a request is for an S3 object that contains a delivery.
fn is_delivery(head: &Head) -> bool {
    head.path().starts_with(&format!("/{BUCKET}/logs/"))
}

/// True if a request writes to S3 or SQS, or deletes from them.
fn changes_something(head: &Head) -> bool {
    match head.header("x-amz-target") {
        Some(target) => ["AmazonSQS.SendMessage", "AmazonSQS.DeleteMessage"].contains(&target),
        None => ["PUT", "DELETE"].contains(&head.method()),
    }
}

/// Moves the folder away and puts a file in its place, so that nothing can be written there.
fn block_folder(folder: &Path) {
    // Fails if the folder does not exist yet, or was moved before.
    let _not_there = fs::rename(folder, folder.with_extension("aside"));
    let _is_a_folder = fs::write(folder, "in the way");
}

fn unblock_folder(folder: &Path) {
    if folder.is_file() {
        fs::remove_file(folder).expect("the file can be removed");
        let _was_not_there = fs::rename(folder.with_extension("aside"), folder);
    }
}

fn widen(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn received_log(record: &Value) -> ReceivedLog {
    ReceivedLog {
        id: record["event_id"].as_str().unwrap_or_default().to_owned(),
        part: record["part"].as_u64(),
        message: record["body"].as_str().unwrap_or_default().to_owned(),
    }
}
