//! Streaming response bodies: for exports and server-sent events.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::Body;
use futures_core::Stream;
use tokio::sync::mpsc::Receiver;

/// Error that cuts a response body, so that the client does not take a part for the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the response ended early")]
pub(super) struct Incomplete;

/// Part of a response body.
#[derive(Debug)]
pub(super) enum Chunk {
    /// Bytes of the body.
    Data(Vec<u8>),
    /// End of a complete body.
    End,
}

/// Returns a response body of the chunks received from a channel. The body is cut if the sender is dropped before it has
/// sent [`Chunk::End`].
pub(super) fn body(chunks: Receiver<Chunk>) -> Body {
    Body::from_stream(ChunkStream { chunks, has_ended: false })
}

struct ChunkStream {
    chunks: Receiver<Chunk>,
    has_ended: bool,
}

impl Stream for ChunkStream {
    type Item = Result<Vec<u8>, Incomplete>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        self.chunks.poll_recv(context).map(|chunk| match chunk {
            Some(Chunk::Data(bytes)) => Some(Ok(bytes)),
            Some(Chunk::End) => {
                self.has_ended = true;
                None
            }
            None => {
                self.has_ended = true;
                Some(Err(Incomplete))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_complete(chunks: Vec<Chunk>) -> bool {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (sender, receiver) = tokio::sync::mpsc::channel(4);
            for chunk in chunks {
                sender.send(chunk).await.unwrap();
            }
            drop(sender);
            axum::body::to_bytes(body(receiver), 100).await.is_ok()
        })
    }

    #[test]
    fn body_without_its_end_is_incomplete() {
        assert!(is_complete(vec![Chunk::Data(b"all".to_vec()), Chunk::End]));
        assert!(!is_complete(vec![Chunk::Data(b"part".to_vec())]));
        assert!(!is_complete(Vec::new()));
    }
}
