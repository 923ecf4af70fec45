//! S3 client with two servers: versitygw checks signatures, moto supports versions.

use std::net::SocketAddr;

use tailwater_forwarder::{
    aws::{
        Error, S3,
        s3::{PutResult, Revision},
    },
    value::{BucketName, ObjectKey},
};
use tests::{
    http::{Request, send},
    server::{Moto, Versitygw},
};

use super::{PATIENT, access, run, settings};

fn versitygw() -> Option<(Versitygw, S3)> {
    let server = Versitygw::start_if_installed()?;
    server.make_bucket("parking");
    let s3 = bucket(&server.url(), &[]);
    Some((server, s3))
}

fn bucket(url: &str, more: &[(&str, &str)]) -> S3 {
    let name = BucketName::read("parking").expect("it is a name");
    S3::new(access(&settings(url, more)).expect("there are credentials"), &name).expect("the region is set")
}

fn object_key(text: &str) -> ObjectKey {
    ObjectKey::read(text).expect("it is a key")
}

#[test]
fn object_is_put_once_read_and_deleted() {
    let Some((_server, s3)) = versitygw() else { return };
    run(async {
        let key = &object_key("parked/v1/sink=otlp/dt=2026/03/04/10/a b+c%2F-é");
        let large: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
        assert_eq!(s3.put_new(key, large.clone().into(), PATIENT).await.unwrap(), PutResult::Created);
        assert_eq!(s3.put_new(key, "other".into(), PATIENT).await.unwrap(), PutResult::AlreadyExists);
        assert_eq!(s3.read(key, Revision::Newest, large.len()).await.unwrap(), large);
        let cut = s3.read(key, Revision::Newest, large.len() - 1).await;
        assert!(matches!(cut, Err(Error::TooLarge { .. })), "an incomplete object is an error");
        let mut stream = s3.open(key, Revision::Newest, PATIENT).await.unwrap();
        let mut read = Vec::new();
        while let Some(piece) = stream.chunk().await.unwrap() {
            read.extend(piece);
        }
        assert!(read == large, "{} of {} bytes", read.len(), large.len());
        s3.delete(key).await.unwrap();
        s3.delete(key).await.unwrap();
        let gone = s3.open(key, Revision::Newest, PATIENT).await.unwrap_err();
        assert!(matches!(&gone, Error::NotFound { code, .. } if code == "NoSuchKey"), "{gone}");
    });
}

#[test]
fn listing_continues_after_a_thousand_keys() {
    let Some((_server, s3)) = versitygw() else { return };
    run(async {
        let keys: Vec<_> = (0..2100).map(|n| format!("parked/v1/{n:05}")).collect();
        for keys in keys.chunks(50) {
            let puts =
                keys.iter().map(async |key| s3.put_new(&object_key(key), key.clone().into(), PATIENT).await);
            for put in puts {
                assert_eq!(put.await.unwrap(), PutResult::Created);
            }
        }
        s3.put_new(&object_key("rejected/v1/x"), "x".into(), PATIENT).await.unwrap();
        let (mut listed, mut pages) = (Vec::new(), 0);
        loop {
            let page = s3.list("parked/", listed.last().map(String::as_str)).await.unwrap();
            pages += 1;
            listed.extend(page.keys);
            if !page.has_more {
                break;
            }
        }
        assert!(listed == keys && pages == 3, "{} keys in {pages} pages", listed.len());
    });
}

#[test]
fn wrong_key_is_denied_and_not_printed() {
    let Some((server, _)) = versitygw() else { return };
    let s3 = bucket(&server.url(), &[("AWS_SECRET_ACCESS_KEY", "c4n4ry"), ("AWS_SESSION_TOKEN", "c4n4ry")]);
    run(async {
        for error in [
            s3.put_new(&object_key("a"), "b".into(), PATIENT).await.unwrap_err(),
            s3.list("", None).await.unwrap_err(),
            s3.open(&object_key("a"), Revision::Newest, PATIENT).await.unwrap_err(),
            s3.delete(&object_key("a")).await.unwrap_err(),
        ] {
            assert!(matches!(error, Error::Denied { .. }), "{error}");
            assert!(!format!("{error} {error:?} {s3:?}").contains("c4n4ry"), "{error:?} {s3:?}");
        }
    });
}

#[test]
fn missing_bucket_is_an_error() {
    let Some(server) = Versitygw::start_if_installed() else { return };
    let s3 = bucket(&server.url(), &[]);
    let error = run(s3.put_new(&object_key("a"), "b".into(), PATIENT)).unwrap_err();
    assert!(matches!(&error, Error::NotFound { code, .. } if code == "NoSuchBucket"), "{error}");
}

/// Sends a request to moto, which does not check signatures, and returns the headers of the response.
fn plain(address: &str, method: &str, path: &str, body: &str) -> Vec<(String, String)> {
    let address: SocketAddr =
        address.trim_start_matches("http://").parse().expect("the URL holds an address");
    let host = address.to_string();
    let auth = "AWS4-HMAC-SHA256 Credential=TEST/20260304/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0";
    let headers = [("Host", host.as_str()), ("Connection", "close"), ("Authorization", auth)];
    let answer = send(address, &Request::new(method, path, &headers, body)).expect("moto answers");
    assert!(answer.status < 300, "{method} {path}: {}", String::from_utf8_lossy(&answer.body));
    answer.headers
}

/// Creates a bucket named `parking` in moto.
pub(super) fn make_bucket(url: &str) {
    let region = "<LocationConstraint>eu-west-1</LocationConstraint>";
    let body = format!("<CreateBucketConfiguration>{region}</CreateBucketConfiguration>");
    plain(url, "PUT", "/parking", &body);
}

#[test]
fn object_is_read_by_version_or_etag() {
    let Some(moto) = Moto::start_if_installed() else { return };
    let url = moto.url();
    make_bucket(&url);
    let versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    plain(&url, "PUT", "/parking?versioning", versioning);
    let header = |headers: &[(String, String)], name| {
        headers
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.clone())
            .expect("the header exists")
    };
    let first = plain(&url, "PUT", "/parking/a", "first");
    let second = plain(&url, "PUT", "/parking/a", "second");
    let s3 = bucket(&url, &[]);
    run(async {
        let read = async |revision| s3.read(&object_key("a"), revision, 100).await;
        assert_eq!(read(Revision::Newest).await.unwrap(), b"second");
        let version = header(&first, "x-amz-version-id");
        assert_eq!(read(Revision::Version(&version)).await.unwrap(), b"first");
        let etags = [&first, &second].map(|put| header(put, "etag").trim_matches('"').to_owned());
        assert_eq!(read(Revision::Etag(&etags[1])).await.unwrap(), b"second");
        let overwritten = read(Revision::Etag(&etags[0])).await.unwrap_err();
        assert!(matches!(overwritten, Error::NotFound { .. }), "{overwritten}");
    });
}
