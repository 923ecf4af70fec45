//! Commands that pass over rows in their order.

use super::{compile::RunInner, error::PlanError};
use crate::query::{
    language::{
        expression::{ExprKind, Name},
        period::{Period, PeriodLength},
        span::Span,
        tree::{AddTotals, AppendCols, CommandKind, Fill, Outlier, OutlierAction, Sessionize},
    },
    result::Table,
    value::Value,
};

/// Pass over ordered rows. Columns are numbers of the rows' values; new ones follow those of the rows.
#[derive(Clone, Debug)]
pub(in crate::query) enum Series {
    /// Keeps the last rows.
    Tail(usize),
    /// Adds a column of sums, a row of sums, or both.
    AddTotals { fields: Fields, has_column: bool, has_row: bool },
    /// Adds rows for the time bins between the first and the last that have none.
    FillMissing { time: usize, period: Period, keys: Vec<usize>, fills: Vec<FillValue> },
    /// Fills missing values with the last one before.
    FillDown(Vec<usize>),
    /// Running sum. It replaces the field, or is a new column.
    Accum { field: usize, is_new: bool },
    /// Values of earlier rows as new columns, one for each distance.
    AutoRegress { field: usize, from: usize, to: usize },
    /// Drops or limits values far from the others.
    Outlier { fields: Vec<usize>, is_dropped: bool, param: f64, uses_lower: bool, marks: bool },
    /// Number of the session as a new column.
    Sessionize { fields: Vec<usize>, time: Option<usize>, max_pause: i64 },
    /// Counts the combinations of values; its rows replace the others.
    CountFrequent { fields: Vec<usize> },
    /// Adds the columns of another result, row by row: each to a new column, or in place of one of the rows'.
    AppendCols { table: Table, places: Vec<Option<usize>> },
    /// Adds to each row the values that its group had in an earlier range, and the differences. Groups that only the earlier
    /// range has become rows.
    LogCompare {
        /// Groups of the earlier range.
        table: Table,
        /// Columns of the keys: of the rows, and of the table.
        keys: Vec<(usize, usize)>,
        /// Column of the rows with the time bin, if there is one.
        time: Option<usize>,
        /// By how many milliseconds the range is earlier.
        shift: i64,
        /// Columns of the other values: of the rows, and of the table.
        values: Vec<(usize, usize)>,
    },
}

/// Result of a `stats` over an earlier range.
pub(super) struct Comparison {
    pub(super) table: Table,
    /// Names of the keys.
    pub(super) keys: Vec<String>,
    /// Name of the time bin among them.
    pub(super) time: Option<String>,
    pub(super) shift: i64,
}

/// Builds the pass of `logcompare` over rows with the columns `names`.
pub(super) fn log_compare(comparison: Comparison, names: &[String]) -> Built {
    let Comparison { table, keys, time, shift } = comparison;
    let place = |name: &String| {
        let ours = names.iter().position(|known| known == name)?;
        Some((ours, table.columns.iter().position(|known| known == name)?))
    };
    let time = time.and_then(|time| names.iter().position(|known| *known == time));
    let mut added = Vec::new();
    let mut values = Vec::new();
    for name in table.columns.iter().filter(|name| !keys.contains(name)) {
        if let Some(place) = place(name) {
            values.push(place);
            added.extend([format!("{name}_previous"), format!("{name}_difference")]);
        }
    }
    let keys = keys.iter().filter_map(place).collect();
    Ok((Series::LogCompare { table, keys, time, shift, values }, added))
}

/// Columns that a command works on.
#[derive(Clone, Debug)]
pub(in crate::query) enum Fields {
    /// Columns with these indices.
    Listed(Vec<usize>),
    /// Columns with these indices, as far as their values are numbers.
    Numeric(Vec<usize>),
}

/// Value for the fields of an added row.
#[derive(Clone, Debug)]
pub(in crate::query) struct FillValue {
    pub(in crate::query) value: Value<'static>,
    /// Columns that receive it; all others than the keys if empty.
    pub(in crate::query) columns: Vec<usize>,
}

