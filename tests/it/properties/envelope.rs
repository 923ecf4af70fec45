//! A delivery yields the same events and the same result whether it is read in one piece or in many.

use tailwater_parser::{
    ByteSize, Decoder, Event, Origin, Receive,
    decode::{Envelope, Part},
};

/// Low limit, so that decompression bombs take little time.
const LIMIT: ByteSize = ByteSize(1 << 20);

/// The first byte of the data is the size of the pieces.
pub(crate) fn holds(data: &[u8]) {
    let Some((size, delivery)) = data.split_first() else { return };
    let whole = read(&[delivery]);
    let size = usize::from(*size).max(1);
    let pieces: Vec<_> = delivery.chunks(size).collect();
    assert_eq!(read(&pieces), whole, "in pieces of {size}");
}

/// Returns all events, and whether reading succeeded. Data with two errors may be rejected for either.
fn read(pieces: &[&[u8]]) -> (Vec<String>, Result<(), ()>) {
    let mut found = Found::default();
    let mut decoder: Decoder = Decoder::new(Envelope::default(), LIMIT);
    let pushed = pieces.iter().try_for_each(|piece| decoder.push(piece, &mut found));
    let ended = pushed.and_then(|()| decoder.finish(&mut found));
    (found.0, ended.map_err(drop))
}

#[derive(Default)]
struct Found(Vec<String>);

impl Receive for Found {
    fn batch(&mut self, origin: &Origin) {
        self.0.push(format!("{origin:?}"));
    }

    /// Joins the parts of a long message: the positions at which it is split may differ.
    fn event(&mut self, event: &Event<'_>) {
        let Event { id, time, message, part, utf8 } = event;
        match part {
            Part::Piece(1..) | Part::Last(1..) => {
                if let Some(last) = self.0.last_mut() {
                    last.push_str(message);
                }
            }
            Part::Whole | Part::Piece(0) | Part::Last(0) => {
                self.0.push(format!("{id:?} {time:?} {utf8:?} {message}"));
            }
        }
    }

    fn control_message(&mut self) {
        self.0.push("control".to_owned());
    }
}
