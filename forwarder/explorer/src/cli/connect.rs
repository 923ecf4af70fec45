//! `tailwater check --connect`: sends an empty request to each sink, and a test object to the parking location.

use std::{
    fs::OpenOptions,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use tailwater_forwarder::{
    aws::{Access, Vault},
    deliver::{
        park::{self, Header, Lot, Shelf},
        sender::{Credentials, Form},
    },
    http::{Client, HeaderName, HeaderValue, Method, Request, Response},
    settings::{Datadog, Headers, Ndjson, Otlp, Parking, SecretRef, Settings, Sink, Url},
    sink::{
        Answer, NOBODY_THERE, Verdict,
        datadog::{Endpoints, limits::KEY_HEADER},
        otlp,
    },
};
use tailwater_parser::UnixMillis;

use super::clock::now;

/// Sink and reason of the test object in the parking location. It has no sink that would have to be served.
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

/// Tests all sinks and the parking location, one after another.
///
/// # Errors
/// Returns an error if the HTTP client or the runtime cannot be created.
pub(super) fn run(settings: &Settings) -> anyhow::Result<Vec<Probe>> {
    let client = Client::new(&settings.network)?;
    let vault = Arc::new(Vault::new(client.clone(), settings));
    let prober = Prober { client, vault, settings };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(prober.run()))
}

struct Prober<'s> {
    client: Client,
    vault: Arc<Vault>,
    settings: &'s Settings,
}

impl Prober<'_> {
    async fn run(&self) -> Vec<Probe> {
        let mut probes = Vec::new();
        for sink in &self.settings.sinks {
            let name = sink.name().name();
            match sink {
                Sink::Otlp(sink) => {
                    for (signal, url) in [("logs", &sink.logs), ("metrics", &sink.metrics)] {
                        let Some(url) = url else { continue };
                        let started = Instant::now();
                        let result = self.otlp(sink, url).await;
                        probes.push(Probe::new(name, format!("{signal} to {url}"), started, result));
                    }
                }
                Sink::Datadog(sink) => {
                    let started = Instant::now();
                    let result = self.datadog(sink).await;
                    probes.push(Probe::new(name, "API key".to_owned(), started, result));
                }
                Sink::Ndjson(Ndjson::Stdout) => {}
                Sink::Ndjson(Ndjson::File(path)) => {
                    let started = Instant::now();
                    let opened = OpenOptions::new().append(true).create(true).open(path);
                    let result = opened.map(drop).map_err(|error| error.to_string());
                    probes.push(Probe::new(name, path.display().to_string(), started, result));
                }
            }
        }
        if let Some(parking) = &self.settings.parking {
            let started = Instant::now();
            let result = self.parking(parking).await;
            probes.push(Probe::new("parking", "write, read and delete".to_owned(), started, result));
        }
        probes
    }

    /// Sends an empty export request, which every collector accepts.
    async fn otlp(&self, sink: &Otlp, url: &Url) -> Result<(), String> {
        let form = sink.headers.clone().map_or(Form::None, Form::Headers);
        let request = Request::new(Method::POST, url.to_string(), Bytes::new())
            .with(HeaderName::from_static("content-type"), HeaderValue::from_static(otlp::CONTENT_TYPE));
        let timeout = sink.timeout.unwrap_or(self.settings.limits.timeout);
        let response = self.send(request, form, timeout).await?;
        let answer = Answer { status: response.status, retry_after: None, body: &response.body };
        check_verdict(&otlp::verdict(&answer, UnixMillis(0)), response.status)
    }

    /// Validates the API key with Datadog's API.
    async fn datadog(&self, sink: &Datadog) -> Result<(), String> {
        let endpoints = match &sink.logs {
            Some(url) => Endpoints::at_url(&url.to_string()),
            None => Endpoints::of_site(&sink.site).map_err(|error| error.to_string())?,
        };
        let api = endpoints.points.trim_end_matches("distribution_points");
        let key = HeaderName::from_bytes(KEY_HEADER.as_bytes()).map_err(|error| error.to_string())?;
        let request = Request::new(Method::GET, format!("{api}validate"), Bytes::new());
        let form = Form::Key(key, sink.api_key.clone());
        let response = self.send(request, form, self.settings.limits.timeout).await?;
        match response.status {
            200 => Ok(()),
            401 | 403 => check_verdict(&Verdict::Unauthorized, response.status),
            status => Err(format!("unexpected status {status}")),
        }
    }

    /// Sends a request with credentials.
    async fn send(&self, request: Request, form: Form, timeout: Duration) -> Result<Response, String> {
        if let Some(reference) = fetched_secret(&form) {
            // Fetched first for its error: that of the credentials below does not include the reason.
            self.vault.reveal(reference).await.map_err(|error| error.to_string())?;
        }
        let credentials = Credentials::new(form, Arc::clone(&self.vault));
        let request = credentials.put_on(request, timeout).await.map_err(|error| error.to_string())?;
        self.client.send(request, timeout).await.map_err(|error| error.to_string())
    }

    async fn parking(&self, parking: &Parking) -> Result<(), String> {
        let access = || Access::new(self.client.clone(), self.settings);
        let lot = Lot::new(parking, access).map_err(|error| error.to_string())?;
        // A queue has no prefixes: other messages that are received on the way are released below.
        let prefix = match parking {
            Parking::Sqs { .. } => String::new(),
            Parking::S3(_) | Parking::Folder { .. } => Shelf::Parked.prefix_of_sink(PROBE),
        };
        probe(&lot, &prefix, self.settings.limits.timeout).await
    }
}

