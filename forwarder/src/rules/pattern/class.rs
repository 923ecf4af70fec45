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

impl Class {
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
