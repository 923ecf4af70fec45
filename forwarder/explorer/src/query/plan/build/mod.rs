//! Construction of a plan from the commands of a query.

mod combine;
mod rows;

use super::{
    End, Lookup, Plan, PlanError, Segment, SortBy, Step,
    compile::{Compiler, RunInner},
    extract::Extract,
    mentions::Mentions,
    node::Slot,
    scope::Scope,
    series::{Series, TimeBins},
};
use crate::query::{
    field::Fields,
    language::tree::{Command, CommandKind, Limit, LimitChoice, Query, SortKey},
    table::Tables,
};

/// Tables and inner queries that a plan depends on.
pub(in crate::query) struct Settings<'s> {
    /// Tables of `lookup`.
    pub(in crate::query) tables: &'s Tables,
    pub(in crate::query) run_inner: &'s mut RunInner<'s>,
}

/// Makes the plan of a query. Queries inside it are run at once.
pub(in crate::query) fn build(query: &Query, settings: Settings<'_>) -> Result<Plan, PlanError> {
    let Settings { tables, run_inner } = settings;
    let mut builder = Builder {
        compiler: Compiler { scope: Scope::new(true), fields: Fields::default(), run_inner },
        tables,
        segments: Vec::new(),
        extracts: Vec::new(),
        lookups: Vec::new(),
        steps: Vec::new(),
        order: Vec::new(),
        columns: Columns::default(),
        has_limit: false,
        keys: None,
        bins: None,
    };
    if let Some(search) = &query.search {
        let condition = builder.compiler.expr(search)?;
        builder.steps.push(Step::Filter(condition));
    }
    let mut rest = query.commands.as_slice();
    while let Some((command, after)) = rest.split_first() {
        rest = builder.command(query, command, after)?;
    }
    builder.finish(query)
}

/// Plan under construction.
struct Builder<'b> {
    compiler: Compiler<'b>,
    tables: &'b Tables,
    segments: Vec<Segment>,
    extracts: Vec<Extract>,
    lookups: Vec<Lookup>,
    steps: Vec<Step>,
    /// Order of the rows, if it is not that in which they come.
    order: Vec<SortBy>,
    columns: Columns,
    has_limit: bool,
    /// Names of the keys of the last `stats`.
    keys: Option<Vec<String>>,
    /// Time bins of the last `stats`, for `fillmissing` and `logcompare`.
    bins: Option<TimeBins>,
}

/// Columns of the result so far.
#[derive(Debug, Default)]
struct Columns {
    list: Vec<(String, usize)>,
    /// Columns that other commands than `fields` and `display` made of events.
    created: Vec<(String, usize)>,
    choice: Choice,
}

/// Way in which the columns were chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Choice {
    /// Not at all: time and message, and what was made of them.
    #[default]
    Default,
    /// Selected by `fields` or `stats`.
    Fields,
    /// Selected by `display`, which replaces the columns selected before.
    Display,
}

impl Columns {
    fn put(list: &mut Vec<(String, usize)>, name: &str, slot: usize) {
        match list.iter_mut().find(|(known, _)| known == name) {
            Some(known) => known.1 = slot,
            None => list.push((name.to_owned(), slot)),
        }
    }
}

