//! `GET /api/v1/events`: a server-sent event whenever the store has changed.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{HeaderValue, Response, header},
};
use tokio::sync::mpsc;

use crate::serve::{
    site::Site,
    stream::{self, Chunk},
};

/// Interval at which a comment is sent while the store does not change, so that a broken connection is
/// detected.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Comment of the event stream, which browsers ignore.
const KEEP_ALIVE_COMMENT: &[u8] = b": keep-alive\n\n";

/// Starts the event stream. It ends when the client disconnects or the server stops.
pub(in crate::serve) fn response(site: &Arc<Site>) -> Response<Body> {
    let (chunks, body) = mpsc::channel(4);
    let mut changes = site.live.subscribe();
    tokio::spawn(async move {
        loop {
            let revision = *changes.borrow_and_update();
            let chunk = format!("event: change\ndata: {{\"revision\":{revision}}}\n\n").into_bytes();
            if chunks.send(Chunk::Data(chunk)).await.is_err() {
                return;
            }
            loop {
                match tokio::time::timeout(KEEP_ALIVE, changes.changed()).await {
                    Ok(Ok(())) => break,
                    Ok(Err(_)) => return,
                    Err(_) if chunks.send(Chunk::Data(KEEP_ALIVE_COMMENT.to_vec())).await.is_err() => return,
                    Err(_) => {}
                }
            }
        }
    });
    let mut response = Response::new(stream::body(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
