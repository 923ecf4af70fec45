//! Sample of messages by which the compression of stored logs is estimated.

use std::{
    collections::BinaryHeap,
    io::{self, Write as _},
};

use flate2::{Compression, write::GzEncoder};
use tailwater_parser::UnixMillis;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::view::share::Share;

/// Size of the sample in bytes.
const MAX_BYTES: usize = 1024 * 1024;
/// Greatest number of bytes of one message.
const MAX_MESSAGE: usize = 16 * 1024;
/// Memory of a message without its text, in bytes.
const OVERHEAD: usize = 40;

/// Messages with the smallest hashes. Which ones these are depends on the set of messages only.
#[derive(Debug, Default)]
pub(super) struct MessageSample {
    messages: BinaryHeap<Sampled>,
    /// Memory of the messages.
    bytes: usize,
}

/// Message in the order of its hash.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Sampled {
    hash: u64,
    time: UnixMillis,
    message: Box<str>,
}

impl Sampled {
    fn size(&self) -> usize {
        OVERHEAD + self.message.len()
    }
}

impl MessageSample {
    pub(super) fn add(&mut self, time: UnixMillis, message: &str) {
        let hash = xxh3_64_with_seed(message.as_bytes(), u64::from_ne_bytes(time.0.to_ne_bytes()));
        if self.bytes >= MAX_BYTES && self.messages.peek().is_some_and(|largest| largest.hash < hash) {
            return;
        }
        let cut = message.floor_char_boundary(MAX_MESSAGE);
        let message = message.get(..cut).unwrap_or(message).into();
        self.push(Sampled { hash, time, message });
    }

    fn push(&mut self, sampled: Sampled) {
        self.bytes += sampled.size();
        self.messages.push(sampled);
        while let Some(largest) = self.messages.peek() {
            let rest = self.bytes.saturating_sub(largest.size());
            if rest < MAX_BYTES {
                break;
            }
            self.bytes = rest;
            self.messages.pop();
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        other.messages.into_iter().for_each(|sampled| self.push(sampled));
    }

    /// Compressed size of the sample as a share of its size; `None` if it is empty.
    pub(super) fn compressed(&self) -> Option<Share> {
        let mut messages: Vec<_> = self.messages.iter().collect();
        messages.sort_by_key(|sampled| (sampled.time, sampled.hash));
        let compress = || -> io::Result<usize> {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
            for sampled in &messages {
                encoder.write_all(sampled.message.as_bytes())?;
            }
            Ok(encoder.finish()?.len())
        };
        // Writing to memory cannot fail.
        let part = compress().ok()?;
        let whole: usize = messages.iter().map(|sampled| sampled.message.len()).sum();
        let share = Share { part: u64::try_from(part).ok()?, whole: u64::try_from(whole).ok()? };
        Some(share).filter(|share| share.whole > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(range: std::ops::Range<i64>) -> MessageSample {
        let mut sample = MessageSample::default();
        range.for_each(|n| sample.add(UnixMillis(n), &format!("{n} ").repeat(400)));
        sample
    }

    #[test]
    fn sample_is_bounded_and_independent_of_the_division() {
        let whole = sample(0..2_000);
        assert!(whole.bytes >= MAX_BYTES && whole.bytes < MAX_BYTES + MAX_MESSAGE, "{}", whole.bytes);
        let mut merged = sample(1_500..2_000);
        merged.merge(sample(0..1_500));
        assert_eq!(whole.compressed().unwrap(), merged.compressed().unwrap());
        let share = whole.compressed().unwrap();
        assert!(share.part * 10 < share.whole, "{share:?}");
        assert_eq!(MessageSample::default().compressed(), None);
    }
}
