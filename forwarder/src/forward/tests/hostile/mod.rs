//! Nothing in an event chooses where requests go: whatever its texts are replaced by, requests leave only for hosts that
//! the settings name.
//!
//! `TEST_HOSTILE_EVENTS` is the number of events.

mod events;

use std::sync::Mutex;

use reqwest::Url;

use self::events::{rendered, templates, texts};
use super::*;
use crate::{
    http::{Client, Recorded},
    value::{BucketName, Region},
};

/// Default number of events.
const EVENTS: u64 = 4_000;

/// Texts that could change the host, path or query of a URL, the terminal, or the size of things.
fn hostile_texts() -> Vec<String> {
    let mut texts: Vec<_> = [
        "x@127.0.0.1:8080/",
        "x@169.254.169.254/",
        "evil.example/",
        "evil.example#",
        "evil.example?",
        "evil.example:443/x?",
        "@evil.example/",
        "//evil.example/",
        "https://evil.example/",
        "evil.example\\",
        "eu-west-1.evil.example",
        "eu-west-1/../../x",
        "eu-west-1@evil.example-1",
        "evil.example-1",
        "cn-north-1",
        "eusc-de-east-1",
        "us-iso-east-1",
        "s3",
        "127.0.0.1",
        "127.0.0.1:80",
        "2852039166",
        "0xa9fea9fe",
        "[fd00:ec2::254]",
        "[::ffff:169.254.169.254]",
        "metadata.google.internal",
        "localhost",
        "..",
        "../../other/secret",
        "a/./b",
        "%2e%2e/%2e%2e/x",
        "%00",
        "%",
        "",
        " ",
        ".",
        "-",
        "a\r\nhost: evil.example\r\n\r\n",
        "\0",
        "\u{1b}]0;x\u{7}\u{1b}[2J",
        "\u{202e}moc.live",
        "。",
        "evil。example",
        "ｅvil.example",
        "null",
        "{}",
        "arn:aws:s3:::evil",
        "arn:evil:sqs:x@evil.example/:1:q",
        "sqs:https://evil.example/1/q",
        "s3://evil/x",
        "file:/etc/passwd",
        "\"},\"awsRegion\":\"x@evil.example/",
    ]
    .iter()
    .map(ToString::to_string)
    .collect();
    texts.push("a".repeat(70_000));
    texts.push("../".repeat(2_000));
    texts.push("é/".repeat(2_000));
    texts
}

/// Forwarder with AWS credentials whose requests to AWS are recorded instead of sent.
struct HostileFixture {
    forwarder: Forwarder,
    recorded: Recorded,
}

impl HostileFixture {
    fn new(parking: &str) -> Self {
        let mut values = Values::new(Place::Environment);
        for (name, value) in [
            ("TAILWATER_SINKS", "otlp"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "none"),
            ("TAILWATER_PARKING", parking),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_SESSION_TOKEN", "token"),
        ] {
            values.set(name, value.to_owned());
        }
        let settings = Settings::read(&values).unwrap();
        let recorded = Recorded::default();
        let client = Client::recording(Arc::clone(&recorded));
        let mut forwarder =
            assemble::forwarder(&settings, OwnFunction::default(), &Registry::default()).unwrap();
        forwarder.objects = ObjectReader::new(assemble::lazy_aws(&settings, &client), Vec::new());
        forwarder.parking = assemble::parking(&settings, &client).unwrap();
        let sink = Arc::get_mut(&mut forwarder.clients[0]).expect("nothing is sent yet");
        sink.transport = Transport::Fake(FakeTransport::new(|_| Reply::status(200)));
        Self { forwarder, recorded }
    }

    /// Forwards an event and returns the URLs that it caused requests for. The ledgers have to balance.
    async fn forward(&mut self, event: &[u8]) -> Vec<Url> {
        let context = InvocationContext { request_id: "r", deadline: UnixMillis(MINUTE), now: UnixMillis(0) };
        if let Err(ForwardError::Imbalance(imbalance)) =
            self.forwarder.forward(event.to_vec(), &context).await
        {
            panic!("{imbalance}: {}", String::from_utf8_lossy(event));
        }
        std::mem::take(&mut *lock(&self.recorded))
    }
}

