//! Parking in SQS with a stand-in: cases that need exact timing or access to the queue.

use std::time::Duration;

use tailwater_forwarder::parking::{Listing, ParkingStore};
use tests::{
    backend::{Backend, FaultSchedule, Step, aws::Aws, s3::S3, sqs::Sqs},
    encoding::lambda_event,
    function_builder::{FunctionBuilder, otlp},
    producer::Producer,
    redeliver::Invoke as _,
    runtime_api::Answer,
};

use super::{PATIENT, lazy_access, run, settings};
use crate::signals;

/// Stand-in for S3 and SQS.
struct AwsStandIn {
    services: Aws,
    server: Backend,
}

impl AwsStandIn {
    fn start() -> Self {
        let services = Aws { s3: S3::new(10), sqs: Sqs::default() };
        Self { server: Backend::start(services.clone(), FaultSchedule::default()), services }
    }

    fn parking(&self) -> String {
        format!("sqs:{}/1/parking,s3://bucket/large", self.server.url())
    }

    fn lot(&self) -> ParkingStore {
        let settings = settings(&self.server.url(), &[("TAILWATER_PARKING", &self.parking())]);
        let parking = settings.parking.as_ref().expect("parking is set");
        ParkingStore::new(parking, &lazy_access(&settings)).expect("there are credentials")
    }
}

#[test]
fn visibility_timeout_below_a_second_hides_the_message() {
    let aws = AwsStandIn::start();
    let lot = aws.lot();
    run(async {
        lot.put("parked/v1/a", "a".into(), PATIENT).await.unwrap();
        let page = lot.list("parked/", None).await.unwrap();
        lot.hold(&page.entries[0], Duration::from_millis(900)).await.unwrap();
        assert_eq!(lot.list("parked/", None).await.unwrap().entries.len(), 0);
    });
}

#[test]
fn skipped_messages_are_released_when_a_listing_ends() {
    let aws = AwsStandIn::start();
    let lot = aws.lot();
    run(async {
        for key in ["parked/v1/a", "rejected/v1/b"] {
            lot.put(key, key.into(), PATIENT).await.unwrap();
        }
        let mut walk = Listing::new(&lot, None);
        let ticket = walk.next().await.unwrap().expect("one object is parked");
        assert_eq!(ticket.key, "parked/v1/a");
        walk.leave(ticket);
        assert!(walk.next().await.unwrap().is_none());
        walk.end().await;
        assert_eq!(lot.list("", None).await.unwrap().entries.len(), 2);
    });
}

#[test]
fn message_without_its_object_is_deleted_by_the_next_redrive() {
    let aws = AwsStandIn::start();
    let backend = otlp(FaultSchedule::always(Step::status(503)));
    let function = FunctionBuilder::new()
        .otlp(&backend)
        .env("AWS_ENDPOINT_URL", aws.server.url())
        .env("TAILWATER_PARKING", aws.parking())
        .timeout(Duration::from_secs(5));
    let mut function = function.start();
    let (_, document) = Producer::default().document(4_000);
    let event = lambda_event(&document).to_string();
    assert!(function.invoke("id", event.as_bytes()).response().is_some());
    let [message] = aws.services.sqs.messages().try_into().expect("there is one message");
    let object =
        tests::parked::referenced_object(&message.body).expect("the object is too large for a message");
    let _ = aws.services.s3.remove(&object).expect("the object exists");

    let answer = function.invoke("redrive", br#"{"tailwater":{"redrive":{}}}"#);
    assert!(matches!(answer, Answer::Response(_)), "{answer:?}");
    assert_eq!(aws.services.sqs.messages().len(), 0);
}

#[test]
fn interrupted_redrive_gives_the_message_in_hand_back() {
    let aws = AwsStandIn::start();
    let lot = aws.lot();
    let backend = otlp(FaultSchedule::always(Step::hang()));
    let (key, bytes) = signals::object();
    run(lot.put(&key, bytes.into(), PATIENT)).unwrap();
    for signal in ["INT", "TERM"] {
        let command = signals::redrive(&aws.parking(), &backend).env("AWS_ENDPOINT_URL", aws.server.url());
        let finished = signals::end(command.start(), signal, 130);
        assert!(finished.stdout.contains("1 left"), "{}", finished.stdout);
        let visible = run(lot.list("parked/", None)).unwrap().entries;
        assert_eq!(visible.len(), 1, "the message is hidden from other readers");
        run(lot.release(&visible[0])).unwrap();
    }
    assert_eq!(backend.faults(), 2);
}
