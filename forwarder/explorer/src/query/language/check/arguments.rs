//! Rules for the arguments of functions: periods, patterns and numbers stand only where they mean something.

use super::{
    super::{
        error::QueryError,
        expression::{Call, Expr, ExprKind},
        function::{Aggregate, Function},
        period::PeriodLength,
    },
    Checked, Checker,
};

impl Checker<'_> {
    pub(super) fn call_arguments(&self, call: &Call<Function>) -> Checked {
        let argument = |at: usize| call.arguments.get(at);
        match call.function {
            Function::Bin => self.period(argument(0)),
            Function::DateFloor | Function::DateCeil => self.period(argument(1)),
            _ => Ok(()),
        }
    }

    pub(super) fn aggregate_arguments(&self, call: &Call<Aggregate>) -> Checked {
        let argument = |at: usize| call.arguments.get(at);
        match call.function {
            Aggregate::Percentile => {
                let is_percent = |number| (0.0..=100.0).contains(&number);
                self.number(argument(1), is_percent, "a percentage from 0 to 100")
            }
            Aggregate::TopK => {
                let is_count = |number: f64| number >= 1.0 && number.fract() == 0.0;
                self.number(argument(0), is_count, "a number of values, from 1")
            }
            Aggregate::Histogram => self.number(argument(1), |number| number > 0.0, "a width greater than 0"),
            Aggregate::Rate => argument(1).map_or(Ok(()), |period| self.fixed_period(period)),
            Aggregate::CountOverTime | Aggregate::SumOverTime => {
                argument(1).map_or(Ok(()), |period| self.period(Some(period)))
            }
            _ => Ok(()),
        }
    }

    /// Checks that a period or pattern is an argument that takes one.
    pub(super) fn misplaced(&self, expr: &Expr) -> Checked {
        for (at, child) in expr.kind.children().enumerate() {
            match child.kind {
                ExprKind::Period(_) if !takes_period(&expr.kind, at) => {
                    return Err(self.stray_period(child));
                }
                ExprKind::Regex(_) if !takes_regex(&expr.kind, at) => return Err(self.stray_regex(child)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Checks that an expression that is no operand of another is neither a period nor a pattern.
    pub(super) fn stands_alone(&self, expr: &Expr) -> Checked {
        match expr.kind {
            ExprKind::Period(_) => Err(self.stray_period(expr)),
            ExprKind::Regex(_) => Err(self.stray_regex(expr)),
            _ => Ok(()),
        }
    }

    fn stray_period(&self, expr: &Expr) -> QueryError {
        let error = self.error(expr.span, "a period may only stand in `bin`, `datefloor` and the like");
        error.expected("a value; a field with such a name is written in backticks")
    }

    fn stray_regex(&self, expr: &Expr) -> QueryError {
        let error = self.error(expr.span, "a regular expression may not stand here");
        error.expected("`like /…/`, `=~ /…/` or `regexReplace(field, /…/, \"…\")`")
    }

    fn period(&self, argument: Option<&Expr>) -> Checked {
        match argument {
            Some(Expr { kind: ExprKind::Period(_), .. }) | None => Ok(()),
            Some(other) => {
                Err(self.error(other.span, "not a period").expected("a number with a unit, for example `5m`"))
            }
        }
    }

    fn fixed_period(&self, argument: &Expr) -> Checked {
        self.period(Some(argument))?;
        let is_fixed = matches!(argument.kind, ExprKind::Period(period)
            if matches!(period.length(), PeriodLength::Millis(_)));
        self.require(is_fixed, argument.span, "a rate needs a period of weeks or less")
    }

    fn number(&self, argument: Option<&Expr>, is_right: impl Fn(f64) -> bool, expected: &str) -> Checked {
        let Some(argument) = argument else { return Ok(()) };
        #[expect(
            clippy::as_conversions,
            clippy::cast_precision_loss,
            reason = "only compared with small limits"
        )]
        let number = match argument.kind {
            ExprKind::Integer(number) => Some(number as f64),
            ExprKind::Float(number) => Some(number),
            _ => None,
        };
        if number.is_some_and(is_right) {
            return Ok(());
        }
        Err(self.error(argument.span, "wrong argument").expected(expected))
    }
}

fn takes_period(kind: &ExprKind, at: usize) -> bool {
    match kind {
        ExprKind::Call(call) => match call.function {
            Function::Bin => at == 0,
            Function::DateFloor | Function::DateCeil => at == 1,
            _ => false,
        },
        ExprKind::Aggregate(call) => match call.function {
            Aggregate::Rate => at <= 1,
            Aggregate::CountOverTime | Aggregate::SumOverTime => at == 1,
            _ => false,
        },
        _ => false,
    }
}

fn takes_regex(kind: &ExprKind, at: usize) -> bool {
    matches!(kind, ExprKind::Call(call) if call.function == Function::RegexReplace && at == 1)
}
