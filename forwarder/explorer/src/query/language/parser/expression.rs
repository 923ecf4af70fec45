//! Rules for expressions, from the loosest operator to the tightest.

use super::{
    super::{
        expression::{ArithmeticOp, Call, CompareOp, Expr, ExprKind, LikePattern, Negation},
        function::{Aggregate, Arity, Function},
        lexer::{self, Quoting, Symbol, TokenKind},
        regex_literal::RegexLiteral,
        span::Span,
        suggest,
    },
    Parsed, Parser, RESERVED,
};

const EXPRESSION: &str = "a field, a value or a function";

impl Parser<'_> {
    /// Parses an expression: operands of `or`.
    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        self.nested(|parser| parser.chain("or", Self::conjunction, ExprKind::Or))
    }

    fn conjunction(&mut self) -> Parsed<Expr> {
        self.chain("and", Self::negation, ExprKind::And)
    }

    fn chain(
        &mut self,
        keyword: &str,
        operand: fn(&mut Self) -> Parsed<Expr>,
        kind: fn(Vec<Expr>) -> ExprKind,
    ) -> Parsed<Expr> {
        let first = operand(self)?;
        if !self.at_keyword(keyword) {
            return Ok(first);
        }
        let start = first.span;
        let mut operands = vec![first];
        while self.eat_keyword(keyword) {
            operands.push(operand(self)?);
        }
        self.node(kind(operands), self.span_from(start.start))
    }

    fn negation(&mut self) -> Parsed<Expr> {
        let start = self.token.span.start;
        if !self.eat_keyword("not") {
            return self.comparison();
        }
        let operand = self.nested(Self::negation)?;
        self.node(ExprKind::Not(Box::new(operand)), self.span_from(start))
    }

    fn comparison(&mut self) -> Parsed<Expr> {
        let left = self.sum()?;
        if let Some(op) = self.compare_op() {
            self.advance();
            let right = self.sum()?;
            let span = left.span.to(right.span);
            return self.node(ExprKind::Compare(op, Box::new(left), Box::new(right)), span);
        }
        if self.eat(Symbol::Match) {
            return self.like(left, Negation::Absent);
        }
        let negation = if self.eat_keyword("not") { Negation::Present } else { Negation::Absent };
        if self.eat_keyword("like") {
            return self.like(left, negation);
        }
        if self.eat_keyword("in") {
            return self.membership(left, negation);
        }
        match negation {
            Negation::Absent => Ok(left),
            Negation::Present => Err(self.unexpected("`like` or `in`")),
        }
    }

    fn compare_op(&self) -> Option<CompareOp> {
        let TokenKind::Symbol(symbol) = self.token.kind else { return None };
        const OPS: &[(Symbol, CompareOp)] = &[
            (Symbol::Equal, CompareOp::Equal),
            (Symbol::EqualEqual, CompareOp::Equal),
            (Symbol::NotEqual, CompareOp::NotEqual),
            (Symbol::Less, CompareOp::Less),
            (Symbol::LessOrEqual, CompareOp::LessOrEqual),
            (Symbol::Greater, CompareOp::Greater),
            (Symbol::GreaterOrEqual, CompareOp::GreaterOrEqual),
        ];
        OPS.iter().find(|(known, _)| *known == symbol).map(|(_, op)| *op)
    }

    /// Parses the pattern after `like` or `=~`.
    fn like(&mut self, value: Expr, negation: Negation) -> Parsed<Expr> {
        let pattern = match &self.token.kind {
            TokenKind::Symbol(Symbol::Slash) => LikePattern::Regex(self.regex()?),
            _ => {
                let pattern = self.sum()?;
                match pattern.kind {
                    ExprKind::Text(text) => LikePattern::Text(text),
                    _ => LikePattern::Expr(Box::new(pattern)),
                }
            }
        };
        let span = self.span_from(value.span.start);
        self.node(ExprKind::Like { value: Box::new(value), pattern, negation }, span)
    }

    /// Parses the list or query after `in`.
    fn membership(&mut self, value: Expr, negation: Negation) -> Parsed<Expr> {
        let start = value.span.start;
        let value = Box::new(value);
        let is_list = self.eat(Symbol::OpenList);
        if !is_list {
            if !self.eat(Symbol::Open) {
                return Err(self.unexpected("a list `[…]` or a query `(SOURCE …)`"));
            }
            if self.at_keyword("source") {
                let query = Box::new(self.nested(Self::query)?);
                self.expect(Symbol::Close)?;
                return self.node(ExprKind::InQuery { value, query, negation }, self.span_from(start));
            }
        }
        let close = if is_list { Symbol::CloseList } else { Symbol::Close };
        let list = if self.at(close) { Vec::new() } else { self.list(Self::expression)? };
        if !self.eat(close) {
            return Err(self.unexpected(format!("`,` or `{}`", close.text())));
        }
        self.node(ExprKind::In { value, list, negation }, self.span_from(start))
    }

    fn sum(&mut self) -> Parsed<Expr> {
        let ops = &[(Symbol::Plus, ArithmeticOp::Add), (Symbol::Minus, ArithmeticOp::Subtract)];
        self.arithmetic(ops, Self::product)
    }

    fn product(&mut self) -> Parsed<Expr> {
        let ops = &[
            (Symbol::Star, ArithmeticOp::Multiply),
            (Symbol::Slash, ArithmeticOp::Divide),
            (Symbol::Percent, ArithmeticOp::Remainder),
        ];
        self.arithmetic(ops, Self::unary)
    }

    fn arithmetic(
        &mut self,
        ops: &[(Symbol, ArithmeticOp)],
        operand: fn(&mut Self) -> Parsed<Expr>,
    ) -> Parsed<Expr> {
        let mut left = operand(self)?;
        while let Some((_, op)) = ops.iter().find(|(symbol, _)| self.at(*symbol)) {
            self.advance();
            let right = operand(self)?;
            let span = left.span.to(right.span);
            left = self.node(ExprKind::Arithmetic(*op, Box::new(left), Box::new(right)), span)?;
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed<Expr> {
        let start = self.token.span.start;
        if self.eat(Symbol::Not) {
            let operand = self.nested(Self::unary)?;
            return self.node(ExprKind::Not(Box::new(operand)), self.span_from(start));
        }
        if self.eat(Symbol::Plus) {
            return self.nested(Self::unary);
        }
        if !self.eat(Symbol::Minus) {
            return self.power();
        }
        let operand = self.nested(Self::unary)?;
        let kind = match operand.kind {
            ExprKind::Integer(number) if number > i64::MIN => ExprKind::Integer(-number),
            ExprKind::Float(number) => ExprKind::Float(-number),
            _ => ExprKind::Negate(Box::new(operand)),
        };
        self.node(kind, self.span_from(start))
    }

    /// Parses a power. Its right side may have a sign, and is a power itself: `2 ^ -1`, `2 ^ 3 ^ 2`.
    fn power(&mut self) -> Parsed<Expr> {
        let base = self.postfix()?;
        if !self.eat(Symbol::Power) {
            return Ok(base);
        }
        let exponent = self.nested(Self::unary)?;
        let span = base.span.to(exponent.span);
        self.node(ExprKind::Arithmetic(ArithmeticOp::Power, Box::new(base), Box::new(exponent)), span)
    }

    /// Parses an operand with `[0]` and `.key` after it.
    pub(super) fn postfix(&mut self) -> Parsed<Expr> {
        let mut base = self.operand()?;
        loop {
            let start = base.span.start;
            if self.eat(Symbol::OpenList) {
                let kind = self.element(base)?;
                base = self.node(kind, self.span_from(start))?;
            } else if self.eat(Symbol::Dot) {
                let key = self.name("the name of a key")?;
                for key in key.text.split('.') {
                    base =
                        self.node(ExprKind::Member(Box::new(base), key.to_owned()), self.span_from(start))?;
                }
            } else {
                return Ok(base);
            }
        }
    }

    /// Parses an index or a key in brackets.
    fn element(&mut self, base: Expr) -> Parsed<ExprKind> {
        let base = Box::new(base);
        let kind = if let TokenKind::Text(key) = &self.token.kind {
            let key = key.clone();
            self.advance();
            ExprKind::Member(base, key)
        } else {
            let is_negative = self.eat(Symbol::Minus);
            let index = self.count("an index, for example `[0]`")?;
            let index = i64::try_from(index).unwrap_or(i64::MAX);
            ExprKind::Index(base, if is_negative { -index } else { index })
        };
        self.expect(Symbol::CloseList)?;
        Ok(kind)
    }

    fn operand(&mut self) -> Parsed<Expr> {
        let span = self.token.span;
        if let Some(period) = self.eat_period()? {
            return self.node(ExprKind::Period(period), self.span_from(span.start));
        }
        let kind = match &self.token.kind {
            TokenKind::Text(text) => ExprKind::Text(text.clone()),
            TokenKind::Number(digits) => self.number(digits)?,
            TokenKind::Name { .. } => return self.field_or_call(),
            TokenKind::Symbol(Symbol::Slash) => {
                let regex = self.regex()?;
                return self.node(ExprKind::Regex(regex), self.span_from(span.start));
            }
            TokenKind::Symbol(Symbol::Open) => return self.brackets(),
            TokenKind::Symbol(Symbol::Dot) => {
                let fraction = lexer::fraction_at(self.text, span.start);
                self.token = fraction.ok_or_else(|| self.unexpected(EXPRESSION))?;
                return self.operand();
            }
            TokenKind::Symbol(_) | TokenKind::Regex(_) | TokenKind::Invalid(_) | TokenKind::End => {
                return Err(self.unexpected(EXPRESSION));
            }
        };
        self.advance();
        self.node(kind, span)
    }

    fn brackets(&mut self) -> Parsed<Expr> {
        self.advance();
        let inner = self.expression()?;
        if !self.eat(Symbol::Close) {
            return Err(self.unexpected("an operator or `)`"));
        }
        Ok(inner)
    }

    fn number(&self, digits: &str) -> Parsed<ExprKind> {
        if let Ok(number) = digits.parse() {
            return Ok(ExprKind::Integer(number));
        }
        let number = digits.parse().ok().filter(|number: &f64| number.is_finite());
        let too_great = || self.problem(self.token.span, "number beyond the range of a double");
        number.map(ExprKind::Float).ok_or_else(too_great)
    }

    fn field_or_call(&mut self) -> Parsed<Expr> {
        let span = self.token.span;
        if let Some(plain) = self.plain_name().map(str::to_owned) {
            if RESERVED.iter().any(|word| plain.eq_ignore_ascii_case(word)) {
                return Err(self.unexpected(EXPRESSION));
            }
            if self.following() == TokenKind::Symbol(Symbol::Open) {
                return self.call(&plain);
            }
            for (word, truth) in [("true", true), ("false", false)] {
                if plain.eq_ignore_ascii_case(word) {
                    self.advance();
                    return self.node(ExprKind::Boolean(truth), span);
                }
            }
        }
        let name = self.name(EXPRESSION)?;
        self.node(ExprKind::Field(name.text), span)
    }

    fn call(&mut self, name: &str) -> Parsed<Expr> {
        let span = self.token.span;
        let (function, aggregate) = (Function::from_name(name), Aggregate::from_name(name));
        let arity = match (function, aggregate) {
            (Some(function), _) => function.arity(),
            (None, Some(aggregate)) => aggregate.arity(),
            (None, None) => {
                let known = Function::names().chain(Aggregate::names());
                let problem = format!("unknown function `{name}`");
                return Err(self.problem(span, problem).suggested(suggest::nearest(name, known)));
            }
        };
        self.advance();
        let mut arguments = self.arguments(aggregate == Some(Aggregate::Count))?;
        let span = self.span_from(span.start);
        self.check_arity(name, arity, arguments.len(), span)?;
        if function == Some(Function::RegexReplace) {
            self.compile_pattern(arguments.get_mut(1))?;
        }
        let written = self.written(span);
        let kind = match (function, aggregate) {
            (Some(function), _) => ExprKind::Call(Call { function, arguments, written }),
            (None, Some(function)) => ExprKind::Aggregate(Call { function, arguments, written }),
            (None, None) => return Err(self.problem(span, format!("unknown function `{name}`"))),
        };
        self.node(kind, span)
    }

    /// Turns the pattern of `regexReplace` that was written as text into a regular expression.
    fn compile_pattern(&self, argument: Option<&mut Expr>) -> Parsed<()> {
        let Some(argument) = argument else { return Ok(()) };
        match &argument.kind {
            ExprKind::Text(source) => {
                let compiled = RegexLiteral::new(source);
                let regex = compiled.map_err(|problem| self.problem(argument.span, problem))?;
                argument.kind = ExprKind::Regex(regex);
                Ok(())
            }
            ExprKind::Regex(_) => Ok(()),
            _ => {
                let problem = "`regexReplace` takes a constant pattern";
                Err(self.problem(argument.span, problem).expected("`\"…\"` or `/…/`"))
            }
        }
    }

    /// Parses arguments in brackets; `(*)` counts as none where it is allowed.
    fn arguments(&mut self, takes_star: bool) -> Parsed<Vec<Expr>> {
        self.expect(Symbol::Open)?;
        if takes_star && self.at(Symbol::Star) {
            self.advance();
            self.expect(Symbol::Close)?;
            return Ok(Vec::new());
        }
        if self.eat(Symbol::Close) {
            return Ok(Vec::new());
        }
        let arguments = self.list(Self::expression)?;
        if !self.eat(Symbol::Close) {
            return Err(self.unexpected("`,`, an operator or `)`"));
        }
        Ok(arguments)
    }

    fn check_arity(&self, name: &str, arity: Arity, count: usize, span: Span) -> Parsed<()> {
        let Arity { least, most } = arity;
        if (least..=most).contains(&count) {
            return Ok(());
        }
        let wanted = match (least, most) {
            (1, 1) => "1 argument".to_owned(),
            (least, most) if least == most => format!("{least} arguments"),
            (least, usize::MAX) => format!("at least {least} arguments"),
            (least, most) => format!("{least} to {most} arguments"),
        };
        Err(self.problem(span, format!("`{name}` takes {wanted}, not {count}")))
    }

    /// Reads a regular expression at the slash that comes next.
    pub(super) fn regex(&mut self) -> Parsed<RegexLiteral> {
        self.token = lexer::regex_at(self.text, self.token.span.start);
        let TokenKind::Regex(source) = &self.token.kind else {
            return Err(self.unexpected("`/` at the end of the regular expression"));
        };
        let compiled = RegexLiteral::new(source);
        let regex = compiled.map_err(|problem| self.problem(self.token.span, problem))?;
        self.advance();
        Ok(regex)
    }

    /// Returns true if the next token is a name in backticks or without.
    pub(super) fn at_name(&self) -> bool {
        match &self.token.kind {
            TokenKind::Name { quoting: Quoting::Quoted, .. } => true,
            TokenKind::Name { text, .. } => !RESERVED.iter().any(|word| text.eq_ignore_ascii_case(word)),
            _ => false,
        }
    }
}
