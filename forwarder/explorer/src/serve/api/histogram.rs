//! `GET /api/v1/logs/histogram` and `GET /api/v1/logs/facets`: counts of the log events that match a search.
//!
//! The conditions of the search are tested as by `/api/v1/logs`, and a query groups the events.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    context::{QueryContext, Selection},
    logs::Search,
    query::{PartialResult, problem},
    search_query::{self, aggregate, column, field, filled, query},
};
use crate::{
    query::{
        Answer,
        language::{
            expression::{ArithmeticOp, Expr, ExprKind},
            function::{Aggregate, Function},
            tree::{Column, CommandKind, Query, Stats},
        },
        print,
        value::Value,
    },
    serve::{
        query_params::QueryParams,
        response::{self, Problem},
    },
    view::index::Buckets,
};

/// Number of time buckets if none is given.
const DEFAULT_BUCKETS: usize = 60;
/// Fields of the facets if none are given.
const DEFAULT_FIELDS: [&str; 3] = ["@function", "@level", "@version"];
/// Maximum number of values of a facet.
const MAX_VALUES: usize = 10;
/// Number of different values from which on `topk` may leave some out.
const MAX_COUNTED: u64 = 90_000;
/// Name of the level of events without one.
const NO_LEVEL: &str = "NONE";

#[derive(Serialize)]
struct LogHistogram {
    step_ms: i64,
    from_ms: Option<i64>,
    buckets: Vec<LogBucket>,
    events: u64,
    partial: Option<PartialResult>,
    query: String,
}

#[derive(Serialize)]
struct LogBucket {
    start_ms: i64,
    levels: BTreeMap<String, u64>,
}

#[derive(Serialize)]
struct LogFacets<'a> {
    facets: Vec<Facet<'a>>,
    events: u64,
    partial: Option<PartialResult>,
}

#[derive(Serialize)]
struct Facet<'a> {
    field: &'a str,
    values: Vec<FacetValue>,
    other: u64,
    missing: u64,
}

#[derive(Serialize)]
struct FacetValue {
    value: Box<RawValue>,
    count: u64,
}

pub(super) fn histogram(context: &QueryContext<'_>, params: &QueryParams) -> Result<Vec<u8>, Problem> {
    let (range, limit) = (params.time_range()?, params.buckets(DEFAULT_BUCKETS)?);
    let text = search_query::text(&context.request.snapshot(), params)?;
    let extent = context.request.snapshot().stats.first_and_last;
    let first = range.since.or(extent.map(|(first, _)| first));
    let last = range.until.map(|until| until.0.saturating_sub(1)).or(extent.map(|(_, last)| last.0));
    let (Some(first), Some(last)) = (first, last) else {
        return response::to_json(&LogHistogram {
            step_ms: 1,
            from_ms: None,
            buckets: Vec::new(),
            events: 0,
            partial: None,
            query: text,
        });
    };
    let buckets = Buckets::new(first.0, last, limit);
    let answer = run(context, params, &count_by_bucket(buckets))?;
    let levels = levels(&answer, buckets.count);
    let start = |index: usize| {
        let index = i64::try_from(index).unwrap_or(i64::MAX);
        buckets.from.saturating_add(index.saturating_mul(buckets.step))
    };
    response::to_json(&LogHistogram {
        step_ms: buckets.step,
        from_ms: Some(buckets.from),
        events: levels.iter().flat_map(BTreeMap::values).sum(),
        buckets: levels
            .into_iter()
            .enumerate()
            .map(|(index, levels)| LogBucket { start_ms: start(index), levels })
            .collect(),
        partial: answer.partial.map(|partial| PartialResult::new(partial, answer.events)),
        query: text,
    })
}

/// Runs a query on the events that match the search.
fn run(context: &QueryContext<'_>, params: &QueryParams, query: &Query) -> Result<Answer, Problem> {
    let search = Search::new(&context.request.snapshot(), params)?;
    let conditions = search.query(None);
    let filter = context.request.store.event_filter(&conditions)?;
    let selection = Selection { range: params.time_range()?, filter: Some(&filter), limit: None };
    context.run(query, selection).map_err(|error| problem(error, ""))
}

