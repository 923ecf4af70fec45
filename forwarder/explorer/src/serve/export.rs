//! Export of all search results as NDJSON: one record per line, in a form that `replay` reads.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{HeaderValue, Response, header},
};
use tokio::{sync::mpsc, task};

use super::{
    api::logs::{Search, write_record},
    query_params::QueryParams,
    response::Problem,
    site::Site,
    stream,
};

/// Maximum number of events in a page of the search.
const PAGE_SIZE: usize = 500;
/// Maximum number of chunks of the response body that wait for the client.
const CHANNEL_CAPACITY: usize = 4;

/// Starts an export. It runs as fast as the client reads, and ends early if the client disconnects.
pub(super) fn response(site: Arc<Site>, params: QueryParams) -> Result<Response<Body>, Problem> {
    // Invalid parameters must be reported before the response begins.
    Search::new(&site.live.snapshot(), &params)?;
    let (chunks, body) = mpsc::channel(CHANNEL_CAPACITY);
    task::spawn_blocking(move || site.readers.with(|store| export(&site, store, &params, &chunks)));
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

/// Sends the results page by page. If a page cannot be read, the export ends early; the records sent so far
/// are valid.
fn export(
    site: &Site,
    store: &crate::store::Store,
    params: &QueryParams,
    chunks: &mpsc::Sender<Vec<u8>>,
) -> Option<()> {
    let mut after = None;
    loop {
        let search = Search::new(&site.live.snapshot(), params).ok()?;
        let page = store.search_while(&search.query(after), PAGE_SIZE, &|| !chunks.is_closed()).ok()?;
        let mut chunk = Vec::new();
        page.events.iter().try_for_each(|event| write_record(event, &mut chunk)).ok()?;
        if !chunk.is_empty() {
            chunks.blocking_send(chunk).ok()?;
        }
        after = Some(page.next?);
    }
}
