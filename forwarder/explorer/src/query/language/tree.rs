//! Typed tree of a query: commands, their columns, and the sources they read.

use super::{
    expression::{Expr, Name},
    period::Period,
    regex_literal::RegexLiteral,
    span::Span,
};

/// A parsed query.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Log groups named by `SOURCE`, in order; empty if the query names none.
    pub sources: Vec<Source>,
    /// Text or pattern before the first command. It searches `@message`.
    pub search: Option<Expr>,
    /// Commands in order.
    pub commands: Vec<Command>,
    /// Remarks for stderr, for example a period that was capped. Empty for queries inside a query: the outermost has them.
    pub notes: Vec<Note>,
    /// Position of the whole query in the text.
    pub span: Span,
}

/// Remark about a query that runs but may not do what its author expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Position of the text that the remark is about.
    pub span: Span,
    /// Sentence without a full stop.
    pub text: String,
}

/// Log groups that a query reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `SOURCE 'name'`: one log group.
    Group(String),
    /// `SOURCE logGroups(…)`: every group that satisfies all conditions that are not empty.
    Groups {
        /// The name starts with one of these.
        name_prefixes: Vec<String>,
        /// The account is one of these.
        accounts: Vec<String>,
        /// The log class is one of these.
        classes: Vec<String>,
    },
}

/// A command with its position.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// Command and its arguments.
    pub kind: CommandKind,
    /// Position of the whole command, without the `|`.
    pub span: Span,
}

/// A command with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub enum CommandKind {
    /// `fields`: adds columns.
    Fields(Vec<Column>),
    /// `display`: replaces the columns of the result.
    Display(Vec<Column>),
    /// `filter` or `where`: keeps the rows for which the condition is true.
    Filter(Expr),
    /// `filterIndex`: a filter on an indexed field, `f = v` or `f in […]`.
    FilterIndex(Expr),
    /// `stats`: replaces the rows by aggregates.
    Stats(Stats),
    /// `sort` or `order`: orders the rows, first key first.
    Sort(Vec<SortKey>),
    /// `limit` or `head`: keeps the first rows.
    Limit(Limit),
    /// `tail`: keeps this many of the last rows, in their order.
    Tail(u64),
    /// `dedup`: keeps the first row of each combination of values.
    Dedup(Vec<Column>),
    /// `parse`: extracts columns from a text.
    Parse(Parse),
    /// `unnest list into name`: one row for each element.
    Unnest {
        /// List to take apart. Any other value counts as a list of one.
        list: Expr,
        /// Column that receives the element.
        into: Name,
    },
    /// `expand field`: one row for each element of a JSON array; the field receives the element.
    Expand(Column),
    /// `pattern field`: groups the rows by the form of a text.
    Pattern(Expr),
    /// `diff`: compares the patterns with those of an earlier range.
    Diff(DiffRange),
    /// `join`: combines the rows with those of another query.
    Join(Join),
    /// `lookup`: adds columns from a CSV table by equal values.
    Lookup(Lookup),
    /// `cidrlookup`: adds columns from a CSV table by the network that an address belongs to.
    CidrLookup(Lookup),
    /// `addtotals`: adds a column or a row of sums.
    AddTotals(AddTotals),
    /// `fillmissing`: adds rows for time bins without rows.
    FillMissing(Vec<Fill>),
    /// `filldown`: gives a missing value the last one present above it. A name may end in `*`.
    FillDown(Vec<Name>),
    /// `accum`: running sum of a field.
    Accum {
        /// Values to add up.
        field: Column,
        /// Column that receives the sum; the field's own name if none is given.
        alias: Option<Name>,
    },
    /// `autoregress`: copies values of earlier rows.
    AutoRegress(AutoRegress),
    /// `outlier`: finds values far from the others.
    Outlier(Outlier),
    /// `sessionize`: numbers sessions, which are rows of equal values without a long pause.
    Sessionize(Sessionize),
    /// `countFrequent`: most frequent combinations of values with their approximate count.
    CountFrequent(Vec<Column>),
    /// `appendcols`: adds the columns of another query, row by row.
    AppendCols(AppendCols),
    /// `logcompare timeshift …`: compares the result with that of an earlier range.
    LogCompare {
        /// Distance to the earlier range.
        timeshift: Period,
    },
}

