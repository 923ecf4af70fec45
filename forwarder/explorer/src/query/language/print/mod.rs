//! Printed form of a query: one command a line, in the language itself, so that it can be run again.

use std::fmt::{Display, Formatter, Result};

use super::{
    expression::{ArithmeticOp, Call, CompareOp, Expr, ExprKind, LikePattern, Name, Negation},
    function::{Aggregate, Function},
    regex_literal::RegexLiteral,
    tree::{
        Column, Command, CommandKind, DiffRange, Direction, Fill, JoinKind, LimitChoice, Lookup,
        LookupOutput, Matches, OutlierAction, Parse, ParseForm, Query, Source,
    },
};

mod expression;

use self::expression::{Alias, List, NameText, Quoted, Wildcard};

impl Display for Query {
    /// Writes sources, search and commands, each on a line of its own.
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let mut lead = "";
        for source in &self.sources {
            write!(f, "{lead}SOURCE {source}")?;
            lead = "\n| ";
        }
        if let Some(ExprKind::Like { pattern, .. }) = self.search.as_ref().map(|search| &search.kind) {
            write!(f, "{lead}{pattern}")?;
            lead = "\n| ";
        }
        for command in &self.commands {
            write!(f, "{lead}{command}")?;
            lead = "\n| ";
        }
        Ok(())
    }
}

impl Display for Source {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Group(name) => Quoted(name).fmt(f),
            Self::Groups { name_prefixes, accounts, classes } => {
                let conditions =
                    [("namePrefix", name_prefixes), ("accountIdentifier", accounts), ("class", classes)];
                let conditions = conditions.into_iter().filter(|(_, values)| !values.is_empty());
                let written = conditions.map(|(name, values)| {
                    let values: Vec<_> = values.iter().map(|value| Quoted(value)).collect();
                    format!("{name}: [{}]", List(&values))
                });
                write!(f, "logGroups({})", List(&written.collect::<Vec<_>>()))
            }
        }
    }
}

impl Display for Column {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}{}", self.expr, Alias(self.alias.as_ref()))
    }
}

impl Display for Command {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.kind.fmt(f)
    }
}

impl Display for CommandKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Fields(columns) => write!(f, "fields {}", List(columns)),
            Self::Display(columns) => write!(f, "display {}", List(columns)),
            Self::Filter(condition) => write!(f, "filter {condition}"),
            Self::FilterIndex(condition) => write!(f, "filterIndex {condition}"),
            Self::Stats(stats) => {
                write!(f, "stats {}", List(&stats.columns))?;
                if !stats.by.is_empty() {
                    write!(f, " by {}", List(&stats.by))?;
                }
                stats.offset.map_or(Ok(()), |offset| write!(f, " offset {offset}"))
            }
            Self::Sort(keys) => {
                let direction = |direction| match direction {
                    Direction::Ascending => "asc",
                    Direction::Descending => "desc",
                };
                let keys = keys.iter().map(|key| format!("{} {}", key.column, direction(key.direction)));
                write!(f, "sort {}", List(&keys.collect::<Vec<_>>()))
            }
            Self::Limit(limit) => {
                let any = if limit.choice == LimitChoice::Any { "any " } else { "" };
                write!(f, "limit {any}{}", limit.count)
            }
            Self::Tail(count) => write!(f, "tail {count}"),
            Self::Dedup(fields) => write!(f, "dedup {}", List(fields)),
            Self::Parse(parse) => parse.fmt(f),
            Self::Unnest { list, into } => write!(f, "unnest {list} into {into}"),
            Self::Expand(field) => write!(f, "expand {field}"),
            Self::Pattern(text) => write!(f, "pattern {text}"),
            Self::Diff(range) => write!(f, "diff{}", range_suffix(*range)),
            Self::CountFrequent(fields) => write!(f, "countFrequent {}", List(fields)),
            _ => self.fmt_more(f),
        }
    }
}

fn range_suffix(range: DiffRange) -> &'static str {
    match range {
        DiffRange::Previous => "",
        DiffRange::PreviousDay => " previousDay",
        DiffRange::PreviousWeek => " previousWeek",
        DiffRange::PreviousMonth => " previousMonth",
    }
}

