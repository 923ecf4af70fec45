//! Bodies that are written while they are sent: exports, and news of changes.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::Body;
use futures_core::Stream;
use tokio::sync::mpsc::Receiver;

/// What comes out of a channel, piece by piece, until its sender is gone.
pub(super) fn body(pieces: Receiver<Vec<u8>>) -> Body {
    Body::from_stream(Pieces(pieces))
}

struct Pieces(Receiver<Vec<u8>>);

impl Stream for Pieces {
    type Item = Result<Vec<u8>, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|piece| piece.map(Ok))
    }
}
