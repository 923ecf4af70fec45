//! Streaming response bodies: for exports and server-sent events.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::Body;
use futures_core::Stream;
use tokio::sync::mpsc::Receiver;

/// Returns a response body of the chunks received from a channel. The body ends when the sender is dropped.
pub(super) fn body(chunks: Receiver<Vec<u8>>) -> Body {
    Body::from_stream(ChunkStream(chunks))
}

struct ChunkStream(Receiver<Vec<u8>>);

impl Stream for ChunkStream {
    type Item = Result<Vec<u8>, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|chunk| chunk.map(Ok))
    }
}
