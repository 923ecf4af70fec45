//! What goes into a block comes out of it.

use proptest::{collection::vec, option, prelude::*};
use tailwater_parser::{Level, UnixMillis, decode::Part};

use crate::store::{
    block::Sealer,
    bloom::may_hold,
    codes::level_of,
    events::{EventKeys, EventView, Events},
    identity::EventKey,
    words::{request_hash, word_hash, words},
};

fn events() -> impl Strategy<Value = Events> {
    let part =
        prop_oneof![Just(Part::Whole), any::<u32>().prop_map(Part::Piece), any::<u32>().prop_map(Part::Last)];
    let ids = (option::of(".{0,9}"), option::of(".{0,9}"));
    let event = (any::<u64>(), any::<i64>(), 0_u8..=6, part, ids, ".{0,40}");
    vec(event, 0..60).prop_map(|list| {
        let mut events = Events::default();
        for (key, time, level, part, (request_id, trace_id), message) in &list {
            events.push(&EventView {
                key: EventKey(*key),
                time: UnixMillis(*time),
                level: level_of(*level),
                part: *part,
                kind: "app",
                request_id: request_id.as_deref(),
                trace_id: trace_id.as_deref(),
                message,
            });
        }
        events
    })
}

proptest! {
    #[test]
    fn what_is_packed_opens_to_the_same_events(events in events()) {
        let packed = Sealer::default().pack(&events);
        prop_assert_eq!(packed.open(), Some(events));
    }

    #[test]
    fn damage_is_noticed_or_harmless_but_never_a_panic(events in events(), at: usize, bits: u8) {
        let mut packed = Sealer::default().pack(&events);
        let length = packed.columns.len();
        packed.columns[at % length] ^= bits;
        let _ = packed.open();
    }

    #[test]
    fn every_word_of_a_block_is_in_its_filter(events in events()) {
        if let Some(block) = Sealer::default().seal(std::sync::Arc::default(), &events) {
            let lowered = events.text().to_ascii_lowercase();
            prop_assert!(words(&lowered).all(|word| may_hold(&block.bloom, word_hash(word))));
            prop_assert!(events.request_ids().all(|id| may_hold(&block.bloom, request_hash(id))));
        }
    }
}

fn event(key: u64, part: Part, level: Option<Level>) -> EventView<'static> {
    let (request_id, trace_id, time) = (None, None, UnixMillis(5));
    EventView { key: EventKey(key), time, level, part, kind: "app", request_id, trace_id, message: "m" }
}

#[test]
fn only_the_first_part_of_a_message_counts() {
    let mut events = Events::default();
    [Part::Whole, Part::Piece(0), Part::Piece(1), Part::Last(2), Part::Last(0)]
        .iter()
        .zip(0..)
        .for_each(|(part, key)| events.push(&event(key, *part, None)));
    assert_eq!((events.counted(), events.len()), (3, 5));
}

#[test]
fn events_seen_before_are_left_out() {
    let mut events = Events::default();
    [1, 2, 1, 3].into_iter().for_each(|key| events.push(&event(key, Part::Whole, Some(Level::Info))));
    let kept = events.unseen(&mut EventKeys::from_iter([EventKey(3)]));
    assert_eq!(kept.keys(), [EventKey(1), EventKey(2)]);
}

#[test]
fn no_events_make_no_block() {
    assert!(Sealer::default().seal(std::sync::Arc::default(), &Events::default()).is_none());
}
