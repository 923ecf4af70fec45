use super::*;

const STATE: &str = r#"{"version":"0","id":"7bf73129","detail-type":"EC2 Instance State-change Notification",
 "source":"aws.ec2","account":"111122223333","time":"2015-11-11T21:31:47Z","region":"us-east-1",
 "resources":["arn:aws:ec2:us-east-1:111122223333:instance/i-abcd1111"],
 "detail":{"instance-id":"i-abcd1111","state":"pend\u0069ng"}}"#;

/// Origins and events of one delivery.
#[derive(Debug, Default, PartialEq)]
struct Read {
    origin: Vec<[String; 4]>,
    events: Vec<(Option<String>, Option<i64>, String)>,
}

impl tailwater_parser::Receive for Read {
    fn batch(&mut self, origin: &tailwater_parser::Origin) {
        let names = [&origin.account, &origin.region, origin.log_group(), origin.log_stream()];
        self.origin.push(names.map(|name| name.to_owned()));
    }

    fn event(&mut self, event: &tailwater_parser::Event<'_>) {
        let time = event.time.map(|time| time.0);
        self.events.push((event.id.map(str::to_owned), time, event.message.to_owned()));
    }
}

fn read(event: &str) -> Read {
    let mut event = event.as_bytes().to_vec();
    let parsed = read_event(&mut event).unwrap();
    let [delivery] = parsed.deliveries.as_slice() else { panic!("{parsed:?}") };
    let mut read = Read::default();
    let origin = tailwater_parser::Origin::default();
    DeliveryReader::new(tailwater_parser::ByteSize::mib(1), origin).read(delivery, &mut read).unwrap();
    read
}

#[test]
fn other_event_is_a_log_event_with_its_original_text() {
    let expected = Read {
        origin: vec![["111122223333", "us-east-1", "", ""].map(str::to_owned)],
        events: vec![(Some("7bf73129".to_owned()), Some(1_447_277_507_000), STATE.to_owned())],
    };
    assert_eq!(read(STATE), expected);
    assert_eq!(read(&in_sqs(STATE)), expected);
    // In a dead-letter queue of the rule, behind a topic.
    assert_eq!(read(&in_sqs(&notification(STATE))), expected);
}

#[test]
fn event_without_optional_members_is_a_log_event() {
    let bare = r#"{"detail-type":"x","source":"my.app"}"#;
    let read = read(bare);
    assert_eq!(read.origin, [["", "", "", ""].map(str::to_owned)]);
    assert_eq!(read.events, [(None, None, bare.to_owned())]);
}

#[test]
fn event_without_source_is_unknown() {
    let nameless = r#"{"detail-type":"x","detail":{}}"#;
    let error = "unknown event: 31 bytes, detail-type: a string of 1 bytes, detail: an object of 0";
    check(nameless, &[error]);
    // In a message it is text, which may be a log line.
    check(&in_sqs(nameless), &[r#"m1 0 None Text("{\"detail-type\":\"x\",\"detail\":{}}")"#]);
    check(r#"{"detail-type":"x","#, &["not JSON at byte 18"]);
}
