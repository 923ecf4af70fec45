//! `tailwater check --connect`: asks each sink with an empty request, and parking with an object that owes nothing.

use std::{
    fmt,
    fs::OpenOptions,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
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

use super::check::row;

/// What the probe of parking is called in place of a sink and a reason: nobody owes it anything.
const PROBE: &str = "check";
/// How many pages of a queue are looked through for the probe.
const PAGES: usize = 20;

/// What was found out.
pub(super) struct Report {
    /// A line for each sink's endpoint and for parking.
    pub(super) lines: Vec<String>,
    /// How many do not work.
    pub(super) failed: usize,
}

/// Tries everything, one after the other.
///
/// # Errors
/// When there can be no client.
pub(super) fn run(settings: &Settings) -> anyhow::Result<Report> {
    let client = Client::new(&settings.network)?;
    let vault = Arc::new(Vault::new(client.clone(), settings));
    let trier = Trier { client, vault, settings };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(trier.all()))
}

struct Trier<'s> {
    client: Client,
    vault: Arc<Vault>,
    settings: &'s Settings,
}

impl Report {
    fn add(&mut self, name: &str, what: impl fmt::Display, begun: Instant, tried: Result<(), String>) {
        let took = Duration::from_millis(u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX));
        self.lines.push(match tried {
            Ok(()) => row(name, format_args!("{what}: works ({took:?})")),
            Err(error) => {
                self.failed += 1;
                row(name, format_args!("{what}: fails: {error}"))
            }
        });
    }
}

impl Trier<'_> {
    async fn all(&self) -> Report {
        let mut report = Report { lines: Vec::new(), failed: 0 };
        for sink in &self.settings.sinks {
            let name = sink.name().name();
            match sink {
                Sink::Otlp(sink) => {
                    for (what, url) in [("logs", &sink.logs), ("metrics", &sink.metrics)] {
                        let Some(url) = url else { continue };
                        let begun = Instant::now();
                        let tried = self.otlp(sink, url).await;
                        report.add(name, format_args!("{what} to {url}"), begun, tried);
                    }
                }
                Sink::Datadog(sink) => {
                    let begun = Instant::now();
                    let tried = self.datadog(sink).await;
                    report.add(name, "the API key", begun, tried);
                }
                Sink::Ndjson(Ndjson::Stdout) => {}
                Sink::Ndjson(Ndjson::File(path)) => {
                    let begun = Instant::now();
                    let opened = OpenOptions::new().append(true).create(true).open(path);
                    let tried = opened.map(drop).map_err(|error| error.to_string());
                    report.add(name, path.display(), begun, tried);
                }
            }
        }
        if let Some(parking) = &self.settings.parking {
            let begun = Instant::now();
            let tried = self.parking(parking).await;
            report.add("parking", "put, read and deleted", begun, tried);
        }
        report
    }

    /// An export of nothing, which every collector takes.
    async fn otlp(&self, sink: &Otlp, url: &Url) -> Result<(), String> {
        let form = sink.headers.clone().map_or(Form::None, Form::Headers);
        let request = Request::new(Method::POST, url.to_string(), Bytes::new())
            .with(HeaderName::from_static("content-type"), HeaderValue::from_static(otlp::CONTENT_TYPE));
        let timeout = sink.timeout.unwrap_or(self.settings.limits.timeout);
        let response = self.ask(request, form, timeout).await?;
        let answer = Answer { status: response.status, retry_after: None, body: &response.body };
        judged(&otlp::verdict(&answer, UnixMillis(0)), response.status)
    }

    /// The API says whether a key is one of its.
    async fn datadog(&self, sink: &Datadog) -> Result<(), String> {
        let endpoints = match &sink.logs {
            Some(url) => Endpoints::at_url(&url.to_string()),
            None => Endpoints::of_site(&sink.site).map_err(|error| error.to_string())?,
        };
        let api = endpoints.points.trim_end_matches("distribution_points");
        let key = HeaderName::from_bytes(KEY_HEADER.as_bytes()).map_err(|error| error.to_string())?;
        let request = Request::new(Method::GET, format!("{api}validate"), Bytes::new());
        let form = Form::Key(key, sink.api_key.clone());
        let response = self.ask(request, form, self.settings.limits.timeout).await?;
        match response.status {
            200 => Ok(()),
            401 | 403 => judged(&Verdict::Unauthorized, response.status),
            status => Err(format!("it answers with status {status}")),
        }
    }

    async fn ask(&self, request: Request, form: Form, timeout: Duration) -> Result<Response, String> {
        if let Some(reference) = kept(&form) {
            // The credentials only say that they are not to be had, the vault says why.
            self.vault.reveal(reference).await.map_err(|error| error.to_string())?;
        }
        let credentials = Credentials::new(form, Arc::clone(&self.vault));
        let request = credentials.put_on(request, timeout).await.map_err(|error| error.to_string())?;
        self.client.send(request, timeout).await.map_err(|error| error.to_string())
    }

    async fn parking(&self, parking: &Parking) -> Result<(), String> {
        let access = || Access::new(self.client.clone(), self.settings);
        let lot = Lot::new(parking, access).map_err(|error| error.to_string())?;
        // A queue is looked through whole, since what it hands out to one nobody else sees until it is released.
        let prefix = match parking {
            Parking::Sqs { .. } => String::new(),
            Parking::S3(_) | Parking::Folder { .. } => Shelf::Parked.prefix_of_sink(PROBE),
        };
        probe(&lot, &prefix, self.settings.limits.timeout).await
    }
}

