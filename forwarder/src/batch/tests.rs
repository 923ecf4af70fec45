//! Tests of the batcher: each record is in one body, and no body exceeds its limits.

use std::io::Read as _;

use proptest::prelude::*;
use tailwater_parser::{
    Origin, Record, UnixMillis,
    decode::{Part, Utf8},
    line,
    record::EventId,
};

use super::*;
use crate::sink::{
    Encoding, Sink,
    datadog::{Datadog, Endpoints, Labels},
    ndjson::Ndjson,
};

const NOW: UnixMillis = UnixMillis(1_763_725_200_000);
const SINK: SinkIndex = SinkIndex(0);

fn record<'a>(origin: &'a Origin, message: &'a str, part: Part) -> Record<'a> {
    Record {
        origin,
        event_id: EventId::Position(1),
        time: NOW,
        message,
        line: line::parse(message),
        level: None,
        request_id: None,
        trace_id: None,
        invocation_segment: None,
        trace_context: None,
        tenant: None,
        part,
        utf8: Utf8::Valid,
        additions: None,
    }
}

/// Batches the selected messages; returns the bodies, and the events that fit into none.
fn bodies(sink: &dyn Sink, selection: Selection, messages: &[String]) -> (Vec<Body>, RangeSet) {
    let mut batcher = Batcher::new(SINK, sink, Level::default());
    batcher.select(selection);
    let origin = Origin::default();
    for (number, message) in (0..).zip(messages) {
        batcher.add(number, &record(&origin, message, Part::Whole), NOW);
    }
    batcher.close();
    (std::iter::from_fn(|| batcher.pop()).collect(), batcher.take_unfit())
}

fn datadog() -> Datadog {
    Datadog::new(Endpoints::of_site("datadoghq.eu").unwrap(), Labels::default())
}

/// Returns the messages of a Datadog body, after checking Datadog's limits.
fn messages(body: &Body) -> Vec<String> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(&*body.bytes).read_to_string(&mut text).unwrap();
    assert!(text.len() <= 5_000_000, "{} bytes", text.len());
    let items: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    assert!(items.len() <= 1_000, "{} items", items.len());
    assert!(items.iter().all(|item| item.to_string().len() <= 1_000_000));
    items.iter().map(|item| item["message"].as_str().unwrap().to_owned()).collect()
}

fn numbered(n: u32) -> Vec<String> {
    (0..n).map(|n| format!("line {n}")).collect()
}

fn group(range: std::ops::Range<u32>, parts: u32) -> EventGroup {
    EventGroup { events: range.into(), history: History { refreshes: 0, parts } }
}

#[test]
fn body_is_closed_at_the_maximum_number_of_events() {
    let (bodies, unfit) = bodies(&datadog(), Selection::Everything, &numbered(2_500));
    let covers: Vec<_> = bodies.iter().map(|body| body.covers.clone()).collect();
    assert_eq!(covers, [0..1000, 1000..2000, 2000..2500].map(RangeSet::from));
    assert_eq!(bodies.iter().flat_map(messages).collect::<Vec<_>>(), numbered(2_500));
    assert!(unfit.is_empty());
}

#[test]
fn each_group_is_a_body_and_other_events_are_left_out() {
    let selection = Selection::of(vec![group(6..8, 1), group(1..4, 1)]);
    let (bodies, _) = bodies(&datadog(), selection, &numbered(10));
    let seen: Vec<_> = bodies.iter().map(|body| body.covers.clone()).collect();
    assert_eq!(seen, [(1..4).into(), (6..8).into()]);
    let texts: Vec<_> = bodies.iter().map(messages).collect();
    assert_eq!(texts, [vec!["line 1", "line 2", "line 3"], vec!["line 6", "line 7"]]);
}

#[test]
fn each_part_of_an_event_that_a_backend_called_too_large_is_a_body() {
    let mut all = numbered(4);
    all[2] = "0123456789abcdef".repeat(300);
    let selection = Selection::of(vec![group(1..2, 1), group(2..3, 4), group(3..4, 1)]);
    let (bodies, unfit) = bodies(&datadog(), selection, &all);
    let seen: Vec<_> = bodies.iter().map(|body| (body.part_of, body.covers.clone())).collect();
    let part = (Some(2), RangeSet::default());
    let expected = [
        (None, (1..2).into()),
        part.clone(),
        part.clone(),
        part,
        (None, (2..3).into()),
        (None, (3..4).into()),
    ];
    assert_eq!(seen, expected);
    assert_eq!(bodies.iter().map(|body| body.history.parts).collect::<Vec<_>>(), [1, 4, 4, 4, 4, 1]);
    let texts: Vec<_> = bodies.iter().map(messages).collect();
    assert!(texts.iter().all(|texts| texts.len() == 1), "{texts:?}");
    assert_eq!(texts.concat().concat(), all[1..].concat());
    assert!(unfit.is_empty());
}

#[test]
fn event_beyond_the_limits_is_split_into_more_parts_than_requested() {
    let long = "\u{1}".repeat(700_000);
    let (bodies, unfit) =
        bodies(&datadog(), Selection::of(vec![group(0..1, 2)]), std::slice::from_ref(&long));
    assert!(unfit.is_empty());
    assert_eq!(bodies.iter().map(|body| body.history.parts).collect::<Vec<_>>(), [8; 8]);
    assert_eq!(bodies.iter().flat_map(messages).collect::<String>(), long);
}

