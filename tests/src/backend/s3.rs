//! Stand-in for S3: S3 objects in memory, conditional writes, ranges, paginated listings, and objects that it refuses to
//! read or to delete.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{Protocol, RequestContents};
use crate::http::{Request, Response};

/// S3 buckets and their objects, in memory. Clones share the same objects.
#[derive(Clone, Debug)]
pub struct S3 {
    state: Arc<Mutex<State>>,
    /// Maximum number of keys per page of a listing (1000 in AWS).
    page: usize,
}

#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<String, Object>,
    refusals: Vec<Refusal>,
    /// Offset of the simulated clock from the real one.
    ahead: Duration,
    /// Offset of the simulated clock into the past.
    behind: Duration,
}

#[derive(Debug)]
struct Object {
    body: Vec<u8>,
    modified: Duration,
}

/// Requests that the service refuses.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Method, such as `GET`.
    pub method: &'static str,
    /// Text that the key contains.
    pub key: String,
    /// HTTP status.
    pub status: u16,
    /// Error code.
    pub code: &'static str,
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
        Self { state: Arc::default(), page }
    }

    /// Refuses requests from now on.
    pub fn refuse(&self, refusal: Refusal) {
        self.lock().refusals.push(refusal);
    }

    /// Ends all refusals.
    pub fn accept_all(&self) {
        self.lock().refusals.clear();
    }

    /// Advances the clock of the service.
    pub fn advance_clock(&self, time: Duration) {
        self.lock().ahead += time;
    }

    /// Sets the clock of the service back, which was advanced by no more than this.
    pub fn set_clock_back(&self, time: Duration) {
        self.lock().behind += time;
    }

    /// Puts an object at `BUCKET/KEY`.
    pub fn put(&self, path: &str, body: impl Into<Vec<u8>>) {
        self.lock().put(path.to_owned(), body.into());
    }

    /// Removes an object and returns it, if it exists.
    #[must_use]
    pub fn remove(&self, path: &str) -> Option<Vec<u8>> {
        self.lock().objects.remove(path).map(|object| object.body)
    }

    /// Returns all objects by `BUCKET/KEY`.
    #[must_use]
    pub fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        let state = self.lock();
        state.objects.iter().map(|(path, object)| (path.clone(), object.body.clone())).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put_object(&self, request: &Request, path: String) -> Response {
        let mut state = self.lock();
        let existing = state.objects.get(&path).map(|object| etag(&object.body));
        if request.head.header("if-none-match") == Some("*") && existing.is_some() {
            return rejection(412, "PreconditionFailed");
        }
        match (request.head.header("if-match"), existing) {
            (Some(_), None) => return rejection(404, "NoSuchKey"),
            (Some(wanted), Some(tag)) if wanted != tag => return rejection(412, "PreconditionFailed"),
            _ => {}
        }
        let response = Response::new(200, "").with("ETag", &etag(&request.body));
        state.put(path, request.body.clone());
        response
    }

    fn get_object(&self, request: &Request, path: &str) -> Response {
        let state = self.lock();
        let Some(Object { body, modified }) = state.objects.get(path) else {
            return rejection(404, "NoSuchKey");
        };
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
        response
            .with("ETag", &tag)
            .with("Last-Modified", &http_date(*modified))
            .with("Date", &http_date(state.now()))
    }

    fn list(&self, bucket: &str, prefix: &str, after: &str) -> Response {
        let state = self.lock();
        let keys = state.objects.iter().filter_map(|(path, object)| {
            let key = path.strip_prefix(bucket)?.strip_prefix('/')?;
            (key.starts_with(prefix) && key > after).then_some((key, object.body.len()))
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
        let operation = read_operation(request);
        if let Some(refusal) = self.lock().refusal(request.head.method(), &path) {
            return rejection(refusal.status, refusal.code);
        }
        match operation {
            Operation::Put => self.put_object(request, path),
            Operation::Get => self.get_object(request, &path),
            Operation::Delete => {
                self.lock().objects.remove(&path);
                Response::new(204, "")
            }
            Operation::List { prefix, after } => self.list(path.trim_end_matches('/'), &prefix, &after),
            Operation::Unknown(line) => rejection(501, line),
        }
    }
}

impl State {
    fn now(&self) -> Duration {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is set after 1970");
        now + self.ahead - self.behind
    }

    fn put(&mut self, path: String, body: Vec<u8>) {
        let modified = self.now();
        self.objects.insert(path, Object { body, modified });
    }

    fn refusal(&self, method: &str, path: &str) -> Option<Refusal> {
        // A claim is an object of its own, although its key contains the key of the claimed object.
        let is_own = |refusal: &&Refusal| {
            refusal.method == method && path.contains(&refusal.key) && !path.contains("redrive/v1/")
        };
        self.refusals.iter().find(is_own).cloned()
    }
}

/// Formats a time since 1970 as in HTTP headers: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(time: Duration) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let seconds = time.as_secs();
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Civil date from the number of days, with years that begin in March.
    let shifted = days + 719_468;
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = (shifted_month + 2) % 12;
    let year = year_of_era + era * 400 + u64::from(month < 2);
    let name = |names: &[&'static str], index: u64| names[usize::try_from(index).expect("it is small")];
    format!(
        "{}, {day:02} {} {year} {:02}:{:02}:{:02} GMT",
        name(&DAYS, days % 7),
        name(&MONTHS, month),
        second / 3_600,
        second / 60 % 60,
        second % 60
    )
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
    fn object_is_replaced_only_while_it_has_the_wanted_tag() {
        let s3 = S3::new(2);
        s3.put("b/k", "one");
        let (old, new) = (etag(b"one"), etag(b"two"));
        assert_eq!(call(&s3, "PUT", "/b/k", &[("if-match", &old)], "two").0, 200);
        assert_eq!(call(&s3, "PUT", "/b/k", &[("if-match", &old)], "three").0, 412);
        assert_eq!(call(&s3, "PUT", "/b/other", &[("if-match", &new)], "x").0, 404);
        assert_eq!(call(&s3, "GET", "/b/k", &[], "").1, "two");
    }

    #[test]
    fn refused_object_is_still_listed() {
        let s3 = S3::new(2);
        s3.put("b/k", "x");
        let refusal = Refusal { method: "GET", key: "k".to_owned(), status: 403, code: "InvalidObjectState" };
        s3.refuse(refusal);
        assert_eq!(call(&s3, "GET", "/b/k", &[], "").0, 403);
        assert!(call(&s3, "GET", "/b?list-type=2", &[], "").1.contains("<Key>k</Key>"));
        s3.accept_all();
        assert_eq!(call(&s3, "GET", "/b/k", &[], "").0, 200);
    }

    #[test]
    fn times_are_in_the_format_of_http() {
        assert_eq!(http_date(Duration::from_secs(784_111_777)), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(http_date(Duration::from_secs(951_827_696)), "Tue, 29 Feb 2000 12:34:56 GMT");
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