/// Query that counts the events of each bucket and level.
fn count_by_bucket(buckets: Buckets) -> Query {
    let integer = |number: i64| filled(ExprKind::Integer(number));
    let arithmetic =
        |op, left: Expr, right: Expr| filled(ExprKind::Arithmetic(op, Box::new(left), Box::new(right)));
    let since_start = arithmetic(ArithmeticOp::Subtract, field("@timestamp"), integer(buckets.from));
    let bucket = arithmetic(ArithmeticOp::Divide, since_start, integer(buckets.step));
    query(vec![CommandKind::Stats(Stats {
        columns: vec![column(aggregate(Aggregate::Count, Vec::new()), "events")],
        by: vec![
            column(search_query::call(Function::Floor, vec![bucket]), "bucket"),
            column(field("@level"), "level"),
        ],
        offset: None,
    })])
}

/// Number of events by level, for each of the buckets.
fn levels(answer: &Answer, buckets: usize) -> Vec<BTreeMap<String, u64>> {
    let mut levels = vec![BTreeMap::new(); buckets];
    for row in &answer.table.rows {
        let value = |name: &str| value(answer, row, name);
        let bucket = usize::try_from(number(value("bucket"))).ok().and_then(|bucket| levels.get_mut(bucket));
        let level = value("level").to_text().map_or_else(|| NO_LEVEL.to_owned(), Into::into);
        if let Some(bucket) = bucket {
            *bucket.entry(level).or_insert(0) += number(value("events"));
        }
    }
    levels
}

/// Value of a column of a row.
fn value<'r>(answer: &Answer, row: &'r [Value<'static>], name: &str) -> &'r Value<'static> {
    let column = answer.table.columns.iter().position(|column| column == name);
    column.and_then(|column| row.get(column)).unwrap_or(&Value::Missing)
}

fn number(value: &Value<'_>) -> u64 {
    let number = value.to_number().and_then(|number| number.to_integer());
    number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0)
}

pub(super) fn facets(context: &QueryContext<'_>, params: &QueryParams) -> Result<Vec<u8>, Problem> {
    let given = params.fields()?;
    let fields = if given.is_empty() { DEFAULT_FIELDS.to_vec() } else { given };
    let answer = run(context, params, &count_values(&fields))?;
    let row = answer.table.rows.first().map(Vec::as_slice).unwrap_or_default();
    let events = number(value(&answer, row, "events"));
    let mut partial = answer.partial.map(|partial| PartialResult::new(partial, answer.events));
    let mut facets = Vec::with_capacity(fields.len());
    for (index, field) in fields.into_iter().enumerate() {
        let of_field = |part: &str| value(&answer, row, &format!("{part}{index}"));
        let (present, distinct) = (number(of_field("present")), number(of_field("distinct")));
        if distinct > MAX_COUNTED {
            let message = format!(
                "{field} has about {distinct} different values; frequent ones may lack or have more events"
            );
            partial.get_or_insert_with(|| PartialResult::truncated(message));
        }
        let values = top_values(of_field("top"))?;
        let listed: u64 = values.iter().map(|value| value.count).sum();
        let (other, missing) = (present.saturating_sub(listed), events.saturating_sub(present));
        facets.push(Facet { field, values, other, missing });
    }
    response::to_json(&LogFacets { facets, events, partial })
}

/// Query that counts the events, and the most frequent values of each field.
fn count_values(fields: &[&str]) -> Query {
    let mut columns = vec![column(aggregate(Aggregate::Count, Vec::new()), "events")];
    for (index, name) in fields.iter().enumerate() {
        let field = || field(without_backticks(name));
        let limit = filled(ExprKind::Integer(i64::try_from(MAX_VALUES).unwrap_or(i64::MAX)));
        let of_field = |call, arguments, part: &str| -> Column {
            column(aggregate(call, arguments), &format!("{part}{index}"))
        };
        columns.extend([
            of_field(Aggregate::TopK, vec![limit, field()], "top"),
            of_field(Aggregate::Count, vec![field()], "present"),
            of_field(Aggregate::CountDistinct, vec![field()], "distinct"),
        ]);
    }
    query(vec![CommandKind::Stats(Stats { columns, by: Vec::new(), offset: None })])
}

/// Name of a field that is written in backticks or without them.
fn without_backticks(name: &str) -> &str {
    name.strip_prefix('`').and_then(|name| name.strip_suffix('`')).unwrap_or(name)
}

/// Values with their counts, as `topk` lists them.
fn top_values(list: &Value<'_>) -> Result<Vec<FacetValue>, Problem> {
    let Value::List(list) = list else { return Ok(Vec::new()) };
    let mut values = Vec::with_capacity(list.len());
    for entry in list.iter() {
        let Value::Map(entry) = entry else { continue };
        let (Some(value), Some(count)) = (entry.find("value"), entry.find("count")) else { continue };
        values.push(FacetValue { value: response::raw(print::json_cell(value))?, count: number(count) });
    }
    Ok(values)
}
