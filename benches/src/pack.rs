//! The forms in which subscription documents reach a forwarder or a folder.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};

use crate::object::Object;

/// A way of packing documents into files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pack {
    /// A Lambda event in a file of its own.
    Event,
    /// Lambda events, one per line, 100 in a file.
    EventLines,
    /// A gzipped document in a file of its own.
    Document,
    /// Gzip members one after the other, 100 in a file, as Firehose leaves them in S3.
    Firehose,
    /// Kinesis events of ten records each.
    Kinesis,
    /// Documents one after the other, not compressed, 100 in a file.
    Plain,
    /// All documents in one gzip member of one file.
    Single,
}

/// How hard gzip tries: CloudWatch's own level.
pub(crate) const LEVEL: Compression = Compression::new(6);

impl Pack {
    /// Every way and its name on the command line.
    pub const ALL: [(Self, &str); 7] = [
        (Self::Event, "event"),
        (Self::EventLines, "event-lines"),
        (Self::Document, "document"),
        (Self::Firehose, "firehose"),
        (Self::Kinesis, "kinesis"),
        (Self::Plain, "plain"),
        (Self::Single, "single"),
    ];

    /// How many documents a file holds.
    fn per_file(self) -> u64 {
        match self {
            Self::Event | Self::Document => 1,
            Self::Kinesis => 10,
            Self::EventLines | Self::Firehose | Self::Plain => 100,
            Self::Single => u64::MAX,
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Event | Self::Kinesis | Self::Plain => "json",
            Self::EventLines => "ndjson",
            Self::Document | Self::Single => "json.gz",
            Self::Firehose => "gz",
        }
    }
}

/// Writes documents into a folder's files, keeping no more than one document in memory.
pub struct Packer {
    pack: Pack,
    folder: PathBuf,
    files: u64,
    in_file: u64,
    open: Option<Open>,
}

/// A file being written.
enum Open {
    Bytes(BufWriter<File>),
    Gzip(Box<GzEncoder<BufWriter<File>>>),
}

impl Packer {
    /// Writes into `folder`, which is made if it does not exist and must be empty.
    ///
    /// # Errors
    /// When the folder cannot be made or holds something already: old deliveries would falsify the truth.
    pub fn new(pack: Pack, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("failed to make {}", folder.display()))?;
        if fs::read_dir(folder)?.next().is_some() {
            bail!("{} is not empty", folder.display());
        }
        Ok(Self { pack, folder: folder.to_owned(), files: 0, in_file: 0, open: None })
    }

    /// Adds a document.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn push(&mut self, document: &str) -> Result<()> {
        let mut file = match self.open.take() {
            Some(file) => file,
            None => self.begin()?,
        };
        self.put(&mut file, document.as_bytes())?;
        self.in_file += 1;
        if self.in_file == self.pack.per_file() {
            self.end(file)
        } else {
            self.open = Some(file);
            Ok(())
        }
    }

    /// Adds a file of its own that holds `content` as it is.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn push_file(&mut self, name: &str, content: &[u8]) -> Result<()> {
        let path = self.folder.join(name);
        fs::write(&path, content).with_context(|| format!("failed to write {}", path.display()))
    }

    /// Closes the last file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<()> {
        match self.open.take() {
            Some(file) => self.end(file),
            None => Ok(()),
        }
    }

    fn begin(&mut self) -> Result<Open> {
        self.files += 1;
        self.in_file = 0;
        let path = self.folder.join(format!("{:06}.{}", self.files, self.pack.extension()));
        let file = File::create(&path).with_context(|| format!("failed to create {}", path.display()))?;
        let mut file = BufWriter::with_capacity(256 * 1024, file);
        Ok(match self.pack {
            Pack::Single => Open::Gzip(Box::new(GzEncoder::new(file, LEVEL))),
            Pack::Kinesis => {
                file.write_all(b"{\"Records\":[")?;
                Open::Bytes(file)
            }
            Pack::Event | Pack::EventLines | Pack::Document | Pack::Firehose | Pack::Plain => {
                Open::Bytes(file)
            }
        })
    }

    fn put(&self, file: &mut Open, document: &[u8]) -> Result<()> {
        match file {
            Open::Gzip(file) => file.write_all(document)?,
            Open::Bytes(file) => match self.pack {
                Pack::Plain | Pack::Single => file.write_all(document)?,
                Pack::Document | Pack::Firehose => file.write_all(&gzip(document)?)?,
                Pack::Event | Pack::EventLines => {
                    file.write_all(lambda_event(&gzip(document)?).as_bytes())?;
                    file.write_all(b"\n")?;
                }
                Pack::Kinesis => {
                    let number = (self.files - 1) * self.pack.per_file() + self.in_file;
                    let comma = if self.in_file == 0 { "" } else { "," };
                    write!(file, "{comma}{}", kinesis_record(&gzip(document)?, number))?;
                }
            },
        }
        Ok(())
    }

    fn end(&self, file: Open) -> Result<()> {
        let mut file = match file {
            Open::Bytes(file) => file,
            Open::Gzip(file) => file.finish()?,
        };
        if self.pack == Pack::Kinesis {
            file.write_all(b"]}\n")?;
        }
        file.flush()?;
        Ok(())
    }
}

/// A gzip member, as CloudWatch makes it.
pub(crate) fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 6), LEVEL);
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// The event with which CloudWatch invokes a Lambda function.
pub(crate) fn lambda_event(gzip: &[u8]) -> String {
    let data = Object::new().text("data", &STANDARD.encode(gzip));
    Object::new().object("awslogs", &data).to_string()
}

/// One record of a Kinesis event; Lambda's own base64 is the only one.
fn kinesis_record(gzip: &[u8], number: u64) -> Object {
    let sequence = format!("4965{number:052}");
    let kinesis = Object::new()
        .text("kinesisSchemaVersion", "1.0")
        .text("partitionKey", &format!("{number:032x}"))
        .text("sequenceNumber", &sequence)
        .text("data", &STANDARD.encode(gzip))
        .json("approximateArrivalTimestamp", "1772618400.123");
    Object::new()
        .object("kinesis", &kinesis)
        .text("eventSource", "aws:kinesis")
        .text("eventVersion", "1.0")
        .text("eventID", &format!("shardId-000000000000:{sequence}"))
        .text("eventName", "aws:kinesis:record")
        .text("invokeIdentityArn", "arn:aws:iam::123456789012:role/tailwater")
        .text("awsRegion", "eu-west-1")
        .text("eventSourceARN", "arn:aws:kinesis:eu-west-1:123456789012:stream/logs")
}
