//! News for browsers: a server-sent event whenever the store has changed.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{HeaderValue, Response, header},
};
use tokio::sync::mpsc;

use crate::serve::{Site, stream};

/// Something is sent at least so often, so that a connection that broke is noticed.
const BREATH: Duration = Duration::from_secs(15);

/// Begins to tell; it ends when the browser has gone, or the server stops.
pub(in crate::serve) fn begin(site: &Arc<Site>) -> Response<Body> {
    let (pieces, body) = mpsc::channel(4);
    let mut changes = site.live.subscribe();
    tokio::spawn(async move {
        loop {
            let revision = *changes.borrow_and_update();
            let piece = format!("event: change\ndata: {{\"revision\":{revision}}}\n\n").into_bytes();
            if pieces.send(piece).await.is_err() {
                return;
            }
            loop {
                match tokio::time::timeout(BREATH, changes.changed()).await {
                    Ok(Ok(())) => break,
                    Ok(Err(_)) => return,
                    Err(_) if pieces.send(b": still here\n\n".to_vec()).await.is_err() => return,
                    Err(_) => {}
                }
            }
        }
    });
    let mut answer = Response::new(stream::body(body));
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
