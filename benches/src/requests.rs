//! Corpus of requests across several functions, with the runs of each request and the calls between functions as truth.
//!
//! Functions call each other and wait, send over queues with a delay, publish to topics, and run as steps of a state
//! machine. Some queue runs fail and are tried again. Clocks of functions differ by a few milliseconds.

use std::collections::BTreeMap;

use crate::{delivery::Delivery, json_object::JsonObject, lines::LogEvent, rng::Rng, timestamp::Timestamp};

/// Kind of ids in the logs that link runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linking {
    /// X-Ray trace, span and parent of each run, in Lambda's JSON format: all that is needed.
    Spans,
    /// Correlation ids and ids of messages in application lines.
    Ids,
}

/// Plan of a system and its requests.
#[derive(Clone, Copy, Debug)]
pub struct RequestPlan {
    /// Seed of the random numbers; the same seed gives the same corpus.
    pub seed: u64,
    /// Number of functions.
    pub functions: u64,
    /// Number of requests.
    pub requests: u64,
    /// Links in the logs.
    pub linking: Linking,
}

/// Corpus with its truth.
#[derive(Debug, Default)]
pub struct RequestCorpus {
    /// Deliveries, one for each log stream.
    pub deliveries: Vec<Delivery>,
    /// Request ids of Lambda of each request across at least two functions, sorted; each attempt counts once.
    pub chains: Vec<Vec<String>>,
    /// Number of calls from one function to another, attempts included.
    pub calls: BTreeMap<(String, String), u64>,
    /// Correlation id of each request, in the order of their beginning.
    pub correlation_ids: Vec<String>,
}

/// Beginning of the first request.
const BEGIN: u64 = 1_772_532_000_000;
/// Time between two requests in milliseconds.
const BETWEEN: u64 = 30_000;

/// Run that calls others.
#[derive(Clone)]
struct Caller {
    function: u64,
    span: String,
}

/// Run of a function, before it is written.
struct Call {
    function: u64,
    begin: u64,
    caller: Option<Caller>,
    /// Id of the message that it handles.
    message: Option<String>,
    request_id: String,
    fails: bool,
}

/// Lines of a run.
struct Written {
    begin: Timestamp,
    end: Timestamp,
    events: Vec<LogEvent>,
}

/// State while a corpus is generated.
struct Generator {
    plan: RequestPlan,
    rng: Rng,
    /// Runs of each function with their lines.
    runs: BTreeMap<u64, Vec<Written>>,
    corpus: RequestCorpus,
    /// Ids of the request that is being generated.
    trace: String,
    correlation: String,
    request_ids: Vec<String>,
    functions: Vec<u64>,
}

impl RequestCorpus {
    /// Generates the corpus of a plan.
    #[must_use]
    pub fn new(plan: RequestPlan) -> Self {
        let mut generator = Generator {
            plan,
            rng: Rng::new(plan.seed),
            runs: BTreeMap::new(),
            corpus: Self::default(),
            trace: String::new(),
            correlation: String::new(),
            request_ids: Vec::new(),
            functions: Vec::new(),
        };
        (0..plan.requests).for_each(|number| generator.request(number));
        generator.finish()
    }
}

impl Generator {
    fn request(&mut self, number: u64) {
        let begin = BEGIN + number * BETWEEN;
        self.trace = format!("1-{:08x}-{}", begin / 1_000, self.rng.hex(24));
        self.correlation = format!("req-{}", self.rng.hex(16));
        self.request_ids.clear();
        self.functions.clear();
        let function = self.rng.below(self.plan.functions.div_ceil(4));
        let request_id = self.rng.uuid();
        let call = Call { function, begin, caller: None, message: None, request_id, fails: false };
        self.run(&call, 3);
        self.functions.sort_unstable();
        self.functions.dedup();
        if self.functions.len() > 1 {
            self.request_ids.sort();
            self.request_ids.dedup();
            self.corpus.chains.push(self.request_ids.clone());
            self.corpus.correlation_ids.push(self.correlation.clone());
        }
    }

    /// Writes a run and what it causes; returns its end.
    fn run(&mut self, call: &Call, depth: u64) -> u64 {
        let span = self.rng.hex(16);
        self.request_ids.push(call.request_id.clone());
        self.functions.push(call.function);
        if let Some(caller) = &call.caller {
            let pair = (name(caller.function), name(call.function));
            *self.corpus.calls.entry(pair).or_insert(0) += 1;
        }
        let this = Caller { function: call.function, span: span.clone() };
        let mut sent = Vec::new();
        let mut at = call.begin + self.rng.between(5, 25);
        if depth > 0 && !call.fails {
            for _ in 0..=self.rng.below(2) {
                at = self.calls_of(&this, at, &mut sent, depth - 1);
            }
        }
        let end = at + self.rng.between(5, 40);
        self.write(call, &span, end, &sent);
        end
    }

