//! Account, region and AWS resources that each event source names.

use super::*;

/// Checks account, region and resources of each delivery of an event.
fn check_origins(event: &str, expected: &[&str]) {
    let parsed = read_event(&mut event.as_bytes().to_vec()).map(|parsed| {
        let origins = parsed.deliveries.iter().map(|delivery| show_origin(&delivery.origin));
        origins.collect::<Vec<_>>()
    });
    assert_eq!(parsed.unwrap(), expected, "{event}");
}

fn show_origin(DeliveryOrigin { account, region, arrival }: &DeliveryOrigin) -> String {
    let mut shown = vec![format!("{account} {region}")];
    if let Some(arrival) = arrival {
        let named = [
            ("bucket", &arrival.bucket),
            ("key", &arrival.key),
            ("topic", &arrival.topic_arn),
            ("subject", &arrival.subject),
            ("queue", &arrival.queue_arn),
            ("stream", &arrival.stream_arn),
            ("firehose", &arrival.delivery_stream_arn),
            ("source", &arrival.event_source),
            ("type", &arrival.detail_type),
        ];
        shown.extend(named.iter().filter(|(_, it)| !it.is_empty()).map(|(name, it)| format!("{name}={it}")));
    }
    shown.join(" ")
}

const QUEUE: &str = "arn:aws:sqs:eu-central-1:210987654321:app-queue";
const TOPIC: &str = "arn:aws-cn:sns:cn-north-1:333344445555:alerts";
const STREAM: &str = "arn:aws:kinesis:eu-west-1:111122223333:stream/lines";

fn queue(body: &str) -> String {
    let body = serde_json::json!(body);
    format!(
        r#"{{"Records":[{{"messageId":"m1","body":{body},"eventSourceARN":"{QUEUE}","awsRegion":"eu-central-1"}}]}}"#
    )
}

fn topic(message: &str) -> String {
    let message = serde_json::json!(message);
    format!(
        r#"{{"Type":"Notification","MessageId":"n","TopicArn":"{TOPIC}","Subject":"It","Message":{message}}}"#
    )
}

fn object(key: &str) -> String {
    format!(
        r#"{{"Records":[{{"eventName":"ObjectCreated:Put","awsRegion":"eu-south-1",
        "s3":{{"bucket":{{"name":"logs"}},"object":{{"key":"{key}"}}}}}}]}}"#
    )
}

#[test]
fn subscription_names_nothing() {
    check_origins(r#"{"awslogs":{"data":"H4s"}}"#, &[" "]);
}

#[test]
fn queue_topic_and_streams_name_themselves_their_account_and_region() {
    check_origins(&queue("hi"), &[&format!("210987654321 eu-central-1 queue={QUEUE}")]);
    let sns = format!(
        r#"{{"Records":[{{"Sns":{{"TopicArn":"{TOPIC}","Subject":null,"Message":"hi"}}}},
        {{"Sns":{{"TopicArn":"{TOPIC}","Subject":"It","Message":"hi"}}}}]}}"#
    );
    let topic = format!("333344445555 cn-north-1 topic={TOPIC}");
    check_origins(&sns, &[&topic, &format!("{topic} subject=It")]);
    let kinesis = format!(
        r#"{{"Records":[{{"kinesis":{{"data":""}},"eventSourceARN":"{STREAM}"}},{{"kinesis":{{"data":""}},"eventSourceARN":"{STREAM}"}},
        {{"kinesis":{{"data":""}},"awsRegion":"eu-west-3"}},"broken",{{"kinesis":{{}},"eventSourceARN":"no ARN"}}]}}"#
    );
    let stream = format!("111122223333 eu-west-1 stream={STREAM}");
    check_origins(&kinesis, &[&stream, &stream, " eu-west-3", " ", "  stream=no ARN"]);
    let firehose = format!(
        r#"{{"deliveryStreamArn":"arn:aws-us-gov:firehose:us-gov-west-1:777788889999:deliverystream/archive","region":"us-gov-west-1",
        "sourceKinesisStreamArn":"{STREAM}","records":[{{"recordId":"r","data":""}}]}}"#
    );
    let expected = format!(
        "777788889999 us-gov-west-1 stream={STREAM} firehose=arn:aws-us-gov:firehose:us-gov-west-1:777788889999:deliverystream/archive"
    );
    check_origins(&firehose, &[&expected]);
}

