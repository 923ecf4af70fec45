//! Commands that group rows or add data of other queries and tables.

use std::sync::Arc;

use super::{Builder, Choice, Columns};
use crate::query::{
    language::{
        expression::{Expr, ExprKind},
        function::Function,
        period::{Period, PeriodLength},
        span::Span,
        tree::{self, Column, Command, CommandKind, Join, JoinKind, LookupOutput, Query},
    },
    plan::{
        Earlier, End, Lookup, MultiplyKind, Node, Operand, PlanError, Slot, Stats,
        compile::{AggregateCall, Collected},
        mentions::Mentions,
        scope::Scope,
        series::{self, Comparison, TimeBins, length},
    },
    table::Partners,
};

impl Builder<'_> {
    pub(super) fn stats(&mut self, stats: &tree::Stats) -> Result<(), PlanError> {
        let mut keys = Vec::with_capacity(stats.by.len());
        for column in &stats.by {
            let slot = self.compiler.column(column)?;
            keys.push(match stats.offset {
                Some(offset) if bin_period(&column.expr).is_some() => self.shifted(slot, offset),
                Some(_) | None => slot,
            });
        }
        let mut after = Scope::new(false);
        for (index, column) in stats.by.iter().enumerate() {
            let slot = after.add(Slot::Column(index));
            after.define(&column.name, slot);
        }
        let mut before = std::mem::replace(&mut self.compiler.scope, after);
        let mut collected = Collected { before: &mut before, calls: Vec::new(), keys: stats.by.len() };
        let mut nodes = Vec::with_capacity(stats.columns.len());
        // The slots of the aggregates follow those of the keys, so they are counted before any column gets a slot.
        for column in &stats.columns {
            let aggregates = count_aggregates(&column.expr);
            for _ in 0..aggregates {
                let index = self.compiler.scope.slots.len();
                self.compiler.scope.add(Slot::Column(index));
            }
        }
        for column in &stats.columns {
            let node = self.compiler.stats_column(&column.expr, &mut collected)?;
            let slot = self.compiler.slot_of(node);
            self.compiler.scope.define(&column.name, slot);
            nodes.push((column.name.clone(), slot));
        }
        let calls = collected.calls;
        self.finish_stats(stats, before, keys, calls, nodes);
        Ok(())
    }

    /// Ends the segment before a `stats`. The scope after it is already in place.
    fn finish_stats(
        &mut self,
        stats: &tree::Stats,
        before: Scope,
        keys: Vec<usize>,
        calls: Vec<AggregateCall>,
        columns: Vec<(String, usize)>,
    ) {
        let after = std::mem::replace(&mut self.compiler.scope, before);
        self.order.clear();
        self.push_segment(End::Stats(Stats { keys, calls }), Vec::new());
        self.compiler.scope = after;
        self.has_limit = false;
        self.columns = Columns { choice: Choice::Fields, ..Columns::default() };
        for (index, column) in stats.by.iter().enumerate() {
            Columns::put(&mut self.columns.list, &column.name, index);
        }
        for (name, slot) in columns {
            Columns::put(&mut self.columns.list, &name, slot);
        }
        let bin = stats.by.iter().find_map(|column| Some((column.name.clone(), bin_period(&column.expr)?)));
        let names: Vec<_> = stats.by.iter().map(|column| column.name.clone()).collect();
        self.keys = Some(names.clone());
        self.bins = bin.map(|(time, period)| TimeBins { time, period, keys: names });
    }

    /// Adds a period to a time.
    fn shifted(&mut self, slot: usize, offset: Period) -> usize {
        let operands = vec![Operand::Node(Node::Slot(slot)), Operand::Period(offset)];
        self.compiler.scope.add(Slot::Expr(Node::Shift(operands)))
    }

    pub(super) fn pattern<'c>(
        &mut self,
        text: &Expr,
        after: &'c [Command],
    ) -> Result<&'c [Command], PlanError> {
        let node = self.compiler.expr(text)?;
        let text = self.compiler.slot_of(node);
        let (earlier, after) = match after.split_first() {
            Some((Command { kind: CommandKind::Diff(range), .. }, rest)) => (Some(Earlier::of(*range)), rest),
            Some(_) | None => (None, after),
        };
        self.find_patterns(text, earlier);
        Ok(after)
    }

    /// Compares the result with that of an earlier range: events by their patterns, the groups of a `stats` by their keys.
    pub(super) fn log_compare(
        &mut self,
        timeshift: Period,
        before: &Query,
        after: &[Command],
    ) -> Result<(), PlanError> {
        let shift = length(timeshift);
        let Some(keys) = self.keys.clone() else {
            if !self.compiler.scope.has_events {
                let problem = "`logcompare` may only follow `stats`, or commands that change single events";
                return Err(PlanError::new(before.span, problem));
            }
            let node = self.compiler.scope.resolve("@message", &mut self.compiler.fields);
            let text = self.compiler.slot_of(node);
            self.find_patterns(text, Some(Earlier::Millis(shift)));
            return Ok(());
        };
        if let Some(bins) = &self.bins
            && !matches!(bins.period.length(), PeriodLength::Millis(bin) if shift % bin.max(1) == 0)
        {
            let problem = format!("`{timeshift}` is no multiple of the time bins of `{}`", bins.period);
            return Err(PlanError::new(before.span, problem));
        }
        let table = (self.compiler.run_inner)(before, shift)?;
        let time = self.bins.as_ref().map(|bins| bins.time.clone());
        let comparison = Comparison { table, keys, time, shift };
        self.series_with(after, |names| series::log_compare(comparison, names))
    }

    /// Ends the segment with the patterns of a text.
    fn find_patterns(&mut self, text: usize, earlier: Option<Earlier>) {
        self.order.clear();
        self.push_segment(End::Pattern { text, earlier }, Vec::new());
        self.has_limit = false;
        let mut names = vec!["@pattern", "@ratio", "@sampleCount", "@severityLabel"];
        if earlier.is_some() {
            names.extend(["@previousSampleCount", "@sampleCountDifference"]);
        }
        let names: Vec<_> = names.into_iter().map(str::to_owned).collect();
        self.replace_columns(&names);
    }

    pub(super) fn join(&mut self, join: &Join, span: Span, after: &[Command]) -> Result<(), PlanError> {
        let key = self.compiler.scope.resolve(&join.left_key, &mut self.compiler.fields);
        let query = with_fields(&join.query, &wanted_names(join, after));
        let table = (self.compiler.run_inner)(&query, 0)?;
        let Some(column) = table.columns.iter().position(|name| *name == join.right_key) else {
            let problem = format!("the inner query has no column {}", join.right_key);
            return Err(PlanError::new(span, problem));
        };
        let names = table.columns.clone();
        let partners = Partners::new(table, column)
            .ok_or_else(|| PlanError::new(span, "the inner query of `join` has more than 50,000 keys"))?;
        self.compiler.scope.keep_as(&join.left.text);
        let prefixed: Vec<_> = names.iter().map(|name| format!("{}.{name}", join.right.text)).collect();
        let kind = MultiplyKind::Join {
            key,
            partners: Arc::new(partners),
            keeps_unmatched: join.kind == JoinKind::Left,
        };
        let slots = self.multiply(kind, &prefixed);
        let right: Vec<_> = names.iter().cloned().zip(slots).collect();
        for (name, slot) in &right {
            self.define_unprefixed(name, *slot);
        }
        self.compiler.scope.add_prefix(&join.right.text, right);
        Ok(())
    }

    /// Makes a column of the joined rows known without prefix, unless the rows before have it.
    fn define_unprefixed(&mut self, name: &str, slot: usize) {
        if self.compiler.scope.defined(name).is_some() {
            return;
        }
        if let Some(field) = self.compiler.scope.field(name, &mut self.compiler.fields) {
            let operands = [field, slot].map(|slot| Operand::Node(Node::Slot(slot)));
            let either = Node::Call(Function::Coalesce, operands.into());
            let slot = self.compiler.scope.add(Slot::Expr(either));
            self.compiler.scope.define(name, slot);
        } else {
            self.compiler.scope.define(name, slot);
        }
    }

    pub(super) fn lookup(
        &mut self,
        lookup: &tree::Lookup,
        is_network: bool,
        span: Span,
    ) -> Result<(), PlanError> {
        let columns: Vec<_> = lookup.keys.iter().map(|key| key.column.as_deref()).collect();
        let table = self.tables.matcher(&lookup.table, &columns, is_network);
        let table = table.map_err(|problem| PlanError::new(span, problem))?;
        let mut keys = Vec::with_capacity(lookup.keys.len());
        for key in &lookup.keys {
            keys.push(self.compiler.scope.resolve(&key.field, &mut self.compiler.fields));
        }
        let number = self.lookups.len();
        let mut outputs = Vec::with_capacity(lookup.columns.len());
        for (output, column) in lookup.columns.iter().enumerate() {
            let index = table.column(&column.column);
            outputs.push(index.ok_or_else(|| {
                PlanError::new(span, format!("the table {} has no column {}", lookup.table, column.column))
            })?);
            let found = self.compiler.scope.add(Slot::LookedUp(number, output));
            let before = self.compiler.scope.resolve(&column.name, &mut self.compiler.fields);
            let order = match lookup.output {
                LookupOutput::Replace => [Node::Slot(found), before],
                LookupOutput::Keep => [before, Node::Slot(found)],
            };
            let either = Node::Call(Function::Coalesce, order.map(Operand::Node).into());
            let slot = self.compiler.scope.add(Slot::Expr(either));
            self.create(&column.name, slot);
        }
        self.lookups.push(Lookup { keys, table: Arc::new(table), outputs });
        Ok(())
    }
}