    /// Calls a function in one of the ways; returns the time at which the caller goes on.
    fn calls_of(&mut self, this: &Caller, at: u64, sent: &mut Vec<String>, depth: u64) -> u64 {
        let callee = (this.function + 1 + self.rng.below(5)) % self.plan.functions;
        if callee == this.function {
            return at;
        }
        let call = |begin, message, request_id| Call {
            function: callee,
            begin,
            caller: Some(this.clone()),
            message,
            request_id,
            fails: false,
        };
        let request_id = self.rng.uuid();
        match self.rng.below(4) {
            // It waits for the answer.
            0 | 1 => self.run(&call(at + 10, None, request_id), depth) + 10,
            // Over a queue; one of five runs fails and is tried again.
            2 => {
                let message = self.rng.uuid();
                sent.push(message.clone());
                let begin = at + self.rng.between(2_000, 5_000);
                if self.rng.below(5) == 0 {
                    let failed = call(begin, Some(message.clone()), request_id.clone());
                    let end = self.run(&Call { fails: true, ..failed }, 0);
                    self.run(&call(end + 6_000, Some(message), request_id), depth);
                } else {
                    self.run(&call(begin, Some(message), request_id), depth);
                }
                at + 15
            }
            // To a topic with two subscribers.
            _ => {
                for subscriber in 0..2 {
                    let function = (callee + subscriber) % self.plan.functions;
                    let (message, request_id) = (self.rng.uuid(), self.rng.uuid());
                    if function != this.function {
                        sent.push(message.clone());
                        let begin = at + self.rng.between(1_000, 1_100);
                        self.run(&Call { function, ..call(begin, Some(message), request_id) }, 0);
                    }
                }
                at + 15
            }
        }
    }

    fn write(&mut self, call: &Call, span: &str, end: u64, sent: &[String]) {
        // The clock of a function is wrong by the same time in all its runs.
        let skew = call.function % 7;
        let (begin, end) = (Timestamp(call.begin + skew), Timestamp(end + skew));
        let mut ids = JsonObject::new().text("level", "INFO").text("message", "handled");
        if self.plan.linking == Linking::Ids {
            ids = ids.text("correlation_id", &self.correlation);
        }
        let mut lines = vec![app_line(begin, &call.request_id, &ids)];
        if self.plan.linking == Linking::Ids {
            for message in call.message.iter().chain(sent) {
                let line = JsonObject::new().text("message", "message").text("messageId", message);
                lines.push(app_line(begin, &call.request_id, &line));
            }
        }
        let (start, report) = match self.plan.linking {
            Linking::Spans => self.json_lines(call, span, begin, end),
            Linking::Ids => text_lines(call, begin, end),
        };
        let event = |time, message| LogEvent { time, message };
        let mut events = vec![event(begin, start)];
        events.extend(lines.into_iter().map(|line| event(begin, line)));
        events.push(event(end, report));
        self.runs.entry(call.function).or_default().push(Written { begin, end, events });
    }

    fn json_lines(&self, call: &Call, span: &str, begin: Timestamp, end: Timestamp) -> (String, String) {
        let parent = call.caller.as_ref().map_or("", |caller| caller.span.as_str());
        let parent = if parent.is_empty() { String::new() } else { format!(";Parent={parent}") };
        let header = format!("Root={}{parent};Sampled=1", self.trace);
        let tracing =
            JsonObject::new().text("spanId", span).text("type", "X-Amzn-Trace-Id").text("value", &header);
        let record = || JsonObject::new().text("requestId", &call.request_id).object("tracing", &tracing);
        let duration = end.0 - begin.0;
        let metrics = JsonObject::new()
            .json("durationMs", duration)
            .json("billedDurationMs", duration)
            .json("memorySizeMB", 128)
            .json("maxMemoryUsedMB", 64);
        let status = if call.fails { "error" } else { "success" };
        let line = |time: Timestamp, kind: &str, record: &JsonObject| {
            JsonObject::new()
                .text("time", &time.iso())
                .text("type", kind)
                .object("record", record)
                .to_string()
        };
        (
            line(begin, "platform.start", &record().text("version", "1")),
            line(end, "platform.report", &record().object("metrics", &metrics).text("status", status)),
        )
    }

    fn finish(mut self) -> RequestCorpus {
        let mut first = 0;
        for (function, mut runs) in self.runs {
            runs.sort_by_key(|run| run.begin);
            for (number, events) in environments(runs).into_iter().enumerate() {
                let next = first + u64::try_from(events.len()).unwrap_or(u64::MAX);
                self.corpus.deliveries.push(Delivery {
                    account: "123456789012",
                    group: format!("/aws/lambda/{}", name(function)),
                    stream: format!("2026/03/03/[1]{number:016x}{function:016x}"),
                    events,
                    first,
                });
                first = next;
            }
        }
        self.corpus
    }
}

/// Lines of the environments of a function: each has one run at a time.
fn environments(runs: Vec<Written>) -> Vec<Vec<LogEvent>> {
    let mut environments: Vec<(Timestamp, Vec<LogEvent>)> = Vec::new();
    for run in runs {
        match environments.iter_mut().find(|(end, _)| *end < run.begin) {
            Some((end, events)) => {
                *end = run.end;
                events.extend(run.events);
            }
            None => environments.push((run.end, run.events)),
        }
    }
    environments.into_iter().map(|(_, events)| events).collect()
}

fn name(function: u64) -> String {
    format!("service-{function:03}")
}

/// Line of Node.js: time, request id, level and message.
fn app_line(time: Timestamp, request_id: &str, message: &JsonObject) -> String {
    format!("{}\t{request_id}\tINFO\t{message}\n", time.iso())
}

fn text_lines(call: &Call, begin: Timestamp, end: Timestamp) -> (String, String) {
    let (id, duration) = (&call.request_id, end.0 - begin.0);
    let status = if call.fails { "\tStatus: error\tError Type: Runtime.ExitError" } else { "" };
    (
        format!("START RequestId: {id} Version: 1\n"),
        format!(
            "REPORT RequestId: {id}\tDuration: {duration}.00 ms\tBilled Duration: {duration} ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB{status}\t\n"
        ),
    )
}
