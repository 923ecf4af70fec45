//! Parser of queries: recursive descent over tokens, one function a rule.

mod combine;
mod command;
mod expression;
mod extract;
mod series;

use super::{
    check,
    error::QueryError,
    expression::{Expr, ExprKind, LikePattern, Name, Negation},
    lexer::{self, Quoting, Symbol, Token, TokenKind},
    period::{Period, PeriodUnit},
    span::Span,
    tree::{Note, Query},
};

/// Greatest number of characters in a query.
const MAX_CHARACTERS: usize = 10_000;

/// Greatest number of brackets, calls, signs and inner queries inside each other.
const MAX_NESTING: usize = 64;

/// Greatest number of operations inside each other, also of those without brackets, such as `a + b + c`.
const MAX_DEPTH: usize = 256;

/// Words that are no names unless they are in backticks.
const RESERVED: &[&str] = &["and", "or", "not", "in", "like", "as", "by"];

/// Parses a query and checks the order of its commands.
///
/// # Errors
///
/// Fails at the first character that does not fit, or at the first command that may not stand where it does.
pub fn parse(text: &str) -> Result<Query, QueryError> {
    let characters = text.chars().count();
    if characters > MAX_CHARACTERS {
        let problem = format!("query has {characters} characters; at most {MAX_CHARACTERS} are allowed");
        return Err(QueryError::new(text, Span::default(), problem));
    }
    let mut parser = Parser::new(text);
    let mut query = parser.query()?;
    if parser.token.kind != TokenKind::End {
        return Err(parser.unexpected("`|` or the end of the query"));
    }
    if query.commands.is_empty() && query.search.is_none() && query.sources.is_empty() {
        return Err(parser.unexpected("a command, for example `fields @timestamp, @message`"));
    }
    query.notes = parser.notes;
    query.notes.extend(check::check(&query, text)?);
    Ok(query)
}

/// Result of a rule.
type Parsed<T> = Result<T, QueryError>;

