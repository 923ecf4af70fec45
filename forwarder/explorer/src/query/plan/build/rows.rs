//! Commands that change single rows: columns, texts taken apart, lists.

use super::{Builder, Choice, Columns};
use crate::query::{
    language::{
        expression::{Expr, ExprKind, Name},
        tree::{Column, Matches, Parse, ParseForm},
    },
    plan::{Extract, Multiply, MultiplyKind, PlanError, Slot, Step},
};

impl Builder<'_> {
    pub(super) fn fields(&mut self, columns: &[Column]) -> Result<(), PlanError> {
        let compiled = self.compile_columns(columns)?;
        if self.columns.choice == Choice::Default {
            self.columns.list.clear();
            self.columns.created.clear();
            self.columns.choice = Choice::Fields;
        }
        for (column, slot) in columns.iter().zip(compiled) {
            self.define_column(column, slot);
            if self.columns.choice == Choice::Fields {
                Columns::put(&mut self.columns.list, &column.name, slot);
            }
        }
        Ok(())
    }

    pub(super) fn display(&mut self, columns: &[Column]) -> Result<(), PlanError> {
        let compiled = self.compile_columns(columns)?;
        self.columns.list.clear();
        self.columns.created.clear();
        self.columns.choice = Choice::Display;
        for (column, slot) in columns.iter().zip(compiled) {
            self.define_column(column, slot);
            Columns::put(&mut self.columns.list, &column.name, slot);
        }
        Ok(())
    }

    fn compile_columns(&mut self, columns: &[Column]) -> Result<Vec<usize>, PlanError> {
        columns.iter().map(|column| self.compiler.column(column)).collect()
    }

    /// Gives a computed column its name. A field that is only shown keeps its own.
    fn define_column(&mut self, column: &Column, slot: usize) {
        let is_field = matches!(&column.expr.kind, ExprKind::Field(name) if *name == column.name);
        if !is_field {
            self.compiler.scope.define(&column.name, slot);
        }
    }

    pub(super) fn parse(&mut self, parse: &Parse) -> Result<(), PlanError> {
        let input = match &parse.input {
            Some(input) => self.compiler.expr(input)?,
            None => self.compiler.scope.resolve("@message", &mut self.compiler.fields),
        };
        let names = output_names(&parse.form);
        let extract = Extract::new(input, &parse.form);
        if let ParseForm::Regex { matches: Matches::All, .. } = parse.form {
            self.multiply(MultiplyKind::Matches(extract), &names);
            return Ok(());
        }
        self.extracts.push(extract);
        let number = self.extracts.len() - 1;
        for (output, name) in names.iter().enumerate() {
            let slot = self.compiler.scope.add(Slot::Parsed(number, output));
            self.create(name, slot);
        }
        Ok(())
    }

    pub(super) fn unnest(&mut self, list: &Expr, into: &Name) -> Result<(), PlanError> {
        let list = self.compiler.expr(list)?;
        self.multiply(MultiplyKind::Unnest(list), std::slice::from_ref(&into.text));
        Ok(())
    }

    pub(super) fn expand(&mut self, column: &Column) -> Result<(), PlanError> {
        let text = match &column.expr.kind {
            ExprKind::Field(name) if self.compiler.scope.defined(name).is_none() => {
                let field = self.compiler.fields.resolve_structure(name);
                let slot = field.map(|field| self.compiler.scope.add(Slot::Field(field)));
                slot.filter(|_| self.compiler.scope.has_events).map(crate::query::plan::Node::Slot)
            }
            _ => None,
        };
        let text = match text {
            Some(text) => text,
            None => self.compiler.expr(&column.expr)?,
        };
        self.multiply(MultiplyKind::Expand(text), std::slice::from_ref(&column.name));
        Ok(())
    }

    /// Adds a step that makes several rows of one, which differ in the columns `names`.
    pub(super) fn multiply(&mut self, kind: MultiplyKind, names: &[String]) -> Vec<usize> {
        let first = self.compiler.scope.slots.len();
        let (extracts, lookups) = (self.extracts.len(), self.lookups.len());
        let slots: Vec<_> = names.iter().map(|_| self.compiler.scope.add(Slot::Multiplied)).collect();
        self.steps.push(Step::Multiply(Multiply { kind, first, count: names.len(), extracts, lookups }));
        for (name, slot) in names.iter().zip(&slots) {
            self.create(name, *slot);
        }
        slots
    }
}

/// Names of the columns that a `parse` makes.
fn output_names(form: &ParseForm) -> Vec<String> {
    let texts = |names: &[Name]| names.iter().map(|name| name.text.clone()).collect();
    match form {
        ParseForm::Glob { names, .. } | ParseForm::Csv { names } => texts(names),
        ParseForm::Regex { names, .. } => names.clone(),
        ParseForm::Logfmt { alias } => vec![alias.text.clone()],
        ParseForm::Json(paths) => paths.iter().map(|path| path.name.text.clone()).collect(),
    }
}
