//! Eight bytes of text as one integer: tests of all of them at once.

/// Eight bytes of text.
#[derive(Clone, Copy)]
pub(super) struct Word(u64);

/// One in each byte.
const ONES: u64 = 0x0101_0101_0101_0101;

impl Word {
    /// Words of a text, with their indexes, each `step` bytes after the last one.
    pub(super) fn each(text: &[u8], step: usize) -> impl Iterator<Item = (usize, Self)> {
        let windows = text.windows(8).step_by(step);
        let words =
            windows.filter_map(|window| window.first_chunk().map(|bytes| Self(u64::from_le_bytes(*bytes))));
        (0..).step_by(step).zip(words)
    }

    /// Returns true if each byte is a digit, a space or punctuation: 0x20 to 0x3F. Letters are not among them.
    pub(super) fn has_no_letter(self) -> bool {
        self.0 & (ONES * 0xE0) == ONES * 0x20
    }

    /// Returns true if each byte may be a hexadecimal digit or a colon: 0x30 to 0x4F and 0x60 to 0x6F.
    pub(super) fn may_be_groups(self) -> bool {
        let bit = |n: u32| self.0 >> n;
        let is_group = (bit(6) & !bit(4)) | (!bit(6) & bit(5) & bit(4));
        is_group & !bit(7) & ONES == ONES
    }

    /// Returns true if one of the bytes is a colon.
    pub(super) fn has_colon(self) -> bool {
        let differences = self.0 ^ (ONES * u64::from(b':'));
        differences.wrapping_sub(ONES) & !differences & (ONES * 0x80) != 0
    }
}
