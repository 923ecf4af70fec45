//! Nothing is forgotten, and nothing ends twice.

use super::*;

const FIRST: SinkIndex = SinkIndex(0);
const SECOND: SinkIndex = SinkIndex(1);

/// Two deliveries of three and two events, of 1, 2, 4, 8 and 16 bytes.
fn two_deliveries(sinks: usize) -> Obligations {
    let mut obligations = Obligations::new(sinks);
    obligations.begin_delivery();
    let first = [1, 2, 4].map(|bytes| obligations.receive(Tally::new(1, bytes)));
    obligations.begin_delivery();
    let second = [8, 16].map(|bytes| obligations.receive(Tally::new(1, bytes)));
    assert_eq!((first, second), ([0, 1, 2], [3, 4]));
    obligations
}

fn one(range: Range<u32>) -> RangeSet {
    range.into()
}

fn set(ranges: &[Range<u32>]) -> RangeSet {
    ranges.iter().cloned().collect()
}

#[test]
fn each_event_is_owed_to_each_sink() {
    let mut obligations = two_deliveries(2);
    obligations.end(FIRST, &one(0..5), End::Delivered).unwrap();
    assert!(obligations.pending(FIRST).is_empty());
    assert_eq!(obligations.pending(SECOND), one(0..5));
    let closed = obligations.close().unwrap();
    assert_eq!(closed.deliveries, [Err(Unsettled { pending: 3 }), Err(Unsettled { pending: 2 })]);
}

#[test]
fn a_delivery_is_settled_when_all_its_events_ended_everywhere() {
    let mut obligations = two_deliveries(2);
    obligations.end(FIRST, &one(0..5), End::Delivered).unwrap();
    obligations.end(SECOND, &one(0..1), End::Filtered).unwrap();
    obligations.end(SECOND, &one(1..2), End::Sampled).unwrap();
    obligations.end(SECOND, &one(2..4), End::Parked(ParkReason::Slow)).unwrap();
    let closed = obligations.close().unwrap();
    assert_eq!(closed.deliveries, [Ok(Settled(())), Err(Unsettled { pending: 1 })]);
    let account = &closed.accounts[1];
    assert_eq!(account.returned, Tally::new(1, 16));
    assert_eq!(account.ledger.received(), Tally::new(4, 15));
    assert_eq!(account.ledger.parked(), Tally::new(2, 12));
    assert_eq!(account.ends[&End::Parked(ParkReason::Slow)], Tally::new(2, 12));
}

#[test]
fn nothing_ends_twice() {
    let mut obligations = two_deliveries(1);
    obligations.end(FIRST, &one(1..3), End::Delivered).unwrap();
    for again in [one(1..3), one(0..2), one(4..6)] {
        let refused = obligations.end(FIRST, &again, End::Delivered);
        assert_eq!(refused, Err(NotOwed { sink: FIRST }), "{again:?}");
    }
    assert!(obligations.end(SECOND, &one(0..1), End::Delivered).is_err(), "there is no such sink");
    assert_eq!(obligations.pending(FIRST), set(&[0..1, 3..5]), "what failed to end is still owed");
}

#[test]
fn a_partial_success_rejects_as_many_as_the_backend_says() {
    let mut obligations = two_deliveries(1);
    obligations.end_partly(FIRST, &set(&[0..2, 3..5]), 3).unwrap();
    obligations.end_partly(FIRST, &one(2..3), u64::MAX).unwrap();
    let ledger = obligations.close().unwrap().accounts[0].ledger;
    assert_eq!(ledger.delivered(), Tally::new(1, 1));
    assert_eq!(ledger.rejected(), Tally::new(4, 30));
}

#[test]
fn damage_is_one_rejected_input() {
    let mut obligations = two_deliveries(1);
    obligations.receive_damage(Creditor::Each);
    obligations.end(FIRST, &one(0..5), End::Delivered).unwrap();
    let closed = obligations.close().unwrap();
    assert!(closed.deliveries.iter().all(Result::is_ok));
    assert_eq!(closed.accounts[0].ledger.received(), Tally::new(6, 31));
    assert_eq!(closed.accounts[0].ends[&End::Rejected(Rejection::Damaged)], Tally::new(1, 0));
}

#[test]
fn pieces_of_one_message_are_one_event() {
    let mut obligations = Obligations::new(1);
    obligations.begin_delivery();
    for (events, bytes) in [(1, 10), (0, 20), (0, 30), (1, 40)] {
        obligations.receive(Tally::new(events, bytes));
    }
    obligations.end(FIRST, &one(0..1), End::Delivered).unwrap();
    assert_eq!(obligations.weigh(&obligations.pending(FIRST)), Tally::new(1, 90));
    let closed = obligations.close().unwrap();
    assert!(closed.deliveries[0].is_err());
}

#[test]
fn a_piece_that_is_owed_keeps_its_delivery_open() {
    let mut obligations = Obligations::new(1);
    obligations.begin_delivery();
    obligations.receive(Tally::new(1, 10));
    obligations.receive(Tally::new(0, 10));
    obligations.end(FIRST, &one(0..1), End::Delivered).unwrap();
    assert_eq!(obligations.close().unwrap().deliveries, [Err(Unsettled { pending: 0 })]);
}

#[test]
fn what_is_parked_counts_from_the_first_event_of_its_delivery() {
    let obligations = two_deliveries(1);
    let owed = set(&[1..2, 2..5]);
    assert_eq!(obligations.in_delivery(DeliveryIndex(0), &owed), one(1..3));
    assert_eq!(obligations.in_delivery(DeliveryIndex(1), &owed), one(0..2));
    assert_eq!(obligations.in_delivery(DeliveryIndex(2), &owed), RangeSet::default());
}

#[test]
fn a_delivery_without_events_is_settled() {
    let mut obligations = Obligations::new(2);
    obligations.begin_delivery();
    assert_eq!(obligations.close().unwrap().deliveries, [Ok(Settled(()))]);
}

#[test]
fn an_account_that_does_not_balance_is_an_error() {
    let mut obligations = two_deliveries(1);
    obligations.end(FIRST, &one(0..5), End::Delivered).unwrap();
    obligations.sinks[0].ended.clear();
    assert!(obligations.close().is_err());
}
