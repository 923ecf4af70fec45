//! Names that commands use, so that only their values are carried from one segment of a plan to the next.

use crate::query::language::{
    expression::{Expr, ExprKind},
    function::{Aggregate, Function},
    tree::{Column, Command, CommandKind, Parse, ParseForm},
};

/// Names used by some commands.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    /// Names, each once, in the order in which they occur.
    pub(super) names: Vec<String>,
    /// True if a command may use any column.
    pub(super) uses_all: bool,
}

impl Mentions {
    pub(super) fn of(commands: &[Command]) -> Self {
        let mut mentions = Self::default();
        commands.iter().for_each(|command| mentions.command(&command.kind));
        mentions
    }

    fn name(&mut self, name: &str) {
        if !self.names.iter().any(|known| known == name) {
            self.names.push(name.to_owned());
        }
    }

    fn names<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        names.into_iter().for_each(|name| self.name(name));
    }

    fn columns(&mut self, columns: &[Column]) {
        for column in columns {
            self.name(&column.name);
            self.expr(&column.expr);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        expr.walk(&mut |expr| match &expr.kind {
            ExprKind::Field(name) => self.name(name),
            ExprKind::Call(call) => {
                self.name(&call.written);
                match call.function {
                    Function::Bin => self.name("@timestamp"),
                    Function::MessageSize if call.arguments.is_empty() => self.name("@message"),
                    _ => {}
                }
            }
            ExprKind::Aggregate(call) => {
                self.name(&call.written);
                if matches!(call.function, Aggregate::Earliest | Aggregate::Latest | Aggregate::Rate) {
                    self.name("@timestamp");
                }
            }
            _ => {}
        });
    }

    fn parse(&mut self, parse: &Parse) {
        match &parse.input {
            Some(input) => self.expr(input),
            None => self.name("@message"),
        }
        if let ParseForm::Json(_) = parse.form {
            self.name("@message");
        }
    }

    fn command(&mut self, command: &CommandKind) {
        match command {
            CommandKind::Fields(columns) | CommandKind::Display(columns) => self.columns(columns),
            CommandKind::Filter(condition) | CommandKind::FilterIndex(condition) => self.expr(condition),
            CommandKind::Stats(stats) => {
                self.columns(&stats.columns);
                self.columns(&stats.by);
            }
            CommandKind::Sort(keys) => {
                for key in keys {
                    self.columns(std::slice::from_ref(&key.column));
                }
            }
            CommandKind::Dedup(columns) | CommandKind::CountFrequent(columns) => self.columns(columns),
            CommandKind::Parse(parse) => self.parse(parse),
            CommandKind::Unnest { list, .. } => self.expr(list),
            CommandKind::Expand(column) => self.columns(std::slice::from_ref(column)),
            CommandKind::Pattern(text) => self.expr(text),
            CommandKind::Join(join) => {
                self.name(&join.left_key);
                self.uses_all = true;
            }
            CommandKind::Lookup(lookup) | CommandKind::CidrLookup(lookup) => {
                self.names(lookup.keys.iter().map(|key| key.field.as_str()));
                self.names(lookup.columns.iter().map(|column| column.name.as_str()));
            }
            CommandKind::Accum { field, .. } => self.columns(std::slice::from_ref(field)),
            CommandKind::AutoRegress(regress) => self.name(&regress.field.text),
            CommandKind::Sessionize(sessionize) => {
                self.names(sessionize.fields.iter().map(|name| name.text.as_str()));
                self.name("@timestamp");
            }
            CommandKind::Outlier(outlier) => {
                self.names(outlier.fields.iter().map(|name| name.text.as_str()));
                self.uses_all = true;
            }
            CommandKind::AddTotals(totals) => {
                self.names(totals.fields.iter().map(|name| name.text.as_str()));
                self.uses_all = true;
            }
            CommandKind::FillDown(names) => {
                self.names(names.iter().map(|name| name.text.as_str()));
                self.uses_all = true;
            }
            CommandKind::FillMissing(_)
            | CommandKind::AppendCols(_)
            | CommandKind::LogCompare { .. }
            | CommandKind::Diff(_) => self.uses_all = true,
            CommandKind::Limit(_) | CommandKind::Tail(_) => {}
        }
    }
}
