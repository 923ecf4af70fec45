//! Everything that a search finds, as NDJSON: one record a line, in the form that `replay` reads again.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{HeaderValue, Response, header},
};
use tokio::{sync::mpsc, task};

use super::{
    Site,
    answer::Problem,
    api::logs::{Search, write_record},
    question::Question,
    stream,
};

/// Events that are looked for at once.
const PAGE: usize = 500;
/// Pieces that may wait for the browser.
const WAITING: usize = 4;

/// Begins an export; it goes on as fast as the browser takes it, and ends when the browser has gone.
pub(super) fn begin(site: Arc<Site>, question: Question) -> Result<Response<Body>, Problem> {
    // What is wrong is told before anything is sent.
    Search::of(&site.live.now(), &question)?;
    let (pieces, body) = mpsc::channel(WAITING);
    task::spawn_blocking(move || site.readers.with(|store| export(&site, store, &question, &pieces)));
    let mut answer = Response::new(stream::body(body));
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"tailwater.ndjson\""),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// An export that fails in the middle ends there: what was sent is true.
fn export(
    site: &Site,
    store: &crate::store::Store,
    question: &Question,
    pieces: &mpsc::Sender<Vec<u8>>,
) -> Option<()> {
    let mut after = None;
    loop {
        let search = Search::of(&site.live.now(), question).ok()?;
        let page = store.search_while(&search.query(after), PAGE, &|| !pieces.is_closed()).ok()?;
        let mut piece = Vec::new();
        page.events.iter().try_for_each(|event| write_record(event, &mut piece)).ok()?;
        if !piece.is_empty() {
            pieces.blocking_send(piece).ok()?;
        }
        after = Some(page.next?);
    }
}
