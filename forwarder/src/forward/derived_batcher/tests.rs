use proptest::prelude::*;
use tailwater_parser::{Record, UnixMillis};

use super::*;
use crate::batch::SinkIndex;
use crate::sink::{
    AddError, BackendResponse, Endpoint, LogsBody, MetricsBody, Signal, Verdict,
    otlp::{Enrichment, MetricsBatch as OtlpMetrics},
};

type Outcome = Result<Completion, Split>;

/// Sink with these limits, whose bodies are not compressed.
#[derive(Debug)]
struct Limited(Limits);

#[derive(Debug)]
struct NoLogs;

impl LogsBody for NoLogs {
    fn add(&mut self, _: &Record<'_>, _: UnixMillis) -> Result<(), AddError> {
        Err(AddError::EventTooLarge)
    }

    fn take(&mut self, _: &mut Vec<u8>) {}

    fn finish(&mut self, _: &mut Vec<u8>) {}
}

impl Sink for Limited {
    fn limits(&self, _: Signal) -> Limits {
        self.0
    }

    fn logs(&self) -> Box<dyn LogsBody> {
        Box::new(NoLogs)
    }

    fn metrics(&self) -> Box<dyn MetricsBody> {
        Box::new(OtlpMetrics::new(Enrichment::default()))
    }

    fn endpoint(&self, _: Signal) -> Option<&Endpoint> {
        None
    }

    fn verdict(&self, _: &BackendResponse<'_>, _: UnixMillis) -> Verdict {
        Verdict::Delivered
    }
}

const DELIMITERS: Delimiters = Delimiters { open: b"<<", between: b",", close: b">>" };

/// Maximum number of bodies that are halved in search of refused chunks.
const BISECTIONS: u32 = 64;

fn batcher(encoded: usize, compressed: usize) -> DerivedBatcher {
    let limits = Limits { events: u64::MAX, encoded, compressed };
    let to = SinkSignal { sink: SinkIndex(0), signal: Signal::Metrics };
    DerivedBatcher::new(to, &Limited(limits), DELIMITERS, Level::default())
}

/// Builds a batch of one delivery with chunks of these lengths, with ten data points each.
fn aggregated(delivery: u32, lengths: &[usize]) -> Aggregated {
    let chunk = |length: &usize| Chunk { bytes: vec![b'x'; *length], points: 10 };
    Aggregated {
        deliveries: RangeSet::from(delivery..delivery + 1),
        chunks: lengths.iter().map(chunk).collect(),
        rejected: RejectedPoints { too_old: 1, ..RejectedPoints::default() },
    }
}

/// Creates a batcher with batches of this many small chunks.
fn batches(chunks: &[usize]) -> DerivedBatcher {
    let mut batcher = batcher(1_000_000, usize::MAX);
    let all = (0..).zip(chunks).map(|(delivery, chunks)| aggregated(delivery, &vec![5; *chunks]));
    batcher.load(all.collect());
    batcher
}

/// Sends everything to a backend with these results; returns the chunks of each body and the batches.
fn send(
    batcher: &mut DerivedBatcher,
    answer: impl Fn(&[u32]) -> Outcome,
) -> (Vec<Vec<u32>>, Vec<DerivedBatch>) {
    let mut bodies = Vec::new();
    while let Some(body) = batcher.next() {
        let numbers: Vec<_> = body.covers.iter().flatten().collect();
        let (result, error_text) = (answer(&numbers), Some("no".to_owned()));
        batcher.settle(Sent { body, result, sends: 1, refreshes: 0, bytes: 0, error_text }, BISECTIONS);
        bodies.push(numbers);
    }
    (bodies, batcher.take_batches())
}

const ACCEPTED: Outcome = Ok(Completion { disposition: Disposition::Delivered, rejected: 0 });

/// Returns the result of a body of these chunks that a backend refuses.
fn refusal(numbers: &[u32]) -> Outcome {
    if numbers.len() > 1 { Err(Split::Bisect) } else { Ok(Completion::refused()) }
}

#[test]
fn batches_do_not_share_bodies() {
    let (bodies, ended) = send(&mut batches(&[2, 0, 3]), |_| ACCEPTED);
    assert_eq!(bodies, [vec![0, 1], vec![2, 3, 4]]);
    assert_eq!(ended.len(), 3);
    for batch in &ended {
        assert!(batch.is_decided() && batch.parked.is_none() && batch.refused.is_none(), "{batch:?}");
        assert_eq!(batch.rejected_for_good().too_old, 1);
    }
}

/// Returns the reason why a batch has to be parked.
fn parked(batch: &DerivedBatch) -> Option<ParkReason> {
    batch.parked.as_ref().map(|parked| parked.reason)
}

#[test]
fn only_the_failed_batch_is_parked() {
    let busy =
        |numbers: &[u32]| if numbers == [2, 3] { Ok(Completion::parked(ParkReason::Busy)) } else { ACCEPTED };
    let (_, ended) = send(&mut batches(&[2, 2, 2]), busy);
    let reasons: Vec<_> = ended.iter().map(parked).collect();
    assert_eq!(reasons, [None, Some(ParkReason::Busy), None]);
    let points = ended[1].parked.as_ref().map(|parked| parked.points);
    assert_eq!(points, Some(20), "ten points a chunk");
    let counted: Vec<_> = ended.iter().map(|batch| batch.rejected_for_good().sum()).collect();
    assert_eq!(counted, [1, 0, 1], "points of parked metrics are counted after redrive");
}

