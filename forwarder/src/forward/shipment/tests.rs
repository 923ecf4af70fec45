use proptest::prelude::*;
use tailwater_parser::{Record, UnixMillis};

use super::*;
use crate::{
    deliver::{Rejection, retry::Split},
    sink::{
        Answer, Endpoint, LogsBody, MetricsBody, NoRoom, Verdict,
        otlp::{Enrichment, MetricsBatch},
    },
};

/// A sink whose bodies have this limit, uncompressed.
#[derive(Debug)]
struct Limited(Limits);

#[derive(Debug)]
struct NoLogs;

impl LogsBody for NoLogs {
    fn add(&mut self, _: &Record<'_>, _: UnixMillis) -> Result<(), NoRoom> {
        Err(NoRoom::Event)
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
        Box::new(MetricsBatch::new(Enrichment::default()))
    }

    fn endpoint(&self, _: Signal) -> Option<&Endpoint> {
        None
    }

    fn verdict(&self, _: &Answer<'_>, _: UnixMillis) -> Verdict {
        Verdict::Delivered
    }
}

const FRAME: Frame = Frame { open: b"<<", between: b",", close: b">>" };

/// Bodies that may be divided in search of what is refused.
const BISECTIONS: u32 = 64;

fn shipment(encoded: usize, compressed: usize) -> Shipment {
    let limits = Limits { events: u64::MAX, encoded, compressed };
    Shipment::new(SinkIndex(0), &Limited(limits), FRAME, Level::default())
}

/// A batch of one delivery with pieces of these lengths, of ten points each.
fn gathered(delivery: u32, lengths: &[usize]) -> Gathered {
    let piece = |length: &usize| Piece { bytes: vec![b'x'; *length], points: 10 };
    Gathered {
        deliveries: RangeSet::from(delivery..delivery + 1),
        pieces: lengths.iter().map(piece).collect(),
        rejected: RejectedPoints { too_old: 1, ..RejectedPoints::default() },
    }
}

/// A shipment of batches with so many small pieces each.
fn batches(pieces: &[usize]) -> Shipment {
    let mut shipment = shipment(1_000_000, usize::MAX);
    let all = (0..).zip(pieces).map(|(delivery, pieces)| gathered(delivery, &vec![5; *pieces]));
    shipment.load(all.collect());
    shipment
}

/// Sends everything to a backend that answers like this to pieces of these numbers; what was sent, and what came of it.
fn send(shipment: &mut Shipment, answer: impl Fn(&[u32]) -> Fate) -> (Vec<Vec<u32>>, Vec<Batch>) {
    let mut bodies = Vec::new();
    while let Some(body) = shipment.next() {
        let numbers: Vec<_> = body.covers.iter().flatten().collect();
        let (fate, words) = (answer(&numbers), Some("no".to_owned()));
        shipment.settle(Sent { body, fate, sends: 1, refreshes: 0, bytes: 0, words }, BISECTIONS);
        bodies.push(numbers);
    }
    (bodies, shipment.take_batches())
}

const TAKEN: Fate = Fate::Done { rejected: 0 };

/// What a backend's refusal of these pieces is made of by the sender.
fn refusal(numbers: &[u32]) -> Fate {
    if numbers.len() > 1 { Fate::Bisect } else { Fate::Rejected(Rejection::Refused) }
}

#[test]
fn each_batch_is_bodies_of_its_own() {
    let (bodies, ended) = send(&mut batches(&[2, 0, 3]), |_| TAKEN);
    assert_eq!(bodies, [vec![0, 1], vec![2, 3, 4]]);
    assert_eq!(ended.len(), 3);
    for batch in &ended {
        assert!(batch.is_decided() && batch.parked.is_none() && batch.refused.is_none(), "{batch:?}");
        assert_eq!(batch.lost().too_old, 1);
    }
}

#[test]
fn a_batch_that_fails_is_parked_and_no_other() {
    let busy = |numbers: &[u32]| if numbers == [2, 3] { Fate::Parked(ParkReason::Busy) } else { TAKEN };
    let (_, ended) = send(&mut batches(&[2, 2, 2]), busy);
    let parked: Vec<_> = ended.iter().map(|batch| batch.parked).collect();
    assert_eq!(parked, [None, Some(ParkReason::Busy), None]);
    let counted: Vec<_> = ended.iter().map(|batch| batch.lost().sum()).collect();
    assert_eq!(counted, [1, 0, 1], "what is parked is counted when it comes again");
}