fn lock(recorded: &Mutex<Vec<Url>>) -> std::sync::MutexGuard<'_, Vec<Url>> {
    recorded.lock().expect("no other thread has it")
}

/// True if the URL is that of S3 in a region of AWS, or of the queue in the settings.
fn is_of_settings(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let is_plain = url.scheme() == "https"
        && url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none()
        && url.fragment().is_none();
    let before = host.strip_suffix(".amazonaws.com").unwrap_or_default();
    let (service, region) = before.rsplit_once('.').unwrap_or_default();
    let is_bucket = match service.strip_suffix(".s3") {
        Some(bucket) => BucketName::read(bucket).is_ok_and(|name| name.is_host_label()),
        None => {
            let bucket = url.path_segments().and_then(|mut segments| segments.next());
            service == "s3" && BucketName::read_old(bucket.unwrap_or_default()).is_ok()
        }
    };
    is_plain && ((is_bucket && Region::read(region).is_ok()) || host == "sqs.eu-west-1.amazonaws.com")
}

/// Returns the event of this number: one of each kind, with one to three texts replaced.
fn event(number: u64, templates: &[serde_json::Value], hostile: &[String]) -> Vec<u8> {
    let mut state = number;
    // SplitMix64.
    let mut random = |below: usize| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) >> 32).expect("it has 32 bits") % below
    };
    let mut event = templates[random(templates.len())].clone();
    for _ in 0..=random(3) {
        let mut texts = texts(&mut event);
        let (at, by) = (random(texts.len()), random(hostile.len()));
        texts[at].clone_from(&hostile[by]);
    }
    rendered(event).to_string().into_bytes()
}

#[test]
fn unchanged_events_are_requested_from_s3() {
    simulated(async {
        let mut fixture = HostileFixture::new("s3://parking");
        let mut urls = Vec::new();
        for template in templates() {
            urls.extend(fixture.forward(&serde_json::to_vec(&rendered(template)).unwrap()).await);
        }
        let has = |host: &str| urls.iter().any(|url| url.host_str() == Some(host));
        assert!(has("logs.s3.eu-west-1.amazonaws.com") && has("s3.eu-west-1.amazonaws.com"), "{urls:?}");
        assert!(has("parking.s3.eu-west-1.amazonaws.com"), "{urls:?}");
        assert!(urls.iter().all(is_of_settings), "{urls:?}");
    });
}

#[test]
fn no_text_of_an_event_chooses_a_host() {
    let count = std::env::var("TEST_HOSTILE_EVENTS").map_or(EVENTS, |text| text.parse().expect("a number"));
    let (templates, hostile) = (templates(), hostile_texts());
    simulated(async {
        let queue = "sqs:https://sqs.eu-west-1.amazonaws.com/123456789012/parked,s3://parking";
        let mut fixtures = ["s3://parking", queue].map(HostileFixture::new);
        let mut requests = 0;
        for number in 0..count {
            let event = event(number, &templates, &hostile);
            for fixture in &mut fixtures {
                let urls = fixture.forward(&event).await;
                requests += urls.len();
                let foreign = urls.iter().find(|url| !is_of_settings(url));
                assert!(
                    foreign.is_none(),
                    "event {number} causes a request for {foreign:?}: {}",
                    String::from_utf8_lossy(&event)
                );
            }
        }
        assert!(requests > 0, "no event caused a request");
    });
}

#[test]
fn requests_for_other_hosts_would_be_found() {
    for url in [
        "https://evil.example/",
        "https://s3.x@127.0.0.1:8080/.amazonaws.com/",
        "https://s3.evil.example/.amazonaws.com/logs/a",
        "https://evil.s3.x.amazonaws.com/a",
        "http://s3.eu-west-1.amazonaws.com/logs/a",
        "https://s3.eu-west-1.amazonaws.com//evil.example/a",
        "https://s3.cn-north-1.amazonaws.com.cn/logs/a",
        "https://sqs.eu-central-1.amazonaws.com/",
    ] {
        assert!(!is_of_settings(&url.parse().unwrap()), "{url}");
    }
}
