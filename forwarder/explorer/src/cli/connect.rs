//! `tailwater check --connect`: sends an empty request to each sink, and a test object to the parking location.

use std::{
    fs::OpenOptions,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use tailwater_forwarder::{
    assemble::{datadog_endpoints, lazy_aws},
    aws::SecretCache,
    http::{Client, HeaderName, HeaderValue, Method, Request, Response},
    parking::{self, Header, Location, ObjectName, ParkedKind, ParkedRef, ParkingError, ParkingStore},
    send::{
        client::{AuthScheme, Credentials},
        redact::{RequestData, redact},
    },
    settings::{Datadog, Ndjson, Otlp, Settings, SinkSettings},
    sink::{BackendResponse, Encoding, Verdict, datadog::limits::KEY_HEADER, explain, otlp},
    value::{Headers, SecretRef, Url},
};
use tailwater_parser::UnixMillis;

use super::{clock::now, interrupt::Interrupt};

/// Text used as sink name and as reason in the test object that is written to the parking location. It is not
/// the name of any sink.
const PROBE: &str = "check";
/// Maximum number of listing pages that are searched for the test object.
const MAX_PAGES: usize = 20;

/// Result of one connection test.
pub(super) struct Probe {
    /// Name of the sink, or `parking`.
    pub(super) name: &'static str,
    /// Description of what was tested.
    pub(super) target: String,
    pub(super) took: Duration,
    pub(super) result: Result<(), String>,
}

impl Probe {
    fn new(name: &'static str, target: String, started: Instant, result: Result<(), String>) -> Self {
        let took = Duration::from_millis(u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX));
        Self { name, target, took, result }
    }
}

/// Tests all sinks and the parking location, one after another. A test that is under way at the interrupt fails, and
/// the tests after it are left out.
///
/// # Errors
/// Returns an error if the HTTP client or the runtime cannot be created.
pub(super) fn run(settings: &Settings, interrupt: &Interrupt) -> anyhow::Result<Vec<Probe>> {
    let client = Client::new(&settings.network)?;
    let secrets = Arc::new(SecretCache::new(lazy_aws(settings, &client)));
    let datadog_secrets = Arc::new(SecretCache::with_member(lazy_aws(settings, &client), "DD_API_KEY"));
    let prober = Prober { client, secrets, datadog_secrets, settings, interrupt };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(prober.run()))
}

struct Prober<'s> {
    client: Client,
    secrets: Arc<SecretCache>,
    /// Secrets of Datadog, which may have more members than the API key.
    datadog_secrets: Arc<SecretCache>,
    settings: &'s Settings,
    interrupt: &'s Interrupt,
}

