//! Width of texts on a terminal, and cutting texts to a width.

use std::cmp::Ordering;

/// Ranges of characters that take two columns: East Asian wide and fullwidth ones, and emoji. From `EastAsianWidth.txt` of
/// Unicode 16, without gaps between unassigned characters.
const WIDE: [(u32, u32); 62] = [
    (0x1100, 0x115f),
    (0x231a, 0x231b),
    (0x2329, 0x232a),
    (0x23e9, 0x23ec),
    (0x23f0, 0x23f0),
    (0x23f3, 0x23f3),
    (0x25fd, 0x25fe),
    (0x2614, 0x2615),
    (0x2648, 0x2653),
    (0x267f, 0x267f),
    (0x2693, 0x2693),
    (0x26a1, 0x26a1),
    (0x26aa, 0x26ab),
    (0x26bd, 0x26be),
    (0x26c4, 0x26c5),
    (0x26ce, 0x26ce),
    (0x26d4, 0x26d4),
    (0x26ea, 0x26ea),
    (0x26f2, 0x26f3),
    (0x26f5, 0x26f5),
    (0x26fa, 0x26fa),
    (0x26fd, 0x26fd),
    (0x2705, 0x2705),
    (0x270a, 0x270b),
    (0x2728, 0x2728),
    (0x274c, 0x274c),
    (0x274e, 0x274e),
    (0x2753, 0x2755),
    (0x2757, 0x2757),
    (0x2795, 0x2797),
    (0x27b0, 0x27b0),
    (0x27bf, 0x27bf),
    (0x2b1b, 0x2b1c),
    (0x2b50, 0x2b50),
    (0x2b55, 0x2b55),
    (0x2e80, 0x303e),
    (0x3041, 0x3247),
    (0x3250, 0x4dbf),
    (0x4e00, 0xa4cf),
    (0xa960, 0xa97f),
    (0xac00, 0xd7a3),
    (0xf900, 0xfaff),
    (0xfe10, 0xfe19),
    (0xfe30, 0xfe6f),
    (0xff01, 0xff60),
    (0xffe0, 0xffe6),
    (0x16fe0, 0x1b2fb),
    (0x1f004, 0x1f004),
    (0x1f0cf, 0x1f0cf),
    (0x1f18e, 0x1f18e),
    (0x1f191, 0x1f19a),
    (0x1f200, 0x1f320),
    (0x1f32d, 0x1f335),
    (0x1f337, 0x1f37c),
    (0x1f37e, 0x1f393),
    (0x1f3a0, 0x1f3ca),
    (0x1f3cf, 0x1f3d3),
    (0x1f3e0, 0x1f64f),
    (0x1f680, 0x1f6ff),
    (0x1f7e0, 0x1f7eb),
    (0x1f90c, 0x1faff),
    (0x20000, 0x3fffd),
];

/// Ranges of characters that take no column: combining marks, joiners and variation selectors of common scripts.
const ZERO: [(u32, u32); 20] = [
    (0x0300, 0x036f),
    (0x0483, 0x0489),
    (0x0591, 0x05bd),
    (0x0610, 0x061a),
    (0x064b, 0x065f),
    (0x0900, 0x0902),
    (0x093c, 0x093c),
    (0x0941, 0x0948),
    (0x094d, 0x094d),
    (0x0e31, 0x0e31),
    (0x0e34, 0x0e3a),
    (0x0e47, 0x0e4e),
    (0x1ab0, 0x1aff),
    (0x1dc0, 0x1dff),
    (0x200b, 0x200f),
    (0x20d0, 0x20ff),
    (0x3099, 0x309a),
    (0xfe00, 0xfe0f),
    (0xfe20, 0xfe2f),
    (0xe0100, 0xe01ef),
];

/// Returns the number of terminal columns of a text without control characters.
#[must_use]
pub fn width(text: &str) -> usize {
    text.chars().map(width_of).sum()
}

/// Returns the longest beginning of a text that fits into this number of columns.
#[must_use]
pub fn head(text: &str, columns: usize) -> &str {
    let end = fitting(text.char_indices().map(|(at, one)| (at + one.len_utf8(), one)), columns);
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

/// Returns the longest end of a text that fits into this number of columns.
#[must_use]
pub fn tail(text: &str, columns: usize) -> &str {
    let begin = fitting(text.char_indices().rev(), columns).unwrap_or(text.len());
    // A mark without the letter that it belongs to would join the character before the tail.
    text.get(begin..).unwrap_or_default().trim_start_matches(|one| width_of(one) == 0)
}

/// Returns the position of the last character up to which all fit.
fn fitting(characters: impl Iterator<Item = (usize, char)>, columns: usize) -> Option<usize> {
    let mut used = 0;
    characters
        .take_while(|(_, one)| {
            used += width_of(*one);
            used <= columns
        })
        .last()
        .map(|(at, _)| at)
}

fn width_of(character: char) -> usize {
    if character.is_ascii() {
        1
    } else if is_in(&ZERO, character) {
        0
    } else {
        1 + usize::from(is_in(&WIDE, character))
    }
}

fn is_in(ranges: &[(u32, u32)], character: char) -> bool {
    let code = u32::from(character);
    let order = |(first, last): &(u32, u32)| match () {
        () if code < *first => Ordering::Greater,
        () if code > *last => Ordering::Less,
        () => Ordering::Equal,
    };
    ranges.binary_search_by(order).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_in_order() {
        for ranges in [WIDE.as_slice(), &ZERO] {
            assert!(ranges.iter().all(|(first, last)| first <= last));
            assert!(ranges.windows(2).all(|pair| pair[0].1 < pair[1].0));
        }
    }

    #[test]
    fn wide_characters_take_two_columns_and_marks_none() {
        for (text, columns) in [
            ("abc", 3),
            ("é", 1),
            ("e\u{301}", 1),
            ("注文", 4),
            ("ｶ", 1),
            ("한글", 4),
            ("🚀", 2),
            ("a…b", 3),
            ("█▏", 2),
        ] {
            assert_eq!(width(text), columns, "{text}");
        }
    }

    #[test]
    fn parts_never_exceed_their_columns() {
        let text = "ab注文e\u{301}z";
        assert_eq!(
            [0, 1, 2, 3, 4, 6, 7].map(|n| head(text, n)),
            ["", "a", "ab", "ab", "ab注", "ab注文", "ab注文e\u{301}"]
        );
        assert_eq!(
            [0, 1, 2, 3, 4, 6].map(|n| tail(text, n)),
            ["", "z", "e\u{301}z", "e\u{301}z", "文e\u{301}z", "注文e\u{301}z"]
        );
    }
}