/// The secret that is fetched for a request.
fn kept(form: &Form) -> Option<&SecretRef> {
    match form {
        Form::Key(_, reference) | Form::Headers(Headers::Fetched(reference)) => Some(reference),
        Form::None | Form::Headers(Headers::Given(_)) => None,
    }
}

fn judged(verdict: &Verdict, status: u16) -> Result<(), String> {
    match verdict {
        Verdict::Delivered | Verdict::Partly { .. } => Ok(()),
        Verdict::Later { .. } if NOBODY_THERE.contains(&status) => {
            Err(format!("nothing takes it at this address (status {status})"))
        }
        Verdict::Later { .. } => {
            Err(format!("it fails inside, or asks to come back later (status {status})"))
        }
        Verdict::Unauthorized => Err(format!("it does not accept the credentials (status {status})")),
        Verdict::TooLarge => Err(format!("it takes not even an empty body (status {status})")),
        Verdict::Refused { reason } => {
            Err(format!("it refuses an empty request (status {status}): {reason}"))
        }
    }
}

/// Puts an object that owes nothing, so that one that stays behind does no harm, finds it again and takes it away.
async fn probe(lot: &Lot, prefix: &str, within: Duration) -> Result<(), String> {
    let told = |error: park::LotError| error.to_string();
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let time = UnixMillis(i64::try_from(since.as_millis()).unwrap_or_default());
    let header =
        Header { sink: PROBE.to_owned(), reason: PROBE.to_owned(), time_ms: time, ..Header::default() };
    let object = park::encode(&header, b"");
    let place = park::Place { shelf: Shelf::Parked, sink: PROBE, time, request_id: PROBE, delivery: 0 };
    let key = place.key(&object.hash);
    lot.put(&key, object.bytes.clone().into(), within).await.map_err(told)?;
    let (mut others, mut found, mut cursor) = (Vec::new(), None, None);
    for _ in 0..PAGES {
        let page = lot.list(prefix, cursor.as_ref()).await.map_err(told)?;
        for ticket in page.tickets {
            if ticket.key == key { found = Some(ticket) } else { others.push(ticket) }
        }
        cursor = page.next;
        if found.is_some() || cursor.is_none() {
            break;
        }
    }
    for other in &others {
        lot.release(other).await.map_err(told)?;
    }
    let Some(ticket) = found else { return Err("what was put there does not come back".to_owned()) };
    let read = lot.read(&ticket).await.map_err(told)?;
    lot.delete(&ticket).await.map_err(told)?;
    if read == Some(object.bytes) { Ok(()) } else { Err("what was put there comes back changed".to_owned()) }
}