#[test]
fn object_names_its_bucket_key_region_and_the_account_in_its_key() {
    check_origins(&object("a+b.log"), &[" eu-south-1 bucket=logs key=a b.log"]);
    let key = "x/AWSLogs/210987654321/elasticloadbalancing/f.gz";
    check_origins(&object(key), &[&format!("210987654321 eu-south-1 bucket=logs key={key}")]);
    let key = "AWSLogs/o-abc123/210987654321/CloudTrail/f.gz";
    check_origins(&object(key), &[&format!("210987654321 eu-south-1 bucket=logs key={key}")]);
    for key in ["MyAWSLogs/210987654321/f", "AWSLogs/2109/f", "AWSLogs/o-a/b/210987654321/f"] {
        check_origins(&object(key), &[&format!(" eu-south-1 bucket=logs key={key}")]);
    }
    let created = r#"{"detail-type":"Object Created","source":"aws.s3","account":"111122223333","region":"ca-central-1",
        "detail":{"bucket":{"name":"logs"},"object":{"key":"a+b"}}}"#;
    check_origins(created, &["111122223333 ca-central-1 bucket=logs key=a+b"]);
}

#[test]
fn eventbridge_event_names_source_and_detail_type() {
    let event = r#"{"detail-type":"GuardDuty Finding","source":"aws.guardduty","account":"1","region":"eu-west-1","detail":{}}"#;
    check_origins(event, &["1 eu-west-1 source=aws.guardduty type=GuardDuty Finding"]);
    check_origins(r#"{"detail-type":"x","source":"my.app"}"#, &["  source=my.app type=x"]);
}

#[test]
fn nested_events_name_all_they_passed_through() {
    let through_queue = format!("queue={QUEUE}");
    let through_both = format!("topic={TOPIC} subject=It queue={QUEUE}");
    check_origins(
        &queue(&object("k")),
        &[&format!("210987654321 eu-south-1 bucket=logs key=k {through_queue}")],
    );
    check_origins(
        &queue(&topic(&object("k"))),
        &[&format!("333344445555 eu-south-1 bucket=logs key=k {through_both}")],
    );
    check_origins(&queue(&topic("hi")), &[&format!("333344445555 cn-north-1 {through_both}")]);
    let event = r#"{"detail-type":"x","source":"my.app","account":"9"}"#;
    check_origins(&queue(event), &[&format!("9 eu-central-1 {through_queue} source=my.app type=x")]);
    let subscription = r#"{"awslogs":{"data":"H4s"}}"#;
    check_origins(&queue(subscription), &[&format!("210987654321 eu-central-1 {through_queue}")]);
}

#[test]
fn records_of_one_stream_share_their_origin() {
    let record = format!(r#"{{"kinesis":{{"data":""}},"eventSourceARN":"{STREAM}"}}"#);
    let mut event = format!(r#"{{"Records":[{record},{record}]}}"#).into_bytes();
    let parsed = read_event(&mut event).unwrap();
    assert!(std::sync::Arc::ptr_eq(&parsed.deliveries[0].origin, &parsed.deliveries[1].origin));
}

/// Receiver of origins.
#[derive(Default)]
struct Origins(Vec<String>);

impl tailwater_parser::Receive for Origins {
    fn batch(&mut self, origin: &tailwater_parser::Origin) {
        let arrival = origin.arrival.as_ref().map(|arrival| arrival.stream_arn.as_str());
        self.0.push(format!("{} {} {} {arrival:?}", origin.account, origin.region, origin.log_group()));
    }

    fn event(&mut self, _: &tailwater_parser::Event<'_>) {}
}

#[test]
fn envelope_keeps_its_own_account_and_group() {
    let stream = DeliveryOrigin {
        account: "1".to_owned(),
        region: "eu-west-1".to_owned(),
        arrival: Some(std::sync::Arc::new(tailwater_parser::Arrival {
            stream_arn: STREAM.to_owned(),
            ..Default::default()
        })),
    };
    let check = |text: &'static str, expected: &str| {
        let mut fallback = tailwater_parser::Origin::default();
        fallback.region = "us-east-1".to_owned();
        let mut reader = DeliveryReader::new(tailwater_parser::ByteSize::mib(1), fallback);
        let delivery = Delivery { origin: stream.clone().into(), ..delivery(Content::Text(text.into())) };
        let mut origins = Origins::default();
        reader.read(&delivery, &mut origins).unwrap();
        assert_eq!(origins.0, [format!("{expected} Some({STREAM:?})")]);
    };
    let envelope = r#"{"messageType":"DATA_MESSAGE","owner":"9","logGroup":"g","logStream":"s","logEvents":[{"message":"m"}]}"#;
    // The stream may be in another region than the log group.
    check(envelope, "9 us-east-1 g");
    check("a line", "1 eu-west-1 ");
}