#[test]
fn bodies_that_are_too_large_are_halved_in_order() {
    let small = |numbers: &[u32]| if numbers.len() > 2 { Err(Split::Halves) } else { ACCEPTED };
    let (bodies, ended) = send(&mut batches(&[5]), small);
    assert_eq!(bodies, [vec![0, 1, 2, 3, 4], vec![0, 1, 2], vec![0, 1], vec![2], vec![3, 4]]);
    assert!(ended[0].is_decided() && ended[0].parked.is_none());
}

#[test]
fn single_chunk_that_is_too_large_is_parked() {
    let (bodies, ended) = send(&mut batches(&[1]), |_| Err(Split::Event { parts: 2 }));
    assert_eq!((bodies.len(), parked(&ended[0])), (1, Some(ParkReason::TooLarge)));
}

#[test]
fn refused_chunk_is_rejected_alone() {
    let (bodies, ended) =
        send(&mut batches(&[100]), |numbers| if numbers.contains(&70) { refusal(numbers) } else { ACCEPTED });
    assert!(bodies.len() < 20, "{} bodies", bodies.len());
    assert_eq!(ended[0].refused, Some(Refused { error_text: Some("no".to_owned()), is_whole: true }));
    assert_eq!((parked(&ended[0]), ended[0].rejected_for_good().refused), (None, 10));
}

#[test]
fn exhausted_search_rejects_the_remaining_chunks() {
    let given_up = |numbers: &[u32], bisections: u32| {
        if numbers.len() > 1 && bisections >= BISECTIONS {
            Ok(Completion::parked(ParkReason::Refused))
        } else {
            refusal(numbers)
        }
    };
    let mut batcher = batches(&[1_000]);
    let mut sent = 0;
    while let Some(body) = batcher.next() {
        let numbers: Vec<_> = body.covers.iter().flatten().collect();
        let result = given_up(&numbers, batcher.bisections);
        batcher.settle(Sent { body, result, sends: 1, refreshes: 0, bytes: 0, error_text: None }, BISECTIONS);
        sent += 1;
    }
    let ended = batcher.take_batches();
    assert_eq!((parked(&ended[0]), ended[0].rejected_for_good().refused), (None, 10_000));
    assert_eq!(sent, 2 * BISECTIONS + 1);
}

#[test]
fn search_without_time_is_parked() {
    let (_, ended) = send(&mut batches(&[3]), |_| Ok(Completion::parked(ParkReason::Refused)));
    assert_eq!(parked(&ended[0]), Some(ParkReason::Refused));
}

#[test]
fn partial_success_counts_at_most_the_points_sent() {
    let check = |rejected, expected| {
        let (_, ended) = send(&mut batches(&[2]), |_| Ok(Completion::accepted(rejected)));
        assert_eq!((ended[0].rejected_for_good().refused, parked(&ended[0])), (expected, None));
        let error_text = Some(format!("{expected} of these metric data points were refused: no"));
        assert_eq!(ended[0].refused, Some(Refused { error_text, is_whole: false }));
    };
    check(3, 3);
    check(u64::MAX, 20);
}

#[test]
fn batch_without_an_answer_is_undecided() {
    let mut batcher = batches(&[1, 1]);
    let lost = batcher.next();
    let (_, ended) = send(&mut batcher, |_| ACCEPTED);
    assert!(lost.is_some());
    assert_eq!(ended.iter().map(DerivedBatch::is_decided).collect::<Vec<_>>(), [false, true]);
    assert_eq!(ended[0].rejected_for_good(), RejectedPoints::default());
}

proptest! {
    #[test]
    fn bodies_stay_within_their_limits_and_hold_every_chunk_once(
        lengths in proptest::collection::vec(proptest::collection::vec(0..900_usize, 0..20), 0..5),
        encoded in 500..3_000_usize,
        compressed in 500..3_000_usize,
    ) {
        let mut batcher = batcher(encoded, COMPRESSOR_SLACK + compressed);
        batcher.load((0..).zip(&lengths).map(|(delivery, lengths)| aggregated(delivery, lengths)).collect());
        let flat: Vec<_> = lengths.iter().flatten().copied().collect();
        let mut next = 0;
        while let Some(body) = batcher.next() {
            let numbers: Vec<_> = body.covers.iter().flatten().collect();
            prop_assert!(!numbers.is_empty() && numbers.iter().copied().eq(next..next + body.covers.end() - next));
            next = body.covers.end();
            let own = numbers.iter().map(|number| flat[usize::try_from(*number).unwrap()]);
            let expected: Vec<_> = own.map(|length| "x".repeat(length)).collect();
            let text = format!("<<{}>>", expected.join(","));
            prop_assert!(numbers.len() == 1 || (text.len() <= encoded && text.len() <= compressed + 5));
            prop_assert_eq!(body.bytes, text);
        }
        prop_assert_eq!(usize::try_from(next).unwrap(), flat.len());
    }
}
