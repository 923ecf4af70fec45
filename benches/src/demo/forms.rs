//! The forms in which people hold Lambda logs, each written as its own tool writes it.

use std::{collections::BTreeMap, fmt::Write, path::PathBuf};

use anyhow::Result;

use super::day::{END, Form, Role, Stream};
use crate::{
    delivery::{Delivery, event_id},
    lines::LogEvent,
    model::Environment,
    moment::Moment,
    object::Object,
    pack::{gzip, lambda_event},
    rng::Rng,
};

/// Everything the demo holds, as it fills.
#[derive(Default)]
pub(crate) struct Library {
    files: BTreeMap<PathBuf, Vec<u8>>,
    /// Documents for Firehose by the hour they arrive in, each with the time of its last event.
    hours: BTreeMap<String, Vec<(Moment, Delivery)>>,
    /// How many events have an id.
    numbered: u64,
}

impl Library {
    /// Adds a function's logs in its form; gives the number of subscription documents.
    pub(crate) fn add(&mut self, role: &Role, streams: Vec<Stream>) -> Result<u64> {
        let name = &role.function.name;
        match role.form {
            Form::Firehose => return Ok(streams.into_iter().map(|stream| self.by_hour(stream)).sum()),
            Form::LambdaEvent => return self.lambda_events(name, streams),
            Form::Export => self.export(name, &streams)?,
            Form::Csv => self.put(format!("{name}.csv"), csv(&streams)),
            Form::Tail => self.put(format!("{name}.log.gz"), gzip(tail(&streams).as_bytes())?),
            Form::FilterPage => {
                let page = self.filter_page(&streams);
                self.put(format!("{name}.json"), page);
            }
        }
        Ok(0)
    }

    /// All files, those of Firehose included.
    pub(crate) fn files(mut self) -> Result<Vec<(PathBuf, Vec<u8>)>> {
        let mut rng = Rng::new(self.numbered);
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

    fn number(&mut self, environment: &Environment, events: Vec<LogEvent>) -> Delivery {
        let first = self.numbered;
        self.numbered += u64::try_from(events.len()).expect("lengths fit 64 bits");
        Delivery::new(environment, events, first)
    }

    /// One document for each hour in which a stream was written: a run may begin in one and end in the next.
    fn by_hour(&mut self, stream: Stream) -> u64 {
        let mut hours: BTreeMap<String, Vec<LogEvent>> = BTreeMap::new();
        for event in stream.events {
            hours.entry(event.time.hour_path()).or_default().push(event);
        }
        let mut documents = 0;
        for (hour, events) in hours {
            let last = events.last().map_or(END, |event| event.time);
            let delivery = self.number(&stream.environment, events);
            self.hours.entry(hour).or_default().push((last, delivery));
            documents += 1;
        }
        documents
    }

    fn lambda_events(&mut self, name: &str, streams: Vec<Stream>) -> Result<u64> {
        let mut lines = String::new();
        let mut documents = 0;
        for stream in streams {
            let delivery = self.number(&stream.environment, stream.events);
            writeln!(lines, "{}", lambda_event(&gzip(delivery.document().as_bytes())?))?;
            documents += 1;
        }
        self.put(format!("{name}-event.json"), lines);
        Ok(documents)
    }

    /// CloudWatch's export to S3: one object per stream below the id of the task, and the object that tests whether
    /// the bucket can be written.
    fn export(&mut self, name: &str, streams: &[Stream]) -> Result<()> {
        let task = Rng::new(self.numbered).uuid();
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

    /// As `aws logs filter-log-events` prints it.
    fn filter_page(&mut self, streams: &[Stream]) -> String {
        let mut events = Vec::new();
        for (stream, event) in in_order(streams) {
            let object = Object::new()
                .text("logStreamName", &stream.stream)
                .json("timestamp", event.time.0)
                .text("message", &event.message)
                .json("ingestionTime", event.time.0 + 3127)
                .text("eventId", &event_id(self.numbered));
            events.push(format!("        {object}"));
            self.numbered += 1;
        }
        format!("{{\n    \"events\": [\n{}\n    ],\n    \"searchedLogStreams\": []\n}}\n", events.join(",\n"))
    }
}

/// The events of several streams as one, oldest first.
fn in_order(streams: &[Stream]) -> Vec<(&Environment, &LogEvent)> {
    let all =
        streams.iter().flat_map(|stream| stream.events.iter().map(|event| (&stream.environment, event)));
    let mut events: Vec<_> = all.collect();
    events.sort_by_key(|(_, event)| event.time);
    events
}

/// As the console downloads what its log viewer shows.
fn csv(streams: &[Stream]) -> String {
    let mut rows = String::from("timestamp,message\n");
    for (_, event) in in_order(streams) {
        let message = if event.message.contains(['"', ',', '\n', '\r']) {
            format!("\"{}\"", event.message.replace('"', "\"\""))
        } else {
            event.message.clone()
        };
        writeln!(rows, "{},{message}", event.time.0).expect("writing to a string cannot fail");
    }
    rows
}

/// As `aws logs tail --format detailed` prints it: messages lose the blanks and newlines at their end.
fn tail(streams: &[Stream]) -> String {
    let mut lines = String::new();
    for (environment, event) in in_order(streams) {
        let micros = match event.time.0 % 1000 {
            0 => String::new(),
            milliseconds => format!(".{milliseconds:03}000"),
        };
        let time = format!("{}{micros}+00:00", event.time.iso_second());
        writeln!(lines, "{time} {} {}", environment.stream, event.message.trim_end())
            .expect("writing to a string cannot fail");
    }
    lines
}
