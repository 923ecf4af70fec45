//! Tests of URLs, locations and proxies: valid ones, and those that would give away secrets or credentials.

use proptest::prelude::*;

use crate::{
    http::Proxy,
    parking::{BucketPath, Location},
    value::{
        BucketName, PlainHttp, QueueUrl, Scheme, Secret, Url,
        ValueError::{self, *},
    },
};

#[track_caller]
fn check(text: &str, expected: Result<&str, ValueError>) {
    let url = Url::read(text, PlainHttp::LoopbackOnly).map(|url| url.to_string());
    assert_eq!(url.as_deref().map_err(|wrong| *wrong), expected, "{text}");
}

#[test]
fn url_is_normalised() {
    check("https://collector.example", Ok("https://collector.example"));
    check("HTTPS://Collector.Example.:4318/Path/", Ok("https://collector.example:4318/Path/"));
    check("https://10.1.2.3:4318/v1/logs", Ok("https://10.1.2.3:4318/v1/logs"));
    check("https://[2001:DB8::1]:4318", Ok("https://[2001:db8::1]:4318"));
    check("https://my_host-1/a%20b;c=d@e:f", Ok("https://my_host-1/a%20b;c=d@e:f"));
}

#[test]
fn url_has_scheme_host_port_and_path() {
    let url = Url::read("http://[::1]/otlp/", PlainHttp::LoopbackOnly).expect("it is valid");
    assert_eq!(
        (url.scheme(), url.host().as_str(), url.port(), url.path()),
        (Scheme::Http, "[::1]", 80, "/otlp/")
    );
    assert_eq!(url.join("v1/logs").to_string(), "http://[::1]/otlp/v1/logs");
    let url = Url::read("https://a.example", PlainHttp::LoopbackOnly).expect("it is valid");
    assert_eq!((url.port(), url.path()), (443, ""));
    assert_eq!(url.join("v1/logs").to_string(), "https://a.example/v1/logs");
}

#[test]
fn invalid_url_is_rejected() {
    check("collector.example:4318", Err(NoScheme));
    check("ftp://a.example", Err(NoScheme));
    check("://a.example", Err(NoScheme));
    check("", Err(NoScheme));
    check("https://", Err(BadHost));
    check("https:///path", Err(BadHost));
    check("https://.", Err(BadHost));
    check("https://a..b", Err(BadHost));
    check("https://a b", Err(BadHost));
    check("https://ä.example", Err(BadHost));
    check("https://a.example\\evil", Err(BadHost));
    check("https://[::1", Err(BadHost));
    check("https://[fe80::1%25eth0]", Err(BadHost));
    check("https://::1", Err(BadHost));
    check(&format!("https://{}.example", "a".repeat(64)), Err(BadHost));
    for wrong in
        ["https://a:", "https://a:0", "https://a:65536", "https://a:+1", "https://a:1x", "https://a::1"]
    {
        assert!(matches!(Url::read(wrong, PlainHttp::Anywhere), Err(BadPort | BadHost)), "{wrong}");
    }
    check("https://a/b c", Err(BadPath));
    check("https://a/ü", Err(BadPath));
}

#[test]
fn url_with_credentials_or_query_is_rejected() {
    check("https://user:pass@a.example", Err(Credentials));
    check("https://key@a.example/x", Err(Credentials));
    check("https://a.example?key=1", Err(Query));
    check("https://a.example/x?key=1", Err(Query));
    check("https://a.example/#x", Err(Query));
    check("https://a.example?key=@1", Err(Credentials));
}

#[test]
fn metadata_address_is_rejected_in_every_notation() {
    for host in [
        "169.254.169.254",
        "169.254.169.254.",
        "169.254.170.2:80",
        "169.254.0.0",
        "169.254.255.255",
        "[fe80::1]",
        "[febf::1]",
        "[fd00:ec2::254]",
        "[FD00:0EC2:0:0:0:0:0:23]",
        "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]",
        "[::a9fe:a9fe]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:a9fe:a9fe::1]",
        "instance-data",
        "Instance-Data.EC2.internal.",
        "metadata.google.internal",
    ] {
        for scheme in ["http", "https"] {
            let text = format!("{scheme}://{host}/latest/meta-data");
            assert_eq!(Url::read(&text, PlainHttp::Anywhere), Err(LinkLocal), "{text}");
        }
    }
    for obscured in [
        "2852039166",
        "0xa9fea9fe",
        "0xA9.0xFE.0xA9.0xFE",
        "0251.0376.0251.0376",
        "169.254.43518",
        "1.2.3.4.5",
        "0x",
    ] {
        check(&format!("https://{obscured}"), Err(BadHost));
    }
    check("https://169%2e254.169.254", Err(BadHost));
    check("https://169。254。169。254", Err(BadHost));
    check("https://169.253.169.254", Ok("https://169.253.169.254"));
    check("https://[fec0::1]", Ok("https://[fec0::1]"));
    check("https://[fd00:ec3::254]", Ok("https://[fd00:ec3::254]"));
}

#[test]
fn plain_http_to_another_host_is_rejected() {
    for local in [
        "localhost:4318",
        "LOCALHOST",
        "a.localhost",
        "127.0.0.1:9",
        "127.9.9.9",
        "[::1]",
        "[::ffff:127.0.0.1]",
    ] {
        assert!(Url::read(&format!("http://{local}"), PlainHttp::LoopbackOnly).is_ok(), "{local}");
    }
    for other in
        ["collector:4318", "10.0.0.1", "0.0.0.0", "localhost.example", "notlocalhost", "128.0.0.1", "[::2]"]
    {
        let text = format!("http://{other}");
        check(&text, Err(NoTls));
        assert!(Url::read(&text, PlainHttp::Anywhere).is_ok(), "{text}");
    }
}

