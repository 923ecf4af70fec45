//! Records that the Kinesis Producer Library packs into one Kinesis record: a magic number, a Protocol Buffers message
//! `AggregatedRecord`, and the MD5 hash of that message.

use md5::{Digest, Md5};
use tailwater_parser::varint;

use super::delivery::DeliveryError;

/// First bytes of an aggregated record. No text in UTF-8 begins with them.
pub(super) const MAGIC: &[u8] = &[0xf3, 0x89, 0x9a, 0xc2];

/// Maximum size in bytes of an aggregated record. Kinesis accepts records of 10 MiB.
const MAX_SIZE: usize = 16 * 1024 * 1024;

/// Length of an MD5 hash.
const HASH_LEN: usize = 16;

/// Aggregated record. It is collected as a whole, because its hash follows its records: if it is damaged, none of them
/// is read.
#[derive(Debug, Default)]
pub(super) struct AggregatedRecord {
    bytes: Vec<u8>,
    /// Number of bytes of the message that were read.
    read: usize,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Collecting,
    Verified,
}

impl AggregatedRecord {
    /// Adds the next bytes.
    ///
    /// # Errors
    /// Returns an error if the record is larger than any that Kinesis accepts.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), DeliveryError> {
        if self.bytes.len() + bytes.len() > MAX_SIZE {
            return Err(damage(self.bytes.len(), "it is larger than 16 MiB"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// Copies the content of the next record to `data`. Returns false if there are no more records. All bytes have to
    /// be pushed before.
    ///
    /// # Errors
    /// Returns an error the first time, if the hash is wrong or the message is malformed.
    pub(super) fn next(&mut self, data: &mut Vec<u8>) -> Result<bool, DeliveryError> {
        if self.state == State::Collecting {
            self.verify()?;
            self.state = State::Verified;
        }
        let Some(content) = next_content(message(&self.bytes), &mut self.read)? else { return Ok(false) };
        data.clear();
        data.extend_from_slice(content);
        Ok(true)
    }

    /// Checks the hash, and that all of the message can be read.
    fn verify(&mut self) -> Result<(), DeliveryError> {
        let hash_at = self.bytes.len().saturating_sub(HASH_LEN);
        let hash = self.bytes.get(hash_at..).unwrap_or_default();
        if hash_at < MAGIC.len() {
            return Err(damage(self.bytes.len(), "it is truncated"));
        }
        if Md5::digest(message(&self.bytes)).as_slice() != hash {
            return Err(damage(hash_at, "its MD5 hash is wrong"));
        }
        let mut read = 0;
        while next_content(message(&self.bytes), &mut read)?.is_some() {}
        Ok(())
    }
}

/// Returns the message in an aggregated record.
fn message(bytes: &[u8]) -> &[u8] {
    bytes.get(MAGIC.len()..bytes.len().saturating_sub(HASH_LEN)).unwrap_or_default()
}

/// Reads a message from the index `read` on, up to the end of its next record. Returns the content of that record;
/// `None` if there are no more records.
fn next_content<'m>(message: &'m [u8], read: &mut usize) -> Result<Option<&'m [u8]>, DeliveryError> {
    const RECORDS: u64 = 3;
    let mut rest = message.get(*read..).unwrap_or_default();
    while !rest.is_empty() {
        let at = message.len() - rest.len();
        let malformed = || damage(MAGIC.len() + at, "its message is malformed");
        let field = Field::take(&mut rest).ok_or_else(malformed)?;
        *read = message.len() - rest.len();
        if let Field { number: RECORDS, bytes: Some(record) } = field {
            return content_of(record).ok_or_else(malformed).map(Some);
        }
    }
    Ok(None)
}

/// Returns the content of a record; an empty one if the record has none. `None` if the record is malformed.
fn content_of(mut record: &[u8]) -> Option<&[u8]> {
    const DATA: u64 = 3;
    let mut content = &[][..];
    while !record.is_empty() {
        if let Field { number: DATA, bytes: Some(data) } = Field::take(&mut record)? {
            content = data;
        }
    }
    Some(content)
}

/// Field of a Protocol Buffers message.
struct Field<'m> {
    number: u64,
    /// Content of a field with a length; `None` for a number.
    bytes: Option<&'m [u8]>,
}

