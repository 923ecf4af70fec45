//! Values of one row, computed when they are first used.

use std::cell::OnceCell;

use super::budget::Budget;
use crate::query::{
    field::{EventParts, EventRef, Fields},
    plan::{Multiply, MultiplyKind, Node, Segment, Slot, Step},
    value::{Value, function::Context, json},
};

/// Maximum number of rows that one step makes of one row.
const MAX_MULTIPLIED: usize = 10_000;

/// Row that a segment reads.
#[derive(Clone, Copy, Debug)]
pub(super) enum Input<'e> {
    Event(EventRef<'e>),
    Row(&'e [Value<'static>]),
}

/// One row of a segment with the values of its slots.
pub(super) struct Frame<'e> {
    pub(super) segment: &'e Segment,
    pub(super) fields: &'e Fields,
    pub(super) context: &'e Context,
    pub(super) budget: &'e Budget,
    input: Input<'e>,
    cells: Vec<OnceCell<Value<'e>>>,
    extracted: Vec<OnceCell<Vec<Value<'e>>>>,
    looked_up: Vec<OnceCell<Option<&'e [Value<'static>]>>>,
    parts: EventParts<'e>,
}

impl<'e> Frame<'e> {
    pub(super) fn new(
        segment: &'e Segment,
        fields: &'e Fields,
        context: &'e Context,
        budget: &'e Budget,
    ) -> Self {
        let cells = |count: usize| std::iter::repeat_with(OnceCell::new).take(count);
        Self {
            segment,
            fields,
            context,
            budget,
            input: Input::Row(&[]),
            cells: cells(segment.slots.len()).collect(),
            extracted: std::iter::repeat_with(OnceCell::new).take(segment.extracts.len()).collect(),
            looked_up: std::iter::repeat_with(OnceCell::new).take(segment.lookups.len()).collect(),
            parts: EventParts::default(),
        }
    }

    /// Reads a row and tells if a condition holds for it.
    pub(super) fn check(&mut self, input: Input<'e>, condition: &'e Node) -> bool {
        self.clear(input);
        self.test(condition)
    }

    /// Reads a row: calls `sink` for each row that the steps of the segment make of it.
    pub(super) fn read(&mut self, input: Input<'e>, sink: &mut dyn FnMut(&Self)) {
        self.clear(input);
        self.run(0, sink);
    }

    fn clear(&mut self, input: Input<'e>) {
        self.input = input;
        self.cells.iter_mut().for_each(|cell| *cell = OnceCell::new());
        self.extracted.iter_mut().for_each(|cell| *cell = OnceCell::new());
        self.looked_up.iter_mut().for_each(|cell| *cell = OnceCell::new());
        self.parts = EventParts::default();
    }

    fn run(&mut self, from: usize, sink: &mut dyn FnMut(&Self)) {
        let segment = self.segment;
        let steps = segment.steps.get(from..).unwrap_or_default();
        for (index, step) in steps.iter().enumerate() {
            match step {
                Step::Filter(condition) => {
                    if !self.test(condition) {
                        return;
                    }
                }
                Step::Multiply(multiply) => {
                    for values in self.multiplied(multiply) {
                        self.set(multiply, values);
                        self.run(from + index + 1, sink);
                    }
                    return;
                }
            }
        }
        sink(self);
    }

    /// Sets the slots of a step that makes several rows, and clears those that may depend on them.
    fn set(&mut self, multiply: &Multiply, values: Vec<Value<'e>>) {
        self.cells.iter_mut().skip(multiply.first).for_each(|cell| *cell = OnceCell::new());
        self.extracted.iter_mut().skip(multiply.extracts).for_each(|cell| *cell = OnceCell::new());
        self.looked_up.iter_mut().skip(multiply.lookups).for_each(|cell| *cell = OnceCell::new());
        let cells = self.cells.iter_mut().skip(multiply.first).take(multiply.count);
        for (cell, value) in cells.zip(values) {
            *cell = OnceCell::from(value);
        }
    }

