//! Rules that a parsed query has to satisfy: order of commands, and places of aggregates, periods and patterns.

mod arguments;

use super::{
    error::QueryError,
    expression::{CompareOp, Expr, ExprKind, Negation},
    function::Function,
    span::Span,
    tree::{Column, Command, CommandKind, Note, ParseForm, Query, Stats},
};

/// Greatest number of `stats` in a query.
const MAX_STATS: usize = 10;

/// Checks a query and the queries inside it. Returns remarks about what CloudWatch would refuse.
///
/// # Errors
///
/// Fails at the first command or expression that may not stand where it does.
pub(super) fn check(query: &Query, text: &str) -> Result<Vec<Note>, QueryError> {
    let mut checker = Checker { text, notes: Vec::new() };
    checker.query(query, Place::Outermost)?;
    Ok(checker.notes)
}

/// Place of a query.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Outermost,
    /// Query in brackets after `join` or `appendcols`.
    Inner,
    /// Query in brackets after `in`, whose rows are a list of values.
    Membership,
}

struct Checker<'a> {
    text: &'a str,
    notes: Vec<Note>,
}

/// Columns that exist after a command.
enum Columns {
    /// All fields of an event.
    Event,
    /// The columns of a `stats` and those added since.
    Named(Vec<String>),
    /// Unknown, after a command that adds columns of other data.
    Unknown,
}

impl Columns {
    fn add(&mut self, added: impl IntoIterator<Item = String>) {
        if let Self::Named(names) = self {
            names.extend(added);
        }
    }

    /// Returns true unless it is certain that there is no column of this name.
    fn may_contain(&self, name: &str) -> bool {
        match self {
            Self::Named(names) => names.iter().any(|known| known == name),
            Self::Event | Self::Unknown => true,
        }
    }
}

type Checked = Result<(), QueryError>;