impl<'m> Field<'m> {
    /// Takes a field from the front of `input`; `None` if it is malformed.
    fn take(input: &mut &'m [u8]) -> Option<Self> {
        let tag = varint::read(input)?;
        let bytes = match tag & 7 {
            0 => {
                varint::read(input)?;
                None
            }
            1 => take(input, 8).map(|_| None)?,
            2 => {
                let len = varint::read_size(input)?;
                Some(take(input, len)?)
            }
            5 => take(input, 4).map(|_| None)?,
            _ => return None,
        };
        Some(Self { number: tag >> 3, bytes })
    }
}

fn take<'m>(input: &mut &'m [u8], len: usize) -> Option<&'m [u8]> {
    let (taken, rest) = input.split_at_checked(len)?;
    *input = rest;
    Some(taken)
}

fn damage(offset: usize, reason: &'static str) -> DeliveryError {
    DeliveryError::Aggregate { offset: u64::try_from(offset).unwrap_or(u64::MAX), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Appends a field with a length.
    fn field(out: &mut Vec<u8>, number: u64, content: &[u8]) {
        varint::write(out, number << 3 | 2);
        varint::write_size(out, content.len());
        out.extend_from_slice(content);
    }

    fn sealed(message: &[u8]) -> Vec<u8> {
        [MAGIC, message, Md5::digest(message).as_slice()].concat()
    }

    /// Packs records as the library does, each with its partition key and a tag.
    fn packed(records: &[&[u8]]) -> Vec<u8> {
        let mut message = Vec::new();
        field(&mut message, 1, b"key");
        field(&mut message, 2, b"340282366920938463463374607431768211455");
        for data in records {
            let mut record = vec![8, 0, 16, 0];
            field(&mut record, 3, data);
            field(&mut record, 4, b"\n\x03tag");
            field(&mut message, 3, &record);
        }
        sealed(&message)
    }

    fn unpack(bytes: &[u8], size: usize) -> Result<Vec<Vec<u8>>, String> {
        let mut aggregated = AggregatedRecord::default();
        let (mut data, mut all) = (Vec::new(), Vec::new());
        bytes.chunks(size).try_for_each(|piece| aggregated.push(piece)).map_err(|error| error.to_string())?;
        while aggregated.next(&mut data).map_err(|error| error.to_string())? {
            all.push(data.clone());
        }
        Ok(all)
    }

    #[test]
    fn records_are_unpacked_in_their_order() {
        let long = vec![b'x'; 300_000];
        let records: [&[u8]; 4] = [b"one", b"", &long, &[0, 0xff]];
        for size in [1, 7, usize::MAX] {
            assert_eq!(unpack(&packed(&records), size).unwrap(), records);
        }
        assert_eq!(unpack(&packed(&[]), 7), Ok(Vec::new()));
    }

    #[test]
    fn fields_of_other_versions_are_skipped() {
        let mut message = vec![0x20, 5, 0x29, 1, 2, 3, 4, 5, 6, 7, 8, 0x35, 1, 2, 3, 4];
        field(&mut message, 3, &[8, 0, 0x25, 1, 2, 3, 4, 26, 2, b'h', b'i']);
        field(&mut message, 3, &[8, 0]);
        assert_eq!(unpack(&sealed(&message), 7).unwrap(), [b"hi".to_vec(), Vec::new()]);
    }

    #[test]
    fn any_flipped_byte_damages_all_records() {
        let whole = packed(&[b"one", b"two"]);
        for at in MAGIC.len()..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            let offset = whole.len() - HASH_LEN;
            let expected =
                format!("damaged aggregated Kinesis record at byte {offset}: its MD5 hash is wrong");
            assert_eq!(unpack(&flipped, 7), Err(expected));
        }
        for len in MAGIC.len()..whole.len() {
            assert!(unpack(&whole[..len], 7).is_err(), "{len} bytes");
        }
    }

    #[test]
    fn malformed_message_with_a_right_hash_is_an_error() {
        let check = |message: &[u8], offset: usize| {
            let expected =
                format!("damaged aggregated Kinesis record at byte {offset}: its message is malformed");
            assert_eq!(unpack(&sealed(message), 7), Err(expected), "{message:?}");
        };
        check(&[0x1a, 200], 4);
        check(&[0x1a, 2, 8, 0, 0x1a], 8);
        check(&[0x1a, 3, 8, 0, 0x1b], 4);
        check(&[0x1a, 3, 26, 9, 9], 4);
        check(&[0x80; 12], 4);
    }

    #[test]
    fn size_is_limited() {
        let mut aggregated = AggregatedRecord::default();
        let piece = vec![0; 1 << 20];
        let pushed = (0..17).try_for_each(|_| aggregated.push(&piece));
        assert!(matches!(pushed, Err(DeliveryError::Aggregate { .. })), "{pushed:?}");
    }
}