/// An expression that makes a column, or refers to one.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Expression that computes the value.
    pub expr: Expr,
    /// Name after `as`.
    pub alias: Option<Name>,
    /// Name of the column: the alias, or the expression as it was written, without backticks.
    ///
    /// An expression of a later command that was written like this (`sort count(*)`) means this column.
    pub name: String,
}

/// Arguments of `stats`.
#[derive(Clone, Debug, PartialEq)]
pub struct Stats {
    /// Aggregates, and expressions of aggregates, of earlier aliases of the same command, and of keys.
    pub columns: Vec<Column>,
    /// Keys after `by`.
    pub by: Vec<Column>,
    /// `offset` after the keys: shift of the borders of time bins.
    pub offset: Option<Period>,
}

/// Key of `sort`.
#[derive(Clone, Debug, PartialEq)]
pub struct SortKey {
    /// Value to sort by. It has no alias.
    pub column: Column,
    /// Direction; ascending if none is written.
    pub direction: Direction,
}

/// Direction of a sort key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `asc`, the default.
    Ascending,
    /// `desc`.
    Descending,
}

/// Arguments of `limit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Number of rows.
    pub count: u64,
    /// Rows that are kept.
    pub choice: LimitChoice,
}

/// Rows that `limit` keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitChoice {
    /// The first by the order of the query.
    First,
    /// `limit any`: any, so the query may stop early.
    Any,
}

/// Arguments of `parse`, and of the command `json`.
#[derive(Clone, Debug, PartialEq)]
pub struct Parse {
    /// Text to parse; `@message` if missing.
    pub input: Option<Expr>,
    /// Form of the text and the columns taken from it.
    pub form: ParseForm,
}

/// Form of a parsed text.
#[derive(Clone, Debug, PartialEq)]
pub enum ParseForm {
    /// A literal text in which each `*` stands for a column.
    Glob {
        /// Literal texts between the `*`: one more than there are names.
        literals: Vec<String>,
        /// Columns, one for each `*`.
        names: Vec<Name>,
    },
    /// A regular expression with named groups.
    Regex {
        /// Expression.
        regex: RegexLiteral,
        /// Columns: the named groups in order.
        names: Vec<String>,
        /// Number of rows for a text with several matches.
        matches: Matches,
    },
    /// `logfmt as name`: pairs `key=value`, as columns `name.key`.
    Logfmt {
        /// Column that receives the map.
        alias: Name,
    },
    /// `csv as a, b`: the cells of one CSV row.
    Csv {
        /// Columns, one for each cell.
        names: Vec<Name>,
    },
    /// `json … "a.b" as x`: values at paths in a JSON text.
    Json(Vec<JsonPath>),
}

/// Matches of a regular expression that `parse` takes from one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matches {
    /// The first; the row stays one row.
    First,
    /// `multi`: all; the row becomes one row for each.
    All,
}

/// Path into a JSON text and the column that receives the value there.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonPath {
    /// Path with dots between the keys and array indexes as numbers.
    pub path: String,
    /// Column that receives the value: the alias, else the path.
    pub name: Name,
}

/// Earlier range that `diff` compares with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffRange {
    /// The range of the same length just before, the default.
    Previous,
    /// `previousDay`: a day before.
    PreviousDay,
    /// `previousWeek`: seven days before.
    PreviousWeek,
    /// `previousMonth`: a month before.
    PreviousMonth,
}