impl Checker<'_> {
    fn query(&mut self, query: &Query, place: Place) -> Checked {
        self.order(&query.commands)?;
        let mut columns = Columns::Event;
        for command in &query.commands {
            self.command(command, &columns, place)?;
            update(&mut columns, &command.kind);
        }
        Ok(())
    }

    /// Checks how commands follow each other.
    fn order(&mut self, commands: &[Command]) -> Checked {
        let is_stats = |command: &&Command| matches!(command.kind, CommandKind::Stats(_));
        if let Some(excess) = commands.iter().filter(is_stats).nth(MAX_STATS) {
            return self.fail(excess.span, format!("more than {MAX_STATS} `stats` in a query"));
        }
        let is_join = |command: &&Command| matches!(command.kind, CommandKind::Join(_));
        if let Some(second) = commands.iter().filter(is_join).nth(1) {
            return self.fail(second.span, "more than one `join` in a query");
        }
        let mut has_dedup = false;
        let mut previous = None;
        for (at, command) in commands.iter().enumerate() {
            self.after_dedup(command, has_dedup)?;
            has_dedup |= matches!(command.kind, CommandKind::Dedup(_));
            self.after(previous, command)?;
            self.note_before_stats(command, commands, at);
            previous = Some(&command.kind);
        }
        Ok(())
    }

    fn after_dedup(&self, command: &Command, has_dedup: bool) -> Checked {
        let may_follow = matches!(command.kind, CommandKind::Limit(_) | CommandKind::Tail(_));
        if !has_dedup || may_follow {
            return Ok(());
        }
        let error = self.error(command.span, "only `limit` may follow `dedup`");
        Err(error.expected("`sort` and other commands before `dedup`"))
    }

    /// Checks commands that need another one before them.
    fn after(&self, previous: Option<&CommandKind>, command: &Command) -> Checked {
        if let CommandKind::Diff(_) = command.kind {
            let is_after_pattern = matches!(previous, Some(CommandKind::Pattern(_)));
            return self.require(is_after_pattern, command.span, "`diff` may only follow `pattern`");
        }
        if let CommandKind::FillMissing(_) = command.kind {
            let is_after_bins = matches!(previous, Some(CommandKind::Stats(stats)) if has_bin(stats));
            let problem = "`fillmissing` may only follow `stats … by bin(…)`";
            return self.require(is_after_bins, command.span, problem);
        }
        Ok(())
    }

    /// Notes a `sort` or `limit` between two `stats`, which CloudWatch refuses.
    fn note_before_stats(&mut self, command: &Command, commands: &[Command], at: usize) {
        let is_stats = |command: &Command| matches!(command.kind, CommandKind::Stats(_));
        let name = match command.kind {
            CommandKind::Sort(_) => "sort",
            CommandKind::Limit(_) => "limit",
            _ => return,
        };
        if commands.iter().take(at).any(is_stats) && commands.iter().skip(at).any(is_stats) {
            let text = format!("`{name}` between two `stats` works here, but CloudWatch refuses it");
            self.notes.push(Note { span: command.span, text });
        }
    }

    fn command(&mut self, command: &Command, columns: &Columns, place: Place) -> Checked {
        match &command.kind {
            CommandKind::Stats(stats) => return self.stats(stats, columns, place),
            CommandKind::FilterIndex(condition) => self.index_condition(condition)?,
            CommandKind::Join(join) => self.query(&join.query, Place::Inner)?,
            CommandKind::AppendCols(append) => self.query(&append.query, Place::Inner)?,
            _ => {}
        }
        for expr in expressions(&command.kind) {
            self.stands_alone(expr)?;
            self.outside_stats(expr, columns)?;
            self.expression(expr, columns, place)?;
        }
        Ok(())
    }

    /// Checks that a condition consists of `field = value` and `field in […]`, possibly with `and` between them.
    fn index_condition(&self, condition: &Expr) -> Checked {
        let is_simple = match &condition.kind {
            ExprKind::And(all) => return all.iter().try_for_each(|one| self.index_condition(one)),
            ExprKind::Compare(CompareOp::Equal, left, _) => matches!(left.kind, ExprKind::Field(_)),
            ExprKind::In { value, negation: Negation::Absent, .. } => {
                matches!(value.kind, ExprKind::Field(_))
            }
            _ => false,
        };
        let problem = "`filterIndex` takes `field = value` or `field in […]` only; use `filter`";
        self.require(is_simple, condition.span, problem)
    }

    fn stats(&mut self, stats: &Stats, columns: &Columns, place: Place) -> Checked {
        for key in &stats.by {
            if let Some(inner) = find_aggregate(&key.expr) {
                return self
                    .fail(inner.span, "aggregate after `by`; a key is a field or a scalar expression");
            }
            self.stands_alone(&key.expr)?;
            self.expression(&key.expr, columns, place)?;
        }
        let mut known: Vec<&str> = stats.by.iter().map(|key| key.name.as_str()).collect();
        for column in &stats.columns {
            self.stands_alone(&column.expr)?;
            self.aggregated(&column.expr, &known)?;
            self.expression(&column.expr, columns, place)?;
            known.push(&column.name);
        }
        Ok(())
    }

    /// Checks that a column of `stats` has one value a group: each field is inside an aggregate, a key or an alias.
    fn aggregated(&self, expr: &Expr, known: &[&str]) -> Checked {
        if known.contains(&expr.span.of(self.text).replace('`', "").as_str()) {
            return Ok(());
        }
        match &expr.kind {
            ExprKind::Aggregate(call) => {
                let nested = call.arguments.iter().find_map(find_aggregate);
                nested.map_or(Ok(()), |inner| self.fail(inner.span, "aggregate inside an aggregate"))
            }
            ExprKind::Field(name) if !known.contains(&name.as_str()) => {
                let problem = format!("`{name}` is neither in an aggregate nor a key after `by`");
                let expected = format!("an aggregate, for example `latest({name})`, or `by {name}`");
                Err(self.error(expr.span, problem).expected(expected))
            }
            ExprKind::Call(call) if call.function == Function::Bin => {
                self.fail(expr.span, "`bin` is a key; it stands after `by`")
            }
            _ => expr.kind.children().try_for_each(|child| self.aggregated(child, known)),
        }
    }

    /// Checks that aggregates outside `stats` refer to a column of an earlier `stats`.
    fn outside_stats(&self, expr: &Expr, columns: &Columns) -> Checked {
        let Some(found) = find_aggregate(expr) else { return Ok(()) };
        let ExprKind::Aggregate(call) = &found.kind else { return Ok(()) };
        let problem = match columns {
            Columns::Event => format!("`{}` is an aggregate; it stands in `stats`", call.function.name()),
            Columns::Named(_) if !columns.may_contain(&call.written) => {
                format!("no `stats` before this computes `{}`", call.written)
            }
            Columns::Named(_) | Columns::Unknown => return Ok(()),
        };
        self.fail(found.span, problem)
    }

    /// Checks an expression and all inside it.
    fn expression(&mut self, expr: &Expr, columns: &Columns, place: Place) -> Checked {
        self.node(expr, columns, place)?;
        for child in expr.kind.children() {
            self.expression(child, columns, place)?;
        }
        self.misplaced(expr)
    }

    fn node(&mut self, expr: &Expr, columns: &Columns, place: Place) -> Checked {
        match &expr.kind {
            ExprKind::InQuery { query, .. } => {
                if place == Place::Membership {
                    return self.fail(query.span, "query inside the query of an `in`");
                }
                self.query(query, Place::Membership)
            }
            ExprKind::Call(call) if call.function == Function::Bin => {
                self.call_arguments(call)?;
                let has_time = columns.may_contain("@timestamp") || columns.may_contain(&call.written);
                let problem = "`bin` needs `@timestamp`, which the `stats` before this does not keep";
                let expected = "`datefloor(name, 1h)` of a bin with a name, for example `by bin(5m) as name`";
                if has_time { Ok(()) } else { Err(self.error(expr.span, problem).expected(expected)) }
            }
            ExprKind::Call(call) => self.call_arguments(call),
            ExprKind::Aggregate(call) => self.aggregate_arguments(call),
            _ => Ok(()),
        }
    }

    fn error(&self, span: Span, problem: impl Into<String>) -> QueryError {
        QueryError::new(self.text, span, problem)
    }

    fn fail(&self, span: Span, problem: impl Into<String>) -> Checked {
        Err(self.error(span, problem))
    }

    fn require(&self, condition: bool, span: Span, problem: &str) -> Checked {
        if condition { Ok(()) } else { self.fail(span, problem) }
    }
}