/// State of the parser: the next token, and what was noticed so far.
struct Parser<'a> {
    text: &'a str,
    token: Token,
    /// End of the last token that was taken.
    end: usize,
    nesting: usize,
    notes: Vec<Note>,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, token: lexer::token_at(text, 0), end: 0, nesting: 0, notes: Vec::new() }
    }

    /// Parses sources, a search text and commands, up to the end of the text or a closing bracket.
    fn query(&mut self) -> Parsed<Query> {
        let start = self.token.span.start;
        self.eat(Symbol::Pipe);
        let sources = self.sources()?;
        let search = self.search()?;
        let mut commands = Vec::new();
        if !self.is_at_end() {
            commands.push(self.command()?);
            while self.eat(Symbol::Pipe) {
                commands.push(self.command()?);
            }
        }
        Ok(Query { sources, search, commands, notes: Vec::new(), span: self.span_from(start) })
    }

    /// Parses a text or pattern before the first command.
    fn search(&mut self) -> Parsed<Option<Expr>> {
        let span = self.token.span;
        let pattern = match &self.token.kind {
            TokenKind::Text(text) => {
                let pattern = LikePattern::Text(text.clone());
                self.advance();
                pattern
            }
            TokenKind::Symbol(Symbol::Slash) => LikePattern::Regex(self.regex()?),
            _ => return Ok(None),
        };
        if !self.eat(Symbol::Pipe) && !self.is_at_end() {
            return Err(self.unexpected("`|` or the end of the query"));
        }
        let value = Box::new(self.node(ExprKind::Field("@message".to_owned()), span)?);
        let like = ExprKind::Like { value, pattern, negation: Negation::Absent };
        self.node(like, span).map(Some)
    }

    fn is_at_end(&self) -> bool {
        matches!(self.token.kind, TokenKind::End | TokenKind::Symbol(Symbol::Close))
    }

    fn advance(&mut self) {
        self.end = self.token.span.end;
        self.token = lexer::token_at(self.text, self.end);
    }

    /// Returns the token after the next one.
    fn following(&self) -> TokenKind {
        lexer::token_at(self.text, self.token.span.end).kind
    }

    /// Returns the range from `start` to the end of the last token that was taken.
    fn span_from(&self, start: usize) -> Span {
        Span { start, end: self.end.max(start) }
    }

    fn at(&self, symbol: Symbol) -> bool {
        self.token.kind == TokenKind::Symbol(symbol)
    }

    fn eat(&mut self, symbol: Symbol) -> bool {
        let found = self.at(symbol);
        if found {
            self.advance();
        }
        found
    }

    fn expect(&mut self, symbol: Symbol) -> Parsed<()> {
        if self.eat(symbol) { Ok(()) } else { Err(self.unexpected(format!("`{}`", symbol.text()))) }
    }

    /// Returns the next token if it is a name without backticks.
    fn plain_name(&self) -> Option<&str> {
        match &self.token.kind {
            TokenKind::Name { text, quoting: Quoting::Plain } => Some(text),
            _ => None,
        }
    }

    fn at_keyword(&self, keyword: &str) -> bool {
        self.plain_name().is_some_and(|name| name.eq_ignore_ascii_case(keyword))
    }

    fn eat_keyword(&mut self, keyword: &str) -> bool {
        let found = self.at_keyword(keyword);
        if found {
            self.advance();
        }
        found
    }

    fn expect_keyword(&mut self, keyword: &str) -> Parsed<()> {
        if self.eat_keyword(keyword) { Ok(()) } else { Err(self.unexpected(format!("`{keyword}`"))) }
    }

    /// Takes the name of a field or column.
    fn name(&mut self, expected: &str) -> Parsed<Name> {
        let span = self.token.span;
        match &self.token.kind {
            TokenKind::Name { text, quoting } => {
                if text.is_empty() {
                    return Err(self.problem(span, "empty name").expected(expected));
                }
                if *quoting == Quoting::Plain && RESERVED.iter().any(|word| text.eq_ignore_ascii_case(word)) {
                    return Err(self.unexpected(expected));
                }
                let name = Name { text: text.clone(), span };
                self.advance();
                Ok(name)
            }
            _ => Err(self.unexpected(expected)),
        }
    }

    /// Takes a list of names with commas between them.
    fn names(&mut self, expected: &str) -> Parsed<Vec<Name>> {
        self.list(|parser| parser.name(expected))
    }

    /// Parses items with commas between them, at least one.
    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.eat(Symbol::Comma) {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// Takes `as name`, if it is there.
    fn alias(&mut self) -> Parsed<Option<Name>> {
        if self.eat_keyword("as") {
            return self.name("a name; one with other characters is written in backticks").map(Some);
        }
        Ok(None)
    }

    fn text(&mut self, expected: &str) -> Parsed<String> {
        let TokenKind::Text(text) = &self.token.kind else {
            return Err(self.unexpected(expected));
        };
        let text = text.clone();
        self.advance();
        Ok(text)
    }

    /// Takes a whole number.
    fn count(&mut self, expected: &str) -> Parsed<u64> {
        let number = match &self.token.kind {
            TokenKind::Number(digits) => digits.parse().ok(),
            _ => None,
        };
        let number = number.ok_or_else(|| self.unexpected(expected))?;
        self.advance();
        Ok(number)
    }

    /// Takes a period: a number and a unit, together or apart.
    fn period(&mut self) -> Parsed<Period> {
        let expected = "a period, for example `5m` or `1 hour`";
        self.eat_period().and_then(|found| found.ok_or_else(|| self.unexpected(expected)))
    }

    /// Takes a period, if the next tokens are one.
    fn eat_period(&mut self) -> Parsed<Option<Period>> {
        let start = self.token.span;
        let (digits, unit) = match &self.token.kind {
            TokenKind::Number(digits) => match self.following() {
                TokenKind::Name { text, quoting: Quoting::Plain } => (digits.clone(), text),
                _ => return Ok(None),
            },
            TokenKind::Name { text, quoting: Quoting::Plain } => {
                let at = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
                let (digits, unit) = text.split_at_checked(at).unwrap_or((text, ""));
                (digits.to_owned(), unit.to_owned())
            }
            _ => return Ok(None),
        };
        let Some(unit) = PeriodUnit::from_name(&unit).filter(|_| !digits.is_empty()) else {
            return Ok(None);
        };
        if matches!(self.token.kind, TokenKind::Number(_)) {
            self.advance();
        }
        self.advance();
        let span = self.span_from(start.start);
        match digits.parse() {
            Ok(count @ 1..) => Ok(Some(self.capped(Period { count, unit }, span))),
            Ok(0) | Err(_) => {
                let problem = format!("`{}` is not a period", span.of(self.text));
                Err(self
                    .problem(span, problem)
                    .expected("a whole number from 1 and a unit, for example `5m`"))
            }
        }
    }

    /// Caps a period as CloudWatch does, and notes it.
    fn capped(&mut self, period: Period, span: Span) -> Period {
        let Some(cap) = period.unit.cap().filter(|cap| *cap < period.count) else {
            return period;
        };
        let capped = Period { count: cap, ..period };
        let text = format!(
            "`{period}` counts as `{capped}`, as in CloudWatch, where at most {cap}{unit} are taken; \
             use a greater unit",
            unit = period.unit.symbol()
        );
        self.notes.push(Note { span, text });
        capped
    }

    /// Runs a rule one level deeper.
    fn nested<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting >= MAX_NESTING {
            let problem = format!("more than {MAX_NESTING} levels inside each other");
            return Err(self.problem(self.token.span, problem));
        }
        self.nesting = self.nesting.saturating_add(1);
        let result = rule(self);
        self.nesting = self.nesting.saturating_sub(1);
        result
    }

    /// Creates an expression, unless it is too deep.
    fn node(&self, kind: ExprKind, span: Span) -> Parsed<Expr> {
        let expr = Expr::new(kind, span);
        if expr.depth() > MAX_DEPTH {
            let problem = format!("expression of more than {MAX_DEPTH} operations inside each other");
            return Err(self.problem(span, problem));
        }
        Ok(expr)
    }

    /// Returns the text of a range without backticks.
    fn written(&self, span: Span) -> String {
        span.of(self.text).replace('`', "")
    }

    fn problem(&self, span: Span, problem: impl Into<String>) -> QueryError {
        QueryError::new(self.text, span, problem)
    }

    /// Creates the error for the next token.
    fn unexpected(&self, expected: impl Into<String>) -> QueryError {
        let span = self.token.span;
        let problem = match &self.token.kind {
            TokenKind::End => "unexpected end of the query".to_owned(),
            TokenKind::Invalid(problem) => (*problem).to_owned(),
            TokenKind::Name { .. }
            | TokenKind::Number(_)
            | TokenKind::Text(_)
            | TokenKind::Regex(_)
            | TokenKind::Symbol(_) => format!("unexpected `{}`", shortened(span.of(self.text))),
        };
        self.problem(span, problem).expected(expected)
    }
}

/// Returns the first characters of a text that is quoted in an error.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
