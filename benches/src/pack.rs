//! File formats for subscription documents.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};

use crate::json_object::JsonObject;

/// File format in which the subscription documents of a corpus are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pack {
    /// One Lambda event per file; it contains one document.
    Event,
    /// Lambda events, one per line, 100 per file.
    EventLines,
    /// One gzipped document per file.
    Document,
    /// Concatenated gzip members, 100 per file, as Firehose writes to S3.
    Firehose,
    /// One Kinesis event of ten records per file.
    Kinesis,
    /// Concatenated documents without compression, 100 per file.
    Plain,
    /// All documents in one gzip member in one file.
    Single,
}

/// gzip level 6, as CloudWatch uses.
pub(crate) const LEVEL: Compression = Compression::new(6);

impl Pack {
    /// All formats, with their names on the command line.
    pub const ALL: [(Self, &str); 7] = [
        (Self::Event, "event"),
        (Self::EventLines, "event-lines"),
        (Self::Document, "document"),
        (Self::Firehose, "firehose"),
        (Self::Kinesis, "kinesis"),
        (Self::Plain, "plain"),
        (Self::Single, "single"),
    ];

    /// Documents per file.
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

/// Writes documents to files in a folder; at most one document is in memory.
pub struct Packer {
    pack: Pack,
    folder: PathBuf,
    files: u64,
    in_file: u64,
    open: Option<OpenFile>,
}

/// File that is being written.
enum OpenFile {
    Bytes(BufWriter<File>),
    Gzip(Box<GzEncoder<BufWriter<File>>>),
}

impl Packer {
    /// Creates `folder` if it does not exist.
    ///
    /// # Errors
    /// Returns an error if the folder cannot be created or is not empty: files of an earlier run would not be
    /// counted in the expected totals.
    pub fn new(pack: Pack, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("failed to create {}", folder.display()))?;
        if fs::read_dir(folder)?.next().is_some() {
            bail!("{} is not empty: remove its files or choose another folder", folder.display());
        }
        Ok(Self { pack, folder: folder.to_owned(), files: 0, in_file: 0, open: None })
    }

    /// Adds a document.
    ///
    /// # Errors
    /// Returns an error if a file cannot be written.
    pub fn push(&mut self, document: &str) -> Result<()> {
        let mut file = match self.open.take() {
            Some(file) => file,
            None => self.open_file()?,
        };
        self.write_document(&mut file, document.as_bytes())?;
        self.in_file += 1;
        if self.in_file == self.pack.per_file() {
            self.close_file(file)
        } else {
            self.open = Some(file);
            Ok(())
        }
    }

    /// Writes `content` unchanged to a file of its own.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written.
    pub fn push_file(&mut self, name: &str, content: &[u8]) -> Result<()> {
        let path = self.folder.join(name);
        fs::write(&path, content).with_context(|| format!("failed to write {}", path.display()))
    }

    /// Closes the last file.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written.
    pub fn finish(mut self) -> Result<()> {
        match self.open.take() {
            Some(file) => self.close_file(file),
            None => Ok(()),
        }
    }

    fn open_file(&mut self) -> Result<OpenFile> {
        self.files += 1;
        self.in_file = 0;
        let path = self.folder.join(format!("{:06}.{}", self.files, self.pack.extension()));
        let file = File::create(&path).with_context(|| format!("failed to create {}", path.display()))?;
        let mut file = BufWriter::with_capacity(256 * 1024, file);
        Ok(match self.pack {
            Pack::Single => OpenFile::Gzip(Box::new(GzEncoder::new(file, LEVEL))),
            Pack::Kinesis => {
                file.write_all(b"{\"Records\":[")?;
                OpenFile::Bytes(file)
            }
            Pack::Event | Pack::EventLines | Pack::Document | Pack::Firehose | Pack::Plain => {
                OpenFile::Bytes(file)
            }
        })
    }

    fn write_document(&self, file: &mut OpenFile, document: &[u8]) -> Result<()> {
        match file {
            OpenFile::Gzip(file) => file.write_all(document)?,
            OpenFile::Bytes(file) => match self.pack {
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

    fn close_file(&self, file: OpenFile) -> Result<()> {
        let mut file = match file {
            OpenFile::Bytes(file) => file,
            OpenFile::Gzip(file) => file.finish()?,
        };
        if self.pack == Pack::Kinesis {
            file.write_all(b"]}\n")?;
        }
        file.flush()?;
        Ok(())
    }
}

/// Compresses bytes to one gzip member, at CloudWatch's level.
pub(crate) fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    gzip_at(bytes, LEVEL)
}

/// Compresses bytes to one gzip member at this level.
pub(crate) fn gzip_at(bytes: &[u8], level: Compression) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 6), level);
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// Builds the event with which CloudWatch Logs invokes a Lambda function.
pub(crate) fn lambda_event(gzip: &[u8]) -> String {
    let data = JsonObject::new().text("data", &STANDARD.encode(gzip));
    JsonObject::new().object("awslogs", &data).to_string()
}

/// Builds a record of a Kinesis event; the gzip data is in base64 once, as Lambda adds it.
fn kinesis_record(gzip: &[u8], number: u64) -> JsonObject {
    let sequence = format!("4965{number:052}");
    let kinesis = JsonObject::new()
        .text("kinesisSchemaVersion", "1.0")
        .text("partitionKey", &format!("{number:032x}"))
        .text("sequenceNumber", &sequence)
        .text("data", &STANDARD.encode(gzip))
        .json("approximateArrivalTimestamp", "1772618400.123");
    JsonObject::new()
        .object("kinesis", &kinesis)
        .text("eventSource", "aws:kinesis")
        .text("eventVersion", "1.0")
        .text("eventID", &format!("shardId-000000000000:{sequence}"))
        .text("eventName", "aws:kinesis:record")
        .text("invokeIdentityArn", "arn:aws:iam::123456789012:role/tailwater")
        .text("awsRegion", "eu-west-1")
        .text("eventSourceARN", "arn:aws:kinesis:eu-west-1:123456789012:stream/logs")
}