fn find_aggregate(expr: &Expr) -> Option<&Expr> {
    if matches!(expr.kind, ExprKind::Aggregate(_)) {
        return Some(expr);
    }
    expr.kind.children().find_map(find_aggregate)
}

fn has_bin(stats: &Stats) -> bool {
    stats.by.iter().any(|key| {
        matches!(&key.expr.kind, ExprKind::Call(call)
            if matches!(call.function, Function::Bin | Function::DateFloor | Function::DateCeil))
    })
}

/// Returns the expressions of a command other than `stats`.
fn expressions(kind: &CommandKind) -> Vec<&Expr> {
    match kind {
        CommandKind::Fields(columns)
        | CommandKind::Display(columns)
        | CommandKind::Dedup(columns)
        | CommandKind::CountFrequent(columns) => columns.iter().map(|column| &column.expr).collect(),
        CommandKind::Filter(expr) | CommandKind::FilterIndex(expr) | CommandKind::Pattern(expr) => vec![expr],
        CommandKind::Sort(keys) => keys.iter().map(|key| &key.column.expr).collect(),
        CommandKind::Parse(parse) => parse.input.iter().collect(),
        CommandKind::Unnest { list, .. } => vec![list],
        CommandKind::Expand(column) | CommandKind::Accum { field: column, .. } => vec![&column.expr],
        _ => Vec::new(),
    }
}

/// Updates the known columns by those that a command makes.
fn update(columns: &mut Columns, kind: &CommandKind) {
    let names = |columns: &[Column]| columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
    match kind {
        CommandKind::Stats(stats) => {
            let mut all = names(&stats.by);
            all.extend(names(&stats.columns));
            *columns = Columns::Named(all);
        }
        CommandKind::Fields(added) | CommandKind::Display(added) => columns.add(names(added)),
        CommandKind::Parse(parse) => columns.add(match &parse.form {
            ParseForm::Glob { names, .. } | ParseForm::Csv { names } => {
                names.iter().map(|name| name.text.clone()).collect()
            }
            ParseForm::Regex { names, .. } => names.clone(),
            ParseForm::Json(paths) => paths.iter().map(|path| path.name.text.clone()).collect(),
            ParseForm::Logfmt { alias } => vec![alias.text.clone()],
        }),
        CommandKind::Unnest { into, .. } => columns.add([into.text.clone()]),
        CommandKind::Join(_)
        | CommandKind::Lookup(_)
        | CommandKind::CidrLookup(_)
        | CommandKind::AppendCols(_)
        | CommandKind::Pattern(_) => *columns = Columns::Unknown,
        _ => {}
    }
}
