//! Export of all search results as NDJSON: one record per line, in a form that `replay` reads.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
};
use tokio::{
    sync::{Semaphore, mpsc},
    task,
    time::timeout,
};

use super::{
    api::logs::{Search, write_record},
    query_params::QueryParams,
    response::Problem,
    site::Site,
    stream::{self, Chunk},
};
use crate::store::LogPosition;

/// Maximum number of events in a page of the search.
const PAGE_SIZE: usize = 500;
/// Maximum number of chunks of the response body that wait for the client.
const CHANNEL_CAPACITY: usize = 1;
/// Maximum number of exports at a time.
const MAX_EXPORTS: usize = 4;
/// Maximum time for which one page is searched, so that exports and other requests share the threads.
const SEARCH_TIME: Duration = Duration::from_millis(250);
/// Time in which a client has to take a page.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);

/// Limit on the number of exports at a time.
#[derive(Debug)]
pub(super) struct Exports(Arc<Semaphore>);

impl Default for Exports {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAX_EXPORTS)))
    }
}

/// Page of an export.
struct Page {
    /// Records as NDJSON.
    records: Vec<u8>,
    /// End of this page; `None` if it is the last one.
    next: Option<LogPosition>,
}

/// Starts an export. It runs as fast as the client reads, and ends early if the client disconnects or does not read.
/// A client that reads slowly occupies no thread.
///
/// # Errors
/// Returns a [`Problem`] if a parameter is invalid or too many exports are running.
pub(super) fn response(site: Arc<Site>, params: QueryParams) -> Result<Response<Body>, Problem> {
    // Invalid parameters must be reported before the response begins.
    Search::new(&site.live.snapshot(), &params)?;
    let permit = Arc::clone(&site.exports.0).try_acquire_owned().map_err(|_| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many exports are running; try again later")
    })?;
    let (chunks, body) = mpsc::channel(CHANNEL_CAPACITY);
    tokio::spawn(async move {
        // Nobody is left to tell of an export that ended early.
        let _ = export(&site, Arc::new(params), &chunks).await;
        drop(permit);
    });
    let mut response = Response::new(stream::body(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"tailwater.ndjson\""),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Sends the results page by page. Returns `None` if the export ends early, because a page cannot be read, or because
/// the client disconnects or does not read. The response is then cut, so that a client knows that it is incomplete.
async fn export(site: &Arc<Site>, params: Arc<QueryParams>, chunks: &mpsc::Sender<Chunk>) -> Option<()> {
    let mut after = None;
    loop {
        let (own_site, own_params) = (Arc::clone(site), Arc::clone(&params));
        let page = task::spawn_blocking(move || read_page(&own_site, &own_params, after)).await;
        let page = page.ok()??;
        if chunks.is_closed() {
            return None;
        }
        if !page.records.is_empty() {
            send(chunks, Chunk::Data(page.records)).await?;
        }
        if page.next.is_none() {
            return send(chunks, Chunk::End).await;
        }
        after = page.next;
    }
}

/// Waits until the client takes a chunk; `None` if it disconnects or does not take it in time.
async fn send(chunks: &mpsc::Sender<Chunk>, chunk: Chunk) -> Option<()> {
    timeout(SEND_TIMEOUT, chunks.send(chunk)).await.ok()?.ok()
}

fn read_page(site: &Site, params: &QueryParams, after: Option<LogPosition>) -> Option<Page> {
    let start = Instant::now();
    let search = Search::new(&site.live.snapshot(), params).ok()?;
    let query = search.query(after);
    let search = |store: &crate::store::Store| {
        store.search_while(&query, PAGE_SIZE, &|| start.elapsed() < SEARCH_TIME)
    };
    let page = site.readers.with(search).ok()?.ok()?;
    let mut records = Vec::new();
    page.events.iter().try_for_each(|event| write_record(event, &mut records)).ok()?;
    Some(Page { records, next: page.next })
}