/// Keys of a `stats` by time bins.
#[derive(Clone, Debug)]
pub(super) struct TimeBins {
    /// Name of the column with the time bin.
    pub(super) time: String,
    pub(super) period: Period,
    /// Names of all keys.
    pub(super) keys: Vec<String>,
}

type Built = Result<(Series, Vec<String>), PlanError>;

/// Columns of the rows that a command passes over.
struct Columns<'n> {
    names: &'n [String],
    shown: &'n [String],
    span: Span,
}

impl Series {
    /// Builds the pass of a command over rows with the columns `names`, of which `shown` are those of the result so far.
    /// Returns also the names of the columns that it adds.
    pub(super) fn build(
        command: &CommandKind,
        names: &[String],
        shown: &[String],
        bins: Option<&TimeBins>,
        run_inner: &mut RunInner<'_>,
        span: Span,
    ) -> Built {
        let columns = Columns { names, shown, span };
        match command {
            CommandKind::Tail(count) => {
                Ok((Self::Tail(usize::try_from(*count).unwrap_or(usize::MAX)), Vec::new()))
            }
            CommandKind::AddTotals(totals) => columns.add_totals(totals),
            CommandKind::FillMissing(fills) => columns.fill_missing(fills, bins),
            CommandKind::FillDown(names) => {
                let mut found = Vec::new();
                for name in names {
                    found.extend(columns.matching(name)?);
                }
                Ok((Self::FillDown(found), Vec::new()))
            }
            CommandKind::Accum { field, alias } => {
                let index = columns.index(&field.name)?;
                let added: Vec<_> = alias.iter().map(|alias| alias.text.clone()).collect();
                Ok((Self::Accum { field: index, is_new: alias.is_some() }, added))
            }
            CommandKind::AutoRegress(regress) => {
                let field = columns.index(&regress.field.text)?;
                let name = |distance: u32| match &regress.alias {
                    Some(alias) if regress.from == regress.to => alias.text.clone(),
                    Some(_) | None => format!("{}_p{distance}", regress.field.text),
                };
                let added = (regress.from..=regress.to).map(name).collect();
                let distance = |distance| usize::try_from(distance).unwrap_or(usize::MAX);
                Ok((
                    Self::AutoRegress { field, from: distance(regress.from), to: distance(regress.to) },
                    added,
                ))
            }
            CommandKind::Outlier(outlier) => columns.outlier(outlier),
            CommandKind::Sessionize(sessionize) => columns.sessionize(sessionize),
            CommandKind::CountFrequent(fields) => {
                let indexes = fields.iter().map(|field| columns.index(&field.name));
                let indexes = indexes.collect::<Result<Vec<_>, _>>()?;
                let mut added: Vec<_> = fields.iter().map(|field| field.name.clone()).collect();
                added.push("_approxcount".to_owned());
                Ok((Self::CountFrequent { fields: indexes }, added))
            }
            CommandKind::AppendCols(append) => columns.append(append, run_inner),
            _ => Err(PlanError::new(span, "the command is not supported here")),
        }
    }
}

