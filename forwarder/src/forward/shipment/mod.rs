//! Metrics on their way: pieces packed into bodies, divided where a backend wants less at once, and for each batch of
//! deliveries what became of it.

#[cfg(test)]
mod tests;

use std::mem;

use crate::{
    body::{Body, Compressor, Group, HELD_BACK, History, Level, RangeSet, SinkIndex},
    deliver::{
        ParkReason,
        sender::{Fate, Sent},
    },
    sink::{Encoding, Frame, Limits, Piece, RejectedPoints, Signal, Sink},
};

/// One sink's metrics on their way.
#[derive(Debug)]
pub(super) struct Shipment {
    sink: SinkIndex,
    limits: Limits,
    frame: Frame,
    compressor: Compressor,
    pieces: Vec<Piece>,
    /// What is to be sent, by the numbers of pieces; the next one last.
    waiting: Vec<Group>,
    batches: Vec<Batch>,
    /// Bodies that were divided in search of a piece that is refused.
    pub(super) bisections: u32,
}

/// Metrics that were gathered from some deliveries, and go to the backend together.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// By their numbers.
    pub(super) deliveries: RangeSet,
    pub(super) pieces: Vec<Piece>,
    /// Points that were left out.
    pub(super) rejected: RejectedPoints,
}

/// What became of the metrics of some deliveries.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// By their numbers.
    pub(super) deliveries: RangeSet,
    /// Pieces of which it is not known whether the backend has them.
    undecided: RangeSet,
    /// Why some of them wait for redrive.
    pub(super) parked: Option<ParkReason>,
    pub(super) refused: Option<Refused>,
    /// Points that were left out or refused.
    pub(super) rejected: RejectedPoints,
    /// Times that one of their bodies was sent.
    pub(super) sends: u32,
}

/// Something is refused for good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Refused {
    /// The backend's words.
    pub(super) words: Option<String>,
    /// Whether these are pieces as a whole, and not only points of bodies that it took.
    pub(super) is_whole: bool,
}

impl Batch {
    /// Metrics of these deliveries that are not sent at all.
    pub(super) fn parked(deliveries: RangeSet, reason: ParkReason) -> Self {
        Self { deliveries, parked: Some(reason), ..Self::default() }
    }

    /// Whether each of its pieces was taken, refused, or given up.
    pub(super) fn is_decided(&self) -> bool {
        self.undecided.is_empty()
    }

    /// Points that the backend will never have. Those of metrics that are parked are counted when these come again.
    pub(super) fn lost(&self) -> RejectedPoints {
        let is_over = self.is_decided() && self.parked.is_none();
        if is_over { self.rejected } else { RejectedPoints::default() }
    }
}

impl Shipment {
    pub(super) fn new(index: SinkIndex, sink: &dyn Sink, frame: Frame, level: Level) -> Self {
        let encoding = sink.endpoint(Signal::Metrics).map_or(Encoding::Identity, |at| at.encoding);
        Self {
            sink: index,
            limits: sink.limits(Signal::Metrics),
            frame,
            compressor: Compressor::new(encoding, level),
            pieces: Vec::new(),
            waiting: Vec::new(),
            batches: Vec::new(),
            bisections: 0,
        }
    }

    /// Takes what is to be sent, in this order; what was sent before is forgotten.
    pub(super) fn load(&mut self, gathered: Vec<Gathered>) {
        self.pieces.clear();
        self.waiting.clear();
        self.batches.clear();
        self.bisections = 0;
        for Gathered { deliveries, pieces, rejected } in gathered {
            let start = self.next_number();
            self.pieces.extend(pieces);
            let undecided = RangeSet::from(start..self.next_number());
            if !undecided.is_empty() {
                self.waiting.push(Group { events: undecided.clone(), history: History::default() });
            }
            self.batches.push(Batch { deliveries, undecided, rejected, ..Batch::default() });
        }
        self.waiting.reverse();
    }

    /// The next body. It holds pieces of one batch only, so that it cannot undo what another one achieved.
    pub(super) fn next(&mut self) -> Option<Body> {
        let Group { events: mut rest, history } = self.waiting.pop()?;
        let packed = self.pack(&rest);
        rest.remove_all(&packed);
        if !rest.is_empty() {
            self.waiting.push(Group { events: rest, history });
        }
        Some(Body {
            sink: self.sink,
            signal: Signal::Metrics,
            bytes: self.compressor.finish().into(),
            covers: packed,
            begins: None,
            history,
        })
    }

