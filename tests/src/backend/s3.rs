//! Stand-in for S3: S3 objects in memory, conditional writes, ranges and paginated listings.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Protocol, RequestContents};
use crate::http::{Request, Response};

/// S3 buckets and their objects, in memory. Clones share the same objects.
#[derive(Clone, Debug)]
pub struct S3 {
    objects: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    /// Maximum number of keys per page of a listing (1000 in AWS).
    page: usize,
}

/// Operation, from method and target of a request.
enum Operation<'a> {
    Put,
    Get,
    Delete,
    List { prefix: String, after: String },
    Unknown(&'a str),
}

impl S3 {
    /// Creates a service in which every bucket name exists and is empty.
    #[must_use]
    pub fn new(page: usize) -> Self {
        Self { objects: Arc::default(), page }
    }

    /// Puts an object at `BUCKET/KEY`.
    pub fn put(&self, path: &str, body: impl Into<Vec<u8>>) {
        self.lock().insert(path.to_owned(), body.into());
    }

    /// Removes an object and returns it, if it exists.
    #[must_use]
    pub fn remove(&self, path: &str) -> Option<Vec<u8>> {
        self.lock().remove(path)
    }

    /// Returns all objects by `BUCKET/KEY`.
    #[must_use]
    pub fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put_object(&self, request: &Request, path: String) -> Response {
        let mut objects = self.lock();
        if request.head.header("if-none-match") == Some("*") && objects.contains_key(&path) {
            return rejection(412, "PreconditionFailed");
        }
        let response = Response::new(200, "").with("ETag", &etag(&request.body));
        objects.insert(path, request.body.clone());
        response
    }

    fn get_object(&self, request: &Request, path: &str) -> Response {
        let objects = self.lock();
        let Some(body) = objects.get(path) else { return rejection(404, "NoSuchKey") };
        let tag = etag(body);
        if request
            .head
            .header("if-match")
            .is_some_and(|wanted| wanted.trim_matches('"') != tag.trim_matches('"'))
        {
            return rejection(412, "PreconditionFailed");
        }
        let response = match request.head.header("range").map(|range| read_range(range, body.len())) {
            None => Response::new(200, body.clone()),
            Some(None) => return rejection(416, "InvalidRange"),
            Some(Some((first, last))) => {
                let range = format!("bytes {first}-{last}/{}", body.len());
                let part = body.get(first..=last).unwrap_or_default();
                Response::new(206, part).with("Content-Range", &range)
            }
        };
        response.with("ETag", &tag)
    }

    fn list(&self, bucket: &str, prefix: &str, after: &str) -> Response {
        let objects = self.lock();
        let keys = objects.iter().filter_map(|(path, body)| {
            let key = path.strip_prefix(bucket)?.strip_prefix('/')?;
            (key.starts_with(prefix) && key > after).then_some((key, body.len()))
        });
        let found: Vec<_> = keys.take(self.page + 1).collect();
        let page = found.get(..self.page.min(found.len())).unwrap_or_default();
        let mut xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>{bucket}</Name>"
        );
        for (key, size) in page {
            write!(xml, "<Contents><Key>{key}</Key><LastModified>2026-03-04T10:00:00.000Z</LastModified><ETag>&quot;0&quot;</ETag><Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>")
                .expect("writing to a string cannot fail");
        }
        let more = found.len() > page.len();
        write!(xml, "<KeyCount>{}</KeyCount><IsTruncated>{more}</IsTruncated>", page.len())
            .expect("writing to a string cannot fail");
        if let Some((key, _)) = page.last().filter(|_| more) {
            write!(xml, "<NextContinuationToken>{key}</NextContinuationToken>")
                .expect("writing to a string cannot fail");
        }
        xml += "</ListBucketResult>";
        Response::new(200, xml).with("Content-Type", "application/xml")
    }
}

impl Protocol for S3 {
    /// Rejects requests without a signature in a header or in the query. The contents are always empty:
    /// requests to S3 contain no log events.
    fn decode(&self, request: &Request) -> Result<RequestContents, Response> {
        let header = |name| request.head.header(name).unwrap_or_default();
        let by_header =
            header("authorization").starts_with("AWS4-HMAC-SHA256 ") && !header("x-amz-date").is_empty();
        if by_header || !parameter(request, "X-Amz-Signature").is_empty() {
            Ok(RequestContents::default())
        } else {
            Err(rejection(403, "AccessDenied"))
        }
    }