impl Prober<'_> {
    async fn run(&self) -> Vec<Probe> {
        let mut probes = Vec::new();
        for sink in &self.settings.sinks {
            if self.interrupt.is_requested() {
                return probes;
            }
            let name = sink.name().name();
            match sink {
                SinkSettings::Otlp(sink) => {
                    for (signal, url) in [("logs", &sink.logs), ("metrics", &sink.metrics)] {
                        let Some(url) = url else { continue };
                        let started = Instant::now();
                        let result = self.unless_overdue(self.otlp(sink, url)).await;
                        probes.push(Probe::new(name, format!("{signal} to {url}"), started, result));
                    }
                }
                SinkSettings::Datadog(sink) => {
                    let started = Instant::now();
                    let result = self.unless_overdue(self.datadog(sink)).await;
                    probes.push(Probe::new(name, "API key".to_owned(), started, result));
                }
                SinkSettings::Ndjson(Ndjson::Stdout) => {}
                SinkSettings::Ndjson(Ndjson::File(path)) => {
                    let started = Instant::now();
                    let opened = OpenOptions::new().append(true).create(true).open(path);
                    let result = opened.map(drop).map_err(|error| error.to_string());
                    probes.push(Probe::new(name, path.display().to_string(), started, result));
                }
            }
        }
        if let Some(parking) = self.settings.parking.as_ref().filter(|_| !self.interrupt.is_requested()) {
            let started = Instant::now();
            let result = self.parking(parking).await;
            probes.push(Probe::new("parking", "write, read and delete".to_owned(), started, result));
        }
        probes
    }

    /// Runs a part of a test to its end, unless it has to be abandoned.
    async fn unless_overdue<T>(&self, work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
        self.interrupt.unless_overdue(work).await.unwrap_or_else(|| Err("interrupted".to_owned()))
    }

    /// Sends an empty export request, which every collector accepts.
    async fn otlp(&self, sink: &Otlp, url: &Url) -> Result<(), String> {
        let form = sink.headers.clone().map_or(AuthScheme::None, AuthScheme::Headers);
        let request = Request::new(Method::POST, url.to_string(), Bytes::new())
            .with(HeaderName::from_static("content-type"), HeaderValue::from_static(otlp::CONTENT_TYPE));
        let timeout = sink.timeout.unwrap_or(self.settings.limits.timeout);
        let Reply { response, secrets } = self.send(request, form, timeout).await?;
        let answer = BackendResponse { status: response.status, retry_after: None, body: &response.body };
        check_verdict(otlp::verdict(&answer, UnixMillis(0)), response.status)
            .map_err(|error| with_explanation(&error, otlp::explain(&answer), secrets))
    }

    /// Validates the API key with Datadog's API.
    async fn datadog(&self, sink: &Datadog) -> Result<(), String> {
        let endpoints = datadog_endpoints(sink).map_err(|error| error.to_string())?;
        let api = endpoints.points.trim_end_matches("distribution_points");
        let key = HeaderName::from_bytes(KEY_HEADER.as_bytes()).map_err(|error| error.to_string())?;
        let request = Request::new(Method::GET, format!("{api}validate"), Bytes::new());
        let form = AuthScheme::Key(key, sink.api_key.clone());
        let Reply { response, secrets } = self.send(request, form, self.settings.limits.timeout).await?;
        let answer = BackendResponse { status: response.status, retry_after: None, body: &response.body };
        let result = match response.status {
            200 => Ok(()),
            status => match Verdict::of_status(&answer, UnixMillis(0)) {
                Some(verdict) => check_verdict(verdict, status),
                None => Err(format!("unexpected status {status}")),
            },
        };
        result.map_err(|error| with_explanation(&error, explain(&answer), secrets))
    }

    /// Sends a request, with the credentials that `form` demands.
    async fn send(&self, request: Request, form: AuthScheme, timeout: Duration) -> Result<Reply, String> {
        let secrets = if let AuthScheme::Key(..) = form { &self.datadog_secrets } else { &self.secrets };
        if let Some(reference) = fetched_secret(&form) {
            // Fetched first for its error: that of the credentials below does not include the reason.
            secrets.reveal(reference).await.map_err(|error| error.to_string())?;
        }
        let credentials = Credentials::new(form, Arc::clone(secrets));
        let request = credentials.authenticate(request, timeout).await.map_err(|error| error.to_string())?;
        let response = self.client.send(request, timeout).await.map_err(|error| error.to_string())?;
        let secrets = credentials.in_use().iter().map(|secret| secret.reveal().into()).collect();
        Ok(Reply { response, secrets })
    }

    async fn parking(&self, parking: &Location) -> Result<(), String> {
        let store = ParkingStore::new(parking, &lazy_aws(self.settings, &self.client));
        let store = store.map_err(|error| error.to_string())?;
        // A queue has no prefixes: other messages that are received on the way are released below.
        let prefix = match parking {
            Location::Sqs { .. } => String::new(),
            Location::S3(_) | Location::Folder { .. } => ParkedKind::Parked.prefix_of_sink(PROBE),
        };
        self.probe(&store, &prefix).await
    }

    /// Tests the parking location: writes a test object, lists it, reads it and deletes it. The test object has
    /// nothing to deliver, so it is harmless if it is left behind.
    async fn probe(&self, store: &ParkingStore, prefix: &str) -> Result<(), String> {
        let time = now();
        let header =
            Header { sink: PROBE.to_owned(), reason: PROBE.to_owned(), time_ms: time, ..Header::default() };
        let object = parking::encode(&header, b"");
        let place =
            ObjectName { kind: ParkedKind::Parked, sink: PROBE, time, request_id: PROBE, delivery: 0 };
        let key = place.key(&object.hash);
        let put = store.put(&key, object.bytes.clone().into(), self.settings.limits.timeout);
        self.unless_overdue(async { put.await.map_err(|error| error.to_string()) }).await?;
        let mut others = Vec::new();
        let found = self.unless_overdue(find(store, prefix, &key, &mut others)).await;
        // Also after the interrupt: messages that are not released stay hidden from others for minutes.
        for other in &others {
            store.release(other).await.map_err(|error| error.to_string())?;
        }
        let Some(parked) = found? else {
            return Err("the test object was written but is not listed".to_owned());
        };
        let read_and_delete = async {
            let read = store.read(&parked).await?;
            store.delete(&parked).await?;
            Ok(read)
        };
        let read_and_delete =
            async { read_and_delete.await.map_err(|error: ParkingError| error.to_string()) };
        if self.unless_overdue(read_and_delete).await? == Some(object.bytes) {
            Ok(())
        } else {
            Err("the test object was read back with other content".to_owned())
        }
    }
}