    /// Compresses a body of the first of `pieces`, and returns which ones are in it: one at least.
    fn pack(&mut self, pieces: &RangeSet) -> RangeSet {
        let (mut packed, mut len) = (RangeSet::default(), self.frame.around());
        self.compressor.write(self.frame.open);
        for number in pieces.iter().flatten() {
            let Some(piece) = piece(&self.pieces, number) else { continue };
            let between = if packed.is_empty() { &[] } else { self.frame.between };
            len = len.saturating_add(between.len()).saturating_add(piece.bytes.len());
            let held_back = HELD_BACK.saturating_add(piece.bytes.len());
            let compressed = self.compressor.compressed_len().saturating_add(held_back);
            if !packed.is_empty() && (len > self.limits.encoded || compressed > self.limits.compressed) {
                break;
            }
            self.compressor.write(between);
            self.compressor.write(&piece.bytes);
            packed.insert(number..number.saturating_add(1));
        }
        self.compressor.write(self.frame.close);
        packed
    }

    /// Takes note of what became of a body. A search for what is refused that divides more than `bisections` bodies ends with
    /// all that is left refused: sent again after a redrive it would end the same, and what was taken would count twice.
    pub(super) fn settle(&mut self, sent: Sent, bisections: u32) {
        let Sent { mut body, fate, sends, words, .. } = sent;
        let pieces = mem::take(&mut body.covers);
        let Some(batch) = self.batches.iter_mut().find(|batch| batch.undecided.contains_all(&pieces)) else {
            return;
        };
        batch.sends = batch.sends.saturating_add(sends);
        let fate = match fate {
            Fate::Parked(ParkReason::Refused) if self.bisections >= bisections => End::Refused,
            Fate::Done { rejected } => End::Taken { rejected },
            Fate::Parked(reason) => End::Parked(reason),
            Fate::Rejected(_) => End::Refused,
            Fate::Smaller(_) | Fate::Bisect => match pieces.halve() {
                None => End::Parked(ParkReason::TooLarge),
                Some(halves) => {
                    self.bisections += u32::from(fate == Fate::Bisect);
                    let group = |events| Group { events, history: body.history };
                    self.waiting.extend([group(halves.1), group(halves.0)]);
                    return;
                }
            },
        };
        let numbers = pieces.iter().flatten();
        let points = numbers.filter_map(|number| piece(&self.pieces, number)).map(|piece| piece.points).sum();
        batch.undecided.remove_all(&pieces);
        batch.end(fate, points, words);
    }

    /// What became of each batch; nothing is on its way any more.
    pub(super) fn take_batches(&mut self) -> Vec<Batch> {
        self.pieces.clear();
        self.waiting.clear();
        mem::take(&mut self.batches)
    }

    fn next_number(&self) -> u32 {
        u32::try_from(self.pieces.len()).unwrap_or(u32::MAX)
    }
}

/// How pieces ended.
#[derive(Clone, Copy, Debug)]
enum End {
    /// The backend has them, but for so many points.
    Taken {
        rejected: u64,
    },
    Parked(ParkReason),
    Refused,
}

impl Batch {
    /// Pieces with so many points ended.
    fn end(&mut self, end: End, points: u64, words: Option<String>) {
        let refused = match end {
            End::Taken { rejected: 0 } => 0,
            End::Taken { rejected } => {
                let rejected = rejected.min(points);
                let words = words.filter(|words| !words.is_empty()).map(|words| format!(": {words}"));
                let words = format!("{rejected} of these points were refused{}", words.unwrap_or_default());
                self.refused.get_or_insert_default().words.get_or_insert(words);
                rejected
            }
            End::Parked(reason) => {
                self.parked = Some(reason);
                0
            }
            End::Refused => {
                self.refused = Some(Refused { words, is_whole: true });
                points
            }
        };
        self.rejected += RejectedPoints { refused, ..RejectedPoints::default() };
    }
}

fn piece(pieces: &[Piece], number: u32) -> Option<&Piece> {
    pieces.get(usize::try_from(number).unwrap_or(usize::MAX))
}
