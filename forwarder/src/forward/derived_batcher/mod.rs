//! Packing of one sink's metrics or spans into request bodies, splitting of a body that a backend does not accept whole, and the
//! result of each batch of deliveries.

#[cfg(test)]
mod tests;

use std::mem;

use crate::{
    batch::{Body, COMPRESSOR_SLACK, Compressor, EventGroup, History, Level, RangeSet, SinkSignal},
    ledger::{Disposition, ParkReason},
    send::{
        client::Sent,
        retry::{Completion, Split},
    },
    sink::{Chunk, Delimiters, Encoding, Limits, RejectedPoints, Sink},
};

/// Packs one sink's encoded metrics or spans, which come in chunks, into request bodies.
#[derive(Debug)]
pub(super) struct DerivedBatcher {
    to: SinkSignal,
    limits: Limits,
    delimiters: Delimiters,
    compressor: Compressor,
    chunks: Vec<Chunk>,
    /// Numbers of the chunks to be sent, in groups; the group to be sent next is the last one.
    waiting: Vec<EventGroup>,
    batches: Vec<DerivedBatch>,
    /// Number of bodies that were split into halves in search of a refused chunk.
    pub(super) bisections: u32,
}

/// Encoded metrics or spans of a batch of deliveries.
#[derive(Debug, Default)]
pub(super) struct Aggregated {
    /// Indices of the deliveries.
    pub(super) deliveries: RangeSet,
    pub(super) chunks: Vec<Chunk>,
    /// Data points that were left out when the metrics were encoded, because the sink would reject them.
    pub(super) rejected: RejectedPoints,
}

/// Result of sending the metrics or spans of a batch of deliveries.
#[derive(Debug, Default)]
pub(super) struct DerivedBatch {
    /// Indices of the deliveries.
    pub(super) deliveries: RangeSet,
    /// Numbers of the chunks whose result is not known yet.
    undecided: RangeSet,
    /// Details of the chunks that were not accepted for now, because of which the deliveries have to be parked.
    pub(super) parked: Option<NotAccepted>,
    pub(super) refused: Option<Refused>,
    /// Data points or spans that were left out or refused.
    pub(super) rejected: RejectedPoints,
    /// Number of data points or spans that were accepted.
    pub(super) delivered: u64,
    /// Number of requests made for bodies of this batch.
    pub(super) sends: u32,
}

/// Details of metrics or spans that a backend did not accept for now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NotAccepted {
    pub(super) reason: ParkReason,
    /// Description of the failure, as in [`Sent`].
    pub(super) error_text: Option<String>,
    /// Number of data points or spans that were not accepted; 0 if they were not encoded.
    pub(super) points: u64,
}

/// Details of metrics or spans that a backend refused for good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Refused {
    /// Error text of the backend.
    pub(super) error_text: Option<String>,
    /// True if whole chunks are refused, not only data points or spans of accepted bodies.
    pub(super) is_whole: bool,
}

impl DerivedBatch {
    /// Creates the result of a batch of deliveries that is not sent at all.
    pub(super) fn parked(deliveries: RangeSet, reason: ParkReason) -> Self {
        let parked = NotAccepted { reason, error_text: None, points: 0 };
        Self { deliveries, parked: Some(parked), ..Self::default() }
    }

    /// True once each chunk of the batch is accepted, refused or given up.
    pub(super) fn is_decided(&self) -> bool {
        self.undecided.is_empty()
    }

    /// Returns the data points or spans that the backend rejected or would reject. All counts are 0 if the batch is parked or
    /// undecided: then the points are counted after a redrive.
    pub(super) fn rejected_for_good(&self) -> RejectedPoints {
        let is_over = self.is_decided() && self.parked.is_none();
        if is_over { self.rejected } else { RejectedPoints::default() }
    }
}

impl DerivedBatcher {
    pub(super) fn new(to: SinkSignal, sink: &dyn Sink, delimiters: Delimiters, level: Level) -> Self {
        let encoding = sink.endpoint(to.signal).map_or(Encoding::Identity, |at| at.encoding);
        Self {
            to,
            limits: sink.limits(to.signal),
            delimiters,
            compressor: Compressor::new(encoding, level),
            chunks: Vec::new(),
            waiting: Vec::new(),
            batches: Vec::new(),
            bisections: 0,
        }
    }

    /// Sets the batches to be sent, in this order. Forgets earlier batches.
    pub(super) fn load(&mut self, aggregated: Vec<Aggregated>) {
        self.chunks.clear();
        self.waiting.clear();
        self.batches.clear();
        self.bisections = 0;
        for Aggregated { deliveries, chunks, rejected } in aggregated {
            let start = self.next_number();
            self.chunks.extend(chunks);
            let undecided = RangeSet::from(start..self.next_number());
            if !undecided.is_empty() {
                self.waiting.push(EventGroup { events: undecided.clone(), history: History::default() });
            }
            self.batches.push(DerivedBatch { deliveries, undecided, rejected, ..DerivedBatch::default() });
        }
        self.waiting.reverse();
    }

