use proptest::prelude::*;
use tailwater_parser::UnixMillis;

use super::*;
use crate::{
    batch::RangeSet,
    ledger::ParkReason,
    parking::{ObjectName, ParkedKind, S3Object},
};

fn header() -> Header {
    Header {
        sink: "otlp".to_owned(),
        reason: ParkReason::Slow.name().to_owned(),
        attempts: 3,
        account: "000123456789".to_owned(),
        region: "eu-west-1".to_owned(),
        group: "/aws/lambda/checkout".to_owned(),
        stream: "2026/03/04/[$LATEST]00".to_owned(),
        owed: [0..4, 7..9].into_iter().collect(),
        owes_metrics: true,
        time_ms: UnixMillis(1_772_618_400_123),
        ..Header::default()
    }
}

const DELIVERY: &[u8] = b"\x1f\x8b\x08\0\n\n{}\n";

/// Decodes a header with these members, as another version may have written it, with valid hashes and an empty delivery.
fn decode_line(members: &str) -> Result<Header, ParkedError> {
    let sha256 = hex(&Digest::of(b""));
    let line = format!("{{{members},\"sha256\":\"{sha256}\"");
    let bytes = format!("{line}{CHECK}{}\"}}\n", check(line.as_bytes()));
    decode(bytes.as_bytes()).map(|parked| parked.header)
}

#[test]
fn header_is_one_line_of_json() {
    let encoded = encode(&header(), DELIVERY);
    let line = encoded.bytes.split(|byte| *byte == b'\n').next().unwrap();
    insta::assert_snapshot!(str::from_utf8(line).unwrap().replace(",\"", "\n,\""), @r#"
    {"tailwater":"parked"
    ,"version":"1.0"
    ,"sink":"otlp"
    ,"reason":"slow"
    ,"attempts":3
    ,"account":"000123456789"
    ,"region":"eu-west-1"
    ,"group":"/aws/lambda/checkout"
    ,"stream":"2026/03/04/[$LATEST]00"
    ,"delivery_id":""
    ,"owed":[[0,4],[7,9]]
    ,"owes_metrics":true
    ,"time_ms":1772618400123
    ,"sha256":"542debf1fe22e9f5c40b18fbd09a9abfcfc59919a42b823ed79d273c67b3b06b"
    ,"check":"fcab1141e259c11d"}
    "#);
    assert!(encoded.bytes.ends_with(DELIVERY));
}

#[test]
fn object_round_trips() {
    let encoded = encode(&header(), DELIVERY);
    assert_eq!(decode(&encoded.bytes).unwrap(), Parked { header: header(), delivery: DELIVERY });
}

#[test]
fn every_flipped_bit_is_detected() {
    let encoded = encode(&header(), DELIVERY);
    for index in 0..encoded.bytes.len() {
        for bit in 0..8 {
            let mut bytes = encoded.bytes.clone();
            bytes[index] ^= 1 << bit;
            assert!(decode(&bytes).is_err(), "byte {index}, bit {bit}");
        }
    }
}

#[test]
fn truncated_and_extended_objects_are_detected() {
    let mut bytes = encode(&header(), DELIVERY).bytes;
    bytes.push(b'\n');
    assert_eq!(decode(&bytes), Err(ParkedError::DamagedContent));
    bytes.pop();
    for len in 0..bytes.len() {
        assert!(decode(&bytes[..len]).is_err(), "cut to {len}");
    }
}

#[test]
fn newer_minor_version_is_read() {
    let header =
        decode_line(r#""tailwater":"parked","version":"1.7","sink":"x","new":{"a":[1]},"owed":[[1,2]]"#);
    let header = header.unwrap();
    assert_eq!((header.sink.as_str(), header.owed), ("x", RangeSet::from(1..2)));
}

#[test]
fn other_major_version_is_rejected_with_its_number() {
    for version in ["2.0", "0.9", "10.0"] {
        let newer = decode_line(&format!(r#""tailwater":"parked","version":"{version}","owed":"all""#));
        assert_eq!(newer, Err(ParkedError::Newer { found: version.to_owned(), known: 1 }));
    }
}

#[test]
fn other_files_are_no_parked_objects() {
    for text in
        ["", "\n", "{}\n", "[1]\n", "{\"tailwater\":\"x\",\"version\":\"1.0\"}\n", "START RequestId: 1\n"]
    {
        assert_eq!(decode(text.as_bytes()), Err(ParkedError::NotParked), "{text}");
    }
}

#[test]
fn invalid_event_ranges_are_rejected_although_the_hash_is_valid() {
    for owed in ["[[2,1]]", "[[1,1]]", "[[-1,2]]", "7"] {
        let decoded = decode_line(&format!(r#""tailwater":"parked","version":"1.0","owed":{owed}"#));
        assert_eq!(decoded, Err(ParkedError::DamagedHeader), "{owed}");
    }
}

#[test]
fn object_is_decoded_only_under_its_own_key() {
    let name = |header: &Header, encoded: &Encoded| {
        let name = ObjectName {
            kind: ParkedKind::Parked,
            sink: &header.sink,
            time: header.time_ms,
            request_id: "r-1",
            delivery: 0,
        };
        name.key(&encoded.hash)
    };
    let (own, other) = (header(), Header { attempts: 4, ..header() });
    let (encoded, changed) = (encode(&own, DELIVERY), encode(&other, DELIVERY));
    assert!(decode_under(&name(&own, &encoded), &encoded.bytes).is_ok());
    assert_eq!(decode_under(&name(&own, &changed), &encoded.bytes), Err(ParkedError::WrongKey));
    assert_eq!(decode_under("parked/v1/x", &encoded.bytes), Err(ParkedError::WrongKey));
    assert_eq!(decode_under(&name(&own, &encoded), b"{}"), Err(ParkedError::NotParked));
}

#[test]
fn hash_depends_on_header_and_delivery() {
    let hash = |header: &Header, delivery| encode(header, delivery).hash;
    let later = Header { time_ms: UnixMillis(1), ..header() };
    assert_eq!(hash(&header(), b"a"), hash(&header(), b"a"));
    assert_ne!(hash(&header(), b"a"), hash(&header(), b"b"));
    assert_ne!(hash(&header(), b"a"), hash(&later, b"a"));
}

proptest! {
    #[test]
    fn any_header_and_any_delivery_round_trip(
        texts in proptest::array::uniform5("\\PC{0,12}|\n|\"|,\"check\":\""),
        numbers in (any::<u32>(), any::<i64>(), proptest::option::of(any::<i64>()), proptest::option::of(any::<u64>())),
        owed in proptest::collection::vec((any::<u32>(), any::<u32>()), 0..5),
        delivery in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let [sink, error, group, delivery_id, key] = texts;
        let (attempts, time, delivery_time, offset) = numbers;
        let header = Header {
            sink,
            error: Some(error),
            offset,
            attempts,
            group,
            delivery_id,
            delivery_time_ms: delivery_time.map(UnixMillis),
            owed: owed.into_iter().map(|(start, end)| start..end).collect(),
            object: Some(S3Object { bucket: "b".to_owned(), key, ..S3Object::default() }),
            time_ms: UnixMillis(time),
            ..header()
        };
        let encoded = encode(&header, &delivery);
        prop_assert_eq!(decode(&encoded.bytes), Ok(Parked { header, delivery: &delivery }));
    }

    #[test]
    fn random_bytes_are_rejected(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(decode(&bytes).is_err());
    }
}