/// Returns the reference of the secret that the request needs, if any.
fn fetched_secret(form: &Form) -> Option<&SecretRef> {
    match form {
        Form::Key(_, reference) | Form::Headers(Headers::Fetched(reference)) => Some(reference),
        Form::None | Form::Headers(Headers::Given(_)) => None,
    }
}

/// Converts the verdict on an empty request to the result of the test.
fn check_verdict(verdict: &Verdict, status: u16) -> Result<(), String> {
    match verdict {
        Verdict::Delivered | Verdict::Partly { .. } => Ok(()),
        Verdict::Later { .. } if NOBODY_THERE.contains(&status) => {
            Err(format!("no such endpoint at this URL (status {status})"))
        }
        Verdict::Later { .. } => Err(format!("server error or overload (status {status}); try again later")),
        Verdict::Unauthorized => Err(format!("credentials rejected (status {status})")),
        Verdict::TooLarge => Err(format!("empty request rejected as too large (status {status})")),
        Verdict::Refused { reason } => Err(format!("empty request rejected (status {status}): {reason}")),
    }
}

/// Writes a test object, lists it, reads it and deletes it. The object has nothing to deliver, so one that is left behind is
/// harmless.
async fn probe(lot: &Lot, prefix: &str, within: Duration) -> Result<(), String> {
    let text = |error: park::LotError| error.to_string();
    let time = now();
    let header =
        Header { sink: PROBE.to_owned(), reason: PROBE.to_owned(), time_ms: time, ..Header::default() };
    let object = park::encode(&header, b"");
    let place = park::Place { shelf: Shelf::Parked, sink: PROBE, time, request_id: PROBE, delivery: 0 };
    let key = place.key(&object.hash);
    lot.put(&key, object.bytes.clone().into(), within).await.map_err(text)?;
    let (mut others, mut found, mut cursor) = (Vec::new(), None, None);
    for _ in 0..MAX_PAGES {
        let page = lot.list(prefix, cursor.as_ref()).await.map_err(text)?;
        for ticket in page.tickets {
            if ticket.key == key { found = Some(ticket) } else { others.push(ticket) }
        }
        cursor = page.next;
        if found.is_some() || cursor.is_none() {
            break;
        }
    }
    for other in &others {
        lot.release(other).await.map_err(text)?;
    }
    let Some(ticket) = found else { return Err("the test object was written but is not listed".to_owned()) };
    let read = lot.read(&ticket).await.map_err(text)?;
    lot.delete(&ticket).await.map_err(text)?;
    if read == Some(object.bytes) {
        Ok(())
    } else {
        Err("the test object was read back with other content".to_owned())
    }
}
