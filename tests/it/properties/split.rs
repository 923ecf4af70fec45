//! The lines of an object yield the same events in any pieces, with ids that contain the line number.

use std::{borrow::Cow, sync::Arc};

use tailwater_forwarder::source::{Content, Delivery, DeliveryError, DeliveryReader, Progress};
use tailwater_parser::{ByteSize, Event, Origin, Receive, decode::Part};

/// Low limit, so that decompression bombs take little time.
const LIMIT: ByteSize = ByteSize(1 << 20);

/// Name of the delivery, from which the ids of lines are made.
const NAME: &str = "bucket/key/version";

/// The first byte of the data is the size of the pieces.
pub(crate) fn holds(data: &[u8]) {
    let Some((size, object)) = data.split_first() else { return };
    let (whole, ended) = read(&[object]);
    let size = usize::from(*size).max(1);
    let pieces: Vec<_> = object.chunks(size).collect();
    assert_eq!(read(&pieces), (whole.clone(), ended), "in pieces of {size}");
    increases(&whole);
    // An object that looks like an envelope without events, or like CloudTrail's, is not read as lines.
    let is_lines = !whole.is_empty() && whole.iter().all(|found| found.line().is_some());
    if ended.is_ok() && is_lines && is_plain(object) && !lists_records(object) {
        let texts: Vec<_> = whole.iter().map(|found| found.message.as_str()).collect();
        assert_eq!(texts, slowly(object));
    }
}

/// Checks that line numbers increase.
fn increases(all: &[Found]) {
    let lines: Vec<_> = all.iter().filter_map(Found::line).collect();
    assert!(lines.windows(2).all(|pair| pair[0] < pair[1]), "{lines:?}");
}

/// Splits an object into its non-empty lines, without line ends.
fn slowly(object: &[u8]) -> Vec<String> {
    let lines = object.split(|byte| *byte == b'\n').map(|line| {
        let end = line.iter().rposition(|byte| *byte != b'\r').map_or(0, |last| last + 1);
        String::from_utf8_lossy(&line[..end]).into_owned()
    });
    lines.filter(|line| !line.is_empty()).collect()
}

/// True if the object is not compressed.
fn is_plain(object: &[u8]) -> bool {
    !object.starts_with(&[0x1f, 0x8b]) && !object.starts_with(&0xFD2F_B528_u32.to_le_bytes())
}

/// True if the object has a member `Records`, as CloudTrail's objects have.
fn lists_records(object: &[u8]) -> bool {
    object.windows(9).any(|word| word == b"\"Records\"")
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    id: Option<String>,
    message: String,
}

impl Found {
    /// Returns the line number from the id, if it has one.
    fn line(&self) -> Option<u64> {
        self.id.as_deref()?.strip_prefix(NAME)?.strip_prefix('/')?.parse().ok()
    }
}

fn read(pieces: &[&[u8]]) -> (Vec<Found>, Result<(), ()>) {
    let delivery = Delivery {
        id: Cow::Borrowed(""),
        name: Cow::Borrowed(NAME),
        index: 0,
        time: None,
        origin: Arc::default(),
        content: Content::Object(Box::default()),
    };
    let (mut reader, mut all) = (DeliveryReader::new(LIMIT, Origin::default()), All::default());
    reader.expect(&delivery, "");
    let pushed = pieces.iter().try_for_each(|piece| reader.push(piece, &mut all));
    let ended = pushed.and_then(|()| finish(&mut reader, &mut all));
    (all.0, ended.map_err(drop))
}

/// Reads the rest of a delivery, such as the records in an aggregated record.
fn finish(reader: &mut DeliveryReader, all: &mut All) -> Result<(), DeliveryError> {
    loop {
        if reader.has_unread() {
            reader.read_on(all)?;
        } else if reader.finish(all)? == Progress::Complete {
            return Ok(());
        }
    }
}

#[derive(Default)]
struct All(Vec<Found>);

impl Receive for All {
    fn batch(&mut self, _: &Origin) {}

    /// Joins the parts of a long line.
    fn event(&mut self, event: &Event<'_>) {
        let id = event.id.map(str::to_owned);
        match (event.part, self.0.last_mut()) {
            (Part::Piece(1..) | Part::Last(1..), Some(last)) => {
                assert_eq!(last.id, id, "parts of one line have one id");
                last.message.push_str(event.message);
            }
            (Part::Whole | Part::Piece(_) | Part::Last(_), _) => {
                self.0.push(Found { id, message: event.message.to_owned() });
            }
        }
    }
}
