//! The one buffer a delivery is read through: filled at its end, read from its front, reused for the next.

/// Room for a small delivery, which many inputs are.
const SMALL: usize = 16 * 1024;
/// Room for a few hundred events; what does not fit in is moved to the front and completed by the next fill.
const USUAL: usize = 256 * 1024;

/// A sliding view over the inflated text of an input.
#[derive(Debug, Default)]
pub struct Window {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    passed: u64,
}

impl Window {
    /// What was filled in and not yet consumed.
    #[must_use]
    pub fn unread(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Steps over `n` bytes: they will not be seen again.
    pub fn consume(&mut self, n: usize) {
        let n = n.min(self.end - self.start);
        self.start += n;
        self.passed += u64::try_from(n).unwrap_or(u64::MAX);
    }

    /// Where the first unread byte stands in the inflated input.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.passed
    }

    /// Room to fill behind what is unread; never empty: a full window doubles, so its reader bounds it by consuming.
    pub fn spare(&mut self) -> &mut [u8] {
        let size = self.bytes.len();
        let was_filled = self.end == size;
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == size {
            self.bytes.resize((size * 2).max(SMALL), 0);
        } else if was_filled && size < USUAL {
            self.bytes.resize(USUAL, 0); // The input is no small one.
        }
        self.bytes.get_mut(self.end..).unwrap_or_default()
    }

    /// Says that the first `n` bytes of [`Window::spare`] were filled.
    pub fn filled(&mut self, n: usize) {
        self.end = (self.end + n).min(self.bytes.len());
    }

    /// Forgets the input, and gives back what an unusually large item made it grow to.
    pub fn reset(&mut self) {
        self.bytes.truncate(USUAL);
        self.bytes.shrink_to_fit();
        (self.start, self.end, self.passed) = (0, 0, 0);
    }
}
