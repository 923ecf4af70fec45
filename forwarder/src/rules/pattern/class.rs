//! Classes of characters.

/// Set of characters: ranges in order, which neither overlap nor touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Class {
    ranges: Vec<(char, char)>,
}

/// Largest range of which all characters are folded. Of larger ranges only the ASCII letters are.
const MAX_FOLDED: usize = 1024;

/// ASCII classes by the letter of their escape.
const PERL: &[(char, &[(char, char)])] = &[
    ('d', &[('0', '9')]),
    ('s', &[('\t', '\r'), (' ', ' ')]),
    ('w', &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]),
];

/// ASCII classes by their name in brackets, such as `[:alpha:]`.
const NAMED: &[(&str, &[(char, char)])] = &[
    ("alnum", &[('0', '9'), ('A', 'Z'), ('a', 'z')]),
    ("alpha", &[('A', 'Z'), ('a', 'z')]),
    ("ascii", &[('\0', '\x7f')]),
    ("blank", &[('\t', '\t'), (' ', ' ')]),
    ("cntrl", &[('\0', '\x1f'), ('\x7f', '\x7f')]),
    ("digit", &[('0', '9')]),
    ("graph", &[('!', '~')]),
    ("lower", &[('a', 'z')]),
    ("print", &[(' ', '~')]),
    ("punct", &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')]),
    ("space", &[('\t', '\r'), (' ', ' ')]),
    ("upper", &[('A', 'Z')]),
    ("word", &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]),
    ("xdigit", &[('0', '9'), ('A', 'F'), ('a', 'f')]),
];

/// Digits zero outside of ASCII. Each begins a row of ten digits (category Nd of Unicode 14).
const ZEROS: &[u32] = &[
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0,
    0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50,
    0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x11066, 0x110F0,
    0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50,
    0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140,
    0x1E2F0, 0x1E950, 0x1FBF0,
];

/// White space of Python's `str`.
const SPACES: &[(char, char)] = &[
    ('\t', '\r'),
    ('\x1c', ' '),
    ('\u{85}', '\u{85}'),
    ('\u{a0}', '\u{a0}'),
    ('\u{1680}', '\u{1680}'),
    ('\u{2000}', '\u{200a}'),
    ('\u{2028}', '\u{2029}'),
    ('\u{202f}', '\u{202f}'),
    ('\u{205f}', '\u{205f}'),
    ('\u{3000}', '\u{3000}'),
];

/// Character after the last letter of Unicode.
const LETTERS_END: char = '\u{33480}';

impl Class {
    /// The class of an escape of Python: `d`, `s`, `w`, or in upper case its opposite. It has the characters of all
    /// scripts; `w` also has marks that combine with letters.
    pub(super) fn python(letter: char) -> Option<Self> {
        let lower = letter.to_ascii_lowercase();
        let class = match lower {
            'd' => {
                let rows =
                    ZEROS.iter().filter_map(|zero| Some((char::from_u32(*zero)?, char::from_u32(zero + 9)?)));
                let mut class = Self { ranges: [('0', '9')].into_iter().chain(rows).collect() };
                class.normalize();
                class
            }
            's' => Self { ranges: SPACES.to_vec() },
            'w' => {
                let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
                let mut ranges: Vec<(char, char)> = Vec::new();
                for c in ('\0'..LETTERS_END).filter(is_word) {
                    match ranges.last_mut() {
                        Some((_, last)) if after(*last) == Some(c) => *last = c,
                        _ => ranges.push((c, c)),
                    }
                }
                Self { ranges }
            }
            _ => return None,
        };
        Some(if letter == lower { class } else { class.negated() })
    }

    /// The class of one character.
    pub(super) fn of(c: char) -> Self {
        Self { ranges: vec![(c, c)] }
    }

    /// Any character but the line feed.
    pub(super) fn any_but_line_feed() -> Self {
        Self::of('\n').negated()
    }

    /// Any character.
    pub(super) fn any() -> Self {
        Self { ranges: vec![('\0', char::MAX)] }
    }

    /// The class of an escape: `d`, `s`, `w`, or in upper case its opposite.
    pub(super) fn perl(letter: char) -> Option<Self> {
        let lower = letter.to_ascii_lowercase();
        let (_, ranges) = PERL.iter().find(|(name, _)| *name == lower)?;
        let class = Self { ranges: ranges.to_vec() };
        Some(if letter == lower { class } else { class.negated() })
    }

    /// The ASCII class of this name, or with `^` before the name its opposite.
    pub(super) fn named(name: &str) -> Option<Self> {
        let plain = name.strip_prefix('^').unwrap_or(name);
        let (_, ranges) = NAMED.iter().find(|(known, _)| *known == plain)?;
        let class = Self { ranges: ranges.to_vec() };
        Some(if plain == name { class } else { class.negated() })
    }

    pub(super) fn ranges(&self) -> &[(char, char)] {
        &self.ranges
    }

    /// The only character of the class, if it has just one.
    pub(super) fn single(&self) -> Option<char> {
        match self.ranges.as_slice() {
            [(first, last)] if first == last => Some(*first),
            _ => None,
        }
    }

    /// The letter in lower case, if the class is an ASCII letter in both cases.
    pub(super) fn letter(&self) -> Option<char> {
        match self.ranges.as_slice() {
            [(upper, a), (lower, b)] if upper == a && lower == b && upper.is_ascii_uppercase() => {
                Some(*lower).filter(|lower| *lower == upper.to_ascii_lowercase())
            }
            _ => None,
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.ranges.extend_from_slice(&other.ranges);
        self.normalize();
    }

    pub(super) fn add_range(&mut self, first: char, last: char) {
        self.ranges.push((first, last));
        self.normalize();
    }

    /// The characters that are not in this class.
    pub(super) fn negated(&self) -> Self {
        let mut ranges = Vec::new();
        let mut next = Some('\0');
        for (first, last) in &self.ranges {
            if let (Some(from), Some(to)) = (next, before(*first))
                && from <= to
            {
                ranges.push((from, to));
            }
            next = after(*last);
        }
        ranges.extend(next.map(|from| (from, char::MAX)));
        Self { ranges }
    }

    /// Adds the same letters in the other case.
    pub(super) fn fold_case(&mut self) {
        let mut folded = Vec::new();
        for (first, last) in &self.ranges {
            let last_folded = if (*first..=*last).count() > MAX_FOLDED { (*last).min('\x7f') } else { *last };
            for c in *first..=last_folded {
                folded.extend(only(c.to_lowercase()).map(|c| (c, c)));
                folded.extend(only(c.to_uppercase()).map(|c| (c, c)));
            }
        }
        self.ranges.extend(folded);
        self.normalize();
    }

    fn normalize(&mut self) {
        self.ranges.sort_unstable();
        let mut merged: Vec<(char, char)> = Vec::with_capacity(self.ranges.len());
        for (first, last) in &self.ranges {
            match merged.last_mut() {
                Some(previous) if after(previous.1).is_none_or(|next| *first <= next) => {
                    previous.1 = previous.1.max(*last);
                }
                _ => merged.push((*first, *last)),
            }
        }
        self.ranges = merged;
    }
}

/// The only item of an iterator; `None` if it has several.
fn only(mut chars: impl Iterator<Item = char>) -> Option<char> {
    chars.next().filter(|_| chars.next().is_none())
}

/// The next character; `None` after the last one.
fn after(c: char) -> Option<char> {
    (c..=char::MAX).nth(1)
}

/// The character before; `None` before the first one.
fn before(c: char) -> Option<char> {
    ('\0'..=c).nth_back(1)
}