impl CommandKind {
    /// Writes the commands that combine data or complete rows.
    fn fmt_more(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Join(join) => {
                let kind = if join.kind == JoinKind::Left { "left" } else { "inner" };
                let (left, right) = (&join.left, &join.right);
                write!(f, "join type={kind} left={left} right={right} where ")?;
                let key = |prefix: &Name, key: &str| format!("{}.{key}", prefix.text);
                let keys = (key(left, &join.left_key), key(right, &join.right_key));
                write!(f, "{}={} ({})", NameText(&keys.0), NameText(&keys.1), join.query)
            }
            Self::Lookup(lookup) => lookup.fmt_as("lookup", f),
            Self::CidrLookup(lookup) => lookup.fmt_as("cidrlookup", f),
            Self::AddTotals(totals) => {
                match &totals.row_total {
                    Some(name) => write!(f, "addtotals fieldname={}", Quoted(name))?,
                    None => write!(f, "addtotals row=false")?,
                }
                write!(f, " col={}", totals.column_total)?;
                fmt_names(" ", &totals.fields, f)
            }
            Self::FillMissing(fills) => fmt_fills(fills, f),
            Self::FillDown(names) => {
                write!(f, "filldown {}", List(&names.iter().map(Wildcard).collect::<Vec<_>>()))
            }
            Self::Accum { field, alias } => write!(f, "accum {field}{}", Alias(alias.as_ref())),
            Self::AutoRegress(auto) => {
                write!(f, "autoregress {}{}", auto.field, Alias(auto.alias.as_ref()))?;
                write!(f, " p={}-{}", auto.from, auto.to)
            }
            Self::Outlier(outlier) => {
                let action = if outlier.action == OutlierAction::Remove { "remove" } else { "transform" };
                write!(f, "outlier action={action} param={}", outlier.param)?;
                write!(f, " uselower={} mark={}", outlier.uses_lower, outlier.marks)?;
                outlier.fields.iter().try_for_each(|field| write!(f, " {field}"))
            }
            Self::Sessionize(session) => {
                fmt_names("sessionize ", &session.fields, f)?;
                write!(f, " maxspan {} as {}", session.max_pause, NameText(&session.name))
            }
            Self::AppendCols(append) => {
                let (overrides, max) = (append.overrides, append.max);
                write!(f, "appendcols override={overrides} max={max} ({})", append.query)
            }
            Self::LogCompare { timeshift } => write!(f, "logcompare timeshift {timeshift}"),
            _ => Ok(()),
        }
    }
}

fn fmt_names(lead: &str, names: &[Name], f: &mut Formatter<'_>) -> Result {
    if names.is_empty() { Ok(()) } else { write!(f, "{lead}{}", List(names)) }
}

fn fmt_fills(fills: &[Fill], f: &mut Formatter<'_>) -> Result {
    let mut lead = " with";
    write!(f, "fillmissing")?;
    for fill in fills {
        write!(f, "{lead} {}", fill.value)?;
        fmt_names(" for ", &fill.fields, f)?;
        lead = ",";
    }
    Ok(())
}

impl Lookup {
    fn fmt_as(&self, command: &str, f: &mut Formatter<'_>) -> Result {
        let keys = self.keys.iter().map(|key| match (&key.column, command) {
            (Some(column), "lookup") => format!("{} as {}", NameText(column), NameText(&key.field)),
            (Some(column), _) => format!("{} as {}", NameText(&key.field), NameText(column)),
            (None, _) => NameText(&key.field).to_string(),
        });
        let keys: Vec<String> = keys.collect();
        let output = if self.output == LookupOutput::Keep { "OUTPUTNEW" } else { "OUTPUT" };
        let columns = self.columns.iter();
        let columns =
            columns.map(|column| format!("{} as {}", NameText(&column.column), NameText(&column.name)));
        let columns: Vec<String> = columns.collect();
        write!(f, "{command} {} {} {output} {}", Quoted(&self.table), List(&keys), List(&columns))
    }
}

impl Display for Parse {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let input = self.input.as_ref();
        if let ParseForm::Json(paths) = &self.form {
            f.write_str("json")?;
            input.map_or(Ok(()), |input| write!(f, " field={input}"))?;
            let paths = paths.iter().map(|path| format!("{} as {}", Quoted(&path.path), path.name));
            return write!(f, " {}", List(&paths.collect::<Vec<_>>()));
        }
        f.write_str("parse")?;
        input.map_or(Ok(()), |input| write!(f, " {input}"))?;
        match &self.form {
            ParseForm::Glob { literals, names } => {
                write!(f, " {} as {}", Quoted(&literals.join("*")), List(names))
            }
            ParseForm::Regex { regex, matches, .. } => {
                let multi = if *matches == Matches::All { " multi" } else { "" };
                write!(f, " {regex}{multi}")
            }
            ParseForm::Logfmt { alias } => write!(f, " logfmt as {alias}"),
            ParseForm::Csv { names } => write!(f, " csv as {}", List(names)),
            ParseForm::Json(_) => Ok(()),
        }
    }
}
