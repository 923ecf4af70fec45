//! Scanner of CloudTrail's objects: JSON documents `{"Records":[…]}`, in which each record is a log event.

use tailwater_parser::{
    DecodeError, Origin, Receive, UnixMillis,
    decode::{MESSAGE_LIMIT, More, Scan, Window},
    timestamp,
};

use super::{About, check_text, emit};
use crate::source::{
    lines::Message,
    members::{Members, Nesting},
};

/// Scanner that emits each record of CloudTrail as a log event: with its event id and time, and with its own region and
/// account. The message is the JSON text of the record as it was written.
#[derive(Debug)]
pub(in crate::source) struct CloudTrail {
    about: About,
    /// Origin that was announced last.
    announced: Option<Origin>,
    position: Position,
    message: Message,
    record: Record,
    /// Number of records so far.
    count: u64,
}

/// Position of the next unread byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    /// Before a document, or in it before its list of records.
    BeforeRecords,
    /// In the list, before a record or the end of the list.
    Records,
    /// In a record, of which `len` unread bytes were searched for its end.
    Record { len: usize, nesting: Nesting },
    /// In the document, after its list.
    AfterRecords(Nesting),
}

/// Members of the current record that determine the log event.
#[derive(Debug, Default)]
struct Record {
    id: Option<String>,
    time: Option<UnixMillis>,
    /// True if its members were read: they are at its start, before the first part of a long record is emitted.
    is_begun: bool,
}

impl CloudTrail {
    pub(super) fn new(about: About) -> Self {
        let (message, record) = (Message::default(), Record::default());
        Self { about, announced: None, position: Position::BeforeRecords, message, record, count: 0 }
    }

    /// Reads the next element. Returns its length in bytes; `None` if more text has to arrive first.
    fn step(
        &mut self,
        text: &[u8],
        more: More,
        offset: u64,
        receive: &mut dyn Receive,
    ) -> Result<Option<usize>, DecodeError> {
        let first = text.first().copied();
        match (&mut self.position, first) {
            (Position::BeforeRecords, _) => self.find_records(text, more, offset),
            (_, None) => Ok(None),
            (Position::Records, Some(b'{')) => {
                self.position = Position::Record { len: 0, nesting: Nesting::default() };
                Ok(Some(0))
            }
            (Position::Records, Some(b']')) => {
                let mut inside = Nesting::default();
                inside.step(b'{');
                self.position = Position::AfterRecords(inside);
                Ok(Some(1))
            }
            (Position::Records, Some(byte)) if byte == b',' || byte.is_ascii_whitespace() => Ok(Some(1)),
            (Position::Records, Some(_)) => {
                Err(DecodeError::Envelope { offset, reason: "expected a record of CloudTrail" })
            }
            (Position::Record { .. }, Some(_)) => self.read_record(text, offset, receive),
            (Position::AfterRecords(nesting), Some(byte)) => {
                nesting.step(byte);
                if nesting.is_outside() {
                    self.position = Position::BeforeRecords;
                }
                Ok(Some(1))
            }
        }
    }

    /// Finds the list of records of the next document.
    fn find_records(&mut self, text: &[u8], more: More, offset: u64) -> Result<Option<usize>, DecodeError> {
        let blank = text.len() - text.trim_ascii_start().len();
        if blank > 0 || text.is_empty() {
            return Ok(Some(blank).filter(|blank| *blank > 0));
        }
        let records = Members::of(text)
            .and_then(|mut members| members.find(|member| member.name == b"Records" && member.is_list()));
        match records {
            Some(list) => {
                self.position = Position::Records;
                Ok(Some(text.len() - list.rest().len() + 1))
            }
            None if more == More::Maybe && text.len() < MESSAGE_LIMIT && text.starts_with(b"{") => Ok(None),
            None if text.len() < MESSAGE_LIMIT && text.starts_with(b"{") => {
                Err(DecodeError::IncompleteDocument { offset: after(offset, text.len()) })
            }
            None => Err(DecodeError::Envelope { offset, reason: "expected a list of CloudTrail's records" }),
        }
    }

    /// Searches for the end of the record. Emits the record, or a part of one that is longer than the limit.
    fn read_record(
        &mut self,
        text: &[u8],
        offset: u64,
        receive: &mut dyn Receive,
    ) -> Result<Option<usize>, DecodeError> {
        let Position::Record { len, nesting } = &mut self.position else { return Ok(None) };
        let mut is_complete = false;
        while let Some(byte) = text.get(*len).filter(|_| !is_complete) {
            nesting.step(*byte);
            *len += 1;
            *len += nesting.plain_len(text.get(*len..).unwrap_or_default());
            is_complete = nesting.is_outside();
        }
        let read = *len;
        if !is_complete && read < MESSAGE_LIMIT {
            return Ok(None);
        }
        *len = 0;
        let part = text.get(..read).unwrap_or_default();
        check_text(part, offset)?;
        self.begin_record(part, receive);
        let (id, time) = (self.record.id.clone(), self.record.time);
        self.message.push(part, &mut emit(id.clone(), time, receive));
        if is_complete {
            self.message.finish(&mut emit(id, time, receive));
            self.record = Record::default();
            self.position = Position::Records;
        }
        Ok(Some(read))
    }

    /// Reads the members of a record that starts with `text`, unless they were read already.
    fn begin_record(&mut self, text: &[u8], receive: &mut dyn Receive) {
        if self.record.is_begun {
            return;
        }
        let own_id = self.about.id(self.count);
        let (mut region, mut account) = ("", "");
        self.record = Record { id: None, time: None, is_begun: true };
        for member in Members::of(text).into_iter().flatten() {
            let value = || member.string().unwrap_or_default();
            match member.name {
                b"eventTime" => self.record.time = timestamp::read_all(value()),
                b"eventID" => self.record.id = Some(value().to_owned()).filter(|id| !id.is_empty()),
                b"awsRegion" => region = value(),
                b"recipientAccountId" => account = value(),
                _ => {}
            }
        }
        let record = &mut self.record;
        record.id = record.id.take().or(own_id);
        record.time = record.time.or(self.about.time);
        self.announce(region, account, receive);
        self.count += 1;
    }

    /// Announces the origin of a record if it differs from that of the record before. An empty text means that the record
    /// does not name it.
    fn announce(&mut self, region: &str, account: &str, receive: &mut dyn Receive) {
        let base = &self.about.origin;
        let region = if region.is_empty() { &base.region } else { region };
        let account = if account.is_empty() { &base.account } else { account };
        let is_same = |origin: &Origin| origin.region == region && origin.account == account;
        if self.announced.as_ref().is_some_and(is_same) {
            return;
        }
        let mut origin = base.clone();
        region.clone_into(&mut origin.region);
        account.clone_into(&mut origin.account);
        receive.batch(&origin);
        self.announced = Some(origin);
    }
}

impl Scan for CloudTrail {
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
    ) -> Result<(), DecodeError> {
        while let Some(used) = self.step(window.unread(), more, window.offset(), receive)? {
            window.consume(used);
        }
        let is_done = self.position == Position::BeforeRecords && window.unread().is_empty();
        if more == More::No && !is_done {
            let offset = after(window.offset(), window.unread().len());
            return Err(DecodeError::IncompleteDocument { offset });
        }
        Ok(())
    }
}

/// `offset` plus `n` bytes.
fn after(offset: u64, n: usize) -> u64 {
    offset.saturating_add(u64::try_from(n).unwrap_or(u64::MAX))
}
