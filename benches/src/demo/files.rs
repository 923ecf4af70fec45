//! Files of the demo, each in the format of the tool that writes it.

use std::{collections::BTreeMap, fmt::Write, path::PathBuf};

use anyhow::Result;
use flate2::Compression;

use super::day::{END, FileFormat, LogStream, Workload};
use crate::{
    delivery::{Delivery, event_id},
    json_object::JsonObject,
    lines::LogEvent,
    model::Environment,
    pack::{gzip_at, lambda_event},
    rng::Rng,
    timestamp::Timestamp,
};

/// Compresses a file of the repository: small rather than as fast as CloudWatch.
fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    gzip_at(bytes, Compression::best())
}

/// Files of the demo, while they are collected.
#[derive(Default)]
pub(crate) struct DemoFiles {
    files: BTreeMap<PathBuf, Vec<u8>>,
    /// Firehose documents by hour of arrival, each with the time of its last event.
    hours: BTreeMap<String, Vec<(Timestamp, Delivery)>>,
    /// Number of events that have an id; also the number of the next event.
    next_event_number: u64,
}

impl DemoFiles {
    /// Adds a function's logs in its file format. Returns the number of subscription documents.
    pub(crate) fn add(&mut self, workload: &Workload, streams: Vec<LogStream>) -> Result<u64> {
        let name = &workload.function.name;
        match workload.file_format {
            FileFormat::Firehose => {
                return Ok(streams.into_iter().map(|stream| self.add_firehose(stream)).sum());
            }
            FileFormat::LambdaEvent => return self.add_lambda_events(name, streams),
            FileFormat::Export => self.add_export(name, &streams)?,
            FileFormat::Csv => self.put(format!("{name}.csv"), csv(&streams)),
            FileFormat::Tail => self.put(format!("{name}.log.gz"), gzip(tail(&streams).as_bytes())?),
            FileFormat::FilterPage => {
                let page = self.filter_page(&streams);
                self.put(format!("{name}.json"), page);
            }
        }
        Ok(0)
    }

    /// Returns all files, Firehose objects included.
    pub(crate) fn files(mut self) -> Result<Vec<(PathBuf, Vec<u8>)>> {
        let mut rng = Rng::new(self.next_event_number);
        for (hour, mut documents) in std::mem::take(&mut self.hours) {
            documents.sort_by_key(|(time, delivery)| (*time, delivery.first));
            let mut object = Vec::new();
            for (_, delivery) in &documents {
                object.append(&mut gzip(delivery.document().as_bytes())?);
            }
            let minute = rng.between(2, 9);
            let stamp = format!("{}-0{minute}-{:02}", hour.replace('/', "-"), rng.below(60));
            self.put(format!("firehose/{hour}/shop-logs-1-{stamp}-{}.gz", rng.uuid()), object);
        }
        Ok(self.files.into_iter().collect())
    }

    fn put(&mut self, path: impl Into<PathBuf>, content: impl Into<Vec<u8>>) {
        self.files.insert(path.into(), content.into());
    }

    fn new_delivery(&mut self, environment: &Environment, events: Vec<LogEvent>) -> Delivery {
        let first = self.next_event_number;
        self.next_event_number += u64::try_from(events.len()).expect("lengths fit 64 bits");
        Delivery::new(environment, events, first)
    }

    /// Adds one document for each hour in which the stream has events; a run may span two hours.
    fn add_firehose(&mut self, stream: LogStream) -> u64 {
        let mut hours: BTreeMap<String, Vec<LogEvent>> = BTreeMap::new();
        for event in stream.events {
            hours.entry(event.time.hour_path()).or_default().push(event);
        }
        let mut documents = 0;
        for (hour, events) in hours {
            let last = events.last().map_or(END, |event| event.time);
            let delivery = self.new_delivery(&stream.environment, events);
            self.hours.entry(hour).or_default().push((last, delivery));
            documents += 1;
        }
        documents
    }

    fn add_lambda_events(&mut self, name: &str, streams: Vec<LogStream>) -> Result<u64> {
        let mut lines = String::new();
        let mut documents = 0;
        for stream in streams {
            let delivery = self.new_delivery(&stream.environment, stream.events);
            writeln!(lines, "{}", lambda_event(&gzip(delivery.document().as_bytes())?))?;
            documents += 1;
        }
        self.put(format!("{name}-event.json"), lines);
        Ok(documents)
    }

    /// Adds a CloudWatch Logs export to S3: one S3 object per stream below the task id, and the S3 object with which
    /// CloudWatch tests write access to the bucket.
    fn add_export(&mut self, name: &str, streams: &[LogStream]) -> Result<()> {
        let task = Rng::new(self.next_event_number).uuid();
        let folder = format!("export/{name}");
        self.put(format!("{folder}/aws-logs-write-test"), "Permission Check Successful");
        for stream in streams {
            let mut lines = String::new();
            for event in &stream.events {
                writeln!(lines, "{} {}", event.time.iso(), event.message.trim_end_matches('\n'))?;
            }
            let stream = stream.environment.stream.replace('/', "-");
            self.put(format!("{folder}/{task}/{stream}/000000.gz"), gzip(lines.as_bytes())?);
        }
        Ok(())
    }

    /// Builds a page as `aws logs filter-log-events` prints it.
    fn filter_page(&mut self, streams: &[LogStream]) -> String {
        let mut events = Vec::new();
        for (stream, event) in merge_by_time(streams) {
            let object = JsonObject::new()
                .text("logStreamName", &stream.stream)
                .json("timestamp", event.time.0)
                .text("message", &event.message)
                .json("ingestionTime", event.time.0 + 3127)
                .text("eventId", &event_id(self.next_event_number));
            events.push(format!("        {object}"));
            self.next_event_number += 1;
        }
        format!("{{\n    \"events\": [\n{}\n    ],\n    \"searchedLogStreams\": []\n}}\n", events.join(",\n"))
    }
}

/// Merges the events of several streams, oldest first.
fn merge_by_time(streams: &[LogStream]) -> Vec<(&Environment, &LogEvent)> {
    let all =
        streams.iter().flat_map(|stream| stream.events.iter().map(|event| (&stream.environment, event)));
    let mut events: Vec<_> = all.collect();
    events.sort_by_key(|(_, event)| event.time);
    events
}

/// Builds the CSV that the CloudWatch console downloads.
fn csv(streams: &[LogStream]) -> String {
    let mut rows = String::from("timestamp,message\n");
    for (_, event) in merge_by_time(streams) {
        let message = if event.message.contains(['"', ',', '\n', '\r']) {
            format!("\"{}\"", event.message.replace('"', "\"\""))
        } else {
            event.message.clone()
        };
        writeln!(rows, "{},{message}", event.time.0).expect("writing to a string cannot fail");
    }
    rows
}

/// Builds the output of `aws logs tail --format detailed`, which trims trailing white space of messages.
fn tail(streams: &[LogStream]) -> String {
    let mut lines = String::new();
    for (environment, event) in merge_by_time(streams) {
        let fraction = match event.time.0 % 1000 {
            0 => String::new(),
            milliseconds => format!(".{milliseconds:03}000"),
        };
        let time = format!("{}{fraction}+00:00", event.time.iso_second());
        writeln!(lines, "{time} {} {}", environment.stream, event.message.trim_end())
            .expect("writing to a string cannot fail");
    }
    lines
}