    fn respond(&self, request: &Request, _rejected: usize) -> Response {
        let path = percent_decoded(request.head.path().trim_start_matches('/'));
        match read_operation(request) {
            Operation::Put => self.put_object(request, path),
            Operation::Get => self.get_object(request, &path),
            Operation::Delete => {
                self.lock().remove(&path);
                Response::new(204, "")
            }
            Operation::List { prefix, after } => self.list(path.trim_end_matches('/'), &prefix, &after),
            Operation::Unknown(line) => rejection(501, line),
        }
    }
}

fn read_operation(request: &Request) -> Operation<'_> {
    let parameter = |name| parameter(request, name);
    match request.head.method() {
        "PUT" => Operation::Put,
        "DELETE" => Operation::Delete,
        "GET" if parameter("list-type") == "2" => {
            let from = [parameter("continuation-token"), parameter("start-after")];
            Operation::List { prefix: parameter("prefix"), after: from.into_iter().max().unwrap_or_default() }
        }
        "GET" => Operation::Get,
        _ => Operation::Unknown(&request.head.line),
    }
}

/// Returns the decoded value of a query parameter, or an empty string.
fn parameter(request: &Request, name: &str) -> String {
    let target = request.head.line.split(' ').nth(1).unwrap_or_default();
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let pair = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    pair.map(percent_decoded).unwrap_or_default()
}

/// Parses `bytes=5-9` or `bytes=5-` into first and last byte; `None` if the range starts after the end.
fn read_range(range: &str, length: usize) -> Option<(usize, usize)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let first: usize = first.parse().ok()?;
    let last = last.parse().unwrap_or(usize::MAX).min(length.checked_sub(1)?);
    (first <= last).then_some((first, last))
}

/// Removes percent-encoding.
pub(crate) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16)).unwrap_or(0);
        bytes.push(match byte {
            b'%' => u8::try_from(digit(rest.next()) * 16 + digit(rest.next())).unwrap_or(b'?'),
            byte => byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Computes an entity tag from the content.
#[must_use]
pub fn etag(body: &[u8]) -> String {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = body.iter().fold(0xcbf2_9ce4_8422_2325_u64, mix);
    format!("\"{hash:016x}{:016x}\"", body.len())
}

fn rejection(status: u16, code: &str) -> Response {
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code></Error>");
    Response::new(status, body).with("Content-Type", "application/xml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(s3: &S3, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let response = s3.respond(&Request::new(method, target, headers, body), 0);
        (response.status, String::from_utf8(response.body).expect("the body is text"))
    }

    #[test]
    fn object_is_put_once_and_read_in_whole_or_in_part() {
        let s3 = S3::new(2);
        assert_eq!(call(&s3, "PUT", "/b/dt%3D1/k", &[], "hello").0, 200);
        assert_eq!(call(&s3, "PUT", "/b/dt=1/k", &[("if-none-match", "*")], "other").0, 412);
        assert_eq!(call(&s3, "GET", "/b/dt=1/k", &[], ""), (200, "hello".to_owned()));
        assert_eq!(call(&s3, "GET", "/b/dt=1/k", &[("range", "bytes=1-2")], ""), (206, "el".to_owned()));
        assert_eq!(call(&s3, "GET", "/b/dt=1/k", &[("range", "bytes=9-")], "").0, 416);
        assert_eq!(call(&s3, "DELETE", "/b/dt=1/k", &[], "").0, 204);
        assert_eq!(call(&s3, "GET", "/b/dt=1/k", &[], "").0, 404);
    }

    #[test]
    fn listing_is_paginated() {
        let s3 = S3::new(2);
        for key in ["a/1", "a/2", "a/3", "b/1"] {
            s3.put(&format!("bucket/{key}"), "x");
        }
        let (_, first) = call(&s3, "GET", "/bucket?list-type=2&prefix=a%2F", &[], "");
        assert!(first.contains("<Key>a/2</Key>") && !first.contains("a/3"), "{first}");
        assert!(first.contains("<NextContinuationToken>a/2</NextContinuationToken>"), "{first}");
        let (_, second) =
            call(&s3, "GET", "/bucket/?list-type=2&prefix=a/&continuation-token=a%2F2", &[], "");
        assert!(second.contains("<Key>a/3</Key>") && second.contains("<IsTruncated>false"), "{second}");
        assert!(!second.contains("b/1"), "{second}");
    }

    #[test]
    fn unsigned_request_is_rejected() {
        let refused = S3::new(2).decode(&Request::new("GET", "/b/k", &[], ""));
        assert_eq!(refused.expect_err("no signature").status, 403);
    }
}
