//! Parking in a bucket and in a queue: everything comes back, in pages, once, and goes when it is settled.

use std::collections::BTreeMap;

use serde_json::json;
use tailwater_forwarder::parking::{ParkedRef, ParkingError, ParkingStore, Put};
use tests::server::{Moto, Versitygw};

use super::{PATIENT, lazy_access, queue, run, settings, sqs};

fn lot(url: &str, parking: &str) -> ParkingStore {
    let settings = settings(url, &[("TAILWATER_PARKING", parking)]);
    let parking = settings.parking.as_ref().expect("it is set");
    ParkingStore::new(parking, &lazy_access(&settings)).expect("there is a key")
}

/// Everything that is parked, through all pages.
async fn all(lot: &ParkingStore, prefix: &str) -> Vec<ParkedRef> {
    let mut tickets = Vec::new();
    let mut cursor = None;
    loop {
        let page = lot.list(prefix, cursor.as_ref()).await.expect("it can be listed");
        tickets.extend(page.entries);
        cursor = page.next;
        if cursor.is_none() {
            return tickets;
        }
    }
}

/// Everything that is parked, with what it is.
async fn contents(lot: &ParkingStore, prefix: &str) -> BTreeMap<String, Vec<u8>> {
    let mut contents = BTreeMap::new();
    for ticket in all(lot, prefix).await {
        let content = lot.read(&ticket).await.expect("it can be read").expect("it was listed");
        assert!(contents.insert(ticket.key, content).is_none());
    }
    contents
}

#[test]
fn a_bucket_keeps_what_is_parked_below_its_prefix() {
    let Some(server) = Versitygw::find() else { return };
    server.make_bucket("parking");
    let (lot, other) =
        (lot(&server.url(), "s3://parking/tail/water"), lot(&server.url(), "s3://parking/tail"));
    run(async {
        other.put("wat/parked/v1/a", "other".into(), PATIENT).await.unwrap();
        for n in 0..1100 {
            let put = lot.put(&format!("parked/v1/{n:04}"), format!("{n}").into(), PATIENT).await.unwrap();
            assert_eq!(put, Put::Stored);
        }
        lot.put("rejected/v1/b", "b".into(), PATIENT).await.unwrap();
        assert_eq!(lot.put("rejected/v1/b", "b".into(), PATIENT).await.unwrap(), Put::AlreadyThere);
        let parked = all(&lot, "parked/v1/").await;
        assert_eq!(parked.len(), 1100);
        assert_eq!(all(&lot, "").await.len(), 1101);
        let last = parked.last().unwrap();
        assert_eq!(
            (last.key.as_str(), lot.read(last).await.unwrap()),
            ("parked/v1/1099", Some(b"1099".to_vec()))
        );
        lot.replace(last, "parked/v1/1100", "less".into(), PATIENT).await.unwrap();
        assert_eq!(lot.read(last).await.unwrap(), None);
        lot.delete(&parked[0]).await.unwrap();
        lot.delete(&parked[0]).await.unwrap();
        assert_eq!(all(&lot, "parked/v1/").await.len(), 1099);
    });
    assert!(
        server
            .objects("parking")
            .iter()
            .any(|(key, object)| { key == "tail/water/parked/v1/1100" && object == b"less" })
    );
}

#[test]
fn a_queue_keeps_small_things_itself_and_large_ones_in_the_bucket() {
    let Some(moto) = Moto::find() else { return };
    let queue = queue(&moto, "parking");
    super::s3::make_bucket(&moto.url());
    let lot = lot(&moto.url(), &format!("sqs:{queue},s3://parking/large"));
    let large: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
    run(async {
        for n in 0..25 {
            lot.put(&format!("parked/v1/{n:02}"), format!("\0{n}").into(), PATIENT).await.unwrap();
        }
        lot.put("parked/v1/large", large.clone().into(), PATIENT).await.unwrap();
        let parked = contents(&lot, "parked/v1/").await;
        assert_eq!(parked.len(), 26);
        assert!(parked["parked/v1/large"] == large && parked["parked/v1/07"] == b"\x007");
        // All are hidden now, as long as whoever listed them may be at work.
        assert_eq!(all(&lot, "").await.len(), 0);
    });
}

#[test]
fn a_message_is_seen_again_when_it_is_released_and_gone_when_it_is_deleted() {
    let Some(moto) = Moto::find() else { return };
    let queue = queue(&moto, "parking");
    super::s3::make_bucket(&moto.url());
    let lot = lot(&moto.url(), &format!("sqs:{queue},s3://parking"));
    let large = vec![b'x'; 300_000];
    run(async {
        lot.put("parked/v1/small", "small".into(), PATIENT).await.unwrap();
        lot.put("parked/v1/large", large.clone().into(), PATIENT).await.unwrap();
        let seen = all(&lot, "").await;
        for ticket in &seen {
            lot.hold(ticket, PATIENT * 10).await.unwrap();
            lot.release(ticket).await.unwrap();
        }
        let again = all(&lot, "").await;
        assert_eq!((seen.len(), again.len()), (2, 2));
        for ticket in &again {
            if ticket.key.ends_with("large") {
                lot.delete(ticket).await.unwrap();
                assert_eq!(lot.read(ticket).await.unwrap(), None, "the object goes with its message");
            } else {
                lot.replace(ticket, "parked/v1/small", "less".into(), PATIENT).await.unwrap();
            }
        }
        let left = contents(&lot, "").await;
        assert_eq!(left.into_iter().collect::<Vec<_>>(), [("parked/v1/small".to_owned(), b"less".to_vec())]);
    });
}

#[test]
fn what_is_too_large_for_a_queue_without_a_bucket_is_told() {
    let Some(moto) = Moto::find() else { return };
    let lot = lot(&moto.url(), &format!("sqs:{}", queue(&moto, "parking")));
    run(async {
        let error = lot.put("parked/v1/a", vec![0; 200_000].into(), PATIENT).await.unwrap_err();
        assert!(matches!(error, ParkingError::TooLarge { size: 266_668 }), "{error}");
        // Close to the limit, key and attribute included.
        lot.put("parked/v1/a", vec![0; 196_500].into(), PATIENT).await.unwrap();
        assert_eq!(contents(&lot, "").await["parked/v1/a"], vec![0; 196_500]);
    });
}

#[test]
fn what_aws_puts_into_a_queue_comes_as_it_is() {
    let Some(moto) = Moto::find() else { return };
    let queue = queue(&moto, "dead-letters");
    let lot = lot(&moto.url(), &format!("sqs:{queue}"));
    let event = r#"{"awslogs":{"data":"H4sI"}}"#;
    let attributes = json!({"RequestID": {"DataType": "String", "StringValue": "r"}});
    let message = json!({"QueueUrl": queue, "MessageBody": event, "MessageAttributes": attributes});
    sqs(&moto, "AmazonSQS.SendMessage", &message);
    run(async {
        let tickets = all(&lot, "parked/v1/sink=otlp/").await;
        let [ticket] = tickets.as_slice() else { panic!("{tickets:?}") };
        assert_eq!(lot.read(ticket).await.unwrap().unwrap(), event.as_bytes());
        lot.delete(ticket).await.unwrap();
        assert_eq!(all(&lot, "").await.len(), 0);
    });
}

#[test]
fn a_queue_that_is_not_there_is_told() {
    let Some(moto) = Moto::find() else { return };
    let url = format!("sqs:{}/123456789012/missing", moto.url());
    let error = run(lot(&moto.url(), &url).put("a", "b".into(), PATIENT)).unwrap_err();
    assert!(error.to_string().starts_with("SQS resource not found: "), "{error}");
}
