//! Dictionary-encoded column of optional strings: the dictionary holds the distinct strings, and each event
//! holds an index into it.

use tailwater_parser::varint;

/// Number of most recent dictionary entries that a new string is compared with. A string equal to an older
/// entry is stored again, which costs only space.
const DEDUP_WINDOW: usize = 32;

/// Column with one optional string for each event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct StringColumn {
    dictionary: Vec<Box<str>>,
    /// One entry for each event: 0 for `None`, else the dictionary index plus one.
    codes: Vec<usize>,
}

impl StringColumn {
    /// Creates a column without any string, for this number of events.
    pub(super) fn of_none(events: usize) -> Self {
        Self { dictionary: Vec::new(), codes: vec![0; events] }
    }

    /// Appends the string of the next event.
    pub(super) fn push(&mut self, text: Option<&str>) {
        let code = text.map_or(0, |text| self.index_of(text) + 1);
        self.codes.push(code);
    }

    /// Returns the string of an event.
    pub(super) fn at(&self, event: usize) -> Option<&str> {
        let index = self.codes.get(event)?.checked_sub(1)?;
        self.dictionary.get(index).map(Box::as_ref)
    }

    /// Returns the dictionary. A string may occur twice in it, see [`DEDUP_WINDOW`].
    pub(super) fn dictionary(&self) -> impl Iterator<Item = &str> {
        self.dictionary.iter().map(Box::as_ref)
    }

    fn index_of(&mut self, text: &str) -> usize {
        let recent = self.dictionary.iter().enumerate().rev().take(DEDUP_WINDOW);
        if let Some((index, _)) = recent.into_iter().find(|(_, entry)| ***entry == *text) {
            return index;
        }
        self.dictionary.push(text.into());
        self.dictionary.len() - 1
    }

    /// Appends the column to `out`: the dictionary as length-prefixed strings, then one code for each event.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        varint::write_size(out, self.dictionary.len());
        for text in &self.dictionary {
            varint::write_size(out, text.len());
            out.extend_from_slice(text.as_bytes());
        }
        for code in &self.codes {
            varint::write_size(out, *code);
        }
    }

    /// Decodes a column of `events` events from the front of `input` and advances `input`. Returns `None` if the data
    /// is damaged.
    pub(super) fn decode(input: &mut &[u8], events: usize) -> Option<Self> {
        let count = varint::read_size(input)?;
        let dictionary = (0..count).map(|_| read_text(input)).collect::<Option<Vec<_>>>()?;
        let codes = (0..events).map(|_| varint::read_size(input)).collect::<Option<Vec<_>>>()?;
        Some(Self { dictionary, codes })
    }
}

fn read_text(input: &mut &[u8]) -> Option<Box<str>> {
    let length = varint::read_size(input)?;
    let bytes = input.split_off(..length)?;
    std::str::from_utf8(bytes).ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(texts: &[Option<&str>], distinct: usize) {
        let mut column = StringColumn::default();
        texts.iter().for_each(|text| column.push(*text));
        let mut out = Vec::new();
        column.encode(&mut out);
        let decoded = StringColumn::decode(&mut out.as_slice(), texts.len()).unwrap();
        let read: Vec<_> = (0..texts.len()).map(|event| decoded.at(event)).collect();
        assert_eq!(read, texts);
        assert_eq!(decoded.dictionary().count(), distinct);
    }

    #[test]
    fn repeated_string_is_stored_once() {
        check(&[Some("a"), None, Some("b"), Some("a"), Some("b")], 2);
    }

    #[test]
    fn missing_and_empty_string_differ() {
        check(&[None, Some("")], 1);
        check(&[], 0);
    }

    #[test]
    fn truncated_column_is_rejected() {
        assert_eq!(StringColumn::decode(&mut [1, 5, b'a'].as_slice(), 1), None);
    }
}