#[test]
fn host_without_scheme_takes_the_default_scheme() {
    let check = |text, expected| {
        let url = Url::read_or_host(text, Scheme::Https, PlainHttp::LoopbackOnly);
        assert_eq!(url.map(|url| url.to_string()).as_deref(), expected, "{text}");
    };
    check("intake.example", Ok("https://intake.example"));
    check("intake.example:8443/x", Ok("https://intake.example:8443/x"));
    check("http://localhost:1", Ok("http://localhost:1"));
    check("http://intake.example", Err(&NoTls));
    check("169.254.169.254", Err(&LinkLocal));
}

#[test]
fn parking_location_is_a_bucket_a_queue_or_a_folder() {
    let check = |text: &str, expected: Result<Location, ValueError>| {
        assert_eq!(Location::read(text, PlainHttp::LoopbackOnly), expected, "{text}");
    };
    let bucket = |name: &str, prefix: &str| BucketPath {
        name: BucketName::read(name).expect("it is valid"),
        prefix: prefix.to_owned(),
    };
    let s3 = |name: &str, prefix: &str| Ok(Location::S3(bucket(name, prefix)));
    check("s3://my-bucket/tail/water/", s3("my-bucket", "tail/water"));
    check("s3://my.bucket", s3("my.bucket", ""));
    check("file:/var/parked", Ok(Location::Folder { path: "/var/parked".into() }));
    check("file:parked", Ok(Location::Folder { path: "parked".into() }));
    let queue = "https://sqs.eu-west-1.amazonaws.com/123456789012/parked";
    let url = QueueUrl::read(queue, PlainHttp::LoopbackOnly).expect("it is valid");
    let parking = format!("sqs:{queue}");
    check(&parking, Ok(Location::Sqs { url: url.clone(), overflow: None }));
    let overflow = Some(bucket("my-bucket", "large"));
    check(&format!("{parking},s3://my-bucket/large"), Ok(Location::Sqs { url, overflow }));
    check(&format!("{parking},file:parked"), Err(UnknownLocation));
    check(&format!("{parking},s3://My"), Err(BadBucket));
    check("sqs:http://queue.example/1/q", Err(NoTls));
    check("sqs:parked", Err(NoScheme));
    check("sqs:https://sqs.eu-west-1.amazonaws.com/parked", Err(BadQueue));
    check("s3://my-bucket/a/../b", Err(BadKey));
    for wrong in ["s3://", "s3://ab", "s3://My-Bucket", "s3://a_b_c/x", "s3:///x", "s3://a..b"] {
        check(wrong, Err(BadBucket));
    }
    for wrong in ["file:", "my-bucket", "gs://bucket/x", "s3:bucket"] {
        check(wrong, Err(UnknownLocation));
    }
}

#[test]
fn proxy_url_may_hold_a_login() {
    let check = |text, expected: Result<(&str, Option<&str>), ValueError>| {
        let proxy = Proxy::read(text);
        let parts = proxy.as_ref().map_err(|wrong| *wrong).map(|proxy| {
            (proxy.url.to_string(), proxy.login.as_ref().map(|login| Secret::reveal(login).to_owned()))
        });
        let expected = expected.map(|(url, login)| (url.to_owned(), login.map(str::to_owned)));
        assert_eq!(parts, expected, "{text}");
    };
    check("http://proxy.example:3128", Ok(("http://proxy.example:3128", None)));
    check("https://proxy.example/", Ok(("https://proxy.example", None)));
    check("proxy:3128", Ok(("http://proxy:3128", None)));
    check("http://user:p%40ss@proxy:3128", Ok(("http://proxy:3128", Some("user:p%40ss"))));
    check("user:p@ss@proxy:3128", Ok(("http://proxy:3128", Some("user:p@ss"))));
    check("socks5://proxy:1080", Err(NoScheme));
    check("http://169.254.169.254:80", Err(LinkLocal));
}

proptest! {
    #[test]
    fn displayed_url_parses_to_the_same_url(
        text in r"(https?://)?[a-zA-Z0-9.:\[\]%@_-]{0,20}(:[0-9]{0,6})?(/[a-z%/.]{0,9})?",
    ) {
        if let Ok(url) = Url::read(&text, PlainHttp::Anywhere) {
            prop_assert_eq!(Url::read(&url.to_string(), PlainHttp::Anywhere), Ok(url));
        }
    }

    #[test]
    fn ipv4_address_is_link_local_in_every_notation_or_in_none(a in any::<u8>(), b in any::<u8>(), c in 0x102_u16..) {
        for (a, b) in [(a, b), (169, 254)] {
            let [c, d] = c.to_be_bytes();
            let is_refused = |host: String| Url::read(&format!("https://{host}"), PlainHttp::Anywhere) == Err(LinkLocal);
            let [low, high] = [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])];
            let expected = (a, b) == (169, 254);
            prop_assert_eq!(is_refused(format!("{a}.{b}.{c}.{d}")), expected);
            for prefix in ["::ffff:", "::", "64:ff9b::"] {
                prop_assert_eq!(is_refused(format!("[{prefix}{low:x}:{high:x}]")), expected);
                prop_assert_eq!(is_refused(format!("[{prefix}{a}.{b}.{c}.{d}]")), expected);
            }
        }
    }
}
