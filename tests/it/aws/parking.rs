//! Parking in S3 and SQS: objects are listed in pages, read once, and deleted.

use std::collections::BTreeMap;

use serde_json::json;
use tailwater_forwarder::parking::{ParkedRef, ParkingError, ParkingStore, Put};
use tests::server::{Moto, Versitygw};

use super::{PATIENT, lazy_access, queue, run, settings, sqs};

fn lot(url: &str, parking: &str) -> ParkingStore {
    let settings = settings(url, &[("TAILWATER_PARKING", parking)]);
    let parking = settings.parking.as_ref().expect("parking is set");
    ParkingStore::new(parking, &lazy_access(&settings)).expect("there are credentials")
}

/// Lists all parked objects through all pages.
async fn all(lot: &ParkingStore, prefix: &str) -> Vec<ParkedRef> {
    let mut tickets = Vec::new();
    let mut cursor = None;
    loop {
        let page = lot.list(prefix, cursor.as_ref()).await.expect("objects can be listed");
        tickets.extend(page.entries);
        cursor = page.next;
        if cursor.is_none() {
            return tickets;
        }
    }
}

/// Reads all parked objects by key.
async fn contents(lot: &ParkingStore, prefix: &str) -> BTreeMap<String, Vec<u8>> {
    let mut contents = BTreeMap::new();
    for ticket in all(lot, prefix).await {
        let content = lot.read(&ticket).await.expect("the object can be read").expect("the object exists");
        assert!(contents.insert(ticket.key, content).is_none());
    }
    contents
}

#[test]
fn bucket_holds_parked_objects_under_its_prefix() {
    let Some(server) = Versitygw::start_if_installed() else { return };
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
fn queue_holds_small_objects_and_the_bucket_large_ones() {
    let Some(moto) = Moto::start_if_installed() else { return };
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
        // All are hidden for the visibility timeout.
        assert_eq!(all(&lot, "").await.len(), 0);
    });
}

#[test]
fn released_message_is_visible_and_deleted_one_is_gone() {
    let Some(moto) = Moto::start_if_installed() else { return };
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
                assert_eq!(lot.read(ticket).await.unwrap(), None, "the object is deleted with its message");
            } else {
                lot.replace(ticket, "parked/v1/small", "less".into(), PATIENT).await.unwrap();
            }
        }
        let left = contents(&lot, "").await;
        assert_eq!(left.into_iter().collect::<Vec<_>>(), [("parked/v1/small".to_owned(), b"less".to_vec())]);
    });
}

#[test]
fn object_too_large_for_a_queue_without_bucket_is_an_error() {
    let Some(moto) = Moto::start_if_installed() else { return };
    let lot = lot(&moto.url(), &format!("sqs:{}", queue(&moto, "parking")));
    run(async {
        let error = lot.put("parked/v1/a", vec![0; 200_000].into(), PATIENT).await.unwrap_err();
        assert!(matches!(error, ParkingError::TooLarge { size: 266_668 }), "{error}");
        // Just below the limit, including key and attribute.
        lot.put("parked/v1/a", vec![0; 196_500].into(), PATIENT).await.unwrap();
        assert_eq!(contents(&lot, "").await["parked/v1/a"], vec![0; 196_500]);
    });
}

#[test]
fn message_put_by_aws_is_returned_unchanged() {
    let Some(moto) = Moto::start_if_installed() else { return };
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
fn missing_queue_is_an_error() {
    let Some(moto) = Moto::start_if_installed() else { return };
    let url = format!("sqs:{}/123456789012/missing", moto.url());
    let error = run(lot(&moto.url(), &url).put("a", "b".into(), PATIENT)).unwrap_err();
    assert!(error.to_string().starts_with("SQS resource not found: "), "{error}");
}
