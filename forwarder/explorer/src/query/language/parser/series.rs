//! Rules for commands that complete or extend rows that are in order.

use super::{
    super::{
        expression::Name,
        lexer::{Symbol, TokenKind},
        period::{Period, PeriodUnit},
        tree::{AddTotals, AutoRegress, CommandKind, Fill, Outlier, OutlierAction, Sessionize},
    },
    Parsed, Parser,
};

/// Interquartile ranges from the quartiles beyond which a value is an outlier, if `param=` is missing.
const DEFAULT_OUTLIER_PARAM: f64 = 2.5;

/// Longest pause within a session, if `maxspan` is missing.
const DEFAULT_PAUSE: Period = Period { count: 30, unit: PeriodUnit::Minute };

/// Greatest distance in rows for `autoregress`.
const MAX_DISTANCE: u32 = 1000;

impl Parser<'_> {
    pub(super) fn add_totals(&mut self) -> Parsed<CommandKind> {
        let mut name = "Total".to_owned();
        let (mut has_row_total, mut column_total) = (true, false);
        loop {
            if self.eat_option("fieldname") {
                name = self.option_value("the name of the column of sums")?;
            } else if self.eat_option("row") {
                has_row_total = self.truth()?;
            } else if self.eat_option("col") {
                column_total = self.truth()?;
            } else {
                break;
            }
        }
        let fields = self.field_names()?;
        let row_total = has_row_total.then_some(name);
        Ok(CommandKind::AddTotals(AddTotals { fields, row_total, column_total }))
    }

    /// Takes names with commas or spaces between them, possibly none.
    fn field_names(&mut self) -> Parsed<Vec<Name>> {
        let mut names = Vec::new();
        while self.at_name() {
            names.push(self.name("a field")?);
            if self.eat(Symbol::Comma) && !self.at_name() {
                return Err(self.unexpected("a field"));
            }
        }
        Ok(names)
    }

    pub(super) fn fill_missing(&mut self) -> Parsed<CommandKind> {
        if !self.eat_keyword("with") {
            return Ok(CommandKind::FillMissing(Vec::new()));
        }
        let mut fills: Vec<Fill> = Vec::new();
        loop {
            let value = self.literal()?;
            let mut fields = Vec::new();
            if self.eat_keyword("for") {
                fields.push(self.name("a field")?);
            }
            fills.push(Fill { value, fields });
            while self.eat(Symbol::Comma) {
                let is_value = !self.at_name() || self.at_keyword("true") || self.at_keyword("false");
                if is_value {
                    break;
                }
                let name = self.name("a field")?;
                if let Some(fill) = fills.last_mut() {
                    fill.fields.push(name);
                }
            }
            if self.is_at_end() || self.at(Symbol::Pipe) {
                return Ok(CommandKind::FillMissing(fills));
            }
        }
    }

    pub(super) fn fill_down(&mut self) -> Parsed<CommandKind> {
        let mut names = Vec::new();
        loop {
            names.push(self.name_or_prefix()?);
            if !self.eat(Symbol::Comma) && !self.at_name() && !self.at(Symbol::Star) {
                return Ok(CommandKind::FillDown(names));
            }
        }
    }

    /// Takes a name, or the start of names and `*`.
    fn name_or_prefix(&mut self) -> Parsed<Name> {
        let start = self.token.span;
        if self.eat(Symbol::Star) {
            return Ok(Name { text: "*".to_owned(), span: start });
        }
        let mut name = self.name("a field, or the start of names and `*`")?;
        if self.at(Symbol::Star) && self.token.span.start == name.span.end {
            self.advance();
            name.text.push('*');
            name.span = self.span_from(start.start);
        }
        Ok(name)
    }

    pub(super) fn accum(&mut self) -> Parsed<CommandKind> {
        let field = self.field_column()?;
        let alias = self.alias()?;
        Ok(CommandKind::Accum { field, alias })
    }

    pub(super) fn auto_regress(&mut self) -> Parsed<CommandKind> {
        let field = self.name("a field")?;
        let (mut alias, mut from, mut to) = (self.alias()?, 1, 1);
        if self.eat_option("p") {
            from = self.distance()?;
            to = if self.eat(Symbol::Minus) { self.distance()? } else { from };
            if from == 0 || to < from {
                let span = self.span_from(field.span.start);
                let problem = format!("`p={from}-{to}` is no range of rows");
                return Err(self.problem(span, problem).expected("a range such as `p=1-4`"));
            }
        }
        if alias.is_none() {
            alias = self.alias()?;
        }
        Ok(CommandKind::AutoRegress(AutoRegress { field, alias, from, to }))
    }

    fn distance(&mut self) -> Parsed<u32> {
        let expected = "a number of rows from 1 to 1000";
        let TokenKind::Number(digits) = &self.token.kind else {
            return Err(self.unexpected(expected));
        };
        let number = digits.parse().ok().filter(|number: &u32| (1..=MAX_DISTANCE).contains(number));
        let number = number.ok_or_else(|| self.unexpected(expected))?;
        self.advance();
        Ok(number)
    }

    pub(super) fn outlier(&mut self) -> Parsed<CommandKind> {
        let (action, param) = (OutlierAction::Transform, DEFAULT_OUTLIER_PARAM);
        let mut outlier = Outlier { action, param, fields: Vec::new(), uses_lower: false, marks: false };
        loop {
            if self.eat_option("action") {
                outlier.action = self.outlier_action()?;
            } else if self.eat_option("param") {
                outlier.param = self.positive_number()?;
            } else if self.eat_option("uselower") {
                outlier.uses_lower = self.truth()?;
            } else if self.eat_option("mark") {
                outlier.marks = self.truth()?;
            } else if !outlier.fields.is_empty() || !self.at_name() {
                break;
            } else {
                outlier.fields = self.outlier_fields()?;
            }
        }
        if outlier.fields.is_empty() {
            return Err(self.unexpected("a field"));
        }
        Ok(CommandKind::Outlier(outlier))
    }

    /// Takes fields up to the next option.
    fn outlier_fields(&mut self) -> Parsed<Vec<Name>> {
        let mut names = Vec::new();
        while self.at_name() && self.following() != TokenKind::Symbol(Symbol::Equal) {
            names.push(self.name("a field")?);
            self.eat(Symbol::Comma);
        }
        if names.is_empty() { Err(self.unexpected("a field or an option")) } else { Ok(names) }
    }

    fn outlier_action(&mut self) -> Parsed<OutlierAction> {
        if self.eat_keyword("remove") || self.eat_keyword("rm") {
            return Ok(OutlierAction::Remove);
        }
        if self.eat_keyword("transform") || self.eat_keyword("tf") {
            return Ok(OutlierAction::Transform);
        }
        Err(self.unexpected("`remove` or `transform`"))
    }

    fn positive_number(&mut self) -> Parsed<f64> {
        let number = match &self.token.kind {
            TokenKind::Number(digits) => digits.parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        };
        let number = number.ok_or_else(|| self.unexpected("a number"))?;
        self.advance();
        Ok(number)
    }

    pub(super) fn sessionize(&mut self) -> Parsed<CommandKind> {
        let fields = self.names("a field")?;
        let mut max_pause = DEFAULT_PAUSE;
        if self.eat_option("maxspan") || self.eat_keyword("maxspan") {
            max_pause = self.period()?;
        }
        let name = self.alias()?.map_or_else(|| "session_id".to_owned(), |alias| alias.text);
        Ok(CommandKind::Sessionize(Sessionize { fields, max_pause, name }))
    }
}
