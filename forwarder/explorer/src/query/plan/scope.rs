//! Names that a command can use, and the slots that they stand for.

use super::super::field::{Field, Fields};
use super::node::{Node, Slot};

/// Names and slots of a segment under construction.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// Names in the order in which they were defined; the last one of a name counts.
    names: Vec<(String, usize)>,
    /// Names with a prefix that stand for the rows before a `join`: `left.` or `right.`.
    prefixes: Vec<(String, Vec<(String, usize)>)>,
    /// Slots of fields that were used so far.
    fields: Vec<(Field, usize)>,
    pub(super) slots: Vec<Slot>,
    /// True while the rows are events, whose fields are found by name.
    pub(super) has_events: bool,
}

impl Scope {
    pub(super) fn new(has_events: bool) -> Self {
        Self { has_events, ..Self::default() }
    }

    /// Adds a slot.
    pub(super) fn add(&mut self, slot: Slot) -> usize {
        self.slots.push(slot);
        self.slots.len() - 1
    }

    /// Gives a name to a slot; a slot that had the name before is hidden.
    pub(super) fn define(&mut self, name: &str, slot: usize) {
        self.names.push((name.to_owned(), slot));
    }

    /// Keeps the current names under a prefix too.
    pub(super) fn keep_as(&mut self, prefix: &str) {
        self.prefixes.push((prefix.to_owned(), self.names.clone()));
    }

    /// Gives a prefix to these names.
    pub(super) fn add_prefix(&mut self, prefix: &str, names: Vec<(String, usize)>) {
        self.prefixes.push((prefix.to_owned(), names));
    }

    /// Returns the slot of a name that was defined, without the fields of events.
    pub(super) fn defined(&self, name: &str) -> Option<usize> {
        find(&self.names, name)
    }

    /// Names with their slots, each once, in the order in which they were first defined.
    pub(super) fn names(&self) -> Vec<(String, usize)> {
        let mut all: Vec<(String, usize)> = Vec::new();
        for (name, slot) in &self.names {
            match all.iter_mut().find(|(known, _)| known == name) {
                Some(known) => known.1 = *slot,
                None => all.push((name.clone(), *slot)),
            }
        }
        all
    }

    /// Resolves a name: a defined one, a key of a defined map, or a field of the events.
    pub(super) fn resolve(&mut self, name: &str, fields: &mut Fields) -> Node {
        if let Some(slot) = self.defined(name) {
            return Node::Slot(slot);
        }
        if let Some(node) = self.prefixed(name, fields) {
            return node;
        }
        let parts = name.rmatch_indices('.').map(|(at, _)| name.split_at(at));
        for (base, rest) in parts {
            if let Some(slot) = self.defined(base) {
                return path(Node::Slot(slot), rest);
            }
        }
        self.field(name, fields).map_or(Node::Constant(super::super::value::Value::Missing), Node::Slot)
    }

    /// Returns the slot of a field of the events; `None` if the rows are no events or have no such field.
    pub(super) fn field(&mut self, name: &str, fields: &mut Fields) -> Option<usize> {
        if !self.has_events {
            return None;
        }
        let field = fields.resolve(name);
        if let Some((_, slot)) = self.fields.iter().find(|(known, _)| *known == field) {
            return Some(*slot);
        }
        let slot = self.add(Slot::Field(field));
        self.fields.push((field, slot));
        Some(slot)
    }

    fn prefixed(&mut self, name: &str, fields: &mut Fields) -> Option<Node> {
        for (prefix, names) in &self.prefixes {
            let Some(rest) = name.strip_prefix(prefix.as_str()).and_then(|rest| rest.strip_prefix('.'))
            else {
                continue;
            };
            if let Some(slot) = find(names, rest) {
                return Some(Node::Slot(slot));
            }
            let base = rest.rmatch_indices('.').map(|(at, _)| rest.split_at(at));
            for (base, keys) in base {
                if let Some(slot) = find(names, base) {
                    return Some(path(Node::Slot(slot), keys));
                }
            }
        }
        // The first prefix is that of the rows before the join, whose fields are those of events.
        let left = self.prefixes.first().map(|(prefix, _)| prefix.clone())?;
        let rest = name.strip_prefix(left.as_str())?.strip_prefix('.')?.to_owned();
        self.field(&rest, fields).map(Node::Slot)
    }
}

fn find(names: &[(String, usize)], name: &str) -> Option<usize> {
    names.iter().rev().find(|(known, _)| known == name).map(|(_, slot)| *slot)
}

/// Builds the access to `.a.b` or `.0` below a value.
fn path(base: Node, rest: &str) -> Node {
    let parts = rest.split('.').filter(|part| !part.is_empty());
    parts.fold(base, |base, part| Node::Key(Box::new(base), part.into()))
}