#[test]
fn short_event_is_not_split() {
    for (len, parts) in [(0, 2), (100, 2), (1_000, 8)] {
        let all = ["before".to_owned(), "x".repeat(len), "behind".to_owned()];
        let selection = Selection::of(vec![group(0..1, 1), group(1..2, parts), group(2..3, 1)]);
        let (bodies, unfit) = bodies(&datadog(), selection, &all);
        assert_eq!(bodies.iter().flat_map(messages).collect::<Vec<_>>(), ["before", "behind"], "{len}");
        assert_eq!(bodies.iter().map(|body| body.covers.count()).collect::<Vec<_>>(), [1, 1], "{len}");
        assert_eq!(unfit, (1..2).into(), "{len}");
    }
}

#[test]
fn group_with_gaps_is_one_body_with_its_history() {
    let group = EventGroup {
        events: [0..1, 2..3].into_iter().collect(),
        history: History { refreshes: 1, parts: 1 },
    };
    let (bodies, _) = bodies(&datadog(), Selection::of(vec![group.clone()]), &numbered(4));
    assert_eq!(bodies.len(), 1);
    assert_eq!((&bodies[0].covers, bodies[0].history), (&group.events, group.history));
}

#[test]
fn event_larger_than_the_item_limit_is_split() {
    let long = "\u{1}é".repeat(180_000);
    let all = vec!["before".to_owned(), long.clone(), "behind".to_owned()];
    let (bodies, unfit) = bodies(&datadog(), Selection::Everything, &all);
    assert!(unfit.is_empty());
    let texts: Vec<_> = bodies.iter().flat_map(messages).collect();
    assert!(texts.len() > 3);
    assert_eq!(texts.concat(), all.concat());
    let covered = bodies.iter().fold(RangeSet::default(), |mut all, body| {
        all.insert_all(&body.covers);
        all
    });
    assert_eq!(covered, (0..3).into());
}

#[test]
fn event_in_several_bodies_is_covered_by_the_last() {
    // Each byte takes six bytes when escaped: more than fit into one body.
    let long = "\u{1}".repeat(1_048_576);
    let (bodies, unfit) = bodies(&datadog(), Selection::Everything, std::slice::from_ref(&long));
    assert!(unfit.is_empty());
    assert_eq!(bodies.iter().flat_map(messages).collect::<String>(), long);
    let (last, first) = bodies.split_last().unwrap();
    assert!(!first.is_empty(), "the event has to need two bodies");
    assert!(first.iter().all(|body| body.part_of == Some(0) && body.covers.is_empty()));
    assert_eq!((last.part_of, &last.covers), (None, &(0..1).into()));
}

#[test]
fn ndjson_body_has_one_line_for_each_event() {
    let (bodies, _) = bodies(&Ndjson, Selection::Everything, &numbered(3));
    assert_eq!(bodies.len(), 1);
    let text = std::str::from_utf8(&bodies[0].bytes).unwrap();
    assert_eq!(text.lines().count(), 3);
}

fn inflated(encoding: Encoding, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match encoding {
        Encoding::Identity => out.extend_from_slice(bytes),
        Encoding::Gzip => drop(flate2::read::GzDecoder::new(bytes).read_to_end(&mut out).unwrap()),
        Encoding::Deflate => drop(flate2::read::ZlibDecoder::new(bytes).read_to_end(&mut out).unwrap()),
        Encoding::Zstd => out = zstd::decode_all(bytes).unwrap(),
    }
    out
}

proptest! {
    #[test]
    fn every_encoding_round_trips(
        bodies in prop::collection::vec(prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3000), 0..5), 1..4),
        level in 1_u8..=9,
    ) {
        for encoding in [Encoding::Identity, Encoding::Gzip, Encoding::Deflate, Encoding::Zstd] {
            let mut compressor = Compressor::new(encoding, Level(level));
            for body in &bodies {
                body.iter().for_each(|piece| compressor.write(piece));
                prop_assert_eq!(inflated(encoding, &compressor.finish()), body.concat(), "{:?}", encoding);
            }
        }
    }

    #[test]
    fn selected_messages_are_in_the_bodies_once_and_in_order(
        words in prop::collection::vec("\\PC{0,40}", 0..40),
        groups in prop::collection::vec((0_u32..8, 0_u32..8, 1_u32..4), 0..6),
    ) {
        let all: Vec<_> = words.iter().map(|word| word.repeat(5_000 / word.len().max(1) + 1)).collect();
        let mut start = 0;
        let groups: Vec<_> = groups.into_iter().map(|(gap, len, parts)| {
            let range = start + gap..start + gap + len;
            start = range.end;
            group(range, parts)
        }).filter(|group| !group.events.is_empty()).collect();
        let wanted: String = all.iter().enumerate()
            .filter(|(n, _)| groups.iter().any(|group| group.events.contains(u32::try_from(*n).unwrap())))
            .map(|(_, message)| message.trim_end_matches(['\r', '\n']))
            .collect();
        let (bodies, unfit) = bodies(&datadog(), Selection::of(groups), &all);
        // An empty message cannot be split.
        prop_assert!(unfit.iter().flatten().all(|n| all[usize::try_from(n).unwrap()].is_empty()));
        prop_assert_eq!(bodies.iter().flat_map(messages).collect::<String>(), wanted);
    }
}
