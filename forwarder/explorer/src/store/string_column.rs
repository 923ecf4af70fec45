//! A column of texts that repeat: each is written once, every event points to one or to none.

use super::varint;

/// How many of the latest texts are compared before a text is taken for new. Writing one twice costs only room.
const LOOK_BACK: usize = 32;

/// One optional text for each event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Labels {
    texts: Vec<Box<str>>,
    /// For each event: 0 for none, else the index of its text and one.
    pointers: Vec<usize>,
}

impl Labels {
    /// Appends the next event's text.
    pub(super) fn push(&mut self, text: Option<&str>) {
        let pointer = text.map_or(0, |text| self.index_of(text) + 1);
        self.pointers.push(pointer);
    }

    /// The text of an event.
    pub(super) fn at(&self, event: usize) -> Option<&str> {
        let index = self.pointers.get(event)?.checked_sub(1)?;
        self.texts.get(index).map(Box::as_ref)
    }

    /// The texts that occur.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(Box::as_ref)
    }

    fn index_of(&mut self, text: &str) -> usize {
        let recent = self.texts.iter().enumerate().rev().take(LOOK_BACK);
        if let Some((index, _)) = recent.into_iter().find(|(_, known)| ***known == *text) {
            return index;
        }
        self.texts.push(text.into());
        self.texts.len() - 1
    }

    /// Appends the column to `out`: the texts with their lengths, then a pointer for each event.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        varint::put_size(out, self.texts.len());
        for text in &self.texts {
            varint::put_size(out, text.len());
            out.extend_from_slice(text.as_bytes());
        }
        for pointer in &self.pointers {
            varint::put_size(out, *pointer);
        }
    }

    /// Takes the column of `events` events from the front of `input`; `None` when it is damaged.
    pub(super) fn decode(input: &mut &[u8], events: usize) -> Option<Self> {
        let count = varint::take_size(input)?;
        let texts = (0..count).map(|_| take_text(input)).collect::<Option<Vec<_>>>()?;
        let pointers = (0..events).map(|_| varint::take_size(input)).collect::<Option<Vec<_>>>()?;
        Some(Self { texts, pointers })
    }
}

fn take_text(input: &mut &[u8]) -> Option<Box<str>> {
    let length = varint::take_size(input)?;
    let bytes = input.split_off(..length)?;
    std::str::from_utf8(bytes).ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(texts: &[Option<&str>], distinct: usize) {
        let mut labels = Labels::default();
        texts.iter().for_each(|text| labels.push(*text));
        let mut out = Vec::new();
        labels.encode(&mut out);
        let decoded = Labels::decode(&mut out.as_slice(), texts.len()).unwrap();
        let read: Vec<_> = (0..texts.len()).map(|event| decoded.at(event)).collect();
        assert_eq!(read, texts);
        assert_eq!(decoded.texts().count(), distinct);
    }

    #[test]
    fn a_text_that_repeats_is_written_once() {
        check(&[Some("a"), None, Some("b"), Some("a"), Some("b")], 2);
    }

    #[test]
    fn no_text_and_an_empty_text_differ() {
        check(&[None, Some("")], 1);
        check(&[], 0);
    }

    #[test]
    fn a_cut_column_is_damaged() {
        assert_eq!(Labels::decode(&mut [1, 5, b'a'].as_slice(), 1), None);
    }
}
