//! ParkedObject objects, read as a person would read them: a line of JSON, then the delivery as AWS sent it.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

use crate::{
    backend::{s3, sqs},
    encoding::unbase64,
    producer::{EventNumber, number},
    source::files_below,
};

/// One parked object.
#[derive(Clone, Debug)]
pub struct ParkedObject {
    /// Its key: `parked/v1/sink=otlp/…`, `rejected/v1/…`.
    pub key: String,
    /// Its first line.
    pub header: Value,
    /// What stands behind it.
    pub delivery: Vec<u8>,
}

/// What a parked object waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParkedKind {
    /// To be delivered.
    Parked,
    /// To be looked at.
    Rejected,
}

impl ParkedObject {
    /// Reads an object.
    ///
    /// # Panics
    /// When its first line is no JSON.
    #[must_use]
    pub fn read(key: &str, object: &[u8]) -> Self {
        let end = object.iter().position(|byte| *byte == b'\n').unwrap_or(object.len());
        let (line, rest) = object.split_at(end);
        let header = serde_json::from_slice(line).unwrap_or_else(|error| panic!("{key}: {error}"));
        Self { key: key.to_owned(), header, delivery: rest.get(1..).unwrap_or_default().to_vec() }
    }

    /// Every object in a folder; none when the folder is not there.
    ///
    /// # Panics
    /// When one cannot be read.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Vec<Self> {
        if !folder.is_dir() {
            return Vec::new();
        }
        let read = |path: std::path::PathBuf| {
            let key = path.strip_prefix(folder).expect("it was found there").to_string_lossy().into_owned();
            Self::read(&key, &fs::read(&path).expect("a parked object can be read"))
        };
        let is_whole = |path: &std::path::PathBuf| path.to_string_lossy().contains("/v1/");
        files_below(folder).into_iter().filter(is_whole).map(read).collect()
    }

    /// Every object of a bucket under a prefix.
    #[must_use]
    pub fn in_bucket(objects: &BTreeMap<String, Vec<u8>>, prefix: &str) -> Vec<Self> {
        let own = objects.iter().filter_map(|(path, object)| Some((path.strip_prefix(prefix)?, object)));
        own.map(|(key, object)| Self::read(key, object)).collect()
    }

    /// Every message of ours: the object in it, or the one it points to. One that points to nothing has no header.
    #[must_use]
    pub fn in_queue(messages: &[sqs::Message], objects: &BTreeMap<String, Vec<u8>>) -> Vec<Self> {
        let read = |message: &sqs::Message| {
            let key = message.attributes["tailwater-key"]["StringValue"].as_str()?;
            let object = match referenced_object(&message.body) {
                Some(path) => objects.get(&path).cloned(),
                None => Some(unbase64(&message.body)),
            };
            let nothing = Self { key: key.to_owned(), header: Value::Null, delivery: Vec::new() };
            Some(object.map_or(nothing, |object| Self::read(key, &object)))
        };
        messages.iter().filter_map(read).collect()
    }

    /// What it waits for.
    #[must_use]
    pub fn kind(&self) -> ParkedKind {
        if self.key.starts_with("rejected/") { ParkedKind::Rejected } else { ParkedKind::Parked }
    }

    /// The sink that it is owed to.
    #[must_use]
    pub fn sink(&self) -> &str {
        self.header["sink"].as_str().unwrap_or_default()
    }

    /// The events that are owed, by their number, when the delivery is a document of [`crate::producer`]'s.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn pending(&self, delivery: &[u8]) -> Vec<EventNumber> {
        let ids = ids(delivery);
        let ranges = self.header["owed"].as_array().into_iter().flatten();
        let owed = ranges.flat_map(|range| {
            let [first, end] = [0, 1].map(|side| range[side].as_u64().expect("a range is [first, end]"));
            first..end
        });
        let number_at = |place: u64| usize::try_from(place).ok().and_then(|place| ids.get(place).copied());
        owed.map(|place| number_at(place).expect("an owed event is in the delivery")).collect()
    }

    /// How much of a metric is owed.
    #[must_use]
    pub fn owed_of(&self, metric: &str) -> f64 {
        let metrics = self.header["metrics"].as_array().into_iter().flatten();
        metrics.filter(|owed| owed["name"] == metric).filter_map(|owed| owed["value"].as_f64()).sum()
    }
}

/// `BUCKET/KEY` of the object that a message points to, as a notification of S3's does.
#[must_use]
pub fn referenced_object(message: &str) -> Option<String> {
    let notification: Value = serde_json::from_str(message).ok()?;
    let place = &notification["Records"][0]["s3"];
    let key = s3::percent_decoded(place["object"]["key"].as_str()?);
    Some(format!("{}/{key}", place["bucket"]["name"].as_str()?))
}

/// The events of documents one behind the other, compressed or not.
fn ids(delivery: &[u8]) -> Vec<EventNumber> {
    let plain = gunzipped(delivery);
    let documents = serde_json::Deserializer::from_slice(&plain).into_iter::<Value>();
    let documents: Vec<_> = documents.map(|document| document.expect("a document")).collect();
    let events = documents.iter().flat_map(|document| document["logEvents"].as_array().into_iter().flatten());
    events.filter_map(|event| number(event["id"].as_str()?)).collect()
}

fn gunzipped(bytes: &[u8]) -> Vec<u8> {
    use std::io::Read as _;
    let mut plain = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut plain).expect("it was compressed whole");
    } else {
        plain.extend(bytes);
    }
    plain
}
