//! Tests of the tracker: every event ends once for each sink.

use super::*;
use crate::ledger::ParkReason;

const FIRST: SinkIndex = SinkIndex(0);
const SECOND: SinkIndex = SinkIndex(1);

/// Creates a tracker with two deliveries of three and two events, of 1, 2, 4, 8 and 16 bytes.
fn two_deliveries(sinks: usize) -> DeliveryTracker {
    let mut tracker = DeliveryTracker::new(sinks);
    tracker.begin_delivery();
    let first = [1, 2, 4].map(|bytes| tracker.receive(Tally::new(1, bytes)));
    tracker.begin_delivery();
    let second = [8, 16].map(|bytes| tracker.receive(Tally::new(1, bytes)));
    assert_eq!((first, second), ([0, 1, 2], [3, 4]));
    tracker
}

fn one(range: Range<u32>) -> RangeSet {
    range.into()
}

fn set(ranges: &[Range<u32>]) -> RangeSet {
    ranges.iter().cloned().collect()
}

#[test]
fn each_event_is_pending_for_each_sink() {
    let mut tracker = two_deliveries(2);
    tracker.end(FIRST, &one(0..5), Disposition::Delivered).unwrap();
    assert!(tracker.pending(FIRST).is_empty());
    assert_eq!(tracker.pending(SECOND), one(0..5));
    let closed = tracker.close().unwrap();
    assert_eq!(closed.deliveries, [Err(Unsettled { pending: 3 }), Err(Unsettled { pending: 2 })]);
}

#[test]
fn delivery_is_settled_when_all_events_ended_for_all_sinks() {
    let mut tracker = two_deliveries(2);
    tracker.end(FIRST, &one(0..5), Disposition::Delivered).unwrap();
    tracker.end(SECOND, &one(0..1), Disposition::Filtered).unwrap();
    tracker.end(SECOND, &one(1..2), Disposition::Sampled).unwrap();
    tracker.end(SECOND, &one(2..4), Disposition::Parked(ParkReason::Slow)).unwrap();
    let closed = tracker.close().unwrap();
    assert_eq!(closed.deliveries, [Ok(Settled(())), Err(Unsettled { pending: 1 })]);
    let account = &closed.accounts[1];
    assert_eq!(account.returned, Tally::new(1, 16));
    assert_eq!(account.ledger.received(), Tally::new(4, 15));
    assert_eq!(account.ledger.parked(), Tally::new(2, 12));
    assert_eq!(account.ends[&Disposition::Parked(ParkReason::Slow)], Tally::new(2, 12));
}

#[test]
fn ended_event_cannot_end_again() {
    let mut tracker = two_deliveries(1);
    tracker.end(FIRST, &one(1..3), Disposition::Delivered).unwrap();
    for again in [one(1..3), one(0..2), one(4..6)] {
        let ended = tracker.end(FIRST, &again, Disposition::Delivered);
        assert_eq!(ended, Err(NotPending { sink: FIRST }), "{again:?}");
    }
    assert!(tracker.end(SECOND, &one(0..1), Disposition::Delivered).is_err(), "there is no such sink");
    assert_eq!(tracker.pending(FIRST), set(&[0..1, 3..5]), "a failed call ends nothing");
}

#[test]
fn partial_success_rejects_the_reported_number() {
    let mut tracker = two_deliveries(1);
    tracker.end_partly(FIRST, &set(&[0..2, 3..5]), 3).unwrap();
    tracker.end_partly(FIRST, &one(2..3), u64::MAX).unwrap();
    let ledger = tracker.close().unwrap().accounts[0].ledger;
    assert_eq!(ledger.delivered(), Tally::new(1, 1));
    assert_eq!(ledger.rejected(), Tally::new(4, 30));
}

#[test]
fn damage_is_one_rejected_event() {
    let mut tracker = two_deliveries(1);
    tracker.receive_damage(Recipients::All);
    tracker.end(FIRST, &one(0..5), Disposition::Delivered).unwrap();
    let closed = tracker.close().unwrap();
    assert!(closed.deliveries.iter().all(Result::is_ok));
    assert_eq!(closed.accounts[0].ledger.received(), Tally::new(6, 31));
    assert_eq!(closed.accounts[0].ends[&Disposition::Rejected(Rejection::Damaged)], Tally::new(1, 0));
}

