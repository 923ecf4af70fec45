//! Members of objects and elements of arrays: their names, and the keys of rules that they match.

use std::{collections::HashMap, ops::Range};

use super::{
    super::{
        detect::PemState,
        edit::{Edit, apply},
        keys::Positions,
        kind::Kind,
        lexer::{Skip, closing_quote, is_one_line, skip_space},
    },
    Expected, Extent, MAX_CARRY, Scanner, Shared, Step,
    content::unescaped,
};

/// Object or array that is open.
#[derive(Debug)]
pub(super) struct Frame {
    /// Byte that closes it.
    pub(super) close: u8,
    /// Number of elements so far.
    index: u32,
    /// Positions of the paths of keys.
    positions: Positions,
    /// Names after redaction, with their numbers; `None` if no name was redacted.
    names: Option<HashMap<String, u32>>,
}

impl Frame {
    pub(super) fn new(close: u8, positions: &Positions) -> Self {
        Self { close, positions: positions.clone(), index: 0, names: None }
    }
}

/// Index of the rule whose key matches a member or an element.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner(pub(super) usize);

impl Scanner {
    /// Reads the name of a member and the colon after it, and the value if a key matches.
    pub(super) fn member_name(
        &mut self,
        shared: &mut Shared<'_>,
        text: &str,
        at: usize,
        extent: Extent,
    ) -> Step {
        let bytes = text.as_bytes();
        let may_continue = extent == Extent::Cut && at + MAX_CARRY >= text.len();
        let Some(end) = closing_quote(bytes, at + 1) else {
            return if may_continue { Step::Stop(at) } else { self.leave_json(at) };
        };
        let colon = skip_space(bytes, end + 1);
        match bytes.get(colon) {
            Some(b':') if is_one_line(bytes, at..end) => {}
            None if may_continue => return Step::Stop(at),
            Some(_) | None => return self.leave_json(at),
        }
        let content = text.get(at + 1..end).unwrap_or_default();
        self.name.clear();
        self.name.push_str(&unescaped(content));
        self.name_content(shared, text, at + 1..end);
        self.expected = Expected::Value;
        let frame = self.frames.last().map(|frame| frame.positions.as_slice()).unwrap_or_default();
        let (value, owner) = shared.set.keys.member(frame, &self.name);
        self.value = value;
        match owner {
            Some(rule) => self.keyed_value(shared, rule, text, colon + 1, extent),
            None => Step::To(colon + 1),
        }
    }

    /// Redacts a name. Names of one object that become the same text are numbered.
    fn name_content(&mut self, shared: &mut Shared<'_>, text: &str, range: Range<usize>) {
        let first = self.edits.len();
        let name = std::mem::take(&mut self.name);
        // A name does not continue a private key.
        let pem = std::mem::take(shared.pem);
        self.string_content(shared, text, range.clone());
        if *shared.pem == PemState::Outside {
            *shared.pem = pem;
        }
        self.name = name;
        let Some(edits) = self.edits.get(first..).filter(|edits| !edits.is_empty()) else { return };
        let shift = |edit: &Edit| Edit {
            start: edit.start - range.start,
            end: edit.end - range.start,
            ..edit.clone()
        };
        let edits: Vec<_> = edits.iter().map(shift).collect();
        let mut redacted = String::new();
        apply(text.get(range.clone()).unwrap_or_default(), &edits, &mut redacted);
        let Some(frame) = self.frames.last_mut() else { return };
        let number = frame.names.get_or_insert_default().entry(redacted).or_default();
        *number += 1;
        if *number > 1 {
            let text = format!(" {number}");
            self.edits.push(Edit { from: range.end, start: range.end, end: range.end, text, kind: None });
        }
    }

    /// Enters the next element if the innermost frame is an array. Returns the rule whose key matches it.
    pub(super) fn enter_element(&mut self, shared: &Shared<'_>) -> Option<Owner> {
        let frame = self.frames.last_mut().filter(|frame| frame.close == b']')?;
        let (value, owner) = shared.set.keys.element(&frame.positions, frame.index);
        frame.index = frame.index.saturating_add(1);
        self.value = value;
        owner.map(Owner)
    }

    /// Redacts the value at or after `at` whole.
    pub(super) fn keyed_value(
        &mut self,
        shared: &mut Shared<'_>,
        rule: usize,
        text: &str,
        at: usize,
        extent: Extent,
    ) -> Step {
        let bytes = text.as_bytes();
        let start = skip_space(bytes, at);
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b'}' | b']');
        let mut skip = Skip::default();
        let end = match bytes.get(start) {
            Some(b'"' | b'{' | b'[') => skip.end(bytes, start),
            Some(_) => {
                let rest = bytes.get(start..).unwrap_or_default();
                rest.iter().position(is_end).map(|length| start + length)
            }
            None => return Step::To(start),
        };
        let is_cut = end.is_none() && extent == Extent::Cut;
        self.expected = Expected::CommaOrClose;
        let end = end.unwrap_or(text.len());
        if end > start {
            let value = text.get(start..end).unwrap_or_default();
            let secret = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            let secret = secret.map(unescaped).unwrap_or(value.into());
            let mut replaced = String::from('"');
            shared.set.write_for(rule, Kind::Keys, &secret, &mut replaced);
            replaced.push('"');
            self.edits.push(Edit { from: start, start, end, text: replaced, kind: Some(Kind::Keys) });
        }
        if is_cut {
            self.skip = Some(skip);
            return Step::Stop(end);
        }
        Step::To(end)
    }
}