impl Builder<'_> {
    /// Adds a command to the plan. Returns the commands after it.
    fn command<'c>(
        &mut self,
        query: &Query,
        command: &Command,
        after: &'c [Command],
    ) -> Result<&'c [Command], PlanError> {
        match &command.kind {
            CommandKind::Fields(columns) => self.fields(columns)?,
            CommandKind::Display(columns) => self.display(columns)?,
            CommandKind::Filter(condition) | CommandKind::FilterIndex(condition) => {
                let condition = self.compiler.expr(condition)?;
                self.steps.push(Step::Filter(condition));
            }
            CommandKind::Stats(stats) => self.stats(stats)?,
            CommandKind::Sort(keys) => self.sort(keys)?,
            CommandKind::Limit(limit) => self.limit(*limit, after)?,
            CommandKind::Dedup(columns) => {
                let by = columns.iter().map(|column| self.compiler.column(column));
                let by = by.collect::<Result<_, _>>()?;
                let keys = std::mem::take(&mut self.order);
                self.close(End::Dedup { by, keys }, after)?;
            }
            CommandKind::Parse(parse) => self.parse(parse)?,
            CommandKind::Unnest { list, into } => self.unnest(list, into)?,
            CommandKind::Expand(column) => self.expand(column)?,
            CommandKind::Pattern(text) => return self.pattern(text, after),
            CommandKind::Join(join) => self.join(join, command.span, after)?,
            CommandKind::Lookup(lookup) => self.lookup(lookup, false, command.span)?,
            CommandKind::CidrLookup(lookup) => self.lookup(lookup, true, command.span)?,
            CommandKind::Diff(_) => {
                return Err(PlanError::new(command.span, "`diff` may only follow `pattern`"));
            }
            CommandKind::LogCompare { timeshift } => {
                let count = query.commands.len().saturating_sub(after.len() + 1);
                let commands = query.commands.iter().take(count).cloned().collect();
                let before = Query { commands, span: command.span, ..query.clone() };
                self.log_compare(*timeshift, &before, after)?;
            }
            CommandKind::Tail(_)
            | CommandKind::AddTotals(_)
            | CommandKind::FillMissing(_)
            | CommandKind::FillDown(_)
            | CommandKind::Accum { .. }
            | CommandKind::AutoRegress(_)
            | CommandKind::Outlier(_)
            | CommandKind::Sessionize(_)
            | CommandKind::CountFrequent(_)
            | CommandKind::AppendCols(_) => self.series(command, after)?,
        }
        Ok(after)
    }

    fn sort(&mut self, keys: &[SortKey]) -> Result<(), PlanError> {
        let mut order = Vec::with_capacity(keys.len());
        for key in keys {
            let slot = self.compiler.column(&key.column)?;
            order.push(SortBy { slot, direction: key.direction });
        }
        // An earlier order decides among equal rows.
        order.append(&mut self.order);
        self.order = order;
        Ok(())
    }

    fn limit(&mut self, limit: Limit, after: &[Command]) -> Result<(), PlanError> {
        let count = usize::try_from(limit.count).unwrap_or(usize::MAX);
        let keys = std::mem::take(&mut self.order);
        self.has_limit = true;
        match limit.choice {
            LimitChoice::First => self.close(End::Sort { keys, limit: Some(count) }, after),
            LimitChoice::Any => self.close(End::Any { limit: count }, after),
        }
    }

    /// Ends the plan with the columns of the result.
    fn finish(mut self, query: &Query) -> Result<Plan, PlanError> {
        let columns = self.result_columns();
        let keys = std::mem::take(&mut self.order);
        let carry = columns.iter().map(|(_, slot)| *slot).collect();
        self.push_segment(End::Last { keys }, carry);
        Ok(Plan {
            fields: self.compiler.fields,
            sources: query.sources.clone(),
            segments: self.segments,
            columns: columns.into_iter().map(|(name, _)| name).collect(),
            has_default_limit: !self.has_limit,
        })
    }

    /// Columns of the result: those that were chosen, else time and message and what was made of them.
    fn result_columns(&mut self) -> Vec<(String, usize)> {
        if self.columns.choice != Choice::Default {
            return self.columns.list.clone();
        }
        let mut list = self.columns.list.clone();
        if self.compiler.scope.has_events {
            for name in ["@timestamp", "@message"] {
                let node = self.compiler.scope.resolve(name, &mut self.compiler.fields);
                let slot = self.compiler.slot_of(node);
                Columns::put(&mut list, name, slot);
            }
        }
        for (name, slot) in &self.columns.created {
            Columns::put(&mut list, name, *slot);
        }
        list
    }

    /// Names and slots that the commands `after` or the result need.
    fn carried(&mut self, after: &[Command]) -> Vec<(String, usize)> {
        let mut carried = self.result_columns();
        let mentions = Mentions::of(after);
        let is_closed = !self.compiler.scope.has_events;
        for name in &mentions.names {
            let is_known = self.compiler.scope.has_events || self.compiler.scope.defined(name).is_some();
            let is_carried = carried.iter().any(|(known, _)| known == name);
            let defined = self.compiler.scope.defined(name);
            if is_carried && defined.is_none() {
                continue;
            }
            if is_known || name.contains('.') {
                let node = self.compiler.scope.resolve(name, &mut self.compiler.fields);
                let slot = self.compiler.slot_of(node);
                Columns::put(&mut carried, name, slot);
            }
        }
        if is_closed || mentions.uses_all {
            for (name, slot) in self.compiler.scope.names() {
                Columns::put(&mut carried, &name, slot);
            }
        }
        carried
    }

    /// Ends the segment with an operation that keeps the rows' values, and begins the next one.
    fn close(&mut self, end: End, after: &[Command]) -> Result<(), PlanError> {
        let carried = self.carried(after);
        self.close_with(end, &carried);
        Ok(())
    }

    /// Ends the segment; the rows of the next one have the values `carried` in this order.
    fn close_with(&mut self, end: End, carried: &[(String, usize)]) {
        let columns = self.result_columns();
        self.push_segment(end, carried.iter().map(|(_, slot)| *slot).collect());
        let mut scope = Scope::new(false);
        for (index, (name, _)) in carried.iter().enumerate() {
            let slot = scope.add(Slot::Column(index));
            scope.define(name, slot);
        }
        let slot_of = |name: &str| scope.defined(name);
        let list = columns.into_iter().filter_map(|(name, _)| slot_of(&name).map(|slot| (name, slot)));
        self.columns.list = list.collect();
        self.columns.created.clear();
        self.compiler.scope = scope;
    }

    fn push_segment(&mut self, end: End, carry: Vec<usize>) {
        self.segments.push(Segment {
            slots: std::mem::take(&mut self.compiler.scope.slots),
            extracts: std::mem::take(&mut self.extracts),
            lookups: std::mem::take(&mut self.lookups),
            steps: std::mem::take(&mut self.steps),
            carry,
            end,
        });
    }

    /// Ends the segment with the pass of a command over its ordered rows.
    fn series(&mut self, command: &Command, after: &[Command]) -> Result<(), PlanError> {
        let mut carried = self.carried(std::slice::from_ref(command));
        for (name, slot) in self.carried(after) {
            Columns::put(&mut carried, &name, slot);
        }
        let shown: Vec<_> = self.result_columns().into_iter().map(|(name, _)| name).collect();
        let names: Vec<_> = carried.iter().map(|(name, _)| name.clone()).collect();
        let bins = self.bins.as_ref();
        let (series, added) =
            Series::build(&command.kind, &names, &shown, bins, self.compiler.run_inner, command.span)?;
        self.pass(series, &carried, added);
        Ok(())
    }

    /// Ends the segment with a pass over its ordered rows, which all later commands see whole.
    fn series_with(
        &mut self,
        after: &[Command],
        build: impl FnOnce(&[String]) -> Result<(Series, Vec<String>), PlanError>,
    ) -> Result<(), PlanError> {
        let carried = self.carried(after);
        let names: Vec<_> = carried.iter().map(|(name, _)| name.clone()).collect();
        let (series, added) = build(&names)?;
        self.pass(series, &carried, added);
        Ok(())
    }

    /// Ends the segment with a pass that adds columns.
    fn pass(&mut self, series: Series, carried: &[(String, usize)], added: Vec<String>) {
        let keys = std::mem::take(&mut self.order);
        let replaces = matches!(series, Series::CountFrequent { .. });
        self.close_with(End::Series { keys, series }, carried);
        if replaces {
            self.replace_columns(&added);
            return;
        }
        for name in added {
            let index = self.compiler.scope.slots.len();
            let slot = self.compiler.scope.add(Slot::Column(index));
            self.create(&name, slot);
        }
    }

    /// Makes these the only columns of the rows, in order.
    fn replace_columns(&mut self, names: &[String]) {
        self.keys = None;
        self.compiler.scope = Scope::new(false);
        self.columns = Columns { choice: Choice::Fields, ..Columns::default() };
        for (index, name) in names.iter().enumerate() {
            let slot = self.compiler.scope.add(Slot::Column(index));
            self.compiler.scope.define(name, slot);
            Columns::put(&mut self.columns.list, name, slot);
        }
    }

    /// Defines a column that a command made.
    fn create(&mut self, name: &str, slot: usize) {
        self.compiler.scope.define(name, slot);
        match self.columns.choice {
            Choice::Default => Columns::put(&mut self.columns.created, name, slot),
            Choice::Fields if !self.compiler.scope.has_events => {
                Columns::put(&mut self.columns.list, name, slot);
            }
            Choice::Fields | Choice::Display => {}
        }
    }
}