impl Columns<'_> {
    fn index(&self, name: &str) -> Result<usize, PlanError> {
        let index = self.names.iter().position(|known| known == name);
        index.ok_or_else(|| PlanError::new(self.span, format!("{name} is no column of the rows before")))
    }

    /// Columns with this name, or with this beginning if it ends in `*`.
    fn matching(&self, name: &Name) -> Result<Vec<usize>, PlanError> {
        let Some(prefix) = name.text.strip_suffix('*') else {
            return Ok(vec![self.index(&name.text)?]);
        };
        let names = self.names.iter().enumerate();
        Ok(names.filter(|(_, known)| known.starts_with(prefix)).map(|(index, _)| index).collect())
    }

    /// The columns of a list, or the numeric ones of the result if it is empty.
    fn fields(&self, names: &[Name]) -> Result<Fields, PlanError> {
        if names.is_empty() {
            let shown = self.shown.iter().map(|name| self.index(name)).collect::<Result<_, _>>()?;
            return Ok(Fields::Numeric(shown));
        }
        let listed = names.iter().map(|name| self.index(&name.text)).collect::<Result<_, _>>()?;
        Ok(Fields::Listed(listed))
    }

    fn add_totals(&self, totals: &AddTotals) -> Built {
        let fields = self.fields(&totals.fields)?;
        let added: Vec<_> = totals.row_total.iter().cloned().collect();
        let (has_column, has_row) = (totals.row_total.is_some(), totals.column_total);
        Ok((Series::AddTotals { fields, has_column, has_row }, added))
    }

    fn fill_missing(&self, fills: &[Fill], bins: Option<&TimeBins>) -> Built {
        let Some(bins) = bins else {
            return Err(PlanError::new(self.span, "`fillmissing` may only follow `stats … by bin(…)`"));
        };
        let time = self.index(&bins.time)?;
        let keys = bins.keys.iter().map(|key| self.index(key)).collect::<Result<_, _>>()?;
        let mut values = Vec::with_capacity(fills.len());
        for fill in fills {
            let value = match &fill.value.kind {
                ExprKind::Integer(number) => Value::integer(*number),
                ExprKind::Float(number) => Value::float(*number),
                ExprKind::Text(text) => Value::text(text.clone()),
                ExprKind::Boolean(truth) => Value::Boolean(*truth),
                ExprKind::Negate(inner) => match &inner.kind {
                    ExprKind::Integer(number) => Value::integer(number.saturating_neg()),
                    ExprKind::Float(number) => Value::float(-number),
                    _ => Value::Missing,
                },
                _ => Value::Missing,
            };
            let columns = fill.fields.iter().map(|name| self.index(&name.text));
            values.push(FillValue { value, columns: columns.collect::<Result<_, _>>()? });
        }
        Ok((Series::FillMissing { time, period: bins.period, keys, fills: values }, Vec::new()))
    }

    fn outlier(&self, outlier: &Outlier) -> Built {
        let fields = outlier.fields.iter().map(|field| self.index(&field.text));
        let series = Series::Outlier {
            fields: fields.collect::<Result<_, _>>()?,
            is_dropped: outlier.action == OutlierAction::Remove,
            param: outlier.param,
            uses_lower: outlier.uses_lower,
            marks: outlier.marks,
        };
        Ok((series, if outlier.marks { vec!["isOutlier".to_owned()] } else { Vec::new() }))
    }

    fn append(&self, append: &AppendCols, run_inner: &mut RunInner<'_>) -> Built {
        let mut table = run_inner(&append.query, 0)?;
        table.rows.truncate(usize::try_from(append.max).unwrap_or(usize::MAX));
        let known = |name: &String| self.names.iter().position(|known| known == name);
        let place = |name: &String| known(name).filter(|_| append.overrides);
        let places: Vec<_> = table.columns.iter().map(place).collect();
        let added = table.columns.iter().zip(&places);
        let added = added.filter(|(_, place)| place.is_none()).map(|(name, _)| name.clone()).collect();
        Ok((Series::AppendCols { table, places }, added))
    }

    fn sessionize(&self, sessionize: &Sessionize) -> Built {
        let fields = sessionize.fields.iter().map(|name| self.index(&name.text));
        let fields = fields.collect::<Result<_, _>>()?;
        let time = self.names.iter().position(|name| name == "@timestamp");
        let max_pause = length(sessionize.max_pause);
        Ok((Series::Sessionize { fields, time, max_pause }, vec![sessionize.name.clone()]))
    }
}

/// Length of a period in milliseconds; a month counts as 30 days.
pub(in crate::query) fn length(period: Period) -> i64 {
    const MONTH: i64 = 30 * 86_400_000;
    match period.length() {
        PeriodLength::Millis(millis) => millis,
        PeriodLength::Months(months) => months.saturating_mul(MONTH),
    }
}
