//! Rules for what reads other data: `SOURCE`, `join`, `lookup`, `cidrlookup`, `appendcols` and `logcompare`.

use super::{
    super::{
        error::QueryError,
        expression::Name,
        lexer::{Symbol, TokenKind},
        tree::{
            AppendCols, CommandKind, Join, JoinKind, Lookup, LookupColumn, LookupKey, LookupOutput, Query,
            Source,
        },
    },
    Parsed, Parser,
};

/// Rows of the inner query that `appendcols` takes if `max=` is missing.
const DEFAULT_APPENDED_ROWS: u64 = 10_000;

impl Parser<'_> {
    /// Parses all `SOURCE` at the start of a query.
    pub(super) fn sources(&mut self) -> Parsed<Vec<Source>> {
        let mut sources = Vec::new();
        while self.eat_keyword("source") {
            sources.extend(self.list(Self::source)?);
            if !self.eat(Symbol::Pipe) {
                let is_complete = self.is_at_end();
                return if is_complete {
                    Ok(sources)
                } else {
                    Err(self.unexpected("`|` or the end of the query"))
                };
            }
        }
        Ok(sources)
    }

    fn source(&mut self) -> Parsed<Source> {
        if self.at_keyword("logGroups") && self.following() == TokenKind::Symbol(Symbol::Open) {
            self.advance();
            return self.log_groups();
        }
        if self.at(Symbol::Slash) || self.plain_name().is_some() {
            return Ok(Source::Group(self.unquoted_group()));
        }
        self.option_value("the name of a log group in quotes, or `logGroups(…)`").map(Source::Group)
    }

    /// Takes the name of a log group without quotes, such as `/aws/lambda/pay`.
    fn unquoted_group(&mut self) -> String {
        let start = self.token.span.start;
        let rest = self.text.get(start..).unwrap_or_default();
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '.');
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        self.token.span.end = start.saturating_add(length);
        self.advance();
        rest.get(..length).unwrap_or_default().to_owned()
    }

    fn log_groups(&mut self) -> Parsed<Source> {
        self.expect(Symbol::Open)?;
        let (mut name_prefixes, mut accounts, mut classes) = (Vec::new(), Vec::new(), Vec::new());
        while !self.eat(Symbol::Close) {
            let span = self.token.span;
            let name = self.name("`namePrefix`, `accountIdentifier` or `class`")?;
            self.expect(Symbol::Colon)?;
            let values = self.text_list()?;
            match name.text.to_ascii_lowercase().as_str() {
                "nameprefix" | "namepatterns" => name_prefixes = values,
                "accountidentifier" | "accountidentifiers" => accounts = values,
                "class" => classes = values,
                _ => {
                    let problem = format!("unknown condition `{}`", name.text);
                    let expected = "`namePrefix`, `accountIdentifier` or `class`";
                    return Err(self.problem(span, problem).expected(expected));
                }
            }
            if !self.eat(Symbol::Comma) && !self.at(Symbol::Close) {
                return Err(self.unexpected("`,` or `)`"));
            }
        }
        Ok(Source::Groups { name_prefixes, accounts, classes })
    }

    /// Parses `['a', 'b']`, or one value without brackets.
    fn text_list(&mut self) -> Parsed<Vec<String>> {
        let expected = "a list of texts";
        if !self.eat(Symbol::OpenList) {
            return self.option_value(expected).map(|value| vec![value]);
        }
        let values = self.list(|parser| parser.option_value(expected))?;
        self.expect(Symbol::CloseList)?;
        Ok(values)
    }

    /// Parses a query in brackets.
    fn inner_query(&mut self) -> Parsed<Box<Query>> {
        if !self.eat(Symbol::Open) {
            return Err(self.unexpected("a query in brackets"));
        }
        let query = self.nested(Self::query)?;
        if !self.eat(Symbol::Close) {
            return Err(self.unexpected("`|` or `)`"));
        }
        Ok(Box::new(query))
    }

    pub(super) fn join(&mut self) -> Parsed<CommandKind> {
        let (mut kind, mut left, mut right) = (JoinKind::Inner, None, None);
        loop {
            if self.eat_option("type") {
                kind = self.join_kind()?;
            } else if self.eat_option("left") {
                left = Some(self.name("the prefix of the left fields")?);
            } else if self.eat_option("right") {
                right = Some(self.name("the prefix of the right fields")?);
            } else {
                break;
            }
        }
        let (Some(left), Some(right)) = (left, right) else {
            return Err(self.unexpected("`left=` and `right=`, the prefixes of the fields"));
        };
        if !self.eat_keyword("where") && !self.eat_keyword("on") {
            return Err(self.unexpected("`where` and the fields that are equal"));
        }
        let keys = [self.join_key()?, self.equal_then_key()?];
        let (left_key, right_key) = self.assign_keys(&left, &right, &keys)?;
        let query = self.inner_query()?;
        Ok(CommandKind::Join(Join { kind, left, right, left_key, right_key, query }))
    }

    fn join_kind(&mut self) -> Parsed<JoinKind> {
        if self.eat_keyword("inner") {
            return Ok(JoinKind::Inner);
        }
        if self.eat_keyword("left") { Ok(JoinKind::Left) } else { Err(self.unexpected("`inner` or `left`")) }
    }

    fn join_key(&mut self) -> Parsed<Name> {
        self.name("a field with its prefix, for example `l.id`")
    }

    fn equal_then_key(&mut self) -> Parsed<Name> {
        if !self.eat(Symbol::Equal) && !self.eat(Symbol::EqualEqual) {
            return Err(self.unexpected("`=`; a join compares for equality only"));
        }
        self.join_key()
    }

    /// Takes the prefixes from the keys of a join and orders the keys by them.
    fn assign_keys(&self, left: &Name, right: &Name, keys: &[Name; 2]) -> Parsed<(String, String)> {
        let without = |key: &Name, prefix: &Name| {
            key.text.strip_prefix(prefix.text.as_str())?.strip_prefix('.').map(str::to_owned)
        };
        let [first, second] = keys;
        let direct = without(first, left).zip(without(second, right));
        let swapped = || without(second, left).zip(without(first, right));
        direct.or_else(swapped).ok_or_else(|| -> QueryError {
            let expected = format!("`{}.…` = `{}.…`", left.text, right.text);
            self.problem(first.span.to(second.span), "prefixes of the keys do not fit").expected(expected)
        })
    }

    pub(super) fn lookup(&mut self) -> Parsed<CommandKind> {
        let table = self.option_value("the name of a table")?;
        let keys = self.list(|parser| {
            let column = parser.name("a column of the table")?;
            let field = parser.alias()?.unwrap_or_else(|| column.clone());
            Ok(LookupKey { column: Some(column.text), field: field.text })
        })?;
        self.lookup_output(table, keys).map(CommandKind::Lookup)
    }

    pub(super) fn cidr_lookup(&mut self) -> Parsed<CommandKind> {
        let table = self.option_value("the name of a table")?;
        let field = self.name("the field with the address")?;
        let column = self.alias()?.map(|column| column.text);
        let keys = vec![LookupKey { column, field: field.text }];
        self.lookup_output(table, keys).map(CommandKind::CidrLookup)
    }

    fn lookup_output(&mut self, table: String, keys: Vec<LookupKey>) -> Parsed<Lookup> {
        let output = if self.eat_keyword("outputnew") {
            LookupOutput::Keep
        } else if self.eat_keyword("output") {
            LookupOutput::Replace
        } else {
            return Err(self.unexpected("`OUTPUT` or `OUTPUTNEW`"));
        };
        let columns = self.list(|parser| {
            let column = parser.name("a column of the table")?;
            let name = parser.alias()?.unwrap_or_else(|| column.clone());
            Ok(LookupColumn { column: column.text, name: name.text })
        })?;
        Ok(Lookup { table, keys, output, columns })
    }

    pub(super) fn append_cols(&mut self) -> Parsed<CommandKind> {
        let (mut overrides, mut max) = (false, DEFAULT_APPENDED_ROWS);
        loop {
            if self.eat_option("override") {
                overrides = self.truth()?;
            } else if self.eat_option("max") {
                max = self.count("a number of rows")?;
            } else {
                break;
            }
        }
        let query = self.inner_query()?;
        Ok(CommandKind::AppendCols(AppendCols { query, overrides, max }))
    }

    pub(super) fn log_compare(&mut self) -> Parsed<CommandKind> {
        if !self.eat_option("timeshift") {
            self.expect_keyword("timeshift")?;
        }
        let timeshift = self.period()?;
        Ok(CommandKind::LogCompare { timeshift })
    }
}