/// Period of an expression that rounds a time down.
fn bin_period(expr: &Expr) -> Option<Period> {
    let ExprKind::Call(call) = &expr.kind else { return None };
    let is_bin = matches!(call.function, Function::Bin | Function::DateFloor);
    let period = call.arguments.last().filter(|_| is_bin)?;
    if let ExprKind::Period(period) = period.kind { Some(period) } else { None }
}

fn count_aggregates(expr: &Expr) -> usize {
    let mut count = 0;
    expr.walk(&mut |expr| count += usize::from(matches!(expr.kind, ExprKind::Aggregate(_))));
    count
}

/// Names of the inner query's fields that a join and the commands after it use.
fn wanted_names(join: &Join, after: &[Command]) -> Vec<String> {
    let mut wanted = vec![join.right_key.clone()];
    for name in Mentions::of(after).names {
        let of_right = name.strip_prefix(join.right.text.as_str()).and_then(|rest| rest.strip_prefix('.'));
        if let Some(name) = of_right {
            wanted.push(name.to_owned());
        }
    }
    wanted
}

/// Adds the fields to a query that it does not show yet.
fn with_fields(query: &Query, names: &[String]) -> Query {
    let mut query = query.clone();
    let replaces = |command: &Command| {
        let kind = &command.kind;
        matches!(kind, CommandKind::Stats(_) | CommandKind::Display(_) | CommandKind::Pattern(_))
    };
    if query.commands.iter().any(replaces) {
        return query;
    }
    let fields = |command: &Command| match &command.kind {
        CommandKind::Fields(columns) => columns.iter().map(|column| column.name.clone()).collect(),
        _ => Vec::new(),
    };
    let shown: Vec<_> = query.commands.iter().flat_map(fields).collect();
    let missing = names.iter().filter(|name| !shown.contains(name));
    let columns: Vec<_> = missing
        .map(|name| Column {
            expr: Expr::new(ExprKind::Field(name.clone()), query.span),
            alias: None,
            name: name.clone(),
        })
        .collect();
    if !columns.is_empty() {
        query.commands.push(Command { kind: CommandKind::Fields(columns), span: query.span });
    }
    query
}
