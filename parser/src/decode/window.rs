//! The buffer of decompressed text: filled at its end, read from its front, reused for the next input.

/// Size of a new window in bytes: enough for a small delivery.
const INITIAL_SIZE: usize = 16 * 1024;
/// Usual size in bytes: a few hundred events. An event that does not fit is moved to the front and completed by the
/// next fill.
const USUAL_SIZE: usize = 256 * 1024;

/// A sliding view of the decompressed text of an input.
#[derive(Debug, Default)]
pub struct Window {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    consumed: u64,
}

impl Window {
    /// Text that was filled in and not yet consumed.
    #[must_use]
    pub fn unread(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Removes the first `n` bytes of [`Window::unread`].
    pub fn consume(&mut self, n: usize) {
        let n = n.min(self.end - self.start);
        self.start += n;
        self.consumed += u64::try_from(n).unwrap_or(u64::MAX);
    }

    /// Index of the first unread byte in the decompressed input.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.consumed
    }

    /// Free space after the unread text; never empty. A full window doubles its size, so the reader bounds it by
    /// consuming.
    pub fn spare(&mut self) -> &mut [u8] {
        let size = self.bytes.len();
        let was_filled = self.end == size;
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == size {
            self.bytes.resize((size * 2).max(INITIAL_SIZE), 0);
        } else if was_filled && size < USUAL_SIZE {
            self.bytes.resize(USUAL_SIZE, 0); // The input is not a small one.
        }
        self.bytes.get_mut(self.end..).unwrap_or_default()
    }

    /// Marks the first `n` bytes of [`Window::spare`] as filled.
    pub fn filled(&mut self, n: usize) {
        self.end = (self.end + n).min(self.bytes.len());
    }

    /// Prepares for another input, and frees the memory above the usual size.
    pub fn reset(&mut self) {
        self.bytes.truncate(USUAL_SIZE);
        self.bytes.shrink_to_fit();
        (self.start, self.end, self.consumed) = (0, 0, 0);
    }
}