/// Response, and the secrets in the headers of the request, which the response may repeat.
struct Reply {
    response: Response,
    secrets: Vec<Vec<u8>>,
}

/// Appends the backend's explanation to an error, without secrets.
fn with_explanation(error: &str, explanation: Option<String>, secrets: Vec<Vec<u8>>) -> String {
    let request = RequestData::new(b"", Encoding::Identity, secrets);
    let words = explanation.map(|text| redact(&text, &request)).filter(|words| !words.is_empty());
    words.map_or_else(|| error.to_owned(), |words| format!("{error}: {words}"))
}

/// Returns the reference of the secret that has to be fetched to authenticate the request, if any.
fn fetched_secret(form: &AuthScheme) -> Option<&SecretRef> {
    match form {
        AuthScheme::Key(_, reference) | AuthScheme::Headers(Headers::Fetched(reference)) => Some(reference),
        AuthScheme::None | AuthScheme::Headers(Headers::Given(_)) => None,
    }
}

/// Converts the verdict on the response to an empty request to the result of the connection test.
fn check_verdict(verdict: Verdict, status: u16) -> Result<(), String> {
    match verdict {
        Verdict::Delivered | Verdict::Partly { .. } => Ok(()),
        Verdict::WrongAddress => Err(format!("no such endpoint at this URL (status {status})")),
        Verdict::Later { .. } => Err(format!("server error or overload (status {status}); try again later")),
        Verdict::Unauthorized => Err(format!("credentials rejected (status {status})")),
        Verdict::TooLarge => Err(format!("empty request rejected as too large (status {status})")),
        Verdict::Refused => Err(format!("empty request rejected (status {status})")),
    }
}

/// Finds the object with this key. Adds all others that are listed on the way to `others`.
async fn find(
    store: &ParkingStore,
    prefix: &str,
    key: &str,
    others: &mut Vec<ParkedRef>,
) -> Result<Option<ParkedRef>, String> {
    let (mut found, mut cursor) = (None, None);
    for _ in 0..MAX_PAGES {
        let page = store.list(prefix, cursor.as_ref()).await.map_err(|error| error.to_string())?;
        for parked in page.entries {
            if parked.key == key { found = Some(parked) } else { others.push(parked) }
        }
        cursor = page.next;
        if found.is_some() || cursor.is_none() {
            break;
        }
    }
    Ok(found)
}
