//! Correlation ids of stored lines: found by id and by run, once each, and gone with their lines.

use tailwater_parser::line::correlation::{IdKind, Mention};

use super::*;

fn line(time: i64, request_id: &'static str, message: &str) -> Event {
    Event { request_id: Some(request_id), ..event(time, message) }
}

fn run_of(request: &str, time: i64) -> Invocation {
    Invocation { request_id: request.into(), ..invocation(request, time) }
}

/// Two runs that share an id, and one that does not.
fn filled() -> Scratch {
    let scratch = Scratch::new();
    scratch.log(&[
        line(
            1,
            "request-1",
            r#"{"correlation_id":"order-7f3a91","queueUrl":"https://sqs.eu-west-1.amazonaws.com/1/jobs"}"#,
        ),
        line(2, "request-1", r#"{"correlation_id":"order-7f3a91"}"#),
        line(50, "request-2", "[INFO] correlation_id=order-7f3a91"),
        line(90, "request-3", r#"{"correlation_id":"order-8c4b02"}"#),
        event(91, r#"{"correlation_id":"order-without-a-run"}"#),
    ]);
    scratch.run(&[run_of("request-1", 3), run_of("request-2", 60), run_of("request-3", 95)], &[]);
    scratch
}

fn requests_with(scratch: &Scratch, id: &str) -> Vec<String> {
    let found = scratch.store().runs_with_id(id, 10).unwrap();
    found.iter().map(|run| run.invocation.request_id.to_string()).collect()
}

#[test]
fn runs_are_found_by_their_ids_and_ids_by_their_beginning() {
    let scratch = filled();
    assert_eq!(requests_with(&scratch, "order-7f3a91"), ["request-1", "request-2"]);
    assert_eq!(requests_with(&scratch, "order-8c4b02"), ["request-3"]);
    assert!(requests_with(&scratch, "order-7f3a9").is_empty());
    // A resource is no id.
    assert!(requests_with(&scratch, "SQS:jobs").is_empty());
    let ids = scratch.store().ids_with_prefix("order-", 10).unwrap();
    let expected = ["order-7f3a91", "order-8c4b02"].map(|id| (IdKind::Correlation, id.to_owned()));
    assert_eq!(ids, expected);
    assert!(scratch.store().ids_with_prefix("SQS:", 10).unwrap().is_empty());
}

#[test]
fn run_has_each_of_its_ids_once_however_often_it_is_stored() {
    let scratch = filled();
    scratch.log(&[
        line(2, "request-1", r#"{"correlation_id":"order-7f3a91"}"#),
        line(4, "request-1", r#"{"correlation_id":"order-7f3a91"}"#),
    ]);
    let first = scratch.store().runs_with_id("order-7f3a91", 10).unwrap().remove(0);
    let mentions = scratch.store().mentions_of(&first).unwrap();
    assert!(mentions.windows(2).all(|two| two[0].time <= two[1].time), "{mentions:?}");
    let mentions: Vec<_> = mentions.into_iter().map(|found| (found.mention, found.value)).collect();
    let expected =
        [(Mention::Id(IdKind::Correlation), "order-7f3a91".into()), (Mention::Uses, "SQS:jobs".into())];
    assert_eq!(mentions, expected);
    assert_eq!(scratch.store().check().unwrap().damage, []);
}

#[test]
fn ids_are_read_once_by_a_reader_that_follows() {
    let scratch = filled();
    let read = |cursor| {
        let mut values = Vec::new();
        let each = &mut |_: &Arc<Origin>, found: StoredMention<'_>| values.push(found.value.to_owned());
        let cursor = scratch.store().mentions_since(cursor, each).unwrap();
        (cursor, values)
    };
    let (cursor, values) = read(MentionCursor::default());
    assert_eq!(values, ["order-7f3a91", "SQS:jobs", "order-7f3a91", "order-8c4b02"]);
    scratch.log(&[line(99, "request-4", r#"{"correlation_id":"order-9d5c13"}"#)]);
    assert_eq!(read(cursor).1, ["order-9d5c13"]);
}

#[test]
fn forgotten_lines_take_their_ids_with_them() {
    let scratch = filled();
    scratch.store().forget(UnixMillis(55)).unwrap();
    // The second run ended later, so its lines are kept.
    assert_eq!(requests_with(&scratch, "order-7f3a91"), ["request-2"]);
    assert_eq!(requests_with(&scratch, "order-8c4b02"), ["request-3"]);
    assert_eq!(scratch.store().ids_with_prefix("order-", 10).unwrap().len(), 2);
    assert_eq!(scratch.store().check().unwrap().damage, []);
}

#[test]
fn paths_of_the_user_are_found_in_lines_that_are_stored_afterwards() {
    let scratch = filled();
    scratch.store().keep_assumption(Assumption::CorrelationFields, "order.number,cart").unwrap();
    scratch.log(&[line(100, "request-5", r#"{"order":{"number":"number-0017"}}"#)]);
    assert_eq!(
        scratch.store().ids_with_prefix("number-", 10).unwrap(),
        [(IdKind::Field, "number-0017".to_owned())]
    );
}

#[test]
fn changed_id_is_noticed() {
    let scratch = filled();
    let connection = open::read_write(&scratch.path).unwrap();
    connection.execute_batch("UPDATE mentions SET request_id = 'request-3' WHERE id = 1").unwrap();
    drop(connection);
    let error = scratch.store().runs_with_id("order-7f3a91", 10).unwrap_err();
    assert!(matches!(error.cause(), StoreError::Damaged { table: "mentions", row: 1 }), "{error}");
    let damage = scratch.store().check().unwrap().damage;
    assert_eq!(damage, [Damage::Row { table: "mentions", row: 1 }]);
}