    /// Returns the next body. It holds chunks of one batch only, so that its failure does not concern other batches.
    pub(super) fn next(&mut self) -> Option<Body> {
        let EventGroup { events: mut rest, history } = self.waiting.pop()?;
        let packed = self.pack(&rest);
        rest.remove_all(&packed);
        if !rest.is_empty() {
            self.waiting.push(EventGroup { events: rest, history });
        }
        Some(Body {
            sink: self.to.sink,
            signal: self.to.signal,
            bytes: self.compressor.finish().into(),
            covers: packed,
            part_of: None,
            history,
        })
    }

    /// Compresses a body of as many of `chunks` as fit, at least one, and returns their numbers.
    fn pack(&mut self, chunks: &RangeSet) -> RangeSet {
        let (mut packed, mut len) = (RangeSet::default(), self.delimiters.total_len());
        self.compressor.write(self.delimiters.open);
        for number in chunks.iter().flatten() {
            let Some(chunk) = chunk(&self.chunks, number) else { continue };
            let between = if packed.is_empty() { &[] } else { self.delimiters.between };
            len = len.saturating_add(between.len()).saturating_add(chunk.bytes.len());
            let slack = COMPRESSOR_SLACK.saturating_add(chunk.bytes.len());
            let compressed = self.compressor.compressed_len().saturating_add(slack);
            if !packed.is_empty() && (len > self.limits.encoded || compressed > self.limits.compressed) {
                break;
            }
            self.compressor.write(between);
            self.compressor.write(&chunk.bytes);
            packed.insert(number..number.saturating_add(1));
        }
        self.compressor.write(self.delimiters.close);
        packed
    }

    /// Applies the result of a body. When the search for refused chunks has halved more than `max_bisections` bodies,
    /// it ends, and counts all chunks that are left as refused. After a redrive it would end the same way, and the
    /// accepted chunks would count twice.
    pub(super) fn settle(&mut self, sent: Sent, max_bisections: u32) {
        let Sent { mut body, result, sends, error_text, .. } = sent;
        let chunks = mem::take(&mut body.covers);
        let Some(batch) = self.batches.iter_mut().find(|batch| batch.undecided.contains_all(&chunks)) else {
            return;
        };
        batch.sends = batch.sends.saturating_add(sends);
        let completion = match result {
            Ok(completion) if completion == SEARCH_ENDED && self.bisections >= max_bisections => {
                Completion::refused()
            }
            Ok(completion) => completion,
            Err(split) => match chunks.halve() {
                None => Completion::parked(ParkReason::TooLarge),
                Some((first, second)) => {
                    self.bisections += u32::from(split == Split::Bisect);
                    let group = |events| EventGroup { events, history: body.history };
                    self.waiting.extend([group(second), group(first)]);
                    return;
                }
            },
        };
        let numbers = chunks.iter().flatten();
        let points = numbers.filter_map(|number| chunk(&self.chunks, number)).map(|chunk| chunk.points).sum();
        batch.undecided.remove_all(&chunks);
        batch.end(self.to.signal.items(), completion, points, error_text);
    }

    /// Takes the results of all batches. No body is sent afterwards.
    pub(super) fn take_batches(&mut self) -> Vec<DerivedBatch> {
        self.chunks.clear();
        self.waiting.clear();
        mem::take(&mut self.batches)
    }

    fn next_number(&self) -> u32 {
        u32::try_from(self.chunks.len()).unwrap_or(u32::MAX)
    }
}

/// Result of a body whose search for refused events was given up.
const SEARCH_ENDED: Completion =
    Completion { disposition: Disposition::Parked(ParkReason::Refused), rejected: 0 };

impl DerivedBatch {
    /// Applies the final state of a body, whose chunks hold this many `items`: data points or spans.
    fn end(&mut self, items: &str, completion: Completion, points: u64, error_text: Option<String>) {
        let refused = match completion {
            Completion { disposition: Disposition::Parked(reason), .. } => {
                self.park(reason, points, error_text);
                0
            }
            Completion { disposition: Disposition::Delivered, rejected: 0 } => {
                self.delivered = self.delivered.saturating_add(points);
                0
            }
            Completion { disposition: Disposition::Delivered, rejected } => {
                let rejected = rejected.min(points);
                self.delivered = self.delivered.saturating_add(points.saturating_sub(rejected));
                let error_text = error_text
                    .filter(|error_text| !error_text.is_empty())
                    .map(|error_text| format!(": {error_text}"));
                let error_text =
                    format!("{rejected} of these {items} were refused{}", error_text.unwrap_or_default());
                self.refused.get_or_insert_default().error_text.get_or_insert(error_text);
                rejected
            }
            Completion { .. } => {
                self.refused = Some(Refused { error_text, is_whole: true });
                points
            }
        };
        self.rejected += RejectedPoints { refused, ..RejectedPoints::default() };
    }

    /// Records a body that was not accepted for now. The reason of the last one counts, and the first error.
    fn park(&mut self, reason: ParkReason, points: u64, error_text: Option<String>) {
        let before = self.parked.take();
        let (first, sum) = before.map_or((None, 0), |parked| (parked.error_text, parked.points));
        let points = sum.saturating_add(points);
        self.parked = Some(NotAccepted { reason, error_text: first.or(error_text), points });
    }
}

fn chunk(chunks: &[Chunk], number: u32) -> Option<&Chunk> {
    chunks.get(usize::try_from(number).unwrap_or(usize::MAX))
}