/// Arguments of `join`.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// Treatment of rows without a partner.
    pub kind: JoinKind,
    /// Prefix of the fields of the rows before `join`.
    pub left: Name,
    /// Prefix of the fields of the rows of `query`.
    pub right: Name,
    /// Field of the left rows, without the prefix.
    pub left_key: String,
    /// Field of the right rows, without the prefix.
    pub right_key: String,
    /// Query of the right rows.
    pub query: Box<Query>,
}

/// Treatment of rows without a partner in a `join`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    /// They are dropped, the default.
    Inner,
    /// Left rows stay, without the right fields.
    Left,
}

/// Arguments of `lookup` and `cidrlookup`.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    /// Name of the table.
    pub table: String,
    /// Columns of the table and the fields they are compared with.
    pub keys: Vec<LookupKey>,
    /// Treatment of fields that exist already.
    pub output: LookupOutput,
    /// Columns of the table to add: the column, and the name it receives.
    pub columns: Vec<LookupColumn>,
}

/// Pair of a table's column and a field that have to be equal, or of a column of networks and an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupKey {
    /// Column of the table. `None` for a `cidrlookup` that names none: the first column that holds networks.
    pub column: Option<String>,
    /// Field of the row; the column's name if none is given.
    pub field: String,
}

/// Column that a lookup adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupColumn {
    /// Column of the table.
    pub column: String,
    /// Name in the result: the alias, else the column.
    pub name: String,
}

/// Treatment of fields that exist before a lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupOutput {
    /// `OUTPUT`: the table's value replaces them.
    Replace,
    /// `OUTPUTNEW`: they stay.
    Keep,
}

/// Arguments of `appendcols`.
#[derive(Clone, Debug, PartialEq)]
pub struct AppendCols {
    /// Query whose columns are added.
    pub query: Box<Query>,
    /// `override=true`: its values replace those of fields that exist already.
    pub overrides: bool,
    /// Greatest number of its rows, 10,000 if none is given.
    pub max: u64,
}

/// Arguments of `addtotals`.
#[derive(Clone, Debug, PartialEq)]
pub struct AddTotals {
    /// Fields to add up; all numeric ones if empty.
    pub fields: Vec<Name>,
    /// Name of the column of sums, `Total` if none is given; `None` for `row=false`.
    pub row_total: Option<String>,
    /// `col=true`: a last row has the sum of each column.
    pub column_total: bool,
}

/// Value that `fillmissing` gives to fields of an added row.
#[derive(Clone, Debug, PartialEq)]
pub struct Fill {
    /// Value: a literal.
    pub value: Expr,
    /// Fields that receive it; all others than keys if empty.
    pub fields: Vec<Name>,
}

/// Arguments of `autoregress`.
#[derive(Clone, Debug, PartialEq)]
pub struct AutoRegress {
    /// Field to copy.
    pub field: Name,
    /// Name after `as`, for a single distance.
    pub alias: Option<Name>,
    /// Smallest distance in rows, at least 1.
    pub from: u32,
    /// Greatest distance in rows.
    pub to: u32,
}

/// Arguments of `outlier`.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlier {
    /// Treatment of the outliers.
    pub action: OutlierAction,
    /// Number of interquartile ranges from the quartiles, 2.5 if none is given.
    pub param: f64,
    /// Fields to look at, at least one.
    pub fields: Vec<Name>,
    /// `uselower=true`: values that are too small are outliers, too.
    pub uses_lower: bool,
    /// `mark=true`: a column says for each row if it has an outlier.
    pub marks: bool,
}

/// Treatment of an outlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutlierAction {
    /// `remove` or `rm`: the row is dropped.
    Remove,
    /// `transform` or `tf`: the value becomes the nearest border, the default.
    Transform,
}

/// Arguments of `sessionize`.
#[derive(Clone, Debug, PartialEq)]
pub struct Sessionize {
    /// Fields that are equal within a session.
    pub fields: Vec<Name>,
    /// `maxspan`: longest pause between two rows of a session, 30 minutes if none is given.
    pub max_pause: Period,
    /// Column that receives the session, `session_id` if none is given.
    pub name: String,
}
