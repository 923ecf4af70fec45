//! Rules for commands: the table of their names, and those that need no file of their own.

use super::{
    super::{
        expression::{Expr, ExprKind},
        lexer::{Quoting, Symbol, TokenKind},
        span::Span,
        suggest,
        tree::{
            Column, Command, CommandKind, DiffRange, Direction, Limit, LimitChoice, Note, SortKey, Stats,
        },
    },
    Parsed, Parser,
};

type Rule = fn(&mut Parser<'_>) -> Parsed<CommandKind>;

/// Names of the commands in lower case, without underscores, and the rules for their arguments.
const COMMANDS: &[(&str, Rule)] = &[
    ("fields", |parser| parser.columns().map(CommandKind::Fields)),
    ("display", |parser| parser.columns().map(CommandKind::Display)),
    ("filter", |parser| parser.expression().map(CommandKind::Filter)),
    ("where", |parser| parser.expression().map(CommandKind::Filter)),
    ("filterindex", |parser| parser.expression().map(CommandKind::FilterIndex)),
    ("stats", |parser| parser.stats()),
    ("sort", |parser| parser.sort()),
    ("order", |parser| parser.sort()),
    ("limit", |parser| parser.limit()),
    ("head", |parser| parser.limit()),
    ("tail", |parser| parser.count(NUMBER_OF_ROWS).map(CommandKind::Tail)),
    ("dedup", |parser| parser.field_columns().map(CommandKind::Dedup)),
    ("parse", |parser| parser.parse_command()),
    ("json", |parser| parser.json()),
    ("unnest", |parser| parser.unnest()),
    ("expand", |parser| parser.field_column().map(CommandKind::Expand)),
    ("pattern", |parser| parser.expression().map(CommandKind::Pattern)),
    ("diff", |parser| parser.diff()),
    ("join", |parser| parser.join()),
    ("lookup", |parser| parser.lookup()),
    ("cidrlookup", |parser| parser.cidr_lookup()),
    ("addtotals", |parser| parser.add_totals()),
    ("fillmissing", |parser| parser.fill_missing()),
    ("filldown", |parser| parser.fill_down()),
    ("accum", |parser| parser.accum()),
    ("autoregress", |parser| parser.auto_regress()),
    ("outlier", |parser| parser.outlier()),
    ("sessionize", |parser| parser.sessionize()),
    ("countfrequent", |parser| parser.field_columns().map(CommandKind::CountFrequent)),
    ("appendcols", |parser| parser.append_cols()),
    ("logcompare", |parser| parser.log_compare()),
];

/// Commands of CloudWatch that Tailwater does not have, with the reason.
const REFUSED: &[(&str, &str)] = &[
    ("anomaly", "`anomaly` needs models that only CloudWatch has; use `pattern` with `diff` instead"),
    (
        "relevantfields",
        "`relevantfields` needs models that only CloudWatch has; use `stats` by a field instead",
    ),
];

/// Greatest number of rows that `limit` takes.
const MAX_LIMIT: u64 = 100_000;

const NUMBER_OF_ROWS: &str = "a number of rows";

impl Parser<'_> {
    pub(super) fn command(&mut self) -> Parsed<Command> {
        let span = self.token.span;
        let expected = "a command, for example `filter` or `stats`";
        let TokenKind::Name { text, quoting: Quoting::Plain } = &self.token.kind else {
            return Err(self.unexpected(expected));
        };
        let name: String = text.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect();
        let rule = COMMANDS.iter().find(|(known, _)| *known == name).map(|(_, rule)| *rule);
        let rule = rule.ok_or_else(|| self.unknown_command(&name, span))?;
        self.advance();
        let kind = rule(self)?;
        if !self.is_at_end() && !self.at(Symbol::Pipe) {
            return Err(self.unexpected(continuation(&kind)));
        }
        Ok(Command { kind, span: self.span_from(span.start) })
    }

    fn unknown_command(&self, name: &str, span: Span) -> super::QueryError {
        if let Some((_, reason)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
            return self.problem(span, *reason);
        }
        if name == "source" {
            return self.problem(span, "`SOURCE` may only stand at the start of a query");
        }
        let known = COMMANDS.iter().map(|(known, _)| *known);
        let problem = format!("unknown command `{}`", super::shortened(span.of(self.text)));
        self.problem(span, problem).suggested(suggest::nearest(name, known))
    }

    /// Parses `expression [as name]` with commas between them.
    fn columns(&mut self) -> Parsed<Vec<Column>> {
        self.list(Self::column)
    }

    fn column(&mut self) -> Parsed<Column> {
        let expr = self.expression()?;
        let alias = self.alias()?;
        let name = alias.as_ref().map_or_else(|| self.written(expr.span), |alias| alias.text.clone());
        Ok(Column { expr, alias, name })
    }

    /// Parses an expression that names or computes a column, without an alias.
    fn plain_column(&mut self) -> Parsed<Column> {
        let expr = self.expression()?;
        let name = self.written(expr.span);
        Ok(Column { expr, alias: None, name })
    }

    /// Parses an operand without operators: a field, or a call that a column is called by.
    pub(super) fn field_column(&mut self) -> Parsed<Column> {
        if !self.at_name() {
            return Err(self.unexpected("a field"));
        }
        let expr = self.postfix()?;
        let name = self.written(expr.span);
        Ok(Column { expr, alias: None, name })
    }

    fn field_columns(&mut self) -> Parsed<Vec<Column>> {
        self.list(Self::field_column)
    }

    fn stats(&mut self) -> Parsed<CommandKind> {
        let columns = self.columns()?;
        let mut stats = Stats { columns, by: Vec::new(), offset: None };
        if self.at_keyword("group") {
            self.advance();
            if !self.at_keyword("by") {
                return Err(self.unexpected("`by`"));
            }
        }
        if self.eat_keyword("by") {
            stats.by = self.columns()?;
        }
        if self.eat_keyword("offset") {
            stats.offset = Some(self.period()?);
        }
        Ok(CommandKind::Stats(stats))
    }

    fn sort(&mut self) -> Parsed<CommandKind> {
        self.eat_keyword("by");
        let keys = self.list(|parser| {
            let column = parser.plain_column()?;
            let direction = if parser.eat_keyword("desc") {
                Direction::Descending
            } else {
                parser.eat_keyword("asc");
                Direction::Ascending
            };
            Ok(SortKey { column, direction })
        })?;
        Ok(CommandKind::Sort(keys))
    }

    fn limit(&mut self) -> Parsed<CommandKind> {
        let choice = if self.eat_keyword("any") { LimitChoice::Any } else { LimitChoice::First };
        let span = self.token.span;
        let count = self.count(NUMBER_OF_ROWS)?;
        if count > MAX_LIMIT && choice == LimitChoice::First {
            let text = format!("`limit {count}` counts as {MAX_LIMIT}, the most that CloudWatch returns");
            self.notes.push(Note { span, text });
        }
        let count = match choice {
            LimitChoice::First => count.min(MAX_LIMIT),
            LimitChoice::Any => count,
        };
        Ok(CommandKind::Limit(Limit { count, choice }))
    }

    fn unnest(&mut self) -> Parsed<CommandKind> {
        let list = self.expression()?;
        self.expect_keyword("into")?;
        let into = self.name("the name of the column for the elements")?;
        Ok(CommandKind::Unnest { list, into })
    }

    fn diff(&mut self) -> Parsed<CommandKind> {
        const RANGES: &[(&str, DiffRange)] = &[
            ("previousDay", DiffRange::PreviousDay),
            ("previousWeek", DiffRange::PreviousWeek),
            ("previousMonth", DiffRange::PreviousMonth),
        ];
        for (keyword, range) in RANGES {
            if self.eat_keyword(keyword) {
                return Ok(CommandKind::Diff(*range));
            }
        }
        Ok(CommandKind::Diff(DiffRange::Previous))
    }

    /// Takes a value of an option: a text, a number, a name or a truth value.
    pub(super) fn option_value(&mut self, expected: &str) -> Parsed<String> {
        let text = match &self.token.kind {
            TokenKind::Text(text) | TokenKind::Number(text) | TokenKind::Name { text, .. } => text.clone(),
            TokenKind::Regex(_) | TokenKind::Symbol(_) | TokenKind::Invalid(_) | TokenKind::End => {
                return Err(self.unexpected(expected));
            }
        };
        self.advance();
        Ok(text)
    }

    /// Takes `name=`, if it is there.
    pub(super) fn eat_option(&mut self, name: &str) -> bool {
        let found = self.at_keyword(name) && self.following() == TokenKind::Symbol(Symbol::Equal);
        if found {
            self.advance();
            self.advance();
        }
        found
    }

    /// Takes `true` or `false` after an option.
    pub(super) fn truth(&mut self) -> Parsed<bool> {
        if self.eat_keyword("true") {
            return Ok(true);
        }
        if self.eat_keyword("false") { Ok(false) } else { Err(self.unexpected("`true` or `false`")) }
    }

    /// Takes a literal: a number, a text or a truth value.
    pub(super) fn literal(&mut self) -> Parsed<Expr> {
        let expr = self.expression()?;
        match expr.kind {
            ExprKind::Integer(_) | ExprKind::Float(_) | ExprKind::Text(_) | ExprKind::Boolean(_) => Ok(expr),
            _ => Err(self.problem(expr.span, "not a constant").expected("a number or a text")),
        }
    }
}

/// Tokens that may follow a command's arguments.
fn continuation(kind: &CommandKind) -> &'static str {
    match kind {
        CommandKind::Fields(_) | CommandKind::Display(_) => {
            "an operator, `as`, `,`, `|` or the end of the query"
        }
        CommandKind::Filter(_) | CommandKind::FilterIndex(_) => {
            "an operator, `and`, `or`, `|` or the end of the query"
        }
        CommandKind::Stats(stats) if stats.by.is_empty() => {
            "an operator, `as`, `,`, `by`, `|` or the end of the query"
        }
        CommandKind::Stats(_) => "`as`, `,`, `offset`, `|` or the end of the query",
        CommandKind::Sort(_) => "`asc`, `desc`, `,`, `|` or the end of the query",
        CommandKind::Dedup(_) | CommandKind::CountFrequent(_) => "`,`, `|` or the end of the query",
        CommandKind::Diff(_) => "`previousDay`, `previousWeek`, `previousMonth`, `|` or the end of the query",
        _ => "`|` or the end of the query",
    }
}