#[test]
fn what_is_too_large_is_halved_in_order() {
    let small = |numbers: &[u32]| if numbers.len() > 2 { Fate::Smaller(Split::Halves) } else { TAKEN };
    let (bodies, ended) = send(&mut batches(&[5]), small);
    assert_eq!(bodies, [vec![0, 1, 2, 3, 4], vec![0, 1, 2], vec![0, 1], vec![2], vec![3, 4]]);
    assert!(ended[0].is_decided() && ended[0].parked.is_none());
}

#[test]
fn one_piece_that_is_too_large_is_parked() {
    let (bodies, ended) = send(&mut batches(&[1]), |_| Fate::Smaller(Split::Event { parts: 2 }));
    assert_eq!((bodies.len(), ended[0].parked), (1, Some(ParkReason::TooLarge)));
}

#[test]
fn one_piece_that_is_refused_costs_only_itself() {
    let (bodies, ended) =
        send(&mut batches(&[100]), |numbers| if numbers.contains(&70) { refusal(numbers) } else { TAKEN });
    assert!(bodies.len() < 20, "{} bodies", bodies.len());
    assert_eq!(ended[0].refused, Some(Refused { words: Some("no".to_owned()), is_whole: true }));
    assert_eq!((ended[0].parked, ended[0].lost().refused), (None, 10));
}

#[test]
fn a_search_that_takes_too_long_ends_with_what_is_left_refused() {
    let given_up = |numbers: &[u32], bisections: u32| {
        if numbers.len() > 1 && bisections >= BISECTIONS {
            Fate::Parked(ParkReason::Refused)
        } else {
            refusal(numbers)
        }
    };
    let mut shipment = batches(&[1_000]);
    let mut sent = 0;
    while let Some(body) = shipment.next() {
        let numbers: Vec<_> = body.covers.iter().flatten().collect();
        let fate = given_up(&numbers, shipment.bisections);
        shipment.settle(Sent { body, fate, sends: 1, refreshes: 0, bytes: 0, words: None }, BISECTIONS);
        sent += 1;
    }
    let ended = shipment.take_batches();
    assert_eq!((ended[0].parked, ended[0].lost().refused), (None, 10_000));
    assert_eq!(sent, 2 * BISECTIONS + 1);
}

#[test]
fn a_search_for_which_there_was_no_time_is_parked() {
    let (_, ended) = send(&mut batches(&[3]), |_| Fate::Parked(ParkReason::Refused));
    assert_eq!(ended[0].parked, Some(ParkReason::Refused));
}

#[test]
fn a_partial_success_is_counted_up_to_what_there_was() {
    let check = |rejected, expected| {
        let (_, ended) = send(&mut batches(&[2]), |_| Fate::Done { rejected });
        assert_eq!((ended[0].lost().refused, ended[0].parked), (expected, None));
        let words = Some(format!("{expected} of these points were refused: no"));
        assert_eq!(ended[0].refused, Some(Refused { words, is_whole: false }));
    };
    check(3, 3);
    check(u64::MAX, 20);
}

#[test]
fn what_nobody_answered_for_is_undecided() {
    let mut shipment = batches(&[1, 1]);
    let lost = shipment.next();
    let (_, ended) = send(&mut shipment, |_| TAKEN);
    assert!(lost.is_some());
    assert_eq!(ended.iter().map(Batch::is_decided).collect::<Vec<_>>(), [false, true]);
    assert_eq!(ended[0].lost(), RejectedPoints::default());
}

proptest! {
    #[test]
    fn bodies_stay_within_their_limits_and_hold_every_piece_once(
        lengths in proptest::collection::vec(proptest::collection::vec(0..900_usize, 0..20), 0..5),
        encoded in 500..3_000_usize,
        compressed in 500..3_000_usize,
    ) {
        let mut shipment = shipment(encoded, HELD_BACK + compressed);
        shipment.load((0..).zip(&lengths).map(|(delivery, lengths)| gathered(delivery, lengths)).collect());
        let flat: Vec<_> = lengths.iter().flatten().copied().collect();
        let mut next = 0;
        while let Some(body) = shipment.next() {
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
