//! Whatever an event, a message or a parked object names as an S3 object: either it is refused, or its URL is that of S3
//! in a region of AWS, and names this bucket.

use std::time::Duration;

use tailwater_forwarder::{
    aws::{AwsClient, AwsConfig, Credentials, S3},
    forward::{Payload, PendingDelivery},
    http::{Client, Network},
    source::{ObjectRef, ObjectVersion, read_event},
    value::{Partition, Region, Secret},
};

/// The data is a Lambda event; its first lines are also bucket, region, key and version of an S3 object.
pub(crate) fn holds(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.split('\n').map(str::to_owned);
    let mut next = || lines.next().unwrap_or_default();
    let (bucket, region, key, version) = (next(), Some(next()), next(), ObjectVersion::Id(next()));
    check(&ObjectRef { bucket, region, key, version, size: None });
    let mut event = data.to_vec();
    let Ok(parsed) = read_event(&mut event) else { return };
    for delivery in &parsed.deliveries {
        if let Payload::Object(object) = PendingDelivery::new(delivery, &["otlp"]).payload {
            check(&object);
        }
    }
}

fn check(object: &ObjectRef) {
    let Ok(address) = object.address() else { return };
    let own = Region::read("eu-west-1").expect("it is a region");
    let region = address.region.clone().unwrap_or(own);
    let bucket = address.bucket.as_str();
    let s3 = S3::new(client(&region), &address.bucket).expect("a checked bucket and region have a URL");
    let url = s3.url(&address.key);
    let suffix = Partition::of_region(region.as_str()).dns_suffix();
    let bases = [
        format!("https://{bucket}.s3.{region}.{suffix}/"),
        format!("https://s3.{region}.{suffix}/{bucket}/"),
    ];
    let path = bases.iter().find_map(|base| url.strip_prefix(base));
    assert!(path.is_some_and(|path| !path.contains(['?', '#', '\\', ' '])), "{object:?}: {url}");
    assert!(!path.unwrap_or_default().split('/').any(|part| part == ".."), "{object:?}: {url}");
}

/// Client of AWS that sends nothing here.
fn client(region: &Region) -> AwsClient {
    let secret = || Secret::new("x");
    let credentials =
        Credentials { access_key_id: secret(), secret_access_key: secret(), session_token: None };
    let config =
        AwsConfig { region: Some(region.clone()), credentials: Some(credentials), ..AwsConfig::default() };
    thread_local! {
        static HTTP: Client = Client::new(&Network::default()).expect("the defaults are valid");
    }
    let http = HTTP.with(Client::clone);
    AwsClient::new(http, &config, Duration::from_secs(1)).expect("there are credentials")
}