    /// Returns the values of each row that a step makes of this one.
    fn multiplied(&self, multiply: &'e Multiply) -> Vec<Vec<Value<'e>>> {
        match &multiply.kind {
            MultiplyKind::Unnest(list) => self.elements(self.eval(list)),
            MultiplyKind::Expand(text) => {
                let value = self.eval(text);
                match value.to_text().map(|text| json::parse(&text)) {
                    None | Some(Value::Missing) => vec![vec![value]],
                    Some(parsed) => self.elements(parsed),
                }
            }
            MultiplyKind::Matches(extract) => {
                let rows = self.first_rows(extract.read_all(&self.eval(&extract.input)).into_iter());
                if rows.is_empty() { vec![Vec::new()] } else { rows }
            }
            MultiplyKind::Join { key, partners, keeps_unmatched } => {
                let found = partners.find(&self.eval(key));
                let row = |row: &'e Vec<Value<'static>>| row.iter().map(Value::borrowed).collect();
                let rows = self.first_rows(found.iter().map(row));
                if rows.is_empty() && *keeps_unmatched { vec![Vec::new()] } else { rows }
            }
        }
    }

    /// Returns a row for each element of a list. Any other value counts as a list of one.
    fn elements(&self, list: Value<'e>) -> Vec<Vec<Value<'e>>> {
        match list {
            Value::List(list) => self.first_rows(list.iter().map(|element| vec![element.clone()])),
            other => vec![vec![other]],
        }
    }

    /// Returns the first [`MAX_MULTIPLIED`] rows. If there are more, the result of the query is partial.
    fn first_rows(&self, rows: impl Iterator<Item = Vec<Value<'e>>>) -> Vec<Vec<Value<'e>>> {
        let mut rows: Vec<_> = rows.take(MAX_MULTIPLIED + 1).collect();
        if rows.len() > MAX_MULTIPLIED {
            self.budget.truncate();
            rows.truncate(MAX_MULTIPLIED);
        }
        rows
    }

    /// Value of a slot.
    pub(super) fn slot(&self, slot: usize) -> &Value<'e> {
        match self.cells.get(slot) {
            Some(cell) => cell.get_or_init(|| self.compute(slot)),
            None => &Value::Missing,
        }
    }

    fn compute(&self, slot: usize) -> Value<'e> {
        match self.segment.slots.get(slot) {
            Some(Slot::Field(field)) => match &self.input {
                Input::Event(event) => self.fields.read(*field, event, &self.parts),
                Input::Row(_) => Value::Missing,
            },
            Some(Slot::Column(column)) => match self.input {
                Input::Row(row) => row.get(*column).map_or(Value::Missing, Value::borrowed),
                Input::Event(_) => Value::Missing,
            },
            Some(Slot::Expr(node)) => self.eval(node),
            Some(Slot::Parsed(number, output)) => {
                self.extract(*number).and_then(|values| values.get(*output)).cloned().unwrap_or_default()
            }
            Some(Slot::LookedUp(number, output)) => self.look_up(*number, *output).unwrap_or_default(),
            Some(Slot::Multiplied | Slot::Missing) | None => Value::Missing,
        }
    }

    fn extract(&self, number: usize) -> Option<&Vec<Value<'e>>> {
        let extract = self.segment.extracts.get(number)?;
        Some(self.extracted.get(number)?.get_or_init(|| extract.read(&self.eval(&extract.input))))
    }

    fn look_up(&self, number: usize, output: usize) -> Option<Value<'e>> {
        let lookup = self.segment.lookups.get(number)?;
        let row = self.looked_up.get(number)?.get_or_init(|| {
            let keys: Vec<_> = lookup.keys.iter().map(|key| self.eval(key)).collect();
            lookup.table.find(&keys)
        });
        (*row)?.get(*lookup.outputs.get(output)?).map(Value::borrowed)
    }

    /// Values of the slots that make a row of the result.
    pub(super) fn carried(&self) -> Vec<Value<'static>> {
        self.segment.carry.iter().map(|slot| self.slot(*slot).clone().into_owned()).collect()
    }
}
