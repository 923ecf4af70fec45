//! Parked objects: deliveries that a sink did not accept, kept for a later redrive. Each is a header line of JSON, then
//! the delivery. The code under test is not used to read them.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

use crate::{
    backend::{s3, sqs},
    encoding::unbase64,
    producer::{EventNumber, number},
    source::files_below,
};

/// Parked object.
#[derive(Clone, Debug)]
pub struct ParkedObject {
    /// Key: `parked/v1/sink=otlp/…`, `rejected/v1/…`.
    pub key: String,
    /// Header: the first line.
    pub header: Value,
    /// Bytes after the header.
    pub delivery: Vec<u8>,
}

/// Kind of a parked object, from its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParkedKind {
    /// To be delivered by a redrive.
    Parked,
    /// Kept for inspection; a redrive does not deliver it.
    Rejected,
}

impl ParkedObject {
    /// Decodes a parked object.
    ///
    /// # Panics
    /// Panics if the first line is not JSON.
    #[must_use]
    pub fn read(key: &str, object: &[u8]) -> Self {
        let end = object.iter().position(|byte| *byte == b'\n').unwrap_or(object.len());
        let (line, rest) = object.split_at(end);
        let header = serde_json::from_slice(line).unwrap_or_else(|error| panic!("{key}: {error}"));
        Self { key: key.to_owned(), header, delivery: rest.get(1..).unwrap_or_default().to_vec() }
    }

    /// Reads all parked objects in a folder; none if the folder does not exist.
    ///
    /// # Panics
    /// Panics if an object cannot be read.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Vec<Self> {
        if !folder.is_dir() {
            return Vec::new();
        }
        let read = |path: std::path::PathBuf| {
            let key =
                path.strip_prefix(folder).expect("the path is in the folder").to_string_lossy().into_owned();
            Self::read(&key, &fs::read(&path).expect("a parked object can be read"))
        };
        // Hidden files are unfinished objects and claims of redrives.
        let is_whole = |path: &std::path::PathBuf| {
            let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            !is_hidden && path.to_string_lossy().contains("/v1/")
        };
        files_below(folder).into_iter().filter(is_whole).map(read).collect()
    }

    /// Decodes all parked objects in an S3 bucket whose keys have this prefix.
    #[must_use]
    pub fn in_bucket(objects: &BTreeMap<String, Vec<u8>>, prefix: &str) -> Vec<Self> {
        let own = objects.iter().filter_map(|(path, object)| Some((path.strip_prefix(prefix)?, object)));
        // Others are claims of redrives.
        let own = own.filter(|(key, _)| key.starts_with("parked/") || key.starts_with("rejected/"));
        own.map(|(key, object)| Self::read(key, object)).collect()
    }

    /// Decodes all SQS messages that have the key of a parked object as an attribute. The body is the parked object, or
    /// refers to an S3 object that is. If that S3 object does not exist, the header is null.
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

    /// Returns the kind of the parked object.
    #[must_use]
    pub fn kind(&self) -> ParkedKind {
        if self.key.starts_with("rejected/") { ParkedKind::Rejected } else { ParkedKind::Parked }
    }

    /// Returns the sink that the object is to be delivered to.
    #[must_use]
    pub fn sink(&self) -> &str {
        self.header["sink"].as_str().unwrap_or_default()
    }

    /// Returns the numbers of the events that are still to be delivered. The delivery must hold documents of
    /// [`crate::producer`].
    ///
    /// # Panics
    /// Panics if it does not, or if the header is invalid.
    #[must_use]
    pub fn pending(&self, delivery: &[u8]) -> Vec<EventNumber> {
        let ids = ids(delivery);
        let ranges = self.header["owed"].as_array().into_iter().flatten();
        let positions = ranges.flat_map(|range| {
            let [first, end] = [0, 1].map(|side| range[side].as_u64().expect("a range is [first, end]"));
            first..end
        });
        let number_at =
            |position: u64| usize::try_from(position).ok().and_then(|position| ids.get(position).copied());
        positions.map(|position| number_at(position).expect("a pending event is in the delivery")).collect()
    }
}

/// Returns `BUCKET/KEY` of the S3 object that a message refers to in the format of an S3 notification.
#[must_use]
pub fn referenced_object(message: &str) -> Option<String> {
    let notification: Value = serde_json::from_str(message).ok()?;
    let s3_part = &notification["Records"][0]["s3"];
    let key = s3::percent_decoded(s3_part["object"]["key"].as_str()?);
    Some(format!("{}/{key}", s3_part["bucket"]["name"].as_str()?))
}

/// Returns the numbers of all events in concatenated documents, compressed or not.
fn ids(delivery: &[u8]) -> Vec<EventNumber> {
    let plain = gunzipped(delivery);
    let documents = serde_json::Deserializer::from_slice(&plain).into_iter::<Value>();
    let documents: Vec<_> = documents.map(|document| document.expect("the document is JSON")).collect();
    let events = documents.iter().flat_map(|document| document["logEvents"].as_array().into_iter().flatten());
    events.filter_map(|event| number(event["id"].as_str()?)).collect()
}

fn gunzipped(bytes: &[u8]) -> Vec<u8> {
    use std::io::Read as _;
    let mut plain = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut plain).expect("the gzip data is complete");
    } else {
        plain.extend(bytes);
    }
    plain
}