#[test]
fn unread_rest_is_one_parked_event_of_its_sink() {
    let mut tracker = two_deliveries(2);
    tracker.park_unread(SECOND, ParkReason::Unreadable);
    for sink in [FIRST, SECOND] {
        tracker.end(sink, &one(0..5), Disposition::Delivered).unwrap();
    }
    let closed = tracker.close().unwrap();
    let received: Vec<_> = closed.accounts.iter().map(|account| account.ledger.received()).collect();
    assert_eq!(received, [Tally::new(5, 31), Tally::new(6, 31)]);
    assert_eq!(closed.accounts[1].ends[&Disposition::Parked(ParkReason::Unreadable)], Tally::new(1, 0));
}

#[test]
fn pieces_of_a_message_are_one_event() {
    let mut tracker = DeliveryTracker::new(1);
    tracker.begin_delivery();
    for (events, bytes) in [(1, 10), (0, 20), (0, 30), (1, 40)] {
        tracker.receive(Tally::new(events, bytes));
    }
    tracker.end(FIRST, &one(0..1), Disposition::Delivered).unwrap();
    assert_eq!(tracker.tally(&tracker.pending(FIRST)), Tally::new(1, 90));
    let closed = tracker.close().unwrap();
    assert!(closed.deliveries[0].is_err());
}

#[test]
fn pending_piece_keeps_its_delivery_unsettled() {
    let mut tracker = DeliveryTracker::new(1);
    tracker.begin_delivery();
    tracker.receive(Tally::new(1, 10));
    tracker.receive(Tally::new(0, 10));
    tracker.end(FIRST, &one(0..1), Disposition::Delivered).unwrap();
    assert_eq!(tracker.close().unwrap().deliveries, [Err(Unsettled { pending: 0 })]);
}

#[test]
fn events_in_a_delivery_are_counted_from_its_first() {
    let tracker = two_deliveries(1);
    let events = set(&[1..2, 2..5]);
    assert_eq!(tracker.in_delivery(DeliveryIndex(0), &events), one(1..3));
    assert_eq!(tracker.in_delivery(DeliveryIndex(1), &events), one(0..2));
    assert_eq!(tracker.in_delivery(DeliveryIndex(2), &events), RangeSet::default());
}

#[test]
fn delivery_without_events_is_settled() {
    let mut tracker = DeliveryTracker::new(2);
    tracker.begin_delivery();
    assert_eq!(tracker.close().unwrap().deliveries, [Ok(Settled(()))]);
}

#[test]
fn unbalanced_account_is_an_error() {
    let mut tracker = two_deliveries(1);
    tracker.end(FIRST, &one(0..5), Disposition::Delivered).unwrap();
    tracker.sinks[0].ended.clear();
    assert!(tracker.close().is_err());
}

#[test]
fn joined_events_end_together_and_are_owed_together() {
    let mut tracker = DeliveryTracker::new(1);
    tracker.begin_delivery();
    tracker.receive(Tally::new(1, 1));
    let first = tracker.receive_joined(Recipients::All, Tally::new(3, 30), set(&[3..4, 4..5]));
    tracker.receive(Tally::new(1, 2));
    assert_eq!([tracker.receive_absorbed(), tracker.receive_absorbed()], [3, 4]);
    assert_eq!(tracker.in_delivery(DeliveryIndex(0), &one(first..first + 1)), set(&[1..2, 3..5]));
    assert_eq!(tracker.tally(&one(0..5)), Tally::new(5, 33));
    tracker.end(FIRST, &set(&[0..1, 2..3]), Disposition::Delivered).unwrap();
    tracker.end(FIRST, &one(1..2), Disposition::Filtered).unwrap();
    let closed = tracker.close().unwrap();
    assert_eq!(closed.accounts[0].ledger.filtered(), Tally::new(3, 30));
    assert!(closed.deliveries[0].is_ok());
}
