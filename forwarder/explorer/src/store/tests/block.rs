//! Tests of encoding and decoding blocks.

use proptest::{collection::vec, option, prelude::*};
use tailwater_parser::{Level, UnixMillis, decode::Part};

use crate::store::{
    block::{BlockEncoder, decode, recompress},
    bloom::may_contain,
    codes::level_from_code,
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
                level: level_from_code(*level),
                part: *part,
                kind: "app",
                request_id: request_id.as_deref(),
                trace_id: trace_id.as_deref(),
                additions: None,
                message,
            });
        }
        events
    })
}

proptest! {
    #[test]
    fn encoded_events_decode_unchanged(events in events()) {
        let encoded = BlockEncoder::default().encode_events(&events);
        prop_assert_eq!(encoded.decode(), Some(events));
    }

    #[test]
    fn decoding_a_damaged_block_does_not_panic(events in events(), at: usize, bits: u8) {
        let mut encoded = BlockEncoder::default().encode_events(&events);
        let length = encoded.columns.len();
        encoded.columns[at % length] ^= bits;
        let _ = encoded.decode();
    }

    #[test]
    fn bloom_filter_contains_every_word_and_request_id(events in events()) {
        if let Some(block) = BlockEncoder::default().encode(std::sync::Arc::default(), &events) {
            let lowercase = events.text().to_ascii_lowercase();
            prop_assert!(words(&lowercase).all(|word| may_contain(&block.bloom, word_hash(word))));
            prop_assert!(events.request_ids().all(|id| may_contain(&block.bloom, request_hash(id))));
        }
    }
}

fn event(key: u64, part: Part, level: Option<Level>) -> EventView<'static> {
    let (request_id, trace_id, time) = (None, None, UnixMillis(5));
    EventView {
        key: EventKey(key),
        time,
        level,
        part,
        kind: "app",
        request_id,
        trace_id,
        additions: None,
        message: "m",
    }
}

#[test]
fn parts_of_a_message_count_once() {
    let mut events = Events::default();
    [Part::Whole, Part::Piece(0), Part::Piece(1), Part::Last(2), Part::Last(0)]
        .iter()
        .zip(0..)
        .for_each(|(part, key)| events.push(&event(key, *part, None)));
    assert_eq!((events.counted(), events.len()), (3, 5));
}

#[test]
fn unseen_skips_known_and_repeated_keys() {
    let mut events = Events::default();
    [1, 2, 1, 3].into_iter().for_each(|key| events.push(&event(key, Part::Whole, Some(Level::Info))));
    let kept = events.unseen(&mut EventKeys::from_iter([EventKey(3)]));
    assert_eq!(kept.keys(), [EventKey(1), EventKey(2)]);
}

#[test]
fn encoding_no_events_gives_no_block() {
    assert!(BlockEncoder::default().encode(std::sync::Arc::default(), &Events::default()).is_none());
}

#[test]
fn blocks_of_earlier_versions_are_read() {
    let mut events = Events::default();
    events.push(&EventView {
        key: EventKey(7),
        time: UnixMillis(5),
        level: Some(Level::Info),
        part: Part::Whole,
        kind: "app",
        request_id: Some("r-1"),
        trace_id: None,
        additions: None,
        message: "hello",
    });
    let compressed = |data: &[u8]| {
        let mut out = vec![u8::try_from(data.len()).unwrap()];
        out.extend(zstd::bulk::compress(data, 1).unwrap());
        out
    };
    let mut columns = Vec::new();
    events.encode_columns(&mut columns);
    let (columns, messages) = (compressed(&columns), compressed(b"hello\n"));
    let keys = 7_u64.to_le_bytes();
    assert_eq!(decode(&keys, &columns, &messages), Some(events.clone()));
    let (columns, messages) = recompress(&columns, &messages).unwrap();
    assert_eq!(decode(&keys, &columns, &messages), Some(events));
    assert_eq!(decode(&keys, &[0, 99], &messages), None);
}
